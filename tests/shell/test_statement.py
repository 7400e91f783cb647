"""A statement is one SELECT over catalog tables; whatever reaches beyond them is refused."""

from __future__ import annotations

import pytest

from gluepot.catalog.model import Column, Table
from gluepot.sql.allowed import FUNCTIONS, TABLE_FUNCTIONS
from gluepot.sql.attach import open_duckdb
from gluepot.sql.pruning import partition_expression
from gluepot.sql.statement import StatementError, place_of, read_statement

HARMLESS = [
    "SELECT a, count(*) FILTER (WHERE b > 1) AS n FROM db.t GROUP BY ALL HAVING n > 1 ORDER BY 1",
    "WITH x AS (SELECT * FROM db.t), y AS (FROM x) SELECT * FROM y JOIN db.u USING (id) LIMIT 3",
    "WITH RECURSIVE r AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM r WHERE n < 9) FROM r",
    "SELECT sum(a) OVER w, row_number() OVER (ORDER BY a) FROM db.t WINDOW w AS (PARTITION BY b)",
    "SELECT s.f, l[1], m['k'], CAST(a AS DECIMAL(9,2)), a::date, x BETWEEN 1 AND 2 FROM db.t",
    "SELECT CASE WHEN a IN (1, 2) THEN 'x' ELSE upper(b) END, EXISTS (FROM db.u) FROM db.t",
    "SELECT * EXCLUDE (a) REPLACE (b + 1 AS b), COLUMNS('c.*') FROM db.t TABLESAMPLE 10%",
    "SELECT list_transform(l, lambda x: x + 1), {'a': 1}, [1, 2], MAP {1: 2} FROM db.t",
    "FROM db.t SELECT extract(year FROM day), interval 3 day, day - interval 1 month, b LIKE 'x%'",
    "SELECT unnest(l), v FROM db.t, unnest([1, 2]) AS u(v), range(3) AS r",
    "(SELECT 1 UNION SELECT 2) EXCEPT (VALUES (3)) ORDER BY ALL",
    "SELECT a FROM db.t QUALIFY row_number() OVER (PARTITION BY b ORDER BY a) = 1; -- the end",
    "FROM (UNPIVOT db.t ON a, b)",
]

ATTACKS = [
    "SELECT * FROM read_csv('/etc/passwd')",
    "SELECT * FROM read_text('/etc/passwd')",
    "SELECT * FROM read_blob('/etc/shadow')",
    "SELECT * FROM parquet_scan('s3://other/secret.parquet')",
    "SELECT * FROM read_parquet(['s3://other/secret.parquet'])",
    "SELECT * FROM read_json_auto('https://example.com/x.json')",
    "SELECT * FROM read_duckdb('/var/lib/catalog.db')",
    "SELECT * FROM sniff_csv('/etc/passwd')",
    "SELECT * FROM glob('/**')",
    "SELECT * FROM '/etc/passwd'",
    'SELECT * FROM "/etc/passwd"',
    "SELECT * FROM 's3://other/secret.csv'",
    "FROM 'data.parquet'",
    "SELECT * FROM 'https://example.com/x.csv'",
    "SELECT getenv('AWS_SECRET_ACCESS_KEY')",
    "SELECT current_setting('s3_secret_access_key')",
    "SELECT getvariable('x')",
    "SELECT * FROM duckdb_secrets()",
    "SELECT * FROM which_secret('s3://b', 's3')",
    "SELECT * FROM duckdb_settings()",
    "SELECT * FROM duckdb_settings",
    "SELECT * FROM sqlite_master",
    "SELECT * FROM system.information_schema.tables",
    "SELECT * FROM query('SELECT 1')",
    "SELECT * FROM query_table('/etc/passwd')",
    "SELECT * FROM json_execute_serialized_sql('{}')",
    "SELECT json_serialize_plan('SELECT 1')",
    "SELECT * FROM pragma_table_info('t')",
    "SELECT * FROM arrow_scan(1, 2, 3)",
    "SELECT * FROM python_map_function(1)",
    "SELECT * FROM pandas_scan(140000000000)",
    "SELECT * FROM seq_scan('t')",
    "SELECT * FROM enable_logging()",
    "SELECT * FROM parquet_metadata('/data/x.parquet')",
    "SELECT write_log('x')",
    "SELECT nextval('s')",
    "SELECT sleep_ms(100000)",
    "SELECT 1; SELECT 2",
    "SELECT 1; DROP TABLE db.t",
    "INSERT INTO db.t VALUES (1)",
    "UPDATE db.t SET a = 1",
    "DELETE FROM db.t",
    "MERGE INTO db.t USING db.u ON true WHEN MATCHED THEN DELETE",
    "TRUNCATE db.t",
    "CREATE TABLE x AS SELECT 1",
    "CREATE MACRO f() AS TABLE FROM read_text('/etc/passwd')",
    "CREATE SECRET (TYPE s3, KEY_ID 'a', SECRET 'b')",
    "DROP TABLE db.t",
    "ALTER TABLE db.t ADD COLUMN x int",
    "ATTACH '/tmp/other.db'",
    "DETACH memory",
    "USE other",
    "INSTALL httpfs",
    "LOAD httpfs",
    "SET enable_external_access = true",
    "RESET lock_configuration",
    "PRAGMA database_list",
    "COPY (SELECT 1) TO '/tmp/x.csv'",
    "COPY db.t FROM '/etc/passwd'",
    "EXPORT DATABASE '/tmp/x'",
    "IMPORT DATABASE '/tmp/x'",
    "CALL pragma_version()",
    "EXECUTE q",
    "PREPARE q AS SELECT 1",
    "VACUUM",
    "CHECKPOINT",
    "EXPLAIN ANALYZE SELECT 1",
    "DESCRIBE SELECT * FROM db.t",
    "SHOW TABLES",
    "SUMMARIZE db.t",
    "SELECT $1",
    "SELECT ?",
    # Names that WITH gives elsewhere do not make DuckDB's own ones allowed.
    "WITH duckdb_settings AS (FROM duckdb_settings) FROM duckdb_settings",
    "WITH a AS (FROM duckdb_settings), duckdb_settings AS (SELECT 1) FROM a",
    "SELECT * FROM (WITH duckdb_settings AS (SELECT 1) SELECT 2), duckdb_settings",
    "SELECT (SELECT max(content) FROM read_text('/etc/passwd'))",
    "WITH x AS (SELECT * FROM read_text('/etc/passwd')) SELECT 1",
    "SELECT * FROM db.t WHERE a IN (SELECT file FROM glob('/*'))",
    "SELECT * FROM db.t ORDER BY (SELECT content FROM read_text('/etc/passwd'))",
    "SELECT * FROM db.t LIMIT (SELECT size FROM read_text('/etc/passwd'))",
    "SELECT * FROM db.t, LATERAL (SELECT * FROM read_csv(t.path))",
    "SELECT 1 /* ' */ ; ATTACH 'x' --",
]


