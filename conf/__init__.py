"""Settings and definitions that ship with gluepot; every key is commented."""
