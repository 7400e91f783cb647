from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from gluepot.catalog.engine import open_engine
from gluepot.jobs.runs.state import RunState
from gluepot.jobs.runs.store import RunStore
from tests.transforms.connect_cases import run_cases

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

ROOT = Path(__file__).resolve().parents[2]

TREE = """root
|-- id: int
|-- code: choice
|    |-- int
|    |-- string
"""


def test_a_spark_connect_session_gives_what_a_classic_one_gives(
    spark: SparkSession, sqlite_catalog: str, tmp_path: Path
) -> None:
    module = [sys.executable, "-m", "tests.transforms.connect_cases"]
    env = {**os.environ, "PYSPARK_PYTHON": sys.executable, "SPARK_LOCAL_IP": "127.0.0.1"}
    # The JVM compiles little: the code runs a few times only.
    env["JDK_JAVA_OPTIONS"] = "-XX:TieredStopAtLevel=1"
    out, log = tmp_path / "out", tmp_path / "log"
    with (
        out.open("w") as output,
        log.open("w") as errors,
        subprocess.Popen(
            [*module, str(tmp_path / "connect"), sqlite_catalog],
            cwd=ROOT,
            env=env,
            stdout=output,
            stderr=errors,
        ) as child,
    ):
        classic = run_cases(spark, tmp_path / "classic")

    assert child.returncode == 0, log.read_text()[-4000:]
    found = json.loads(out.read_text().splitlines()[-1])
    assert {name: found[name] for name in classic} == classic
    assert (classic["functions"]["count"], classic["functions"]["told"]) == (1, True)
    assert found["run"]["tree"].startswith(TREE)
    assert len(found["run"]["code"]) == 3
    (run,) = RunStore(open_engine(sqlite_catalog), lambda: datetime.now(UTC)).list()
    assert run.state is RunState.SUCCEEDED
