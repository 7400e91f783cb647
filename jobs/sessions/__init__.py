"""Spark sessions: their jars, settings and early start, and what their JVM says."""
