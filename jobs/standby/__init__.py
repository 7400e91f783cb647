"""A driver that stands by with its session started, for the next run that it fits."""
