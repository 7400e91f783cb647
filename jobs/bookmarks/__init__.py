"""How far jobs have read."""
