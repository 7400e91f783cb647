"""Crawlers and their targets as documents of the Glue API, YAML files and words."""
