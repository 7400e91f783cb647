"""Tests of quality rules and their report."""
