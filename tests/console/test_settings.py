"""Settings in force, access keys, and the audit log."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from pydantic import SecretStr

from gluepot.access import open_access
from gluepot.settings import AuthSettings, S3Settings
from tests.console.conftest import console_at
from tests.console.keys import log_in, logged_in, make_key
from tests.console.looking import check_page

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser

    from tests.console.conftest import ConsoleServer

SECRET = "do-not-tell-this"  # noqa: S105 - it opens nothing


@pytest.fixture
def keyed(tmp_path: Path) -> Iterator[ConsoleServer]:
    """Return a console that asks for keys."""
    settings = {
        "conf_dir": tmp_path / "conf",
        "auth": AuthSettings(required=True),
        "s3": S3Settings(
            endpoint_url=f"http://me:{SECRET}@s3.test/", secret_access_key=SecretStr(SECRET)
        ),
    }
    with console_at(tmp_path, **settings) as server:
        yield server


def test_settings_are_told_without_their_secrets(keyed: ConsoleServer) -> None:
    visitor = logged_in(keyed, make_key(keyed, "anna", "gluepot:read-only"))

    data = visitor.data("/console/settings")

    told = {one["name"]: (one["value"], one["origin"]) for one in data["settings"]}
    assert told["s3.secret_access_key"] == ("********", "command")
    assert told["s3.endpoint_url"] == ("http://********@s3.test/", "command")
    assert told["s3.path_style"] == ("false", "default")
    assert 0 < data["implemented"] <= data["operations"]
    assert SECRET not in visitor.get("/console/settings").text + str(data)


def test_a_secret_is_shown_once_and_logs_in(keyed: ConsoleServer) -> None:
    visitor = logged_in(keyed, make_key(keyed, "anna", "gluepot:admin"))

    made = visitor.post(
        "/console/key-create?format=json", {"user": "bob", "policy": "gluepot:read-only"}
    ).json["made"]

    assert made["secret"] not in visitor.get("/console/keys").text
    (bob,) = [one for one in visitor.data("/console/keys")["keys"] if one["user"] == "bob"]
    assert (bob["id"], bob["state"], bob["policies"]) == (
        made["id"],
        "ACTIVE",
        ["gluepot:read-only"],
    )
    other = keyed.visitor()
    other.get("/console/login")
    seen = other.post("/console/login", {"key_id": made["id"], "secret": made["secret"]})
    assert seen.url == f"{keyed.url}/console"


def test_a_revoked_key_ends_its_session(
    keyed: ConsoleServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gluepot.catalog.access.rights.DELAY", timedelta(0))
    anna = logged_in(keyed, make_key(keyed, "anna", "gluepot:admin"))
    bobs = make_key(keyed, "bob", "gluepot:admin")
    bob = logged_in(keyed, bobs)

    anna.post("/console/key-revoke", {"id": bobs.key.id})

    assert bob.get("/console").url.startswith(f"{keyed.url}/console/login?")
    assert log_in(keyed.visitor(), bobs).status == 403
    ended = [one["operation"] for one in anna.data("/console/audit", user="anna")["entries"]]
    assert "gluepot:RevokeAccessKey" in ended


def test_who_only_reads_makes_no_keys(keyed: ConsoleServer) -> None:
    made = make_key(keyed, "anna", "gluepot:read-only")
    visitor = logged_in(keyed, made)

    for path, form in (("key-create", {"user": "eve"}), ("key-revoke", {"id": made.key.id})):
        seen = visitor.post(f"/console/{path}", form)
        assert (seen.status, "glue:PutResourcePolicy" in seen.text) == (400, True)

    (key,) = open_access(keyed.services).keys.list()
    assert key.revoked_at is None


def test_the_audit_log_is_filtered(keyed: ConsoleServer) -> None:
    visitor = logged_in(keyed, make_key(keyed, "anna", "gluepot:read-only"))
    visitor.post("/console/key-create", {"user": "eve"})
    log_in_wrongly = keyed.visitor()
    log_in_wrongly.get("/console/login")
    log_in_wrongly.post("/console/login", {"key_id": "GPAKNOBODY", "secret": "x"})

    refused = visitor.data("/console/audit", refused="yes")["entries"]

    assert [(one["operation"], one["key"] == "GPAKNOBODY") for one in refused] == [
        ("ConsoleLogin", True),
        ("PutResourcePolicy", False),
    ]
    of_anna = visitor.data("/console/audit", refused="yes", user="anna")["entries"]
    assert [one["operation"] for one in of_anna] == ["PutResourcePolicy"]


def test_the_pages_say_where_nobody_is_asked_for_a_key(console: ConsoleServer) -> None:
    for path in ("keys", "audit"):
        assert "auth.required" in console.visitor().get(f"/console/{path}").text


def test_each_page_is_quiet_local_and_readable(browser: Browser, console: ConsoleServer) -> None:
    make_key(console, "anna", "gluepot:admin")

    for path in ("", "/settings", "/keys", "/audit"):
        check_page(browser, console.url, f"/console{path}", name=f"settings{path[1:]}")
