"""Let every reader read a shape at a place, each in a fresh process, and check what it saw."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import uuid
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from crawling.agreement import Difference, DisagreementError, check
from crawling.task import Answer, Task, answer_from_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crawling.places import Ground, Place
    from crawling.shapes import Shape

FIRST = "gluepot, first crawl"
SECOND = "gluepot, nothing new"
THIRD = "gluepot, 1% of folders new"
LISTING = "listing only"
WALK = "os.walk and stat only"


class ChildError(RuntimeError):
    """A reader could not read."""


@dataclass(frozen=True, kw_only=True)
class Figure:
    """One reader at one shape and place.

    Attributes:
        shape: The shape's name, ``size`` and ``unit`` beside it.
        place: The place's name.
        who: The reader, and for gluepot which of its crawls.
        seconds: The shortest time; None where the limit came first, or there is a problem.
        peak_bytes: The most memory held.
        limit: Seconds after which the reader was ended; 0 for none.
        differences: Where it differs by nature.
        problem: Why it could not read, or how its answer is wrong.
    """

    shape: str
    size: int
    unit: str
    place: str
    who: str
    seconds: float | None
    peak_bytes: int | None
    limit: int
    differences: tuple[Difference, ...] = ()
    problem: str | None = None


@dataclass(frozen=True, kw_only=True)
class Bench:
    """One shape at one place, and how it is measured."""

    shape: Shape
    place: Place
    ground: Ground
    uri: str
    warm_uri: str
    repeats: int
    limit: int

    def task(self, reader: str, **more: object) -> Task:
        """Return a task for a child."""
        task = Task(
            reader=reader,
            format=self.shape.format,
            uri=self.uri,
            warm_uri=self.warm_uri,
            s3=self.place.s3,
            glue_url=self.ground.glue_url,
        )
        return replace(task, **more)

    def figure(self, who: str, answer: Answer, differences: list[Difference]) -> Figure:
        """Return the measurement of an answer that was checked."""
        return Figure(
            shape=self.shape.name,
            size=self.shape.size,
            unit=self.shape.unit,
            place=self.place.name,
            who=who,
            seconds=answer.seconds,
            peak_bytes=answer.peak_bytes,
            limit=self.limit,
            differences=tuple(differences),
        )


def measure_peers(bench: Bench, peers: list[str]) -> Iterator[Figure]:
    """Yield a figure for each peer that can read this shape at this place."""
    for peer in peers:
        if applies(peer, bench):
            task = bench.task(peer, repeats=bench.repeats, limit=bench.limit)
            try:
                yield _checked(bench, peer, run_child(task))
            except (ChildError, DisagreementError) as error:
                # A run of hours goes on; it ends as failed, and says so.
                figure = bench.figure(peer, Answer(seconds=None), [])
                yield replace(figure, problem=str(error))


def applies(peer: str, bench: Bench) -> bool:
    """Return whether a peer can read this at all.

    DuckDB's S3 extension is not part of its package, and awswrangler stores metadata of Parquet in
    an S3 only.
    """
    on_s3 = bench.place.name != "file"
    if peer == "duckdb":
        return not on_s3
    return peer != "awswrangler" or (on_s3 and bench.shape.format == "parquet")


def measure_crawls(bench: Bench) -> Iterator[Figure]:
    """Yield gluepot's crawls of new, unchanged and changed data, and of bare listings beside.

    Raises:
        ChildError: A crawl failed.
        DisagreementError: A crawl saw something else than was written.
    """
    rounds = [dict(_crawls(bench)) for _ in range(bench.repeats)]
    for who in rounds[0]:
        answers = [one[who] for one in rounds]
        best = min(answers, key=lambda one: one.seconds or 0)
        peak = max(one.peak_bytes or 0 for one in answers)
        yield _checked(bench, who, replace(best, peak_bytes=peak))


def _crawls(bench: Bench) -> Iterator[tuple[str, Answer]]:
    """Yield the answers of one round, with a new catalog."""
    shape, catalog = bench.shape, bench.ground.own / f"{uuid.uuid4().hex}.db"
    crawl = bench.task("gluepot", catalog=str(catalog))
    yield FIRST, _run(crawl, change="ADD", files=shape.files)
    if shape.add is not None:
        if bench.place.name == "file":
            yield WALK, _run(bench.task("walk"), change=None, files=shape.files)
        yield LISTING, _run(bench.task("listing"), change=None, files=shape.files)
    yield SECOND, _run(crawl, change="NONE", files=shape.files)
    if shape.add is not None:
        added = shape.add(bench.ground.data / shape.folder)
        yield THIRD, _run(crawl, change=None, files=shape.files + len(added))
        for path in added:
            path.unlink()
    catalog.unlink()


def _run(task: Task, *, change: str | None, files: int) -> Answer:
    answer = run_child(task)
    if change is not None and answer.seen.change != change:
        raise DisagreementError(f"The crawl of {task.uri} is {answer.seen.change}, not {change}")
    if answer.seen.files != files:
        raise DisagreementError(f"{task.reader} saw {answer.seen.files} of {files} files")
    return answer


def _checked(bench: Bench, who: str, answer: Answer) -> Figure:
    found = [] if answer.seconds is None else check(who.partition(",")[0], bench.shape, answer.seen)
    return bench.figure(who, answer, found)


def run_child(task: Task) -> Answer:
    """Let a process do a task; it is ended, with all that it started, when it took too long.

    Raises:
        ChildError: It failed; its last words are in the message.
    """
    command = [sys.executable, "-m", "crawling.child"]
    bench = Path(__file__).resolve().parents[1]
    child = subprocess.Popen(  # noqa: S603 - our own module
        command,
        cwd=bench,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        output, errors = child.communicate(task.to_text())
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)
    if child.returncode == -signal.SIGALRM:
        return Answer(seconds=None)
    if child.returncode != 0:
        raise ChildError(f"{task.reader} at {task.uri} failed: {errors[-3000:]}")
    return answer_from_text(output.splitlines()[-1])
