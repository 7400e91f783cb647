"""How whole-file compressions are undone: from the head of a file, within bounds."""
