"""Graphs of work, and the work on a time axis: laid out here, drawn by templates."""
