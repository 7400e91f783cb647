"""Which files are read, how much of each, and by whom."""
