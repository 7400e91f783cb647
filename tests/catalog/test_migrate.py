from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa
from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from gluepot.catalog import ml_tables, object_tables, partition_tables, profile_tables
from gluepot.catalog.access import access_tables
from gluepot.catalog.engine import DatabaseError, open_engine, writing
from gluepot.catalog.errors import AlreadyExistsError
from gluepot.catalog.migrate import migrate, newest_revision
from gluepot.catalog.model import Database
from gluepot.catalog.registry import tables as registry_tables
from gluepot.catalog.search import parse_search
from gluepot.catalog.store import CatalogStore
from gluepot.catalog.tables import metadata
from gluepot.crawlers import tables as crawler_tables
from gluepot.jobs.bookmarks import tables as job_tables
from gluepot.jobs.lineage import tables as lineage_tables
from gluepot.jobs.notifications import tables as notification_tables
from gluepot.jobs.quality import tables as quality_tables
from gluepot.jobs.runs import tables as run_tables
from tests.catalog.conftest import Clock

if TYPE_CHECKING:
    from collections.abc import Iterator

OWNERS = (
    access_tables,
    ml_tables,
    object_tables,
    partition_tables,
    profile_tables,
    registry_tables,
    crawler_tables,
    lineage_tables,
    notification_tables,
    job_tables,
    quality_tables,
    run_tables,
)
"""The modules whose import hangs their tables on the one metadata."""

SCRIPT = "src/gluepot/catalog/migrations"


@pytest.fixture
def empty(empty_database_url: str) -> Iterator[sa.Engine]:
    engine = open_engine(empty_database_url)
    yield engine
    engine.dispose()


def schema_of(engine: sa.Engine) -> dict[str, Any]:
    """Return what the database itself says of its tables."""
    inspector = sa.inspect(engine)
    schema: dict[str, Any] = {}
    for table in set(inspector.get_table_names()) - {"alembic_version"}:
        schema[table] = {
            "columns": [
                (column["name"], str(column["type"]), column["nullable"], column["default"])
                for column in inspector.get_columns(table)
            ],
            "primary key": inspector.get_pk_constraint(table),
            "foreign keys": sorted(map(str, inspector.get_foreign_keys(table))),
            "unique": sorted(map(str, inspector.get_unique_constraints(table))),
            "indexes": sorted(
                (str(index["name"]), index["column_names"], _condition(index))
                for index in inspector.get_indexes(table)
            ),
        }
    return schema


def _condition(index: Any) -> str:  # noqa: ANN401
    options = index.get("dialect_options", {})
    found = options.get("sqlite_where", options.get("postgresql_where", ""))
    return str(found).replace("partitions.", "").strip("()")


def test_a_migrated_database_is_what_the_tables_say(empty: sa.Engine) -> None:
    migrate(empty)
    migrated = schema_of(empty)
    with writing(empty) as connection:
        metadata.drop_all(connection)

    metadata.create_all(empty)

    made = schema_of(empty)
    assert all(owner.metadata is metadata for owner in OWNERS)
    assert made.keys() == migrated.keys()
    for table, found in made.items():
        assert found == migrated[table], table


def test_migrating_again_changes_nothing(empty: sa.Engine) -> None:
    migrate(empty)
    CatalogStore(empty, Clock()).create_database(Database(name="kept"))
    statements: list[str] = []

    @sa.event.listens_for(empty, "before_cursor_execute")
    def record(_connection, _cursor, statement, *_more) -> None:  # type: ignore[no-untyped-def] # noqa: ANN001, ANN002
        statements.append(statement)

    migrate(empty)

    assert not [text for text in statements if text.startswith(("CREATE", "ALTER", "INSERT"))]
    assert CatalogStore(empty, Clock()).get_database("kept").name == "kept"


THEN = "2026-01-02 03:04:05.000000"


