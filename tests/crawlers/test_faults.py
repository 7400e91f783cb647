"""A store that stumbles, changes or refuses in mid-crawl: asked again, or said; never half a table.

A proxy before a real S3 spoils chosen requests. What a crawl read badly once it reads again.
"""

from __future__ import annotations

import dataclasses
import re
import sys
from datetime import timedelta
from typing import TYPE_CHECKING
from urllib.parse import unquote

import pytest

from gluepot.crawlers.model import CrawlState
from gluepot.crawlers.sources.objects import open_source
from tests.crawlers.conftest import Desk, Place, new_bucket
from tests.crawlers.hostile_files import good_parquet
from tests.servers.proxy import FaultProxy, Request, fault_proxy

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from gluepot.crawlers.sources.config import S3Config

CSV = "id,name\n1,a\n2,b\n"
DAYS = 4
TABLES = {"orders": "csv", "visits": "json", "events": "parquet"}
DATA = {"csv": CSV.encode(), "json": b'{"id": 1, "name": "a"}\n', "parquet": good_parquet()}


@dataclasses.dataclass(frozen=True, kw_only=True)
class Lake:
    """A bucket of three tables of four days, and the same seen through a proxy."""

    proxy: FaultProxy
    place: Place
    direct: Place

    def reads(self, request: Request, part: str = "") -> bool:
        """Return whether a request reads an object whose key holds some text."""
        path = unquote(request.path)
        return request.method == "GET" and "list-type" not in path and part in path


def through(proxy: FaultProxy, place: Place, s3: S3Config | None = None) -> Place:
    """Return a place as it is reached through a proxy."""
    config = dataclasses.replace(s3 or place.s3, endpoint_url=proxy.url)
    return Place(root=place.root, s3=config, source=open_source(place.root, config))


@pytest.fixture
def lake(versitygw_s3: S3Config) -> Iterator[Lake]:
    place = new_bucket(versitygw_s3)
    for table, format_ in TABLES.items():
        for day in range(DAYS):
            place.put(f"{table}/day={day}/a.{format_}", DATA[format_])
    with fault_proxy(str(versitygw_s3.endpoint_url)) as proxy:
        yield Lake(proxy=proxy, place=through(proxy, place), direct=place)


