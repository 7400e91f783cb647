"""Profiles in both databases, and the catalog's column statistics made of them."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from gluepot.catalog.engine import open_engine
from gluepot.catalog.errors import EntityNotFoundError
from gluepot.catalog.profile_store import ProfileStore
from gluepot.catalog.store import CatalogStore
from gluepot.transforms.quality.profiling.distinct import DistinctSketch
from gluepot.transforms.quality.profiling.filling import fill_partitions, fill_statistics
from gluepot.transforms.quality.profiling.frequent import FrequentValues
from gluepot.transforms.quality.profiling.keeping import (
    keep_profile,
    kept_profile,
    newest_parts,
    series_of,
    table_subject,
)
from gluepot.transforms.quality.profiling.model import (
    ColumnProfile,
    FrameProfile,
    Key,
    Kind,
    Lengths,
    Part,
    Profile,
    merged,
)
from tests.catalog.operations.test_partitions import add

if TYPE_CHECKING:
    from collections.abc import Iterator

    import sqlalchemy as sa

NOW = dt.datetime(2026, 1, 2, 3, tzinfo=dt.UTC)
SUBJECT = table_subject("", "flights", "days")


@pytest.fixture
def engine(database_url: str) -> Iterator[sa.Engine]:
    engine = open_engine(database_url)
    yield engine
    engine.dispose()


@pytest.fixture
def store(engine: sa.Engine) -> ProfileStore:
    return ProfileStore(engine, lambda: NOW)


def column(name: str, kind: Kind, rows: int, *, nulls: int = 0, **more: Any) -> ColumnProfile:  # noqa: ANN401
    return ColumnProfile(name=name, type="t", kind=kind, rows=rows, nulls=nulls, **more)


def of_rows(rows: int, *, low: int = 0) -> Profile:
    """Return the profile of rows with a number and a text that has a surrogate and a null."""
    text = FrequentValues(counts={"ä\x00\ud800": rows}, total=rows)
    return Profile(
        rows=rows,
        columns=(
            column("n", Kind.WHOLE, rows, minimum=low, maximum=low + rows),
            column("t", Kind.TEXT, rows, frequent=text),
        ),
    )


def profiled(**parts: Profile) -> FrameProfile:
    return FrameProfile(
        profiled_at=NOW,
        whole=merged(parts.values()),
        partitioned_by=("year",),
        parts={(name.removeprefix("y") or None,): one for name, one in parts.items()},
        keys=(Key(columns=("n",), rows=3, distinct=3, unique=3),),
        passes=3,
    )


def test_a_profile_is_kept_by_partition_and_merged_again(store: ProfileStore) -> None:
    found = profiled(y2024=of_rows(3), y2025=of_rows(4, low=10), y=of_rows(1))
    record = keep_profile(store, SUBJECT, found)
    assert store.newest(SUBJECT) == record
    assert record.rows == 8
    again = kept_profile(store, record)
    assert again == replace(found, whole=again.whole, keys=list(found.keys))
    assert again.whole.column("n") == found.whole.column("n")
    assert again.whole.column("n").maximum == 14


def test_a_frame_without_partitions_has_one_part(store: ProfileStore) -> None:
    found = FrameProfile(profiled_at=NOW, whole=of_rows(5))
    record = keep_profile(store, "file:///x.csv", found)
    assert kept_profile(store, record).whole == found.whole
    assert kept_profile(store, record).parts == {}


def test_partitions_that_were_profiled_later_replace_their_earlier_profiles(
    store: ProfileStore,
) -> None:
    keep_profile(store, SUBJECT, profiled(y2024=of_rows(3), y2025=of_rows(4)))
    keep_profile(store, SUBJECT, profiled(y2025=of_rows(40), y2026=of_rows(50)))
    keep_profile(store, "other", profiled(y2024=of_rows(9)))
    newest = newest_parts(store, SUBJECT)
    assert {part: one.rows for part, one in newest.items()} == {
        ("2024",): 3,
        ("2025",): 40,
        ("2026",): 50,
    }
    assert merged(newest.values()).rows == 93


def test_profiles_of_a_table_are_a_series(store: ProfileStore) -> None:
    for day, rows in enumerate((3, 5, 8)):
        found = replace(profiled(y2024=of_rows(rows)), profiled_at=NOW + dt.timedelta(days=day))
        keep_profile(store, SUBJECT, found)
    series = series_of(store, SUBJECT, limit=2)
    assert [(at.day, profile.rows) for at, profile in series] == [(3, 5), (4, 8)]
    assert store.delete(SUBJECT) == 3
    with pytest.raises(EntityNotFoundError):
        store.newest(SUBJECT)


COLUMNS = {
    "whole": "bigint",
    "real": "double",
    "price": "decimal(9,2)",
    "name": "string",
    "flag": "boolean",
    "day": "date",
    "at": "timestamp",
    "raw": "binary",
    "tags": "array<string>",
}
DIFFERENT = DistinctSketch(coupons=frozenset({1, 2, 3}))
LENGTHS = Lengths(least=1, most=9, total=30)
EVERY_KIND = Profile(
    rows=10,
    columns=(
        column("whole", Kind.WHOLE, 10, minimum=-5, maximum=2**62, distinct=DIFFERENT),
        column("real", Kind.REAL, 10, minimum=0.5, maximum=float("inf")),
        column("price", Kind.DECIMAL, 10, minimum="-2.55", maximum="10.00"),
        column("name", Kind.TEXT, 10, nulls=4, lengths=LENGTHS, distinct=DIFFERENT),
        column(
            "flag",
            Kind.TRUTH,
            10,
            frequent=FrequentValues(counts={"true": 6, "false": 3}, total=9),
            nulls=1,
        ),
        column("day", Kind.DATE, 10, minimum=-31, maximum=19000),
        column("at", Kind.TIME, 10, minimum=-1_500_000, maximum=1_700_000_000_000_000),
        column("raw", Kind.BYTES, 10, lengths=LENGTHS),
        column("tags", Kind.NESTED, 10),
    ),
)


@pytest.fixture
def table(glue: Any) -> Any:  # noqa: ANN401
    glue.create_database(DatabaseInput={"Name": "flights"})
    glue.create_table(
        DatabaseName="flights",
        TableInput={
            "Name": "days",
            "PartitionKeys": [{"Name": "year", "Type": "int"}, {"Name": "place", "Type": "string"}],
            "StorageDescriptor": {
                "Columns": [{"Name": name, "Type": kind} for name, kind in COLUMNS.items()]
            },
        },
    )
    return glue


def test_column_statistics_are_filled_from_a_profile(table: Any, engine: sa.Engine) -> None:  # noqa: ANN401
    catalog = CatalogStore(engine, lambda: NOW)
    assert fill_statistics(catalog, catalog.get_table("flights", "days"), EVERY_KIND, now=NOW) == 8
    reply = table.get_column_statistics_for_table(
        DatabaseName="flights", TableName="days", ColumnNames=list(COLUMNS)
    )
    assert [item["ColumnName"] for item in reply["Errors"]] == ["tags"]
    found = {item["ColumnName"]: item for item in reply["ColumnStatisticsList"]}
    data = {
        name: next(value for key, value in item["StatisticsData"].items() if key != "Type")
        for name, item in found.items()
    }
    assert found["whole"]["AnalyzedTime"] == NOW
    assert data["whole"] == {
        "MinimumValue": -5,
        "MaximumValue": 2**62,
        "NumberOfNulls": 0,
        "NumberOfDistinctValues": 3,
    }
    assert data["real"] == {"MinimumValue": 0.5, "NumberOfNulls": 0, "NumberOfDistinctValues": 0}
    assert data["price"]["MinimumValue"] == {"UnscaledValue": b"\xff\x01", "Scale": 2}
    assert data["price"]["MaximumValue"] == {"UnscaledValue": b"\x03\xe8", "Scale": 2}
    assert data["name"] == {
        "MaximumLength": 9,
        "AverageLength": 5.0,
        "NumberOfNulls": 4,
        "NumberOfDistinctValues": 3,
    }
    assert data["flag"] == {"NumberOfTrues": 6, "NumberOfFalses": 3, "NumberOfNulls": 1}
    assert data["day"]["MinimumValue"] == dt.datetime(1969, 12, 1, tzinfo=dt.UTC)
    assert data["at"]["MinimumValue"] == -2
    assert data["at"]["MaximumValue"] == 1_700_000_000
    assert data["raw"] == {"MaximumLength": 9, "AverageLength": 3.0, "NumberOfNulls": 0}


def test_partitions_have_statistics_of_their_own(table: Any, engine: sa.Engine) -> None:  # noqa: ANN401
    add(table, ("2024", "x"), ("02025", "__HIVE_DEFAULT_PARTITION__"), ("2026", "z"))
    catalog = CatalogStore(engine, lambda: NOW)
    parts: dict[Part, Profile] = {
        ("2024", "x"): EVERY_KIND,
        ("2025", None): EVERY_KIND,
        ("1999", "not in the catalog"): EVERY_KIND,
    }
    days = catalog.get_table("flights", "days")
    assert fill_partitions(catalog, days, parts, now=NOW) == 2
    for values in (["2024", "x"], ["02025", "__HIVE_DEFAULT_PARTITION__"]):
        reply = table.get_column_statistics_for_partition(
            DatabaseName="flights", TableName="days", PartitionValues=values, ColumnNames=["whole"]
        )
        assert len(reply["ColumnStatisticsList"]) == 1


def test_ends_of_parts_are_those_of_numbers_not_of_their_texts() -> None:
    parts = [
        column("price", Kind.DECIMAL, 1, minimum=low, maximum=high)
        for low, high in (("-2.50", "9.00"), ("-10.00", "10.00"))
    ]
    both = parts[0] | parts[1]
    assert (both.least, both.greatest) == (Decimal(-10), Decimal(10))
