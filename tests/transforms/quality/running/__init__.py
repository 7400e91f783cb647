"""Tests of DQDL on real Spark."""

from __future__ import annotations
