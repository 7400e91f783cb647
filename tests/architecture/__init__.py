"""Rules of the house, as checks."""