def fill_old(connection: sa.Connection) -> None:
    """Write a database and a table with two versions, as the first revision has them."""
    rows: dict[str, list[dict[str, Any]]] = {
        "databases": [{"id": 1, "name": "flights", "definition": '{"Name":"flights"}'}],
        "tables": [{"id": 7, "database_id": 1, "name": "days", "version": 1, "update_time": THEN}],
        "table_versions": [
            {
                "table_id": 7,
                "version": version,
                "definition": f'{{"Name":"days","Description":"all-days of {version}"}}',
                "cause_kind": "cli",
                "cause_id": "x",
            }
            for version in range(2)
        ],
    }
    for name, of_table in rows.items():
        time = "created_at" if name == "table_versions" else "create_time"
        table = sa.table(name, *(sa.column(key) for key in (*of_table[0], time)))
        connection.execute(sa.insert(table), [row | {time: THEN} for row in of_table])


def test_an_older_database_with_data_is_brought_forward(empty: sa.Engine) -> None:
    script = ScriptDirectory(SCRIPT)
    revision = script.get_revision("0001_catalog")
    with writing(empty) as connection:
        context = MigrationContext.configure(connection)
        with Operations.context(context):
            revision.module.upgrade()
        context.stamp(script, "0001_catalog")
        fill_old(connection)

    migrate(empty)

    store = CatalogStore(empty, Clock())
    assert store.get_database("flights") in store.list_databases()
    assert store.get_table("flights", "days").description == "all-days of 1"
    assert [version.version_id for version in store.list_versions("flights", "days")] == ["1", "0"]
    assert [row.name for row in store.tables.search(parse_search([], "days", []), None, 9)] == [
        "days"
    ]
    with pytest.raises(AlreadyExistsError):
        store.create_database(Database(name="flights"))
    store.delete_database("flights")
    assert row_counts(empty, "tables", "table_versions") == [0, 0]
    with empty.connect() as connection:
        found = connection.scalar(sa.text("SELECT version_num FROM alembic_version"))
    assert found == newest_revision()


def row_counts(engine: sa.Engine, *names: str) -> list[int | None]:
    with engine.connect() as connection:
        return [
            connection.scalar(sa.select(sa.func.count()).select_from(sa.table(name)))
            for name in names
        ]


def test_the_newest_revision_is_the_only_head() -> None:
    assert ScriptDirectory(SCRIPT).get_heads() == [newest_revision()]


def test_every_revision_can_be_taken_back(empty: sa.Engine) -> None:
    migrate(empty)
    script = ScriptDirectory(SCRIPT)

    with writing(empty) as connection:
        context = MigrationContext.configure(connection)
        with Operations.context(context):
            for revision in script.walk_revisions():
                revision.module.downgrade()

    assert sa.inspect(empty).get_table_names() == ["alembic_version"]


def test_a_failing_revision_leaves_nothing_behind(
    empty: sa.Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_arguments: object, **_options: object) -> None:
        raise RuntimeError

    monkeypatch.setattr("alembic.operations.ops.CreateIndexOp.create_index", fail)

    with pytest.raises(RuntimeError):
        migrate(empty)

    assert sa.inspect(empty).get_table_names() == []


def test_a_database_of_a_newer_gluepot_is_refused(empty: sa.Engine) -> None:
    migrate(empty)
    with writing(empty) as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999_future'"))

    with pytest.raises(DatabaseError, match=r"9999_future.*newer.*upgrade gluepot"):
        migrate(empty)


MIGRATE = """
import sys
from gluepot.catalog.engine import open_engine
from gluepot.catalog.errors import AlreadyExistsError
from gluepot.catalog.migrate import migrate
engine = open_engine(sys.argv[1])
migrate(engine)
engine.dispose()
print("alembic" in sys.modules)
"""


def test_processes_that_start_together_take_turns(empty_database_url: str) -> None:
    command = [sys.executable, "-W", "error", "-c", MIGRATE, empty_database_url]
    started = [
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for _ in range(4)
    ]

    ended = [(*process.communicate(timeout=120), process.returncode) for process in started]

    assert [(errors, code) for _, errors, code in ended] == [("", 0)] * 4


def test_a_database_at_the_newest_revision_needs_no_alembic(sqlite_url: str) -> None:
    command = [sys.executable, "-c", MIGRATE, sqlite_url]

    outputs = [
        subprocess.run(command, capture_output=True, text=True, check=True).stdout for _ in range(2)
    ]

    assert outputs == ["True\n", "False\n"]
