# ruff: noqa: INP001  (a package's __init__.py would lie on Python's path as well)
"""What spark-submit starts for a driver that stands by; this folder goes on Python's path."""

from __future__ import annotations

import sys

from gluepot.jobs.process.standby_driver import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