@pytest.mark.parametrize("sql", HARMLESS)
def test_a_select_over_tables_may_run(sql: str) -> None:
    assert {database for database, _ in read_statement(sql).tables} <= {"db"}


@pytest.mark.parametrize("sql", ATTACKS)
def test_what_reaches_beyond_tables_is_refused(sql: str) -> None:
    with pytest.raises(StatementError):
        read_statement(sql)


def test_each_table_is_told_once_in_lower_case_wherever_it_stands() -> None:
    sql = """
        WITH x AS (SELECT * FROM A.One) SELECT (SELECT max(n) FROM b.two), * FROM x, a.ONE AS y
        WHERE EXISTS (SELECT 1 FROM c.three) UNION ALL FROM "d.e"."f""g"
    """
    assert read_statement(sql).tables == (
        ("a", "one"),
        ("b", "two"),
        ("c", "three"),
        ("d.e", 'f"g'),
    )


def test_an_error_tells_its_line_and_column() -> None:
    with pytest.raises(StatementError, match=r"line 2, column 3") as caught:
        read_statement("SELECT 'ä',\n  getenv('HOME')")
    assert (caught.value.line, caught.value.column) == (2, 3)
    with pytest.raises(StatementError, match='syntax error at or near "fro"') as caught:
        read_statement("SELECT *\nfro fro db.t")
    assert caught.value.line == 2


def test_places_count_characters_and_not_bytes() -> None:
    assert place_of("äöü x", 7) == (1, 5)


def test_a_statement_of_great_depth_is_refused_and_not_crashed_on() -> None:
    with pytest.raises(StatementError):
        read_statement("SELECT " + "(" * 40_000 + "1" + ")" * 40_000)


def test_no_allowed_function_is_one_that_reads_files_or_settings() -> None:
    with open_duckdb().connect() as connection:
        rows = connection.execute(
            "SELECT DISTINCT function_name FROM duckdb_functions()"
            " WHERE function_type IN ('table', 'table_macro', 'pragma')"
        ).fetchall()
    of_tables = {name.lower() for (name,) in rows}
    # These names are those of aggregates and of scalar functions too.
    both = {"histogram", "repeat", "version"}

    assert (FUNCTIONS | TABLE_FUNCTIONS) & of_tables - both == TABLE_FUNCTIONS & of_tables


@pytest.mark.parametrize(
    ("sql", "expression"),
    [
        (
            "SELECT * FROM db.t WHERE y = 2013 AND m IN ('01', 'it''s') AND a = 1",
            "y = 2013 AND m IN ('01', 'it''s')",
        ),
        ("SELECT * FROM db.t WHERE Y >= 2013 AND 3 = 3", "Y >= 2013"),
        ("SELECT * FROM db.t WHERE y = 2013 OR m = '01'", None),
        ("SELECT * FROM db.t WHERE NOT y = 2013", None),
        ("SELECT * FROM db.t WHERE m = 1", None),
        ("SELECT * FROM db.t WHERE y = '2013'", None),
        ("SELECT * FROM db.t WHERE s.y = 2013", None),
        ("SELECT * FROM db.t WHERE d = '2013-01-01'", None),
        ("SELECT * FROM db.t JOIN db.u USING (id) WHERE y = 2013", None),
        ("SELECT * FROM db.t LEFT JOIN (FROM db.u) ON true WHERE y = 2013", None),
        ("SELECT * FROM db.t WHERE y = 2013 UNION ALL FROM db.t", None),
        ("SELECT *, (SELECT count(*) FROM db.t) FROM db.t WHERE y = 2013", None),
        ("FROM (FROM db.t) WHERE y = 2013", None),
    ],
)
def test_only_what_is_certain_chooses_partitions(sql: str, expression: str | None) -> None:
    keys = (("y", "int"), ("m", "string"), ("d", "date"))
    table = Table(
        database_name="db",
        name="t",
        partition_keys=tuple(Column(name=name, type=kind) for name, kind in keys),
    )
    conditions = read_statement(sql).conditions.get(("db", "t"), ())

    assert partition_expression(table, conditions) == expression
