"""The SQL page runs one SELECT over tables that the caller may read, within bounds."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import duckdb
import pytest

from gluepot.access import open_access
from gluepot.catalog.model import Cause, Column, Database, StorageDescriptor, Table
from gluepot.jobs.run_context.stores import Stores
from gluepot.settings import AuthSettings
from gluepot.sql import isolated
from gluepot.sql.child import bounded_connection
from gluepot.sql.fetched import QueryError
from gluepot.sql.isolated import run_isolated
from gluepot.sql.order import Bounds, Order
from tests.console.conftest import console_at
from tests.console.lake import fill_lake

if TYPE_CHECKING:
    from pathlib import Path

    from gluepot.services import Services
    from tests.console.conftest import ConsoleServer
    from tests.console.visitor import Visitor

CAUSE = Cause(kind="cli", id="test")
HOSTILE = "<script>alert(1)</script>"


def add_table(services: Services, folder: Path, name: str = "t") -> None:
    """Add ``db.<name>``, a delimited table of three rows."""
    place = folder / name
    place.mkdir(parents=True)
    (place / "a.csv").write_text(f'id,text\n1,"{HOSTILE}"\n2,\n3,{"x" * 5000}\n')
    services.catalog.create_database(Database(name="db"), exist_ok=True)
    services.catalog.create_table(
        Table(
            database_name="db",
            name=name,
            parameters={"classification": "csv", "skip.header.line.count": "1"},
            storage_descriptor=StorageDescriptor(
                location=f"file://{place}/",
                columns=(Column(name="id", type="bigint"), Column(name="text", type="string")),
            ),
        ),
        CAUSE,
    )


@pytest.fixture
def visitor(console: ConsoleServer, tmp_path: Path) -> Visitor:
    add_table(console.services, tmp_path / "lake")
    made = console.visitor()
    made.get("/console/sql")
    return made


def _run(visitor: Visitor, query: str, **more: str) -> Any:  # noqa: ANN401
    seen = visitor.post("/console/sql?format=json", {"query": query, **more})
    assert seen.status == 200, seen.text
    return seen.json


def test_rows_come_with_their_types(visitor: Visitor) -> None:
    found = _run(
        visitor, "SELECT id, id / 2 AS half, {'a': [1]} AS n FROM db.t ORDER BY id LIMIT 1"
    )

    assert found["result"]["columns"] == [
        {"name": "id", "type": "BIGINT"},
        {"name": "half", "type": "DOUBLE"},
        {"name": "n", "type": "STRUCT(a INTEGER[])"},
    ]
    assert found["result"]["rows"] == [[1, 0.5, {"a": [1]}]]
    assert found["error"] is None


def test_times_with_a_zone_are_told(visitor: Visitor) -> None:
    found = _run(visitor, "SELECT to_timestamp(3) AS at, [to_timestamp(4)] AS more, 7 AS n")

    ((at, more, n),) = found["result"]["rows"]
    assert datetime.fromisoformat(at) == datetime.fromtimestamp(3, UTC)
    assert datetime.fromisoformat(more[0]) == datetime.fromtimestamp(4, UTC)
    assert n == 7


def test_values_are_text_and_long_ones_fold(visitor: Visitor) -> None:
    seen = visitor.post("/console/sql", {"query": "SELECT text FROM db.t ORDER BY id"})

    assert HOSTILE not in seen.text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in seen.text
    assert seen.text.count("x" * 5000) == 1
    assert '<details class="long"><summary>' in seen.text


def test_a_result_says_that_there_is_more(visitor: Visitor) -> None:
    found = _run(visitor, "SELECT * FROM range(2000)")["result"]

    assert (len(found["rows"]), found["more"]) == (1000, True)


def test_a_download_has_more_rows_than_the_page(visitor: Visitor) -> None:
    query = "SELECT range AS n, 'a,\"b' AS t, [1] AS l FROM range(2000)"
    seen = visitor.post("/console/sql", {"query": query, "as": "csv"})
    rows = list(csv.reader(io.StringIO(seen.text)))

    assert seen.headers["content-disposition"] == "attachment; filename*=UTF-8''rows.csv"
    assert (len(rows), rows[0], rows[2000]) == (2001, ["n", "t", "l"], ["1999", 'a,"b', "[1]"])
    told = visitor.post("/console/sql", {"query": "SELECT 1 AS a", "as": "json"}).json
    assert told == {"rows": [{"a": 1}], "more": False}


def test_an_error_tells_its_place(visitor: Visitor) -> None:
    found = _run(visitor, "SELECT id,\n  txt FROM db.t")["error"]

    assert (found["line"], found["column"], found["text"]) == (2, 3, "  txt FROM db.t")
    assert 'Referenced column "txt" not found' in found["sentence"]
    assert found["caret"] == "  ^"


@pytest.mark.parametrize(
    "query",
    [
        "SELECT * FROM read_text('/etc/passwd')",
        "FROM '/etc/passwd'",
        "ATTACH '/tmp/x.db'",
        "COPY db.t TO '/tmp/x.csv'",
        "SELECT 1; SELECT 2",
        "SELECT getenv('PATH')",
        "FROM duckdb_secrets()",
    ],
)
def test_the_page_refuses_what_reaches_beyond_tables(visitor: Visitor, query: str) -> None:
    found = _run(visitor, query)

    assert found["result"] is None
    assert found["error"]["sentence"]


def test_a_looked_at_statement_could_not_leave_its_connection_either(
    console: ConsoleServer, tmp_path: Path
) -> None:
    """Without the list of what is allowed DuckDB's own settings still hold."""
    (tmp_path / "secret.csv").write_text("a\n1\n")
    (tmp_path / "own").mkdir()
    order = Order(
        sql="",
        tables=(),
        s3=console.services.s3,
        folder=str(tmp_path / "own"),
        bounds=Bounds(),
    )
    connection = bounded_connection(order)
    for query in (
        f"SELECT * FROM read_csv('{tmp_path}/secret.csv')",  # noqa: S608 - an attack
        f"SELECT * FROM read_text('{tmp_path}/own/../secret.csv')",  # noqa: S608 - an attack
        f"FROM '{tmp_path}/secret.csv'",
        f"FROM glob('{tmp_path}/*')",
        f"FROM sniff_csv('{tmp_path}/secret.csv')",
        f"COPY (SELECT 1) TO '{tmp_path}/out.csv'",
        f"ATTACH '{tmp_path}/x.db'",
        "INSTALL httpfs",
        "LOAD httpfs",
        "SET enable_external_access = true",
        "SET allowed_directories = ['/']",
        "SET memory_limit = '100GB'",
        "RESET lock_configuration",
        "FROM read_parquet('s3://other/x.parquet')",
        "FROM duckdb_secrets()",
        "FROM order",
    ):
        with pytest.raises(duckdb.Error):
            connection.execute(query).fetchall()
    connection.close()
    assert not (tmp_path / "out.csv").exists()
    assert not (tmp_path / "x.db").exists()


