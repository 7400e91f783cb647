"""How soon things start: the command, a Spark session, a job's first line and its first stage.

Each beside its peer in the same run: the command beside a bare interpreter, our session beside one
with the same jars by ``spark.jars`` and nothing else done for it, a run by the driver that
``gluepot dev`` keeps beside a cold one.
"""

from __future__ import annotations

import contextlib
import json
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

RESULTS = Path(__file__).parent / "results" / "start.json"
GLUEPOT = str(Path(sys.executable).with_name("gluepot"))
COLD = "a pipeline to its first stage, cold"
WARM = "a pipeline to its first stage, warm"
WANTED = {COLD: 8.0, WARM: 1.5}
RUNS = 3
REST_SECONDS = 2.0
"""After a driver has come to stand by, until it is used: nobody types as fast."""

SCRIPT = """
import time
print("FIRST LINE", time.time(), flush=True)
"""
PIPELINE = """
name: first
sources: { rows: { path: FOLDER/in, format: csv, options: { header: true } } }
sinks: [{ input: rows, format: parquet, path: FOLDER/out }]
"""
SESSION = """
import sys, time
from pathlib import Path
from pyspark.sql import SparkSession
from gluepot.crawlers.sources.config import S3Config
from gluepot.jobs.launchers.class_archive import archive_options, archive_path
from gluepot.jobs.sessions.jars import jar_paths, java_command
from gluepot.jobs.sessions.session import session_conf
from gluepot.settings import load_settings
known = load_settings()
archive = archive_path(known.jars_dir, java=java_command(known.java_home))
conf = session_conf(jars_dir=known.jars_dir, s3=S3Config(), master="local[2]", extra={},
                    jvm_options=archive_options(archive))
if sys.argv[1] == "plain":
    conf.pop("spark.driver.extraClassPath")
    conf.pop("spark.driver.extraJavaOptions")
    conf["spark.jars"] = ",".join(map(str, jar_paths(known.jars_dir)))
builder = SparkSession.builder
for key, value in conf.items():
    builder = builder.config(key, value)
spark = builder.getOrCreate()
spark.range(10).write.format("delta").mode("overwrite").save(sys.argv[2])
"""


def seconds(command: list[str], *, runs: int) -> float:
    """Return the median wall time of a command."""
    times = []
    for _ in range(runs):
        began = time.perf_counter()
        subprocess.run(command, check=True, capture_output=True)  # noqa: S603
        times.append(time.perf_counter() - began)
    return statistics.median(times)


def first_line(folder: Path) -> float:
    """Return the seconds from typing ``gluepot job run`` to the script's first line."""
    (folder / "conf" / "jobs").mkdir(parents=True)
    (folder / "conf" / "jobs" / "first.py").write_text(SCRIPT)
    began = time.time()
    done = subprocess.run(  # noqa: S603
        [GLUEPOT, "job", "run", "first"], cwd=folder, check=True, capture_output=True, text=True
    )
    line = next(line for line in done.stdout.splitlines() if line.startswith("FIRST LINE"))
    return float(line.split()[2]) - began


def with_pipeline(folder: Path) -> Path:
    """Return a new project whose job copies a small file."""
    (folder / "conf" / "jobs").mkdir(parents=True)
    (folder / "in").mkdir()
    (folder / "in" / "rows.csv").write_text("a,b\n1,2\n3,4\n")
    (folder / "conf" / "jobs" / "first.yaml").write_text(PIPELINE.replace("FOLDER", str(folder)))
    return folder


def first_stage(folder: Path) -> float:
    """Return the seconds from typing ``gluepot job run`` to the first stage of a pipeline."""
    began = time.time()
    subprocess.run(  # noqa: S603
        [GLUEPOT, "job", "run", "first"], cwd=folder, check=True, capture_output=True
    )
    listed = subprocess.run(  # noqa: S603
        [GLUEPOT, "run", "ls", "-o", "json"], cwd=folder, check=True, capture_output=True
    )
    run = json.loads(listed.stdout)[0]
    return datetime.fromisoformat(run["metrics"]["first_stage_at"]).timestamp() - began


@contextlib.contextmanager
def developing(folder: Path) -> Iterator[None]:
    """Have ``gluepot dev`` at work in a project."""
    command = [GLUEPOT, "dev", "--port", "0"]
    with (folder / "dev.log").open("wb") as log:
        tree = subprocess.Popen(command, cwd=folder, stdout=log, stderr=log)  # noqa: S603
    try:
        yield
    finally:
        tree.terminate()
        tree.wait()


def warm_first_stages(folder: Path, *, runs: int) -> list[float]:
    """Return the seconds to the first stage of runs that a driver stands by for."""
    times = []
    with developing(folder):
        for _ in range(runs):
            while not any((folder / ".gluepot" / "standby").glob("*.ready")):
                time.sleep(0.2)
            time.sleep(REST_SECONDS)
            times.append(first_stage(folder))
    return times


def main() -> None:
    """Print the table and write it as JSON."""
    rows: list[tuple[str, float]] = []
    rows.append(("gluepot --help", seconds([GLUEPOT, "--help"], runs=7)))
    rows.append(("peer: a bare interpreter", seconds([sys.executable, "-c", "pass"], runs=7)))
    with tempfile.TemporaryDirectory() as work:
        session = [sys.executable, "-c", SESSION]
        ours = seconds([*session, "ours", f"{work}/ours"], runs=3)
        rows.append(("session and first Delta write", ours))
        plain = seconds([*session, "plain", f"{work}/plain"], runs=3)
        rows.append(("peer: the same with spark.jars", plain))
        rows.append(("gluepot job run to first line, cold", first_line(Path(work) / "a")))
        rows.append(("gluepot job run to first line, again", first_line(Path(work) / "b")))
        project = with_pipeline(Path(work) / "c")
        rows.append((COLD, first_stage(project)))
        rows.append((f"{COLD}, again", first_stage(project)))
        times = warm_first_stages(project, runs=RUNS)
        rows.append((WARM, statistics.median(times)))
        rows.append((f"{WARM}, worst of {RUNS}", max(times)))
    for name, value in rows:
        wanted = f"  (wanted: under {WANTED[name]} s)" if name in WANTED else ""
        print(f"{name:44} {value:8.3f} s{wanted}")
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps(dict(rows), indent=2))


if __name__ == "__main__":
    main()
