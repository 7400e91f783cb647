"""``gluepot auth``, and the rule that nobody from elsewhere is let in without a key."""

from __future__ import annotations

import io
import json
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from gluepot.access import check_bind
from gluepot.catalog.errors import InvalidInputError
from gluepot.cli.main import main
from gluepot.settings import AuthSettings, ServerSettings, Settings

if TYPE_CHECKING:
    from pathlib import Path

POLICY = {"Statement": [{"Effect": "Allow", "Action": "glue:GetTable", "Resource": "*"}]}


@dataclass(frozen=True, kw_only=True)
class Ended:
    """What a command wrote."""

    stdout: str
    stderr: str


class Gluepot:
    """The command line, within this process: a process of its own takes a second to start."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self._monkeypatch = monkeypatch
        self._capsys = capsys

    def __call__(self, *words: str, code: int = 0, text: str = "") -> Ended:
        """Run a command, which ends with a code."""
        self._monkeypatch.setattr(sys, "argv", ["gluepot", *words])
        self._monkeypatch.setattr(sys, "stdin", io.StringIO(text))
        with pytest.raises(SystemExit) as caught:
            main()
        out, err = self._capsys.readouterr()
        assert (caught.value.code or 0) == code, (out, err)
        return Ended(stdout=out, stderr=err)


@pytest.fixture
def gluepot(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Gluepot:
    monkeypatch.chdir(tmp_path)
    for name in ("GLUEPOT_CONFIG", "GLUEPOT_HOME", "GLUEPOT_CATALOG_URL"):
        monkeypatch.delenv(name, raising=False)
    return Gluepot(monkeypatch, capsys)


def test_keys_are_made_listed_and_revoked(gluepot: Gluepot, tmp_path: Path) -> None:
    made = json.loads(
        gluepot(
            "auth", "key", "create", "anna", "--policy", "gluepot:read-only", "-o", "json"
        ).stdout
    )
    listed = gluepot("auth", "key", "list", "-o", "json").stdout
    revoked = gluepot("auth", "key", "revoke", made["AccessKeyId"]).stdout
    (after,) = json.loads(gluepot("auth", "key", "list", "-o", "json").stdout)

    assert len(made["SecretAccessKey"]) == 40
    assert made["SecretAccessKey"] not in listed
    (shown,) = json.loads(listed)
    assert (shown["UserName"], shown["State"], shown["Policies"]) == (
        "anna",
        "ACTIVE",
        ["gluepot:read-only"],
    )
    assert "is revoked since" in revoked
    assert after["State"] == "REVOKED"
    database = (tmp_path / ".gluepot" / "catalog.db").read_bytes()
    assert made["SecretAccessKey"].encode() not in database


def test_a_key_without_policies_says_how_to_give_it_some(
    gluepot: Gluepot,
) -> None:
    ended = gluepot("auth", "key", "create", "bob", "--expires", "90d")

    assert "AWS_SECRET_ACCESS_KEY=" in ended.stdout
    assert "gluepot auth policy attach bob" in ended.stderr


def test_policies_are_checked_attached_and_deleted(
    gluepot: Gluepot,
) -> None:
    wrong = gluepot("auth", "policy", "put", "p", "-", text='{"Statement": []}', code=1)
    gluepot("auth", "policy", "put", "p", "-", text=json.dumps(POLICY))
    gluepot("auth", "policy", "attach", "etl", "p")
    kept = gluepot("auth", "policy", "delete", "p", code=1)
    gluepot("auth", "policy", "detach", "etl", "p")
    gluepot("auth", "policy", "delete", "p")
    names = [
        row["Policy"] for row in json.loads(gluepot("auth", "policy", "list", "-o", "json").stdout)
    ]

    assert "no Statement" in wrong.stderr
    assert "attached to etl" in kept.stderr
    assert names == ["gluepot:admin", "gluepot:read-only"]


def test_changes_of_access_are_on_record(
    gluepot: Gluepot,
) -> None:
    gluepot("auth", "key", "create", "anna")
    gluepot("auth", "policy", "attach", "anna", "gluepot:admin")
    gluepot("auth", "audit", "prune", "--older-than", "52w")

    log = json.loads(gluepot("auth", "audit", "-o", "json").stdout)

    assert [item["Operation"] for item in log] == [
        "gluepot:PruneAuditLog",
        "gluepot:AttachPolicy",
        "gluepot:CreateAccessKey",
    ]
    assert all(item["Principal"].startswith("cli:") for item in log)


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("key", "create", "a b"), "User name 'a b' does not fit"),
        (("key", "create", "anna", "--policy", "none"), "Policy none not found"),
        (("key", "create", "anna", "--expires", "soon"), "no time span"),
        (("key", "revoke", "GPAKX"), "Access key GPAKX not found"),
        (("policy", "show", "none"), "Policy none not found"),
        (("policy", "put", "p", "missing.json"), "missing.json cannot be read"),
        (("policy", "attach", "GPAKX", "gluepot:admin"), "Access key GPAKX not found"),
        (("policy", "delete", "gluepot:admin"), "gluepot's own policy"),
    ],
)
def test_what_cannot_be_is_said_in_one_line(
    gluepot: Gluepot,
    words: tuple[str, ...],
    sentence: str,
) -> None:
    ended = gluepot("auth", *words, code=1)

    assert sentence in ended.stderr
    assert ended.stderr.count("\n") == 1


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "10.1.2.3", "gluepot.example"])  # noqa: S104
def test_others_are_not_let_in_without_keys(host: str) -> None:
    with pytest.raises(InvalidInputError, match=r"gluepot auth key create .*127\.0\.0\.1"):
        check_bind(Settings(server=ServerSettings(host=host)))

    check_bind(Settings(server=ServerSettings(host=host), auth=AuthSettings(required=True)))


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "localhost", "127.3.2.1"])
def test_this_machines_users_need_no_keys(host: str) -> None:
    check_bind(Settings(server=ServerSettings(host=host)))


def test_a_socket_in_the_file_system_needs_no_keys(tmp_path: Path) -> None:
    check_bind(Settings(server=ServerSettings(host="::", unix_socket=tmp_path / "s")))


def test_the_server_does_not_start_for_others_without_keys(
    gluepot: Gluepot,
) -> None:
    ended = gluepot("serve", "--host", "0.0.0.0", "--port", "0", code=1)  # noqa: S104

    assert "Listening on 0.0.0.0 lets other machines in" in ended.stderr
