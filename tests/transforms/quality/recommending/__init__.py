"""Tests of recommended rules."""

from __future__ import annotations
