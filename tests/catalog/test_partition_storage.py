"""How partitions are stored: what they share, what comes back, and what older databases had."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa
from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from hypothesis import given
from hypothesis import strategies as st

from gluepot.catalog import partitions as partitions_module
from gluepot.catalog.engine import open_engine, writing
from gluepot.catalog.keys import KeyKind
from gluepot.catalog.migrate import migrate
from gluepot.catalog.model import Column, Partition, StorageDescriptor
from gluepot.catalog.partition_rows import joined, take_apart, value_columns
from gluepot.catalog.partition_tables import partition_storages, partitions
from gluepot.catalog.partitions import PartitionQuery
from gluepot.catalog.store import CatalogStore
from tests.catalog.conftest import CLI, Clock, a_table
from tests.catalog.test_migrate import SCRIPT

if TYPE_CHECKING:
    from collections.abc import Iterator

WIDE = tuple(Column(name=f"c{number}", type="string") for number in range(19))


def keyed(catalog: CatalogStore) -> None:
    keys = (Column(name="day", type="int"), Column(name="part", type="string"))
    catalog.create_table(replace(a_table(), partition_keys=keys), CLI)


def a_partition(day: int, columns: tuple[Column, ...] = WIDE) -> Partition:
    storage = StorageDescriptor(
        columns=columns, location=f"s3://raw/day={day}/", parameters={"files": str(day)}
    )
    return Partition(values=(str(day), "a"), storage_descriptor=storage)


def storages(engine: sa.Engine) -> int:
    with engine.connect() as connection:
        return connection.scalar(sa.select(sa.func.count()).select_from(partition_storages)) or 0


texts = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), max_size=5)
plain = st.recursive(
    st.one_of(texts, st.booleans(), st.integers(-(2**63), 2**63 - 1), st.floats(0, 2e9)),
    lambda inner: st.one_of(st.lists(inner, max_size=2), st.dictionaries(texts, inner, max_size=2)),
    max_leaves=4,
)
storage_documents = st.fixed_dictionaries(
    {},
    optional={
        "Location": texts,
        "Parameters": st.dictionaries(texts, texts, max_size=2),
        "Columns": st.just([]) | st.just([{"Name": "a"}, {"Name": "b", "Type": "int"}]),
        "SkewedInfo": plain,
        "NotYetKnown": plain,
    },
)
documents = st.fixed_dictionaries(
    {"Values": st.lists(texts.filter(bool), max_size=3)},
    optional={
        "StorageDescriptor": storage_documents,
        "Parameters": st.dictionaries(texts, texts, max_size=2),
        "LastAccessTime": st.integers(0, 2**33) | st.floats(0, 2e9),
        "NotYetKnown": plain,
    },
)


class Row:
    """A row as the database gives it back."""

    def __init__(self, **columns: Any) -> None:  # noqa: ANN401
        self.__dict__.update(columns)


@given(documents)
def test_a_document_put_together_again_is_the_same(document: dict[str, Any]) -> None:
    parts = take_apart(document)
    storage = {} if parts.storage is None else {7: parts.storage}
    row = Row(
        **value_columns(1, document["Values"], [KeyKind.TEXT] * 3),
        storage_id=None if parts.storage is None else 7,
        location=parts.location,
        details=parts.details,
    )

    assert joined(row, storage) == document


def test_partitions_share_what_they_have_in_common(
    catalog: CatalogStore, engine: sa.Engine
) -> None:
    keyed(catalog)

    catalog.partitions.create("flights", "days", map(a_partition, range(50)))
    catalog.partitions.create("flights", "days", [Partition(values=("99", "bare"))])

    assert storages(engine) == 1
    with engine.connect() as connection:
        query = sa.select(sa.func.max(sa.func.length(partitions.c.details)))
        assert (connection.scalar(query) or 0) < 100
    found = list(catalog.partitions.list("flights", "days"))
    assert [replace(item, creation_time=None) for item in found[:-1]] == [
        a_partition(day) for day in range(50)
    ]
    assert found[-1].storage_descriptor is None


def test_what_no_partition_shares_any_more_is_gone(
    catalog: CatalogStore, engine: sa.Engine
) -> None:
    keyed(catalog)
    catalog.partitions.create("flights", "days", map(a_partition, range(3)))

    catalog.partitions.update("flights", "days", [a_partition(1, WIDE[:5])])
    assert storages(engine) == 2
    catalog.partitions.delete("flights", "days", [("1", "a")])
    assert storages(engine) == 1
    catalog.partitions.update("flights", "days", [a_partition(0, ()), a_partition(2, ())])
    assert storages(engine) == 1

    catalog.delete_table("flights", "days")
    assert storages(engine) == 0


OLD_PARTITIONS: tuple[dict[str, Any], ...] = (
    {
        "Values": ["-5", "a"],
        "StorageDescriptor": {"Columns": [{"Name": "x"}], "Location": "s3://a"},
    },
    {
        "Values": ["30", "é"],
        "StorageDescriptor": {"Columns": [{"Name": "x"}], "Location": "s3://b"},
    },
    {"Values": ["4", "b"], "StorageDescriptor": {"Parameters": {"k": "v"}}, "Parameters": {}},
    {"Values": ["odd", "b"]},
)


@pytest.fixture
def old(empty_database_url: str) -> Iterator[sa.Engine]:
    """Yield a database at the revision before, with a table and its partitions in it."""
    engine = open_engine(empty_database_url)
    script = ScriptDirectory(SCRIPT)
    revisions = list(script.iterate_revisions("0004_jobs", "base"))
    with writing(engine) as connection:
        context = MigrationContext.configure(connection)
        with Operations.context(context):
            for revision in reversed(revisions):
                revision.module.upgrade()
        context.stamp(script, "0004_jobs")
        _insert_old_rows(connection)
    yield engine
    engine.dispose()


def _insert_old_rows(connection: sa.Connection) -> None:
    now = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    keys = [{"Name": "day", "Type": "int"}, {"Name": "part", "Type": "string"}]
    definition = {"DatabaseName": "d", "Name": "t", "PartitionKeys": keys}
    cause = {"cause_kind": "cli", "cause_id": "x", "created_at": now}
    rows: dict[str, list[dict[str, Any]]] = {
        "databases": [{"id": 1, "name": "d", "definition": {"Name": "d"}, "create_time": now}],
        "tables": [
            {
                "id": 1,
                "database_id": 1,
                "name": "t",
                "version": 0,
                "create_time": now,
                "update_time": now,
            }
        ],
        "table_versions": [{"table_id": 1, "version": 0, "definition": definition, **cause}],
        "partitions": [
            {
                "table_id": 1,
                "identity": hashlib.sha256(json.dumps(item["Values"]).encode()).hexdigest(),
                **{f"k{number}": "00001" for number in range(8)},
                "exact": True,
                "definition": item,
                "creation_time": now,
            }
            for item in OLD_PARTITIONS
        ],
    }
    for name, found in rows.items():
        table = sa.Table(name, sa.MetaData(), autoload_with=connection)
        connection.execute(sa.insert(table), found)


def test_partitions_of_an_older_database_come_through(old: sa.Engine) -> None:
    migrate(old)

    store = CatalogStore(old, Clock())
    documents = {
        tuple(item["Values"]): store.partitions.get_document("d", "t", item["Values"])
        for item in OLD_PARTITIONS
    }
    for item in OLD_PARTITIONS:
        found = documents[tuple(item["Values"])]
        assert found.pop("CreationTime") == datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC).timestamp()
        assert {key: found[key] for key in item} == item
    assert storages(old) == 2
    listed = store.partitions.list("d", "t", expression="part = 'b' or part like 'é%'")
    assert [item.values for item in listed] == [("4", "b"), ("30", "é"), ("odd", "b")]
    errors = store.partitions.create("d", "t", [Partition(values=("4", "b"))])
    assert [error.code for error in errors] == ["AlreadyExistsException"]
    assert store.partitions.create("d", "t", [Partition(values=("5", "b"))]) == ()


def test_a_page_of_wide_partitions_is_shorter(
    catalog: CatalogStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    keyed(catalog)
    catalog.partitions.create("flights", "days", map(a_partition, range(30)))
    monkeypatch.setattr(partitions_module, "PAGE_BYTES", 5_000)

    def days(query: PartitionQuery) -> list[list[str]]:
        pages: list[list[str]] = []
        after: list[Any] | None = None
        while after is not None or not pages:
            page = catalog.partitions.page_documents("flights", "days", query, after, 1000)
            pages.append([item["Values"][0] for item in page.documents])
            after = page.next
        return pages

    pages = days(PartitionQuery())
    assert len(pages) > 3
    assert [day for page in pages for day in page] == [str(day) for day in range(30)]
    assert len(days(PartitionQuery(columns=False))) == 1
    monkeypatch.setattr(partitions_module, "PAGE_BYTES", 1)
    assert [len(page) for page in days(PartitionQuery())] == [1] * 30
