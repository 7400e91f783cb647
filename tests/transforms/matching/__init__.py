"""Tests of record matching."""
