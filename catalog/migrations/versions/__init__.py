"""Revisions; a file's name is its revision, and the highest is the newest."""
