"""Crawlers: what is found out about files, and what is written of it."""
