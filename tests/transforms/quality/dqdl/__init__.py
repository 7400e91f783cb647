"""Tests of DQDL without Spark."""

from __future__ import annotations
