"""Tests of profiles."""

from __future__ import annotations
