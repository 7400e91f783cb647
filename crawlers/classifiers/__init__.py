"""What each format is told by, and what it holds."""
