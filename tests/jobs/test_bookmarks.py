from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from gluepot.catalog.engine import open_engine
from gluepot.catalog.errors import EntityNotFoundError
from gluepot.catalog.migrate import migrate
from gluepot.jobs.bookmarks.keys import KeyMark, KeyOrder
from gluepot.jobs.bookmarks.store import BookmarkStore, InputFile
from gluepot.jobs.errors import BookmarkError, ConcurrentRunsError
from gluepot.jobs.run_context.store import GateResult, JobStore
from gluepot.jobs.runs.state import RunKind, RunState
from gluepot.jobs.runs.store import RunStore
from gluepot.jobs.writing.ledger import Ledger

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.jobs.conftest import Lake

NOW = datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC)


def listed(*names: str, second: int = 0, size: int = 1) -> list[InputFile]:
    modified = NOW.replace(second=second)
    return [
        InputFile(uri=f"s3://b/{name}", size=size, modified=modified, etag="x", values=("1",))
        for name in names
    ]


@pytest.fixture
def jobs(database_url: str) -> Iterator[JobStore]:
    engine = open_engine(database_url)
    migrate(engine)
    yield JobStore(engine, lambda: NOW)
    engine.dispose()


@pytest.fixture
def store(jobs: JobStore) -> BookmarkStore:
    return jobs.bookmarks


def read(store: BookmarkStore, run_id: str, files: list[InputFile]) -> None:
    bookmark = store.open("flights")
    chosen = list(store.unread("flights", "src", files))
    store.commit(store.intend(bookmark, run_id, {"src": chosen}), run_id)


def unread(store: BookmarkStore, files: list[InputFile]) -> list[str]:
    return [file.uri.removeprefix("s3://b/") for file in store.unread("flights", "src", files)]


def test_what_was_read_is_not_read_again(store: BookmarkStore) -> None:
    read(store, "r1", listed("a", "b"))

    assert unread(store, listed("a", "b", "c")) == ["c"]


def test_late_and_same_second_files_are_new(store: BookmarkStore) -> None:
    read(store, "r1", listed("m", second=9))

    assert unread(store, [*listed("early", second=1), *listed("same", second=9)]) == [
        "early",
        "same",
    ]


def test_a_file_written_anew_is_read_again_once(store: BookmarkStore) -> None:
    read(store, "r1", listed("a"))
    changed = listed("a", second=7)

    assert unread(store, changed) == ["a"]
    read(store, "r2", changed)
    assert unread(store, changed) == []
    assert unread(store, listed("a", second=7, size=2)) == ["a"]


def test_files_are_kept_apart_by_source_and_job(store: BookmarkStore) -> None:
    read(store, "r1", listed("a"))

    assert list(store.unread("flights", "other", listed("a")))
    assert list(store.unread("other", "src", listed("a")))


def test_more_files_than_a_batch_are_compared(store: BookmarkStore) -> None:
    names = [f"{number:05d}" for number in range(1_203)]
    read(store, "r1", listed(*names))

    assert unread(store, listed(*names, "new")) == ["new"]


def test_an_intent_is_found_whole_after_a_death(store: BookmarkStore) -> None:
    files = listed("a", "b")
    store.intend(store.open("flights"), "dead", {"src": files})

    intent = store.find_intent("flights")

    assert intent is not None
    assert (intent.version, intent.run_id, intent.sources) == (1, "dead", ("src",))
    found = sorted(store.intended_files(intent, "src"), key=lambda file: file.uri)
    assert found == files


def test_another_run_cannot_intend_while_one_writes(store: BookmarkStore) -> None:
    bookmark = store.open("flights")
    store.intend(bookmark, "r1", {"src": listed("a")})

    with pytest.raises(ConcurrentRunsError, match="r1"):
        store.intend(bookmark, "r2", {"src": listed("b")})


def test_a_run_that_chose_before_the_bookmark_moved_is_refused(store: BookmarkStore) -> None:
    stale = store.open("flights")
    read(store, "r1", listed("a"))

    with pytest.raises(ConcurrentRunsError, match="has moved its bookmark"):
        store.intend(stale, "r2", {"src": listed("a")})


def test_an_intent_is_adopted_by_one_run_only(store: BookmarkStore) -> None:
    intent = store.intend(store.open("flights"), "dead", {"src": listed("a")})

    adopted = store.adopt(intent, "r2")

    assert adopted == replace(intent, run_id="r2")
    with pytest.raises(ConcurrentRunsError):
        store.adopt(intent, "r3")


def test_a_run_may_add_sources_to_its_own_intent(store: BookmarkStore) -> None:
    bookmark = store.open("flights")
    store.intend(bookmark, "r1", {"src": listed("a")})

    intent = store.intend(bookmark, "r1", {"more": listed("b")})

    assert intent.sources == ("src", "more")


