from __future__ import annotations

import sqlite3
import threading
import uuid
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

from gluepot.catalog.backup import back_up, restore
from gluepot.catalog.engine import DatabaseError, open_engine
from gluepot.catalog.errors import InvalidInputError, InvalidStateError
from gluepot.catalog.migrate import migrate

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.servers.glue import GlueServer

STORAGE = {"Columns": [{"Name": "c", "Type": "int"}], "Location": "s3://bucket/a/"}
KEYS = [{"Name": "day", "Type": "string"}]


@pytest.fixture(params=["sqlite", "postgresql"])
def other(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[sa.Engine]:
    """Yield a second empty catalog, of each kind."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path / 'other.db'}"
    else:
        server = sa.make_url(request.getfixturevalue("postgres"))
        name = f"t{uuid.uuid4().hex}"
        admin = sa.create_engine(server, isolation_level="AUTOCOMMIT")
        with admin.connect() as connection:
            connection.execute(sa.text(f"CREATE DATABASE {name}"))
        admin.dispose()
        url = server.set(database=name).render_as_string(hide_password=False)
    engine = open_engine(url)
    migrate(engine)
    yield engine
    engine.dispose()


@pytest.fixture
def engine(glue_server: GlueServer) -> Iterator[sa.Engine]:
    """Yield the database of the running server."""
    engine = open_engine(glue_server.database_url)
    yield engine
    engine.dispose()


def fill(glue: Any, tables: int = 3) -> None:  # noqa: ANN401
    """Make tables with partitions and versions, and a connection with a password."""
    glue.create_database(DatabaseInput={"Name": "a", "Description": "naïve \U0001f600"})
    for number in range(tables):
        definition = {"Name": f"t{number}", "StorageDescriptor": STORAGE, "PartitionKeys": KEYS}
        glue.create_table(DatabaseName="a", TableInput=definition)
        changed = {**definition, "Parameters": {"note": 'quote " tab \t line \n \\N'}}
        glue.update_table(DatabaseName="a", TableInput=changed)
        inputs = [
            {"Values": [f"{day}"], "StorageDescriptor": STORAGE, "Parameters": {"n": str(day)}}
            for day in range(20)
        ]
        glue.batch_create_partition(
            DatabaseName="a", TableName=f"t{number}", PartitionInputList=inputs
        )


def contents(engine: sa.Engine) -> dict[str, list[str]]:
    """Return every row of every table as text, as the database of either kind has it."""
    metadata = sa.MetaData()
    metadata.reflect(engine)
    with engine.connect() as connection:
        return {
            table.name: sorted(
                repr([_plain(value) for value in row])
                for row in connection.execute(sa.select(table))
            )
            for table in metadata.sorted_tables
            if table.name != "seen_signatures"  # what was signed lately: not in a SQLite catalog
        }


def _plain(value: Any) -> Any:  # noqa: ANN401
    """Return times and truth values in the one spelling that SQLite and PostgreSQL share."""
    if hasattr(value, "tzinfo"):
        return str(value.replace(tzinfo=None) if value.utcoffset() is None else value)[:26]
    return int(value) if isinstance(value, bool) else value


def test_a_restored_catalog_is_the_one_that_was_backed_up(
    glue: Any,  # noqa: ANN401
    engine: sa.Engine,
    other: sa.Engine,
    tmp_path: Path,
) -> None:
    fill(glue)

    written = back_up(engine, tmp_path / "backup")
    read = restore(other, tmp_path / "backup")

    assert written == read
    assert written["partitions"] == 60
    assert contents(other) == contents(engine)


def test_a_restored_catalog_goes_on_numbering(
    glue: Any,  # noqa: ANN401
    engine: sa.Engine,
    other: sa.Engine,
    tmp_path: Path,
    serving: Callable[[sa.Engine], Any],
) -> None:
    fill(glue, tables=1)
    back_up(engine, tmp_path / "backup")
    restore(other, tmp_path / "backup")

    there = serving(other)
    there.create_database(DatabaseInput={"Name": "new"})
    there.create_table(DatabaseName="new", TableInput={"Name": "t"})
    found = there.get_partitions(DatabaseName="a", TableName="t0", Expression="day = '7'")

    assert [item["Values"] for item in found["Partitions"]] == [["7"]]
    assert len(there.get_table_versions(DatabaseName="a", TableName="t0")["TableVersions"]) == 2


@pytest.fixture
def serving(tmp_path: Path) -> Iterator[Callable[[sa.Engine], Any]]:
    """Yield a function that starts a server on a database and returns a client of it."""
    from contextlib import ExitStack  # noqa: PLC0415

    from tests.servers.glue import thread_server  # noqa: PLC0415

    with ExitStack() as servers:

        def serve(engine: sa.Engine) -> Any:  # noqa: ANN401
            url = engine.url.render_as_string(hide_password=False)
            return servers.enter_context(thread_server(url, tmp_path / "there")).client()

        yield serve


def test_a_backup_under_writers_has_whole_batches(
    glue: Any,  # noqa: ANN401
    glue_server: GlueServer,
    engine: sa.Engine,
    tmp_path: Path,
) -> None:
    fill(glue, tables=1)
    stop = threading.Event()

    def write() -> None:
        client, number = glue_server.client(), 1000
        while not stop.is_set():
            values = [{"Values": [str(number + index)]} for index in range(10)]
            client.batch_create_partition(
                DatabaseName="a", TableName="t0", PartitionInputList=values
            )
            number += 10

    writer = threading.Thread(target=write)
    writer.start()
    try:
        counts = [back_up(engine, tmp_path / f"{n}.db")["partitions"] for n in range(5)]
    finally:
        stop.set()
        writer.join()

    assert [count % 10 for count in counts] == [0] * 5
    assert counts == sorted(counts)


def test_a_database_that_is_not_empty_is_kept(
    glue: Any,  # noqa: ANN401
    engine: sa.Engine,
    tmp_path: Path,
) -> None:
    fill(glue, tables=1)
    back_up(engine, tmp_path / "backup")
    glue.create_database(DatabaseInput={"Name": "later"})
    before = contents(engine)

    with pytest.raises(InvalidStateError, match="databases"):
        restore(engine, tmp_path / "backup")
    assert contents(engine) == before

    restore(engine, tmp_path / "backup", overwrite=True)
    assert [item["Name"] for item in glue.get_databases()["DatabaseList"]] == ["a"]


def test_a_damaged_backup_changes_nothing(
    glue: Any,  # noqa: ANN401
    engine: sa.Engine,
    tmp_path: Path,
) -> None:
    fill(glue, tables=1)
    path = tmp_path / "backup"
    back_up(engine, path)
    data = bytearray(path.read_bytes())
    data[len(data) // 2 :] = b"\xff" * (len(data) - len(data) // 2)
    path.write_bytes(data)
    before = contents(engine)

    with pytest.raises(InvalidInputError, match=r"damaged|not a backup"):
        restore(engine, path, overwrite=True)

    assert contents(engine) == before


def test_a_backup_of_a_newer_gluepot_changes_nothing(engine: sa.Engine, tmp_path: Path) -> None:
    path = tmp_path / "backup"
    back_up(engine, path)
    with sqlite3.connect(path) as file:
        file.execute("UPDATE alembic_version SET version_num = '9999_newer'")
    file.close()

    with pytest.raises(DatabaseError, match="newer"):
        restore(engine, path)


@pytest.mark.parametrize("content", [b"", b"no database at all", b"SQLite format 3\0"])
def test_what_is_no_backup_is_refused(engine: sa.Engine, tmp_path: Path, content: bytes) -> None:
    (tmp_path / "backup").write_bytes(content)

    with pytest.raises(InvalidInputError, match="not a backup"):
        restore(engine, tmp_path / "backup")


def test_an_older_file_is_never_overwritten(engine: sa.Engine, tmp_path: Path) -> None:
    (tmp_path / "backup").write_text("precious")

    with pytest.raises(InvalidInputError, match="there already"):
        back_up(engine, tmp_path / "backup")

    assert (tmp_path / "backup").read_text() == "precious"
    assert [path.name for path in tmp_path.iterdir() if "backup" in path.name] == ["backup"]