def test_time_over_ends_a_query_whatever_it_does(console: ConsoleServer) -> None:
    slow = "SELECT length(repeat('x', 900000000) || repeat('y', 900000000)) FROM range(1000)"
    with pytest.raises(QueryError, match=r"ended after 0\.3 seconds"):
        run_isolated(
            console.services.catalog, Stores(console.services.s3), slow, Bounds(seconds=0.3)
        )


def test_memory_over_ends_a_query_and_not_the_server(visitor: Visitor) -> None:
    found = _run(visitor, "SELECT list(range) FROM range(400000000)")["error"]

    assert "memory" in found["sentence"].lower()
    assert _run(visitor, "SELECT 1 AS a")["result"]["rows"] == [[1]]


def test_a_table_of_too_many_files_is_refused_and_a_sample_of_it_is_not(
    console: ConsoleServer, tmp_path: Path
) -> None:
    fill_lake(console.services, tmp_path / "lake")
    services, sql = console.services, "SELECT * FROM sales.orders"
    few = Bounds(files=2)
    with pytest.raises(QueryError, match="more than 2 partitions"):
        run_isolated(services.catalog, Stores(services.s3), sql, few)
    for query, ids in (
        ("SELECT id FROM sales.orders WHERE month = '02' AND id > 0", [2]),
        ("SELECT id FROM sales.orders AS o WHERE month IN ('01', '03') ORDER BY id", [1, 3]),
        ("WITH x AS (FROM sales.orders WHERE year >= 2013 AND month < '02') SELECT id FROM x", [1]),
    ):
        found = run_isolated(services.catalog, Stores(services.s3), query, few)
        assert [row[0] for row in found.rows] == ids
    sample = run_isolated(services.catalog, Stores(services.s3), sql, few, first_files=1)
    assert len(sample.rows) == 1


