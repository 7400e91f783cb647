"""The pages of notifications and lineage: their files are read, and their commands work."""

from __future__ import annotations

import json
import re
import shlex
import tomllib
from pathlib import Path

import pytest
from typer.testing import CliRunner

from gluepot.catalog.engine import open_engine
from gluepot.cli.main import app
from gluepot.jobs.lineage.graph import LineageGraph
from gluepot.jobs.notifications.model import Occasion, read_notification
from gluepot.settings import load_settings
from tests.jobs.lineage.conftest import NOW, dataset, told

FOLDER = Path(__file__).parents[2] / "docs" / "how-to"
NOTIFICATIONS = (FOLDER / "notifications.md").read_text()
LINEAGE = (FOLDER / "lineage.md").read_text()


def blocks(page: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)


@pytest.fixture(autouse=True)
def _project(sqlite_catalog: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GLUEPOT_CATALOG_URL", sqlite_catalog)


@pytest.fixture
def _graph(sqlite_catalog: str) -> None:
    engine = open_engine(sqlite_catalog)
    output = dataset("curated/flights", "curated.flights")
    LineageGraph(engine, lambda: NOW).accept(told("clean", [dataset("raw")], [output]))
    engine.dispose()


def test_the_files_of_notifications_are_read(tmp_path: Path) -> None:
    found = []
    for number, text in enumerate(blocks(NOTIFICATIONS, "yaml")):
        file = tmp_path / f"n{number}.yaml"
        file.write_text(text)
        found.append(read_notification(file).channel.type)

    assert found == ["webhook", "email", "sns", "eventbridge"]


def test_each_event_is_described() -> None:
    assert re.findall(r"^\| `(\w+)` \|", NOTIFICATIONS, re.MULTILINE) == list(Occasion)


def test_the_event_is_json_of_the_shape() -> None:
    (text,) = blocks(NOTIFICATIONS, "json")

    assert json.loads(text)["detail-type"] == "Glue Job State Change"


@pytest.mark.usefixtures("_graph")
@pytest.mark.parametrize("page", [NOTIFICATIONS, LINEAGE], ids=["notifications", "lineage"])
def test_the_commands_work(page: str) -> None:
    commands = [line for block in blocks(page, "sh") for line in block.splitlines()]
    ours = [line for line in commands if line.startswith("gluepot ")]

    for line in ours:
        done = CliRunner().invoke(app, shlex.split(line)[1:])
        assert done.exit_code == 0, f"{line}: {done.output} {done.exception}"
    assert len(ours) == 4


def test_the_settings_are_known(tmp_path: Path) -> None:
    for text in blocks(LINEAGE, "toml"):
        (tmp_path / "gluepot.toml").write_text(text)
        (section,) = tomllib.loads(text)

        assert getattr(load_settings(), section)
