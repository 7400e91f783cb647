"""Files as frames: which ones, and how each format is read."""
