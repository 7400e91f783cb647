from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from typer.testing import CliRunner

from gluepot.catalog.errors import GluepotError, InvalidInputError
from gluepot.catalog.transfer.lines import read_lines
from gluepot.cli.main import app

if TYPE_CHECKING:
    from pathlib import Path

    from typer.testing import Result

    from gluepot.crawlers.sources.config import S3Config
    from tests.servers.glue import GlueServer

COLUMNS = [{"Name": "delay", "Type": "int"}, {"Name": "tailnum", "Type": "string", "Comment": "t"}]
PARQUET = "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe"


def storage(location: str, columns: list[dict[str, str]] = COLUMNS) -> dict[str, Any]:
    return {
        "Columns": columns,
        "Location": location,
        "SerdeInfo": {"SerializationLibrary": PARQUET},
    }


def fill(client: Any) -> None:  # noqa: ANN401
    """Put one of everything that Glue and moto both know into a catalog."""
    client.create_database(DatabaseInput={"Name": "flights", "Description": "All of them"})
    table = {
        "Name": "days",
        "StorageDescriptor": storage("s3://raw/days/"),
        "PartitionKeys": [{"Name": "year", "Type": "int"}],
        "Parameters": {"classification": "parquet"},
    }
    client.create_table(DatabaseName="flights", TableInput=table)
    wider = [{"Name": "delay", "Type": "bigint"}, *COLUMNS[1:]]
    table["StorageDescriptor"] = storage("s3://raw/days/", wider)
    client.update_table(DatabaseName="flights", TableInput=table)
    for start in (1000, 1100, 1200):
        new = [
            {"Values": [str(year)], "StorageDescriptor": storage(f"s3://raw/days/year={year}/")}
            for year in range(start, start + 100)
        ]
        client.batch_create_partition(
            DatabaseName="flights", TableName="days", PartitionInputList=new
        )
    client.create_table(DatabaseName="flights", TableInput={"Name": "empty"})


def fill_more(client: Any) -> None:  # noqa: ANN401
    """Put in what moto lacks."""
    where = {"DatabaseName": "flights", "TableName": "days"}
    client.create_partition_index(**where, PartitionIndex={"IndexName": "y", "Keys": ["year"]})
    numbers = {"NumberOfNulls": 1, "NumberOfDistinctValues": 3, "MinimumValue": 2}
    client.update_column_statistics_for_table(
        **where,
        ColumnStatisticsList=[
            {
                "ColumnName": "delay",
                "ColumnType": "bigint",
                "AnalyzedTime": 1_700_000_000,
                "StatisticsData": {"Type": "LONG", "LongColumnStatisticsData": numbers},
            }
        ],
    )
    client.create_user_defined_function(
        DatabaseName="flights",
        FunctionInput={"FunctionName": "twice", "ClassName": "org.example.Twice"},
    )
    client.create_connection(
        ConnectionInput={
            "Name": "store",
            "ConnectionType": "JDBC",
            "ConnectionProperties": {
                "JDBC_CONNECTION_URL": "jdbc:postgresql://db/store",
                "USERNAME": "anna",
                "PASSWORD": "hunter2",
            },
        }
    )
    client.create_classifier(
        CsvClassifier={"Name": "pipes", "Delimiter": "|", "ContainsHeader": "PRESENT"}
    )
    client.create_registry(RegistryName="events")
    avro = {"type": "record", "name": "E", "fields": [{"name": "a", "type": "int"}]}
    schema = {"RegistryName": "events", "SchemaName": "e"}
    client.create_schema(
        RegistryId={"RegistryName": "events"},
        SchemaName="e",
        DataFormat="AVRO",
        Compatibility="BACKWARD",
        SchemaDefinition=json.dumps(avro),
    )
    avro["fields"].append({"name": "b", "type": "int", "default": 0})  # type: ignore[attr-defined]
    client.register_schema_version(SchemaId=schema, SchemaDefinition=json.dumps(avro))


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the folder of a second, empty installation that commands work on."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    return tmp_path


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["catalog", *arguments])


def ran(*arguments: str) -> Result:
    done = run(*arguments)
    assert done.exit_code == 0, done.output or repr(done.exception)
    return done


def export(server: GlueServer | None, file: Path, *options: str) -> list[dict[str, Any]]:
    endpoint = ["--endpoint-url", server.url] if server else []
    ran(*endpoint, "export", str(file), *options)
    return [json.loads(line) for line in file.read_text().splitlines()]


def test_an_export_makes_an_equal_catalog(
    glue: Any,  # noqa: ANN401
    glue_server: GlueServer,
    home: Path,
) -> None:
    fill(glue)
    fill_more(glue)

    first = export(glue_server, home / "first.jsonl", "--secrets")
    ran("import", str(home / "first.jsonl"))
    second = export(None, home / "second.jsonl", "--secrets")

    assert second == first
    operations = [next(iter(line)) for line in first[1:]]
    assert operations.count("BatchCreatePartition") == 3
    assert {"UpdateTable", "CreateSchema", "RegisterSchemaVersion"} <= set(operations)
    assert "hunter2" in (home / "first.jsonl").read_text()
    assert (home / "first.jsonl").stat().st_mode & 0o077 == 0


