"""The process of a run: from spark-submit's arguments to the end of its record."""
