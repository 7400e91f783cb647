"""The soak in its short form: everything is killed and restarted, nothing is lost or doubled."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.servers.postgres import postgres_bin

SCRIPT = Path(__file__).parents[3] / "bench" / "soak.py"


@pytest.mark.skipif(postgres_bin() is None, reason="needs PostgreSQL's server programs")
def test_what_is_killed_at_random_loses_and_doubles_nothing(tmp_path: Path) -> None:
    report = tmp_path / "soak.json"
    short = ["--seconds", "180", "--output", str(report)]

    done = subprocess.run(
        [sys.executable, str(SCRIPT), *short], capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stdout + done.stderr
    found = json.loads(report.read_text())
    assert set(found["proof"].values()) == {0}
    assert found["ended_by_themselves"] == []
    assert found["processes"] == found["processes_at_the_end"] == {"scheduler": 3, "worker": 4}
    assert (found["triggers"], found["workflows"], found["database_restarts"]) == (1000, 50, 2)
    # One every ten seconds; that many were due in three hours of the clock, however late they came.
    assert sum(found["kills"].values()) >= 12
    assert found["due_fires"] >= 1000
    assert found["rows_written"] > found["due_fires"]
