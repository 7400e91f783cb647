# ruff: noqa: INP001  (a package's __init__.py would lie on Python's path as well)
"""What spark-submit starts; nothing else may lie in this folder, which goes on Python's path."""

from __future__ import annotations

import sys

from gluepot.jobs.sessions import ahead as session_ahead

if __name__ == "__main__":
    facts = session_ahead.start()
    # What is imported here takes as long as Spark's session, which starts meanwhile.
    from gluepot.jobs.process.child import main

    sys.exit(main(sys.argv[1:], facts))
