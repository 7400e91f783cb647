"""What crawls remember of what they saw."""