def test_passwords_are_left_out_unless_asked_for(
    glue: Any,  # noqa: ANN401
    glue_server: GlueServer,
    home: Path,
) -> None:
    fill(glue)
    fill_more(glue)

    export(glue_server, home / "export.jsonl", "--only", "connections")

    assert "store" in (home / "export.jsonl").read_text()
    assert "hunter2" not in (home / "export.jsonl").read_text()


def test_a_live_glue_is_imported(new_moto: S3Config, home: Path) -> None:
    endpoint = str(new_moto.endpoint_url)
    other = boto3.client(
        "glue",
        endpoint_url=endpoint,
        region_name="us-east-1",
        aws_access_key_id="other",
        aws_secret_access_key="other",  # noqa: S106
    )
    fill(other)
    kinds = ["--only", "databases", "--only", "tables", "--no-history"]

    where = ["--source-endpoint-url", endpoint, "--source-region", "us-east-1"]
    ran("import", "--from", "glue", *where, *kinds)
    found = export(None, home / "export.jsonl", "--only", "tables", "--no-history")

    tables = [line["CreateTable"]["TableInput"] for line in found if "CreateTable" in line]
    assert [table["Name"] for table in tables] == ["days", "empty"]
    assert tables[0]["StorageDescriptor"]["Columns"][0]["Type"] == "bigint"
    batches = [line["BatchCreatePartition"] for line in found if "BatchCreatePartition" in line]
    assert sum(len(batch["PartitionInputList"]) for batch in batches) == 300


def test_what_is_there_stops_an_import_or_stays_or_is_replaced(
    glue: Any,  # noqa: ANN401
    glue_server: GlueServer,
    home: Path,
) -> None:
    fill(glue)
    file = home / "export.jsonl"
    exported = export(glue_server, file)
    ran("import", str(file))
    ran("drop-table", "flights.empty", "--yes")
    lines = file.read_text().replace("s3://raw/", "s3://moved/")
    (home / "moved.jsonl").write_text(lines)

    stopped = run("import", str(file))
    assert isinstance(stopped.exception, GluepotError)
    assert "Database already exists" in str(stopped.exception)

    skipped = ran("import", str(home / "moved.jsonl"), "--on-conflict", "skip")
    assert "1 CreateTable left as they are" in skipped.stderr
    assert "300 CreatePartition left as they are" in skipped.stderr
    assert export(None, home / "after.jsonl") == exported

    ran("import", str(home / "moved.jsonl"), "--on-conflict", "replace")
    assert export(None, home / "after.jsonl") == [json.loads(line) for line in lines.splitlines()]


def test_commands_work_on_a_remote_catalog(
    glue: Any,  # noqa: ANN401
    glue_server: GlueServer,
    home: Path,  # noqa: ARG001
) -> None:
    fill(glue)
    remote = ["--endpoint-url", glue_server.url]

    assert "flights" in ran(*remote, "ls").stdout
    assert "days" in ran(*remote, "ls", "flights").stdout
    assert "bigint" in ran(*remote, "show", "flights.days").stdout
    assert "1200" in ran(*remote, "partitions", "flights.days", "-e", "year >= 1200").stdout
    assert "delay" in ran(*remote, "diff", "flights.days").stdout
    ran(*remote, "restore", "flights.days", "0")
    assert glue.get_table(DatabaseName="flights", Name="days")["Table"]["VersionId"] == "2"
    assert len(ran(*remote, "history", "flights.days").stdout.splitlines()) == 4
    ran(*remote, "create-database", "more")
    ran(*remote, "drop-table", "flights.empty", "--yes")
    ran(*remote, "drop-database", "more", "--yes")
    missing = run(*remote, "show", "flights.day")
    assert "Did you mean 'days'?" in str(missing.exception)


def test_the_statement_of_a_table_and_its_partitions(
    glue: Any,  # noqa: ANN401
    glue_server: GlueServer,
    home: Path,  # noqa: ARG001
) -> None:
    fill(glue)

    printed = ran("--endpoint-url", glue_server.url, "ddl", "flights.days", "--partitions").stdout

    assert printed.startswith("CREATE EXTERNAL TABLE `flights`.`days`")
    assert printed.count("ADD IF NOT EXISTS PARTITION") == 300


def test_a_full_disk_or_a_failing_source_leaves_no_half_export(
    glue_server: GlueServer, home: Path
) -> None:
    done = run("--endpoint-url", glue_server.url, "export", str(home / "no" / "export.jsonl"))
    assert "cannot be written" in str(done.exception)

    refused = run("--endpoint-url", "http://127.0.0.1:9", "export", str(home / "e.jsonl"))
    assert isinstance(refused.exception, GluepotError)
    assert list(home.glob("*e.jsonl*")) == []


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("{", "export line 1 is not JSON"),
        ("{}\n", "is not an export of a catalog"),
        ('{"format":"gluepot-catalog","version":9}\n', "version 9"),
        ('{"format":"gluepot-catalog","version":1}\n[]\n', "line 2 is not one request"),
    ],
)
def test_what_is_no_export_is_refused_with_its_line(text: str, says: str) -> None:
    with pytest.raises(InvalidInputError, match=says):
        list(read_lines(text.splitlines(), "export"))
