"""Matching of files and tables: what the command line reads, writes and says."""
