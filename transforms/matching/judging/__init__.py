"""How sure it is that two records are one: with no labels, and with some."""