@pytest.fixture(autouse=True)
def quick_repetitions(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let both clients wait a hundredth of what they do, for answers and before repetitions."""
    client = "gluepot.crawlers.sources.s3_client"
    monkeypatch.setattr(f"{client}.TIMEOUT_SECONDS", 0.6)
    monkeypatch.setattr(f"{client}.FIRST_WAIT", timedelta(milliseconds=10))
    monkeypatch.setattr(
        "botocore.retries.standard.ExponentialBackoff.delay_amount", lambda *_: 0.02
    )
    monkeypatch.setattr("gluepot.crawlers.sources.s3.time.sleep", lambda _: None)


def days_of(desk: Desk) -> dict[str, list[str]]:
    """Return the days of each table that there is."""
    return {name: sorted(value for (value,) in desk.values(name)) for name in desk.tables()}


ALL_DAYS = {name: [str(day) for day in range(DAYS)] for name in TABLES}


def first(count: int, fault: int | str) -> Callable[[Request], int | str | None]:
    return lambda request: fault if request.number <= count else None


def every_third(fault: int | str) -> Callable[[Request], int | str | None]:
    return lambda request: fault if request.number % 3 == 1 else None


@pytest.mark.parametrize(
    "fault",
    [first(3, 503), every_third(503), every_third("reset"), every_third("cut"), first(3, "hang")],
    ids=["slow down first", "slow down", "reset", "cut", "time out"],
)
def test_a_crawl_of_a_store_that_stumbles_finds_all_there_is(
    desk: Desk, lake: Lake, fault: Callable[[Request], int | str | None]
) -> None:
    lake.proxy.fault = fault

    crawl = desk.crawl(lake.place)

    assert (crawl.state, crawl.warnings) == (CrawlState.SUCCEEDED, ()), crawl.error
    assert days_of(desk) == ALL_DAYS
    assert desk.columns("events") == {"n": "bigint", "name": "string"}


@pytest.mark.parametrize("fault", [503, "reset", "cut"])
def test_a_store_that_stays_down_fails_the_crawl_and_nothing_is_written(
    desk: Desk, lake: Lake, fault: int | str
) -> None:
    lake.proxy.fault = lambda _: fault

    crawl = desk.crawl(lake.place)

    assert crawl.state is CrawlState.FAILED
    assert lake.place.root in str(crawl.error)
    assert "Error:" not in str(crawl.error)
    assert list(desk.catalog.list_databases()) == []
    assert len(lake.proxy.requests) < 80


def test_a_store_that_goes_down_before_the_first_read_changes_nothing(
    desk: Desk, lake: Lake
) -> None:
    lake.proxy.fault = lambda request: 503 if lake.reads(request) else None

    crawl = desk.crawl(lake.place)

    assert crawl.state is CrawlState.FAILED
    assert "could not be read" in str(crawl.error)
    assert desk.tables() == []


def test_what_could_not_be_read_is_read_by_the_next_crawl(desk: Desk, lake: Lake) -> None:
    lake.proxy.fault = lambda request: 503 if lake.reads(request, "orders") else None
    down = desk.crawl(lake.place)
    lake.proxy.fault = lambda _: None

    up = desk.crawl(lake.place)

    assert down.state is up.state is CrawlState.SUCCEEDED
    assert sum("orders/" in text and "could not be read" in text for text in down.warnings) == DAYS
    assert days_of(desk) == ALL_DAYS
    assert up.warnings == ()


@pytest.mark.parametrize("behavior", ["DELETE_FROM_DATABASE", "DEPRECATE_IN_DATABASE"])
@pytest.mark.parametrize("part", ["events/", "orders/", "orders/day=2", "events/day=2"])
def test_a_table_that_cannot_be_read_for_once_stays_as_it_is(
    desk: Desk, lake: Lake, part: str, behavior: str
) -> None:
    desk.crawl(lake.place, delete_behavior=behavior)
    before = [desk.catalog.get_table("db", name) for name in TABLES]
    for table, format_ in TABLES.items():
        for day in range(DAYS):
            lake.direct.put(f"{table}/day={day}/b.{format_}", DATA[format_])
    lake.proxy.fault = lambda request: 503 if lake.reads(request, part) else None

    crawl = desk.crawl(lake.place, delete_behavior=behavior)

    assert crawl.state is CrawlState.SUCCEEDED, crawl.error
    assert any(part in text and "could not be read" in text for text in crawl.warnings)
    assert days_of(desk) == ALL_DAYS
    for old in before:
        now = desk.catalog.get_table("db", old.name)
        assert "DEPRECATED_BY_CRAWLER" not in dict(now.parameters or {})
        assert now.storage_descriptor is not None
        assert old.storage_descriptor is not None
        assert now.storage_descriptor.columns == old.storage_descriptor.columns


def test_objects_that_go_after_the_listing_are_named_and_the_next_crawl_knows(
    desk: Desk, lake: Lake
) -> None:
    gone = [f"{lake.place.root}/orders/day=1/a.csv", f"{lake.place.root}/events/day=1/a.parquet"]

    def delete(request: Request) -> None:
        if lake.reads(request):
            lake.direct.source.delete(gone)

    lake.proxy.fault = delete
    crawl = desk.crawl(lake.place)
    lake.proxy.fault = lambda _: None
    again = desk.crawl(lake.place)

    assert crawl.state is again.state is CrawlState.SUCCEEDED, crawl.error
    assert again.warnings == ()
    expected = ALL_DAYS | {"orders": ["0", "2", "3"], "events": ["0", "2", "3"]}
    assert days_of(desk) == expected


@pytest.mark.parametrize("factor", [1, 400])
def test_objects_that_are_overwritten_after_the_listing_are_right_in_the_end(
    desk: Desk, lake: Lake, factor: int
) -> None:
    wide = b"id,name,city\n" + b"1,a,Utrecht\n" * factor
    done: list[Request] = []

    def overwrite(request: Request) -> None:
        if lake.reads(request) and not done:
            done.append(request)
            for day in range(DAYS):
                lake.direct.put(f"orders/day={day}/a.csv", wide)
                lake.direct.put(f"events/day={day}/a.parquet", b"PAR1" + b"x" * factor)
                lake.direct.put(f"visits/day={day}/a.json", b'{"n": 1.5}\n' * factor)

    lake.proxy.fault = overwrite
    crawl = desk.crawl(lake.place)
    lake.proxy.fault = lambda _: None
    again = desk.crawl(lake.place)

    assert "which is a defect" not in str(crawl.warnings)
    assert again.state is CrawlState.SUCCEEDED, again.error
    assert list(desk.columns("orders")) == ["id", "name", "city"]
    assert desk.columns("visits")["n"] == "double"
    assert sum("events/" in text for text in again.warnings) >= DAYS


def test_a_prefix_that_may_not_be_read_is_named_and_the_rest_goes_on(
    desk: Desk, lake: Lake
) -> None:
    lake.proxy.fault = lambda request: 403 if lake.reads(request, "events") else None

    crawl = desk.crawl(lake.place)

    assert crawl.state is CrawlState.SUCCEEDED, crawl.error
    assert set(desk.tables()) == {"orders", "visits"}
    refused = [text for text in crawl.warnings if "/events/" in text and "refused" in text]
    assert len(refused) == DAYS


def test_a_prefix_that_may_not_be_listed_fails_the_crawl_by_name(desk: Desk, lake: Lake) -> None:
    lake.proxy.fault = lambda request: 403 if "prefix=events" in request.path else None

    crawl = desk.crawl(lake.place, uri=f"{lake.place.root}/events/")

    assert crawl.state is CrawlState.FAILED
    assert f"{lake.place.root}/events" in str(crawl.error)
    assert desk.tables() == []


KEY = re.compile(r"Credential=KEY(\d+)/")


def test_keys_that_expire_in_mid_crawl_are_renewed(
    desk: Desk, moto_s3: S3Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = new_bucket(moto_s3)
    for day in range(40):
        place.put(f"orders/day={day}/a.csv", CSV)
        place.put(f"events/day={day}/a.parquet", DATA["parquet"])
    count, script = tmp_path / "count", tmp_path / "keys.py"
    script.write_text(
        "import datetime, json, pathlib\n"
        f"path = pathlib.Path({str(count)!r})\n"
        "number = int(path.read_text()) + 1 if path.exists() else 1\n"
        "path.write_text(str(number))\n"
        "end = datetime.datetime.now(datetime.UTC) + datetime.timedelta(seconds=1)\n"
        "print(json.dumps({'Version': 1, 'AccessKeyId': f'KEY{number}', 'SecretAccessKey': 's',"
        " 'SessionToken': 't', 'Expiration': end.isoformat()}))\n"
    )
    (tmp_path / "config").write_text(
        f"[profile short]\ncredential_process = {sys.executable} {script}\n"
    )
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    short = dataclasses.replace(
        moto_s3, profile="short", access_key_id=None, secret_access_key=None
    )
    used: set[str] = set()
    with fault_proxy(str(moto_s3.endpoint_url)) as proxy:

        def refuse_the_first(request: Request) -> int | None:
            header = {name.lower(): text for name, text in request.headers.items()}
            found = KEY.search(header.get("authorization", ""))
            used.add(found[1] if found else "none")
            # The keys with which the listing began are worth nothing once the reading has begun.
            return 403 if found and found[1] == "1" and "list-type" not in request.path else None

        proxy.fault = refuse_the_first
        crawl = desk.crawl(through(proxy, place, short))

    assert (crawl.state, crawl.warnings) == (CrawlState.SUCCEEDED, ()), crawl.error
    assert len(desk.values("orders")) == len(desk.values("events")) == 40
    assert len(used - {"none"}) > 1
