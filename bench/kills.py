"""A job killed with SIGKILL at ten random points, each attempt retried: rows lost and doubled.

The harness is that of the tests, which kill at two points; here it kills at ten, and the executor
of a two-worker standalone cluster too.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

RESULTS = Path(__file__).parent / "results" / "kills.json"
TESTS = Path(__file__).parents[1] / "tests" / "jobs" / "test_random_kills.py"
KILLS = 10
WHAT = {
    "drivers": "retries_of_killed_drivers",
    "executor": "executor_that_is_killed",
}


def main() -> int:
    """Kill, print whether every row was there once, write it as JSON; return the exit code."""
    found = {}
    for name, test in WHAT.items():
        began = time.monotonic()
        done = subprocess.run(  # noqa: S603
            [sys.executable, "-m", "pytest", "-q", str(TESTS), "-k", test],
            env={**os.environ, "GLUEPOT_KILLS": str(KILLS)},
            check=False,
        )
        seconds = round(time.monotonic() - began, 1)
        found[name] = {"every_row_once": done.returncode == 0, "seconds": seconds}
    kills = {"drivers": KILLS, "executor": 1}
    for name, one in found.items():
        good = "every row once" if one["every_row_once"] else "FAILED"
        print(f"{name:10} killed {kills[name]:3} times: {good}, {one['seconds']:.1f} s")
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps(found, indent=2))
    return 0 if all(one["every_row_once"] for one in found.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
