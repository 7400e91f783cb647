"""The AWS CLI against our endpoint, told of it by AWS_ENDPOINT_URL_GLUE alone."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from awscli.clidriver import create_clidriver  # type: ignore[import-untyped]

from tests.servers.glue import REGION

if TYPE_CHECKING:
    from tests.servers.glue import GlueServer

REFUSED = {254, 255}
NOT_UNDERSTOOD = {2, 252}
"""Source: the AWS CLI's guide, "Command line return codes"; version 1 says 255 and 2."""


@dataclass(frozen=True, kw_only=True)
class Cli:
    """``aws glue`` as a person types it, without the second that a process takes to start."""

    driver: Any
    capture: pytest.CaptureFixture[str]

    def run(self, *arguments: str) -> tuple[int, str, str]:
        """Return exit code, output and errors of a command."""
        try:
            code = self.driver.main(["glue", *arguments])
        except SystemExit as error:  # what a command without a needed option ends by
            code = int(error.code or 0)
        shown = self.capture.readouterr()
        return code, shown.out, shown.err

    def __call__(self, *arguments: str) -> Any:  # noqa: ANN401
        """Return what a command prints as JSON."""
        code, shown, errors = self.run(*arguments)
        assert code == 0, errors
        return json.loads(shown) if shown.strip() else None


@pytest.fixture
def aws(
    glue_server: GlueServer,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Cli:
    variables = {
        "HOME": str(tmp_path),
        "AWS_ENDPOINT_URL_GLUE": glue_server.url,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": REGION,
    }
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    return Cli(driver=create_clidriver(), capture=capsys)


def test_databases_tables_and_partitions_are_made_read_and_deleted(aws: Cli) -> None:
    table = {
        "Name": "t",
        "StorageDescriptor": {"Columns": [{"Name": "id", "Type": "int"}], "Location": "s3://b/t/"},
        "PartitionKeys": [{"Name": "day", "Type": "int"}],
        "TableType": "EXTERNAL_TABLE",
    }
    entries = [{"Values": [str(day)], "StorageDescriptor": {}} for day in range(1, 8)]
    at = ("--database-name", "db", "--table-name", "t")

    aws("create-database", "--database-input", '{"Name": "db", "Description": "mine"}')
    aws("create-table", "--database-name", "db", "--table-input", json.dumps(table))
    made = aws("batch-create-partition", *at, "--partition-input-list", json.dumps(entries))
    assert made == {"Errors": []}

    name = aws("get-table", "--database-name", "db", "--name", "t", "--query", "Table.Name")
    assert name == "t"
    days = aws(
        *("get-partitions", *at, "--expression", "day >= 3 AND day < 7", "--page-size", "2"),
        *("--query", "Partitions[].Values[0]"),
    )
    assert days == ["3", "4", "5", "6"]
    first = aws("get-partitions", *at, "--max-items", "5")
    rest = aws("get-partitions", *at, "--starting-token", first["NextToken"])
    found = [item["Values"][0] for item in (*first["Partitions"], *rest["Partitions"])]
    assert found == [str(day) for day in range(1, 8)]

    aws("delete-partition", *at, "--partition-values", "1")
    aws("delete-table", "--database-name", "db", "--name", "t")
    aws("delete-database", "--name", "db")
    assert aws("get-databases") == {"DatabaseList": []}


def test_an_error_has_its_name_and_an_exit_code(aws: Cli) -> None:
    failed = aws.run("get-table", "--database-name", "none", "--name", "t")
    wrong = aws.run("get-partitions", "--database-name", "db")

    assert failed[0] in REFUSED
    assert (
        "(EntityNotFoundException) when calling the GetTable operation: Database none" in failed[2]
    )
    assert "none" in failed[2]
    assert wrong[0] in NOT_UNDERSTOOD


@pytest.mark.usefixtures("aws")
def test_the_command_itself_finds_the_endpoint_in_its_environment(glue: Any) -> None:  # noqa: ANN401
    glue.create_database(DatabaseInput={"Name": "db"})
    command = [str(Path(sys.executable).with_name("aws")), "glue", "get-databases"]

    done = subprocess.run(command, capture_output=True, text=True, check=True)

    assert [item["Name"] for item in json.loads(done.stdout)["DatabaseList"]] == ["db"]


def test_jobs_triggers_connections_and_registries_answer(aws: Cli) -> None:
    command = '{"Name": "glueetl", "ScriptLocation": "s3://b/job.py"}'
    connection = {
        "Name": "c",
        "ConnectionType": "JDBC",
        "ConnectionProperties": {
            "JDBC_CONNECTION_URL": "jdbc:postgresql://h/d",
            "USERNAME": "u",
            "PASSWORD": "p",
        },
    }

    aws("create-job", "--name", "j", "--role", "r", "--command", command)
    assert aws("get-job", "--job-name", "j", "--query", "Job.Command.Name") == "glueetl"
    aws("create-connection", "--connection-input", json.dumps(connection))
    shown = aws("get-connection", "--name", "c", "--hide-password")
    assert "PASSWORD" not in shown["Connection"]["ConnectionProperties"]
    aws("create-registry", "--registry-name", "r")
    names = aws("list-registries", "--query", "Registries[].RegistryName")
    assert names == ["r"]
