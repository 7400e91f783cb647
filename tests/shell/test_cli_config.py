"""Settings are shown with the line or the variable that gives them, and secrets never."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from gluepot.catalog.errors import InvalidInputError
from gluepot.cli.main import app

if TYPE_CHECKING:
    from pathlib import Path

FILE = """home = "state" # here

[s3]
region = "eu-central-1"
secret_access_key = "geheim-1"

[spark]
conf = { "spark.executor.memory" = "4g" }
"""


@pytest.fixture(autouse=True)
def _settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "gluepot.toml").write_text(FILE)
    monkeypatch.setenv("GLUEPOT_SERVER__PORT", "9000")
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", "http://user:geheim-2@127.0.0.1:9")
    monkeypatch.setenv("GLUEPOT_CATALOG_URL", "postgresql+psycopg://u:geheim-3@127.0.0.1/x")


def done(*words: str) -> str:
    found = CliRunner().invoke(app, ["config", *words])
    assert found.exit_code == 0, found.output or found.exception
    return found.stdout


def test_every_setting_says_where_it_comes_from() -> None:
    rows = {one["key"]: one for one in json.loads(done("show", "--origin", "-o", "json"))}

    origins = {
        "home": "gluepot.toml:1",
        "s3.region": "gluepot.toml:4",
        "spark.conf.spark.executor.memory": "gluepot.toml:8",
        "server.port": "GLUEPOT_SERVER__PORT",
        "s3.endpoint_url": "AWS_ENDPOINT_URL_S3",
        "conf_dir": "default",
    }
    assert {key: rows[key]["origin"] for key in origins} == origins
    assert rows["server.port"]["value"] == "9000"


def test_no_secret_is_printed() -> None:
    told = done("show", "--origin") + done("show", "-o", "yaml") + done("get", "catalog_url")

    assert "geheim" not in told
    assert "********" in done("get", "s3.secret_access_key")


def test_one_setting_is_printed_alone() -> None:
    assert done("get", "s3.region") == "eu-central-1\n"
    assert done("get", "s3.profile") == "\n"


def test_an_unknown_setting_gets_the_nearest() -> None:
    found = CliRunner().invoke(app, ["config", "get", "s3.regoin"])

    assert isinstance(found.exception, InvalidInputError)
    assert "Did you mean 's3.region'?" in str(found.exception)