def test_a_process_that_has_gone_while_it_waited_is_replaced(console: ConsoleServer) -> None:
    services = console.services
    for _ in range(2):
        found = run_isolated(services.catalog, Stores(services.s3), "SELECT 1 AS a", Bounds())
        assert found.rows == ((1,),)
        waiting = isolated._SPARE._process
        assert waiting is not None
        assert waiting.stdin is not None
        waiting.stdin.close()
        waiting.wait(timeout=60)


def test_a_query_has_no_secret_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    from gluepot.sql.isolated import _start  # noqa: PLC0415

    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "word-of-the-server")
    process = _start()
    try:
        with open(f"/proc/{process.pid}/environ", "rb") as file:  # noqa: PTH123
            assert b"word-of-the-server" not in file.read()
    finally:
        process.kill()
        process.communicate()


def test_names_are_suggested_for_a_word(visitor: Visitor) -> None:
    assert visitor.data("/console/sql-names", word="d")["names"] == ["db."]
    assert visitor.data("/console/sql-names", word="DB.")["names"] == ["db.t"]
    assert visitor.data("/console/sql-names", word="te", near="db.t")["names"] == ["text"]
    assert visitor.data("/console/sql-names", word="db.(")["names"] == []


def test_a_get_never_runs_a_query(visitor: Visitor) -> None:
    found = visitor.data("/console/sql", query="SELECT 1 AS a")

    assert (found["query"], found["result"]) == ("SELECT 1 AS a", None)


_RIGHTS = """{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Resource": [
  "arn:aws:glue:*:*:catalog", "arn:aws:glue:*:*:database/db", "arn:aws:glue:*:*:table/db/mine"],
  "Action": ["glue:GetTable", "glue:GetTables", "glue:GetPartitions", "glue:GetDatabase"]}]}"""


def test_only_tables_that_a_caller_may_get_are_read(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    with console_at(home, auth=AuthSettings(required=True)) as server:
        add_table(server.services, home / "lake", "mine")
        add_table(server.services, home / "lake", "theirs")
        access = open_access(server.services)
        access.policies.put("mine", _RIGHTS)
        made = access.keys.create("ann")
        access.policies.attach(made.key.id, "mine")
        visitor = server.visitor()
        visitor.get("/console/login")
        visitor.post("/console/login", {"key_id": made.key.id, "secret": made.secret})
        visitor.get("/console/sql")

        assert _run(visitor, "SELECT max(id) AS n FROM db.mine")["result"]["rows"] == [[3]]
        for query in (
            "SELECT * FROM db.theirs",
            "SELECT 1 WHERE EXISTS (FROM db.mine JOIN DB.Theirs USING (id))",
        ):
            refused = _run(visitor, query)
            assert refused["result"] is None
            assert "glue:GetTable" in refused["error"]["sentence"]
