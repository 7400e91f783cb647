"""Spark SQL over the catalog: names ``gluepot.database.table`` resolved before Spark parses."""
