"""What Spark counts of a run: stages, tasks, spill and skew, asked of the driver's own store.

The store is there without Spark's web page, which would take a second of each start.
"""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from gluepot.jobs.metrics.pass_metrics import SMALL_FILE_BYTES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from pyspark import SparkContext

_FIRST_STAGE = "gluepot_first_stage"
"""The attribute of a context that says which of its stages is the first that counts."""

MOST_STAGES = 100
"""Of so many stages, those with the most work, the record of a run tells the times."""

MOST_SUMMARIES = 3
"""Of so many stages, those with the most work, the times of single tasks are compared."""

_SUMS = {
    "input_bytes": "inputBytes",
    "shuffle_bytes": "shuffleWriteBytes",
    "spilled_memory_bytes": "memoryBytesSpilled",
    "spilled_disk_bytes": "diskBytesSpilled",
    "tasks": "numTasks",
    "failed_tasks": "numFailedTasks",
}


def active_context() -> SparkContext | None:
    """Return the process's SparkContext; None without one that has started, as with Connect."""
    core = sys.modules.get("pyspark.core.context")
    if core is None:
        return None
    found: SparkContext | None = core.SparkContext._active_spark_context  # noqa: SLF001
    # It counts as active before it has started.
    return None if getattr(found, "_jsc", None) is None else found


def count_anew(context: SparkContext) -> None:
    """Leave out of the figures what the context has done so far."""
    done = [stage.stageId() for stage in _stages(context, _store(context))]
    setattr(context, _FIRST_STAGE, max(done, default=-1) + 1)


def _store(context: SparkContext) -> Any:  # noqa: ANN401 - a Java object
    return context._jsc.sc().statusStore()  # noqa: SLF001 - no public way leads there


def stages_at_work(context: SparkContext) -> list[dict[str, Any]]:
    """Return the stages that run now, each with its ``tasks``, how many are ``done`` and so on."""
    tracker = context.statusTracker()
    found = ((number, tracker.getStageInfo(number)) for number in tracker.getActiveStageIds())
    return [
        {
            "stage": number,
            "name": info.name,
            "tasks": info.numTasks,
            "done": info.numCompletedTasks,
            "active": info.numActiveTasks,
            "failed": info.numFailedTasks,
        }
        for number, info in sorted(found)
        if info is not None
    ]


def executor_logs(context: SparkContext) -> dict[str, dict[str, str]]:
    """Return the addresses of the executors' logs, by executor and stream, where there are any."""
    store = _store(context)
    both = False  # those that are gone too
    listed = store.executorList(both)
    found = {}
    for index in range(listed.size()):
        executor = listed.apply(index)
        addresses = executor.executorLogs()
        logs = {
            stream: str(addresses.apply(stream))
            for stream in ("stdout", "stderr")
            if addresses.contains(stream)
        }
        if logs:
            found[str(executor.id())] = logs
    return found


def figures(context: SparkContext) -> dict[str, Any]:
    """Return the figures of all that a context has done for a run, for its record.

    ``skew`` compares the longest task of a stage with the middle one, where that tells something.
    ``stage_times`` are those of single stages, in their order.
    """
    store = _store(context)
    stages = list(_stages(context, store))
    times = [stage.submissionTime().get().getTime() for stage in stages if _began(stage)]
    longest = sorted(stages, key=lambda stage: stage.executorRunTime(), reverse=True)
    found: dict[str, Any] = {
        "stages": len(times),
        **{key: sum(getattr(each, name)() for each in stages) for key, name in _SUMS.items()},
        "executor_seconds": sum(stage.executorRunTime() for stage in stages) / 1000,
        "gc_seconds": sum(stage.jvmGcTime() for stage in stages) / 1000,
    }
    skews = [_skew(context, store, stage) for stage in longest[:MOST_SUMMARIES]]
    worst = max((each for each in skews if each), key=lambda each: each["ratio"], default=None)
    first = datetime.fromtimestamp(min(times) / 1000, UTC).isoformat() if times else None
    return found | {
        "skew": worst,
        "first_stage_at": first,
        "stage_times": _stage_times(longest[:MOST_STAGES]),
        "executor_logs": executor_logs(context),
    }


