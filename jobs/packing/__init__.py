"""A job and all that it needs in one folder, for clusters that have Spark and Python alone."""
