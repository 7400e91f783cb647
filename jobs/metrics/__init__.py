"""What is counted while a run works: rows, bytes, stages, and its progress."""