def _stages(context: SparkContext, store: Any) -> Iterator[Any]:  # noqa: ANN401 - Java objects
    gateway: Any = context._gateway  # noqa: SLF001
    none = gateway.new_array(gateway.jvm.double, 0)
    rough = (False, False, none, gateway.jvm.java.util.ArrayList())
    listed = store.stageList(None, *rough)
    first = getattr(context, _FIRST_STAGE, 0)
    for index in range(listed.size()):
        stage = listed.apply(index)
        if stage.stageId() >= first:
            yield stage


def _began(stage: Any) -> bool:  # noqa: ANN401
    return bool(stage.submissionTime().isDefined())


def _stage_times(stages: Iterable[Any]) -> list[dict[str, Any]]:
    found = [
        {
            "stage": stage.stageId(),
            "name": stage.name(),
            "started_at": _iso(stage.submissionTime()),
            "completed_at": _iso(stage.completionTime()),
            "tasks": stage.numTasks(),
            "failed_tasks": stage.numFailedTasks(),
        }
        for stage in stages
        if _began(stage)
    ]
    return sorted(found, key=lambda each: (each["started_at"], each["stage"]))


def _iso(time: Any) -> str | None:  # noqa: ANN401
    """Return a Java Option of a Date as ISO 8601."""
    if not time.isDefined():
        return None
    return datetime.fromtimestamp(time.get().getTime() / 1000, UTC).isoformat()


def _skew(context: SparkContext, store: Any, stage: Any) -> dict[str, Any] | None:  # noqa: ANN401
    if stage.numTasks() < 2:  # noqa: PLR2004 - one has nothing beside it
        return None
    gateway: Any = context._gateway  # noqa: SLF001
    quantiles = gateway.new_array(gateway.jvm.double, 2)
    quantiles[0], quantiles[1] = 0.5, 1.0
    summary = store.taskSummary(stage.stageId(), stage.attemptId(), quantiles)
    if not summary.isDefined():
        return None
    times = summary.get().executorRunTime()
    middle, longest = times.apply(0) / 1000, times.apply(1) / 1000
    return {
        "stage": stage.name(),
        "longest_seconds": longest,
        "middle_seconds": middle,
        "ratio": round(longest / max(middle, 0.001), 1),
    }


MANY_FILES = 100
SKEWED = 5.0
SKEWED_SECONDS = 10.0


def hints(metrics: Mapping[str, Any]) -> list[str]:
    """Return what a run's own figures advise, in sentences.

    >>> hints({"small_files_in": 4000, "files_in": 4100})
    ['4,000 of 4,100 files read are under 16 MiB: let whoever writes them write fewer']
    """
    return [sentence for sentence in _hints(metrics) if sentence]


def _hints(metrics: Mapping[str, Any]) -> Iterable[str]:
    small, files = metrics.get("small_files_in") or 0, metrics.get("files_in") or 0
    if small >= MANY_FILES and small * 2 > files:
        yield (
            f"{small:,} of {files:,} files read are under {SMALL_FILE_BYTES // 2**20} MiB: let"
            " whoever writes them write fewer"
        )
    written, size = metrics.get("files_out") or 0, metrics.get("bytes_out") or 0
    if written >= MANY_FILES and size < written * SMALL_FILE_BYTES:
        yield (
            f"{written:,} files were written of {size // written:,} bytes on average: partition by"
            " fewer columns, or compact the table"
        )
    spilled = metrics.get("spilled_disk_bytes") or 0
    if spilled > 0:
        yield (
            f"{spilled:,} bytes did not fit in memory and were spilled to disk: take a larger"
            " worker_type or more spark.sql.shuffle.partitions"
        )
    skew = metrics.get("skew")
    if skew and skew["ratio"] >= SKEWED and skew["longest_seconds"] >= SKEWED_SECONDS:
        yield (
            f"One task of stage {skew['stage']!r} took {skew['longest_seconds']:.0f} s, the middle"
            f" one {skew['middle_seconds']:.1f} s: a few keys have most of the rows"
        )
