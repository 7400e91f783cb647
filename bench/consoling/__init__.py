"""What the console is measured over, and how."""
