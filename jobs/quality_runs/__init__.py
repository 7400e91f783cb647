"""Runs of data quality: rulesets evaluated, or recommended, on tables."""
