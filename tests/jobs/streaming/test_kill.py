from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from tests.jobs.streaming.killed_stream import DEADLY_BATCH, append, read

if TYPE_CHECKING:
    from tests.jobs.streaming.conftest import Landing

ROOT = Path(__file__).parents[3]


def test_a_stream_that_is_killed_and_started_again_writes_every_row_once(
    landing: Landing, jars_dir: Path, tmp_path: Path
) -> None:
    for number in range(2):
        landing.land(f"{number}.json", {"id": number}, {"id": number + 10})
    table = str(tmp_path / "table")
    places = [str(jars_dir), str(landing.folder), str(landing.checkpoint), table]
    command = [sys.executable, "-m", "tests.jobs.streaming.killed_stream", *places]

    killed = subprocess.run(command, cwd=ROOT, capture_output=True, check=False, timeout=120)
    given: list[int] = []

    def work(rows: object, number: int) -> None:
        given.append(number)
        append(rows, table)  # type: ignore[arg-type]

    landing.drain(read(landing.context, str(landing.folder)), work)

    assert killed.returncode == -signal.SIGKILL, killed.stderr[-2000:]
    assert given == [DEADLY_BATCH, 1]
    rows = landing.context.spark_session.read.format("delta").load(table)
    assert sorted(row["id"] for row in rows.collect()) == [0, 1, 10, 11]
