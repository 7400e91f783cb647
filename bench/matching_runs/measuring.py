"""Let a runner match a set in a process of its own, within limits, and judge what it found."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from matching_runs import labels, peers
from matching_runs.judging import Quality, calibration_error, quality
from matching_runs.sets import codes, places, read, write
from matching_runs.task import ANSWER, LABELS, PAIRS, SCORED, TASK, write_rows

if TYPE_CHECKING:
    from matching_runs.sets import TruthSet

OURS = "gluepot"
LOOKS_A_SECOND = 4
LABEL_HEADER = ("id_left", "id_right", "match")


@dataclass(frozen=True, kw_only=True)
class Runner:
    """Who matches, and what it is told.

    Attributes:
        name: In the table.
        module: Of ``matching_runs.runners``.
        labels: How many labelled pairs it gets.
        wishes: What the module reads from ``task.json``.
    """

    name: str
    module: str
    labels: int = 0
    wishes: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Limits:
    """When a run is ended: its processes hold too much memory together, or take too long."""

    seconds: float
    bytes: int


@dataclass(frozen=True, kw_only=True)
class Figure:
    """One runner on one set.

    Attributes:
        quality: None where the run did not end well.
        seconds: From reading the tables to knowing the pairs; start and imports not counted.
        process_seconds: From starting the process to its end.
        peak_bytes: Of all its processes together, shared pages counted once.
        calibration_error: Over every pair that it scored, if it tells.
        accepted_error: The same over the pairs that it accepted.
        f1_at: F1 at other thresholds, by threshold.
        details: What it says of itself.
        problem: Why there is no result.
    """

    set: str
    runner: str
    records: int
    quality: Quality | None = None
    seconds: float | None = None
    process_seconds: float = 0.0
    peak_bytes: int = 0
    calibration_error: float | None = None
    accepted_error: float | None = None
    f1_at: dict[str, float] = field(default_factory=dict)
    details: dict[str, Any] = field(default_factory=dict)
    problem: str | None = None


class RunError(RuntimeError):
    """A runner did not come to its end."""


def measure(runner: Runner, truth: TruthSet, limits: Limits, seed: int) -> Figure:
    """Run once; what went wrong is in the figure."""
    with tempfile.TemporaryDirectory(prefix="gluepot-bench-") as name:
        folder = Path(name)
        write(truth, folder)
        (folder / TASK).write_text(json.dumps(runner.wishes))
        if runner.labels:
            drawn = labels.drawn(truth, runner.labels, seed)
            write_rows(folder / LABELS, LABEL_HEADER, drawn)
        bare = {"set": truth.name, "runner": runner.name, "records": truth.count}
        watch = Watch(limits)
        try:
            watch.run(_command(runner, folder))
        except RunError as error:
            return Figure(**bare, **watch.spent(), problem=str(error))
        return Figure(**bare, **watch.spent(), **_judged(folder, truth))


def _command(runner: Runner, folder: Path) -> list[str]:
    interpreter = sys.executable if runner.module == OURS else peers.python()
    return [interpreter, "-m", "matching_runs.child", runner.module, str(folder)]


def _judged(folder: Path, truth: TruthSet) -> dict[str, Any]:
    answer = json.loads((folder / ANSWER).read_text())
    pairs, sure = _coded(folder / PAIRS, truth)
    told = {"seconds": answer["seconds"], "details": answer["details"]}
    told["quality"] = quality(pairs, truth.pairs)
    others = {file.stem[3:]: _coded(file, truth)[0] for file in sorted(folder.glob("at-*.csv"))}
    by_threshold = {name: quality(found, truth.pairs) for name, found in others.items()}
    told["f1_at"] = {name: round(each.f1, 5) for name, each in by_threshold.items()}
    if (folder / SCORED).exists():
        scored, probability = _coded(folder / SCORED, truth)
        told["calibration_error"] = calibration_error(probability, np.isin(scored, truth.pairs))
        told["accepted_error"] = calibration_error(sure, np.isin(pairs, truth.pairs))
    return told


def _coded(file: Path, truth: TruthSet) -> tuple[np.ndarray, np.ndarray]:
    table, ids = read(file), truth.ids()
    left = places(ids, table.column(0).combine_chunks())
    right = places(ids, table.column(1).combine_chunks())
    value = table.column(2).cast("float64").combine_chunks().to_numpy(zero_copy_only=False)
    return codes(left, right, truth.count), value


class Watch:
    """Runs a command and ends it, with all that it started, beyond its limits."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._peak = 0
        self._started = time.perf_counter()  # again when the command starts

    def spent(self) -> dict[str, Any]:
        """Return seconds since the start, and the most memory seen."""
        seconds = round(time.perf_counter() - self._started, 2)
        return {"process_seconds": seconds, "peak_bytes": self._peak}

    def run(self, command: list[str]) -> None:
        """Run it to its end.

        Raises:
            RunError: It failed, or went beyond a limit.
        """
        self._started = time.perf_counter()
        with tempfile.TemporaryFile("w+") as errors:
            child = subprocess.Popen(  # noqa: S603 - our own module
                command,
                cwd=Path(__file__).resolve().parents[1],
                stdout=errors,
                stderr=errors,
                start_new_session=True,
            )
            try:
                self._wait(child)
            finally:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(child.pid, signal.SIGKILL)
                child.wait()
            if child.returncode:
                errors.seek(0)
                words = errors.read().strip()[-2000:]
                raise RunError(f"ended with {child.returncode}: {words}")

    def _wait(self, child: subprocess.Popen[bytes]) -> None:
        while child.poll() is None:
            self._peak = max(self._peak, _held(child.pid))
            if self._peak > self._limits.bytes:
                raise RunError(f"more than {self._limits.bytes / 2**30:.0f} GiB of memory")
            if time.perf_counter() - self._started > self._limits.seconds:
                raise RunError(f"more than {self._limits.seconds:.0f} seconds")
            time.sleep(1 / LOOKS_A_SECOND)


def _held(process: int) -> int:
    """Return the bytes that a process and its descendants hold; shared pages count once."""
    family, total = [process], 0
    for member in family:
        with contextlib.suppress(OSError):
            for task in Path(f"/proc/{member}/task").iterdir():
                family += map(int, (task / "children").read_text().split())
            rollup = Path(f"/proc/{member}/smaps_rollup").read_text()
            total += next(
                int(line.split()[1]) for line in rollup.splitlines() if line.startswith("Pss:")
            )
    return total * 1024
