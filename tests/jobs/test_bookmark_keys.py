"""Sources whose rows come in the order of keys: each run reads what came since, exactly once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from gluepot.jobs.bookmarks.keys import KeyOrder, KeyRange
from gluepot.jobs.errors import BookmarkError
from gluepot.jobs.writing.ledger import Ledger

if TYPE_CHECKING:
    from tests.jobs.conftest import Lake

ORDER = KeyOrder(names=("id",))


def ledger(lake: Lake, *, bookmark: bool = True) -> Ledger:
    return Ledger(lake.workshop("orders"), bookmark=bookmark)


def chosen(found: Ledger, last: str | None, order: KeyOrder = ORDER) -> KeyRange:
    got = found.choose_keys("src", order, lambda _: None if last is None else (last,))
    assert got is not None
    return got


def test_a_run_reads_from_the_last_committed_key(lake: Lake) -> None:
    first = ledger(lake)
    assert chosen(first, "7") == KeyRange(order=ORDER, after=None, upto=("7",))
    first.commit()

    assert chosen(ledger(lake), "9") == KeyRange(order=ORDER, after=("7",), upto=("9",))


def test_a_paused_bookmark_bounds_keys_and_stays(lake: Lake) -> None:
    def paused() -> Ledger:
        return Ledger(lake.workshop("orders"), bookmark=True, paused=True)

    assert paused().choose_keys("src", ORDER, lambda _: pytest.fail("no run was there")) is None
    first = ledger(lake)
    chosen(first, "7")
    first.commit()

    look = paused()
    assert look.reads_behind
    assert chosen(look, "9") == KeyRange(order=ORDER, after=("7",), upto=("9",))
    look.commit()

    assert chosen(ledger(lake), "9") == KeyRange(order=ORDER, after=("7",), upto=("9",))


def test_keys_that_were_not_committed_are_read_again(lake: Lake) -> None:
    chosen(ledger(lake), "7")

    assert chosen(ledger(lake), "9") == KeyRange(order=ORDER, after=None, upto=("9",))


def test_a_run_that_repeats_a_dead_one_reads_up_to_the_same_key(lake: Lake) -> None:
    dead = ledger(lake)
    chosen(dead, "7")
    dead.write_once("sink", lambda: None)

    again = ledger(lake)

    assert chosen(again, "9") == KeyRange(order=ORDER, after=None, upto=("7",))
    assert not again.write_once("sink", lambda: pytest.fail("it is written already"))
    again.commit()
    assert chosen(ledger(lake), "9") == KeyRange(order=ORDER, after=("7",), upto=("9",))


def test_a_sink_that_died_on_the_way_is_written_again(lake: Lake) -> None:
    dead = ledger(lake)
    chosen(dead, "7")

    def die() -> None:
        raise OSError

    with pytest.raises(OSError):  # noqa: PT011 - the one of above
        dead.write_once("sink", die)

    assert ledger(lake).write_once("sink", lambda: None)


def test_a_source_without_new_rows_is_empty_and_keeps_its_place(lake: Lake) -> None:
    for last, empty in ((None, True), ("7", False), ("7", True), (None, True)):
        run = ledger(lake)
        assert chosen(run, last).empty is empty
        run.commit()

    assert chosen(ledger(lake), "8").after == ("7",)


def test_other_keys_than_before_are_refused(lake: Lake) -> None:
    run = ledger(lake)
    chosen(run, "7")
    run.commit()

    with pytest.raises(BookmarkError, match=r"keys id, and .* by id \(desc\) now: reset"):
        chosen(ledger(lake), "7", KeyOrder(names=("id",), descending=True))


def test_after_a_reset_everything_is_read(lake: Lake) -> None:
    run = ledger(lake)
    chosen(run, "7")
    run.commit()
    lake.jobs.bookmarks.reset("orders")

    assert chosen(ledger(lake), "9").after is None


def test_a_job_without_a_bookmark_reads_all_rows(lake: Lake) -> None:
    run = ledger(lake, bookmark=False)

    assert run.choose_keys("src", ORDER, lambda _: pytest.fail("nobody needs it")) is None
