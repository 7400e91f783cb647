"""The files of a new project, as ``gluepot init`` writes them."""
