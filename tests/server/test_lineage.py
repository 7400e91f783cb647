"""`POST /api/v1/lineage`: events of OpenLineage from other tools, and who may send them."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from typing import TYPE_CHECKING, Any

from pydantic import SecretStr
from typer.testing import CliRunner

from gluepot.cli.main import app
from gluepot.settings import AuthSettings
from tests.jobs.lineage.conftest import dataset, told
from tests.servers.glue import thread_server

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from tests.servers.glue import GlueServer


def post(server: GlueServer, body: bytes) -> tuple[int, dict[str, Any]]:
    url = f"{server.url}/api/v1/lineage"
    request = urllib.request.Request(url, body, method="POST")  # noqa: S310
    try:
        with urllib.request.urlopen(request) as reply:  # noqa: S310
            return reply.status, json.load(reply)
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.load(error)


EVENTS = [
    told("clean", [dataset("raw")], [dataset("silver", "lake.silver")]),
    told("sum", [dataset("silver")], [dataset("gold", "lake.gold")]),
]


def test_what_was_sent_is_shown(
    glue_server: GlueServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GLUEPOT_CATALOG_URL", glue_server.database_url)

    assert post(glue_server, json.dumps(EVENTS).encode()) == (201, {"accepted": 2})

    command = ["lineage", "show", "lake.gold", "--up", "2", "--output", "json"]
    shown = json.loads(CliRunner().invoke(app, command).stdout)
    assert [(one["from"], one["job"], one["to"]) for one in shown["edges"]] == [
        ("s3://lake/raw", "clean", "lake.silver"),
        ("lake.silver", "sum", "lake.gold"),
    ]
    printed = CliRunner().invoke(app, ["lineage", "show", "lake.gold", "--up", "1", "--columns"])
    assert "lake.silver" in printed.stdout
    assert "s3://lake/raw" not in printed.stdout


def test_one_wrong_event_keeps_all_of_them_out(glue_server: GlueServer) -> None:
    status, reply = post(glue_server, json.dumps([EVENTS[0], {}]).encode())

    assert (status, reply["__type"]) == (400, "InvalidInputException")
    assert "event 2" in reply["Message"]


def test_who_may_not_is_refused(sqlite_catalog: str, tmp_path: Path) -> None:
    auth = AuthSettings(required=True)
    with thread_server(sqlite_catalog, tmp_path, auth=auth, sealing_key=_KEY) as server:
        status, reply = post(server, json.dumps(EVENTS).encode())

    assert status in {400, 403}
    assert reply["__type"] == "MissingAuthenticationTokenException"


_KEY = SecretStr("MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=")
