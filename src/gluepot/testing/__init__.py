"""For tests of users' own jobs: what the pytest plugin ``gluepot.testing.plugin`` gives them."""
