from __future__ import annotations

from typing import TYPE_CHECKING

from typer.testing import CliRunner

from gluepot.catalog.errors import InvalidStateError
from gluepot.catalog.model import Database
from gluepot.cli.main import app
from gluepot.services import open_services
from gluepot.settings import load_settings

if TYPE_CHECKING:
    from pathlib import Path

    import pytest
    from typer.testing import Result


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments))


def databases() -> list[str]:
    with open_services(load_settings()) as services:
        return [database.name for database in services.catalog.list_databases()]


def create(name: str) -> None:
    with open_services(load_settings()) as services:
        services.catalog.create_database(Database(name=name))


def test_a_backup_is_written_and_restored_by_two_commands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GLUEPOT_HOME", str(tmp_path / "one"))
    create("flights")
    file = str(tmp_path / "backup.db")

    written = run("backup", file)
    monkeypatch.setenv("GLUEPOT_HOME", str(tmp_path / "two"))
    restored = run("restore", file)

    assert (written.exit_code, restored.exit_code) == (0, 0), written.output + restored.output
    assert "1 databases, 0 tables, 0 partitions" in written.stderr
    assert "sealing key" in written.stderr
    assert databases() == ["flights"]


def test_a_catalog_with_data_is_replaced_only_when_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GLUEPOT_HOME", str(tmp_path / "one"))
    create("flights")
    file = str(tmp_path / "backup.db")
    run("backup", file)
    create("later")

    refused = run("restore", file)
    assert isinstance(refused.exception, InvalidStateError)
    assert sorted(databases()) == ["flights", "later"]

    assert run("restore", "--overwrite", file).exit_code == 0
    assert databases() == ["flights"]
