"""Tables read whole, or of some partitions, without Spark."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa
import pytest

from gluepot.catalog.errors import EntityNotFoundError, InvalidInputError
from gluepot.catalog.model import Cause, Column, Database, Partition, StorageDescriptor, Table
from gluepot.services import Services, open_services
from gluepot.settings import Settings
from gluepot.sql.attach import read_table
from gluepot.sql.fetched import QueryError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def services(tmp_path: Path) -> Iterator[Services]:
    """Yield services with the table ``db.t`` of two days."""
    with open_services(Settings(home=tmp_path / "home")) as opened:
        opened.catalog.create_database(Database(name="db"))
        storage = StorageDescriptor(
            location=f"file://{tmp_path}/t/",
            columns=(Column(name="id", type="bigint"), Column(name="name", type="string")),
        )
        table = Table(
            database_name="db",
            name="t",
            parameters={"classification": "csv", "skip.header.line.count": "1"},
            partition_keys=(Column(name="day", type="int"),),
            storage_descriptor=storage,
        )
        opened.catalog.create_table(table, Cause(kind="cli", id="test"))
        for day in (1, 2):
            folder = tmp_path / "t" / f"day={day}"
            folder.mkdir(parents=True)
            (folder / "a.csv").write_text(f"id,name\n{day}0,ann\nodd,bob\n")
            location = StorageDescriptor(location=f"file://{folder}/")
            partition = Partition(values=(str(day),), storage_descriptor=location)
            opened.catalog.partitions.create("db", "t", [partition])
        yield opened


def read(services: Services, expression: str | None = None) -> pa.Table:
    return read_table(services.catalog, services.s3, "db", "t", expression=expression)


def test_a_table_has_its_columns_and_keys_with_the_catalogs_types(services: Services) -> None:
    found = read(services)

    assert found.schema == pa.schema(
        [("id", pa.int64()), ("name", pa.string()), ("day", pa.int32())]
    )
    assert sorted(found["day"].to_pylist()) == [1, 1, 2, 2]
    assert found["id"].null_count == 2


def test_an_expression_chooses_partitions(services: Services) -> None:
    found = read(services, "(day > 1 or day < 0) AND (day < 5)")

    assert set(found["day"].to_pylist()) == {2}
    with pytest.raises(InvalidInputError):
        read(services, "name = 'ann'")


def test_what_cannot_be_read_is_named(services: Services) -> None:
    with pytest.raises(EntityNotFoundError, match="none"):
        read_table(services.catalog, services.s3, "db", "none")
    table = services.catalog.get_table("db", "t")
    assert table.storage_descriptor is not None
    services.catalog.delete_table("db", "t")
    services.catalog.create_table(
        Table(
            database_name="db",
            name="t",
            parameters={"classification": "avro"},
            storage_descriptor=table.storage_descriptor,
        ),
        Cause(kind="cli", id="test"),
    )
    with pytest.raises(QueryError, match="avro"):
        read(services)