def test_a_sink_is_published_once(store: BookmarkStore) -> None:
    intent = store.intend(store.open("flights"), "r1", {})

    store.publish(intent, "s3://b/out")
    store.publish(intent, "s3://b/out")

    found = store.find_intent("flights")
    assert found is not None
    assert found.published == ("s3://b/out",)


def test_after_a_reset_everything_is_new_and_the_version_goes_on(store: BookmarkStore) -> None:
    read(store, "r1", listed("a"))
    store.intend(store.open("flights"), "dead", {"src": listed("b")})

    found = store.reset("flights")

    assert found is not None
    assert found.version == 2
    assert unread(store, listed("a", "b")) == ["a", "b"]
    assert store.find_intent("flights") is None


def test_a_commit_after_a_reset_is_refused(store: BookmarkStore) -> None:
    intent = store.intend(store.open("flights"), "r1", {"src": listed("a")})
    store.reset("flights")

    with pytest.raises(BookmarkError, match="was reset or moved"):
        store.commit(intent, "r1")


def test_a_job_without_a_bookmark_has_nothing_to_reset(store: BookmarkStore) -> None:
    assert store.reset("nobody") is None


def test_results_of_gates_come_back_newest_first(jobs: JobStore) -> None:
    for number in range(3):
        jobs.record_gate(
            GateResult(
                run_id=f"r{number}",
                job_name="flights",
                gate="g" if number else "other",
                on_failure="fail",
                passed=bool(number),
                result={"score": 0.5},
                html_report="x.html",
                json_report="x.json",
            )
        )

    assert [item.run_id for item in jobs.list_gates(job_name="flights")] == ["r2", "r1", "r0"]
    assert [item.run_id for item in jobs.list_gates(gate="g", limit=1)] == ["r2"]
    (one,) = jobs.list_gates(run_id="r0")
    assert (one.passed, one.result, one.created_at) == (False, {"score": 0.5}, NOW)


def test_rewinding_to_a_run_forgets_what_came_after_it(store: BookmarkStore) -> None:
    for number, name in enumerate("abc", 1):
        read(store, f"r{number}", listed(name))

    rewound = store.rewind("flights", "r1")

    assert unread(store, listed("a", "b", "c")) == ["b", "c"]
    assert rewound is not None
    # The version goes on growing: sinks know the transactions of those before.
    assert (rewound.version, rewound.run_id) == (3, "r1")
    read(store, "r4", listed("a", "b", "c"))
    assert unread(store, listed("a", "b", "c")) == []
    assert store.version_at("flights", "r4") == 4
    with pytest.raises(EntityNotFoundError):
        store.rewind("flights", "r3")


def test_rewinding_ends_an_intent_and_forgets_keys(store: BookmarkStore) -> None:
    order = KeyOrder(names=("id",))
    for number in (1, 2):
        marks = {"db": KeyMark(order=order, last=(str(number),))}
        intent = store.intend(store.open("flights"), f"r{number}", {}, marks)
        store.commit(intent, f"r{number}")
    store.intend(store.open("flights"), "r3", {"src": listed("x")})

    rewound = store.rewind("flights", "r1")

    assert rewound is not None
    assert rewound.version == 3
    assert store.find_intent("flights") is None
    assert store.key_mark("flights", "db", rewound.version) == KeyMark(order=order, last=("1",))
    assert unread(store, listed("x")) == ["x"]


def test_a_run_that_read_nothing_stands_for_the_one_before_it(database_url: str) -> None:
    engine = open_engine(database_url)
    times = iter(NOW.replace(minute=minute) for minute in range(60))
    store = BookmarkStore(engine, lambda: next(times))
    runs = RunStore(engine, lambda: next(times))
    names = []
    for files in (listed("a"), [], listed("b")):
        run = runs.enqueue(RunKind.JOB, "flights")
        assert run is not None
        if files:
            read(store, run.id, files)
        runs.finish(run.id, RunState.SUCCEEDED)
        names.append(run.id)

    assert [store.version_at("flights", name) for name in names] == [1, 1, 2]
    with pytest.raises(EntityNotFoundError):
        store.version_at("other", names[0])
    engine.dispose()


def test_what_was_read_between_two_runs_is_listed_as_it_was(store: BookmarkStore) -> None:
    for number, name in enumerate("abc", 1):
        read(store, f"r{number}", listed(name))

    between = list(store.files_between("flights", "src", 1, 2))

    assert between == listed("b")


def test_a_paused_bookmark_between_runs_reads_that_again_and_does_not_move(
    lake: Lake,
) -> None:
    store = lake.jobs.bookmarks
    for number, name in enumerate("abc", 1):
        read(store, f"r{number}", listed(name))
    workshop = lake.workshop("flights")
    ledger = Ledger(workshop, bookmark=True, paused=True, between=(1, 3))

    chosen = ledger.choose("src", listed("z"))
    ledger.commit()

    assert list(chosen) == [*listed("b"), *listed("c")]
    found = store.find("flights")
    assert found is not None
    assert found.version == 3
