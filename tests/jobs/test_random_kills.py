"""A job killed with SIGKILL at random points of its writing, and retried by itself.

The points are requests that change the store, drawn by a fixed seed, each before or after it takes
effect. ``GLUEPOT_KILLS=10`` draws as many as the full form has; see ``bench/kills.py``.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import random
import signal
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from gluepot.jobs.launchers.launch import LaunchSettings
from gluepot.jobs.metrics.progress import reported
from gluepot.jobs.runs.lease import LEASE, process_owner
from gluepot.jobs.runs.state import RunKind, RunState
from gluepot.jobs.scheduling.runner import JobExecutor
from tests.jobs.test_kill import JOB, holding
from tests.servers.spark import standalone_cluster

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

    from gluepot.jobs.runs.state import Run
    from tests.jobs.conftest import Lake
    from tests.jobs.holding_s3 import HoldingS3

__all__ = ["holding"]  # a fixture

KILLS = int(os.environ.get("GLUEPOT_KILLS", "2"))
SEED = 20130101
CHANGING = ("PUT", "POST", "DELETE")


def launching(lake: Lake, jars_dir: Path, master: str = "local[2]") -> LaunchSettings:
    return LaunchSettings(
        catalog_url=lake.url,
        home=lake.home,
        conf_dir=lake.conf_dir,
        s3=lake.s3,
        jars_dir=jars_dir,
        java_home=None,
        master=master,
        spark_conf={} if master.startswith("local") else {"spark.executor.memory": "512m"},
    )


def carry_out(lake: Lake, settings: LaunchSettings, run: Run) -> Run:
    JobExecutor(lake.runs, lambda: settings, lake.book).execute(run)
    return lake.runs.get(run.id)


def the_next_attempt(lake: Lake) -> Run:
    run = lake.runs.claim(process_owner(), lease=LEASE, kinds=[RunKind.JOB])
    assert run is not None, "a failed run is queued again by itself"
    return run


def count_changes(hand: HoldingS3) -> list[int]:
    """Let everything pass, and count what changes the store in the list's one item."""
    counted = [0]
    lock = threading.Lock()

    def count(method: str, _path: str, _body: bytes) -> bool:
        with lock:
            counted[0] += method in CHANGING
        return False

    hand.hold(count)
    return counted


def hold_at(hand: HoldingS3, number: int, *, after_effect: bool) -> None:
    """Hold the change of that number, counted from now on."""
    left = itertools.count(1)
    lock = threading.Lock()

    def catches(method: str, _path: str, _body: bytes) -> bool:
        with lock:
            return method in CHANGING and next(left) == number

    hand.hold(catches, after_effect=after_effect)


def kill_driver(lake: Lake, run_id: str) -> None:
    pid = int(str(lake.runs.get(run_id).owner).rpartition(":")[2])
    os.killpg(os.getpgid(pid), signal.SIGKILL)


def killed(lake: Lake, settings: LaunchSettings, hand: HoldingS3, run: Run) -> Run:
    """Carry a run out, and kill its driver where the hand holds it, if it comes so far."""
    with ThreadPoolExecutor(1) as pool:
        at_work = pool.submit(carry_out, lake, settings, run)
        while not hand.caught.wait(timeout=0.2) and not at_work.done():
            pass
        if not at_work.done():
            kill_driver(lake, run.id)
        hand.let_go()
        return at_work.result(timeout=120)


def rows(spark: SparkSession, lake: Lake, kind: str) -> list[tuple[object, ...]]:
    frame = spark.read.format(kind).load(lake.uri(f"curated/{kind}"))
    found = frame.select("carrier", "flight", "dep_time", "year", "day").collect()
    return sorted(tuple(row) for row in found)


def check_record(ended: Run) -> None:
    """See that the record of an undisturbed run has what it read, wrote and took."""
    assert ended.state is RunState.SUCCEEDED, ended.error
    metrics = ended.metrics
    (one,) = metrics["passes"]
    source, (delta, parquet) = one["sources"]["flights"], one["sinks"]
    assert (source["table"], source["table_version"]) == ("raw.flights", "0")
    assert metrics["small_files_in"] == 2
    assert (delta["table_version"], delta["version"], parquet["table_version"]) == ("0", 0, "0")
    assert metrics["tasks"] >= metrics["stages"] > 0
    assert ended.completed_at is not None
    assert ended.duration is not None
    assert metrics["first_stage_at"] < ended.completed_at.isoformat()
    stages = metrics["stage_times"]
    assert stages[0]["started_at"] == metrics["first_stage_at"]
    assert len(stages) == metrics["stages"]
    assert all(each["started_at"] <= each["completed_at"] for each in stages)
    seconds = ended.duration.total_seconds()
    assert metrics["dpu_seconds"] == pytest.approx(2 * seconds, rel=1e-3)


