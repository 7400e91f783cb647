"""Tests of frames and transforms."""
