"""Clients that nobody changed for us, and Spark SQL over the catalog."""