@pytest.mark.usefixtures("spark")
def test_retries_of_killed_drivers_leave_the_table_of_an_undisturbed_run(
    holding: tuple[Lake, HoldingS3],
    jars_dir: Path,
    spark: SparkSession,
) -> None:
    lake, hand = holding
    lake.define("flights", JOB)
    settings = launching(lake, jars_dir)
    draw = random.Random(SEED)  # noqa: S311 - a test's choice of points
    counted = count_changes(hand)
    first = lake.runs.enqueue(
        RunKind.JOB, "flights", owner=process_owner(), lease=LEASE, settings={"MaxCapacity": 2.0}
    )
    assert first is not None
    check_record(carry_out(lake, settings, first))
    changes = counted[0]
    lake.land(3, ["UA,4,601", "AA,5,1"])
    lake.land(4, ["AA,6,7"])
    run = lake.runs.enqueue(RunKind.JOB, "flights", max_retries=KILLS)
    assert run is not None

    deaths = 0
    for _ in range(KILLS):
        number, after = draw.randint(1, changes), draw.random() < 0.5
        attempt = the_next_attempt(lake)
        hold_at(hand, number, after_effect=after)
        dead = killed(lake, settings, hand, attempt)
        deaths += dead.state is RunState.FAILED
        if dead.state is RunState.SUCCEEDED:  # it had less to do than was drawn
            again = lake.runs.enqueue(RunKind.JOB, "flights", max_retries=KILLS)
            assert again is not None
    last = carry_out(lake, settings, the_next_attempt(lake))

    assert last.state is RunState.SUCCEEDED, last.error
    assert deaths > 0
    expected = [("AA", 1), ("UA", 2), ("AA", 3), ("UA", 4), ("AA", 5), ("AA", 6)]
    for kind in ("delta", "parquet"):
        found = rows(spark, lake, kind)
        assert [row[:2] for row in sorted(found, key=lambda row: str(row[1]))] == expected
    assert rows(spark, lake, "delta") == rows(spark, lake, "parquet")
    assert lake.jobs.bookmarks.find_intent("flights") is None
    assert lake.keys("curated/parquet/_gluepot_staging/") == []


def executors(folder: Path) -> list[int]:
    """Return the processes of executors whose worker keeps its files below a folder."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):  # it has just ended
            words = (process / "cmdline").read_bytes()
            if b"CoarseGrainedExecutorBackend" in words:
                where = (process / "cwd").resolve()
                found += [int(process.name)] if where.is_relative_to(folder) else []
    return found


def test_an_executor_that_is_killed_loses_and_doubles_nothing(
    holding: tuple[Lake, HoldingS3],
    jars_dir: Path,
    spark: SparkSession,
    tmp_path: Path,
) -> None:
    lake, hand = holding
    lake.define("flights", JOB)
    with standalone_cluster(tmp_path, workers=2) as master:
        settings = launching(lake, jars_dir, master)
        run = lake.runs.enqueue(RunKind.JOB, "flights", owner=process_owner(), lease=LEASE)
        assert run is not None
        # A file of the table: it comes from an executor, while its task is under way.
        hand.hold(lambda method, path, _: method == "PUT" and path.endswith(".parquet"))
        with ThreadPoolExecutor(1) as pool:
            at_work = pool.submit(carry_out, lake, settings, run)
            assert hand.caught.wait(timeout=150)
            (victim, *_others) = executors(tmp_path)
            os.kill(victim, signal.SIGKILL)
            time.sleep(0.5)
            hand.let_go()
            ended = at_work.result(timeout=200)

    assert ended.state is RunState.SUCCEEDED, ended.error
    for kind in ("delta", "parquet"):
        assert [row[:2] for row in rows(spark, lake, kind)] == [("AA", 1), ("AA", 3), ("UA", 2)]
    assert "stderr" in ended.metrics["executor_logs"]["0"]


def test_what_spark_is_at_work_on_is_on_record_while_it_is(
    spark: SparkSession, lake: Lake, tmp_path: Path
) -> None:
    run = lake.runs.enqueue(RunKind.JOB, "flights", owner=process_owner(), lease=LEASE)
    assert run is not None
    seen = None

    def slow(number: int) -> int:
        deadline = time.monotonic() + 60
        while number and not (tmp_path / "go").exists() and time.monotonic() < deadline:
            time.sleep(0.05)
        return number

    with reported(lake.runs, run.id), ThreadPoolExecutor(1) as pool:
        numbers = spark.sparkContext.parallelize([0, 1, 1], 3)
        at_work = pool.submit(numbers.map(slow).collect)
        while not at_work.done():
            found = lake.runs.get(run.id).progress
            if found is not None and found["stages"] and found["stages"][0]["done"]:
                seen = found
                (tmp_path / "go").write_text("")
            time.sleep(0.1)

    assert seen is not None
    (stage,) = seen["stages"]
    assert (stage["tasks"], stage["done"] >= 1, stage["failed"]) == (3, True, 0)
