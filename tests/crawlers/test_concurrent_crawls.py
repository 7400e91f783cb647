"""Two crawlers over one prefix at once: both succeed, and each table is there once, with all."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest

from gluepot.crawlers import survey
from gluepot.crawlers.model import ChangeKind, CrawlState
from gluepot.crawlers.planning.apply import apply_change
from tests.crawlers.conftest import Desk, Place
from tests.crawlers.crawl_command import CrawlCommand

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from gluepot.crawlers.model import Crawl

TABLES, DAYS = 12, 10


def put_tables(place: Place, *, days: range = range(DAYS), columns: str = "") -> None:
    for number in range(TABLES):
        for day in days:
            place.put(
                f"t{number:02}/day={day}/a.csv",
                f"id,name{number}{columns}\n1,a{',2.5' if columns else ''}\n2,b"
                f"{',3.5' if columns else ''}\n",
            )


def partitions(desk: Desk) -> dict[str, list[int]]:
    """Return the days of each table that there is."""
    return {name: sorted(int(day) for (day,) in desk.values(name)) for name in desk.tables()}


def crawl_at_once(place: Place, desks: list[Desk], names: list[str]) -> list[Crawl]:
    """Crawl a place by several crawlers, which begin together; each has a connection pool."""
    together = threading.Barrier(len(names))

    def crawl(desk: Desk, name: str) -> Crawl:
        together.wait(timeout=30)
        return desk.crawl(place, name=name)

    with ThreadPoolExecutor(len(names)) as pool:
        return list(pool.map(crawl, desks, names))


@pytest.fixture
def desks(any_desk: Desk) -> Iterator[list[Desk]]:
    """Yield four desks over one catalog, two of which share their connections."""
    url = any_desk.engine.url.render_as_string(hide_password=False)
    others = [Desk(url), Desk(url)]
    yield [any_desk, any_desk, *others]
    for desk in others:
        desk.engine.dispose()


def days(count: int) -> dict[str, list[int]]:
    """Return the tables with so many days each."""
    return {f"t{number:02}": list(range(count)) for number in range(TABLES)}


ALL = days(DAYS)


@pytest.mark.parametrize("names", [["a", "b", "c", "d"], ["a", "a", "a", "a"]])
def test_crawlers_at_once_add_each_table_and_partition_once(
    desks: list[Desk], folder: Place, names: list[str]
) -> None:
    put_tables(folder)

    crawls = crawl_at_once(folder, desks, names)
    versions = {name: desks[0].versions(name) for name in ALL}
    again = crawl_at_once(folder, desks, names)

    assert [(crawl.state, crawl.error) for crawl in crawls + again] == [
        (CrawlState.SUCCEEDED, None)
    ] * (2 * len(names))
    assert partitions(desks[0]) == ALL
    assert versions == {name: ["0"] for name in ALL}
    assert {name: desks[0].versions(name) for name in ALL} == versions
    added = [
        item.name for crawl in crawls for item in crawl.tables if item.change is ChangeKind.ADD
    ]
    assert sorted(added) == sorted(ALL)
    assert {item.change for crawl in again for item in crawl.tables} == {ChangeKind.NONE}


def test_no_update_is_lost_when_data_grows_under_two_crawlers(
    desks: list[Desk], folder: Place
) -> None:
    put_tables(folder)
    crawl_at_once(folder, desks, ["a", "b", "c", "d"])
    put_tables(folder, days=range(DAYS, DAYS + 5))
    put_tables(folder, days=range(1), columns=",price")

    crawls = crawl_at_once(folder, desks, ["a", "b", "c", "d"])
    versions = {name: desks[0].versions(name) for name in ALL}
    again = crawl_at_once(folder, desks, ["a", "b", "c", "d"])

    assert [crawl.error for crawl in crawls + again] == [None] * 8
    assert partitions(desks[0]) == days(DAYS + 5)
    for name in ALL:
        assert desks[0].columns(name)["price"] == "double"
    assert versions == {name: ["0", "1"] for name in ALL}
    assert {name: desks[0].versions(name) for name in ALL} == versions


def test_a_crawler_with_an_older_view_takes_nothing_back(
    desk: Desk, folder: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_tables(folder)
    desk.crawl(folder, name="old")
    put_tables(folder, days=range(DAYS, DAYS + 2))
    newer: list[Crawl] = []

    def after_another(*args: Any, **options: Any) -> None:  # noqa: ANN401
        if not newer:
            put_tables(folder, days=range(DAYS + 2, DAYS + 4))
            monkeypatch.undo()
            newer.append(desk.crawl(folder, name="new"))
        apply_change(*args, **options)

    monkeypatch.setattr("gluepot.crawlers.crawl.apply_change", after_another)

    old = desk.crawl(folder, name="old")

    assert old.state is newer[0].state is CrawlState.SUCCEEDED, old.error
    assert partitions(desk) == days(DAYS + 4)


def test_what_is_gone_is_left_to_the_next_crawl_where_another_crawler_is_at_work(
    desk: Desk, folder: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_tables(folder)
    desk.crawl(folder, name="a")
    put_tables(folder, days=range(DAYS, DAYS + 1))
    folder.source.delete([f"{folder.root}/t{number:02}/day=0/a.csv" for number in range(TABLES)])
    options = {"delete_behavior": "DELETE_FROM_DATABASE"}

    def after_another(*args: Any, **kinds: Any) -> None:  # noqa: ANN401
        monkeypatch.undo()
        desk.crawl(folder, name="b", delete_behavior="LOG")
        apply_change(*args, **kinds)

    monkeypatch.setattr("gluepot.crawlers.crawl.apply_change", after_another)
    crossed = desk.crawl(folder, name="a", **options)
    between = partitions(desk)
    again = desk.crawl(folder, name="a", **options)

    assert crossed.state is again.state is CrawlState.SUCCEEDED, crossed.error
    assert between == days(DAYS + 1)
    assert partitions(desk) == {name: found[1:] for name, found in days(DAYS + 1).items()}


def test_a_crawler_run_twice_at_once_by_hand_succeeds_twice(
    any_desk: Desk, folder: Place, tmp_path: Path
) -> None:
    put_tables(folder)
    url = any_desk.engine.url.render_as_string(hide_password=False)
    command = CrawlCommand(place=folder, url=url, home=tmp_path / "home")

    ended = [command.wait(child) for child in [command.start() for _ in range(2)]]

    assert [(item.returncode, item.stderr) for item in ended if item.returncode] == []
    assert partitions(any_desk) == ALL
    assert {any_desk.versions(name)[-1] for name in ALL} == {"0"}
    assert [item["state"] for item in command.history()] == ["SUCCEEDED"] * 2
    command.run()
    assert {any_desk.versions(name)[-1] for name in ALL} == {"0"}


def test_what_a_later_crawl_has_added_is_not_gone_for_an_earlier_one(
    any_desk: Desk, folder: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    csv = "id,amount\n1,2.5\n2,3.5\n"
    folder.put("t/day=1/a.csv", csv)
    any_desk.crawl(folder, name="late")
    see = survey.see_targets

    def see_then_be_overtaken(*arguments: Any, **options: Any) -> Any:  # noqa: ANN401
        seen = see(*arguments, **options)
        monkeypatch.setattr("gluepot.crawlers.crawl.see_targets", see)
        folder.put("t/day=2/a.csv", csv)
        any_desk.crawl(folder, name="quick")
        return seen

    monkeypatch.setattr("gluepot.crawlers.crawl.see_targets", see_then_be_overtaken)
    folder.put("t/day=1/b.csv", csv)

    any_desk.crawl(folder, name="late", delete_behavior="DELETE_FROM_DATABASE")

    assert sorted(any_desk.values("t")) == [("1",), ("2",)]
