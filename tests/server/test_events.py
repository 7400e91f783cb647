"""`POST /api/v1/events`: events of EventBridge's shape for a trigger or a workflow."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from typing import TYPE_CHECKING, Any

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from pydantic import SecretStr

from gluepot.access import open_access
from gluepot.services import open_services
from gluepot.settings import AuthSettings, Settings
from tests.servers.glue import thread_server

if TYPE_CHECKING:
    from pathlib import Path

    from tests.servers.glue import GlueServer

ACTIONS = [{"JobName": "load"}]


def event(number: int = 1) -> dict[str, Any]:
    return {
        "version": "0",
        "id": f"e{number}",
        "source": "aws.s3",
        "detail-type": "Object Created",
        "time": "2026-11-23T09:00:00Z",
        "detail": {"bucket": {"name": "raw"}, "object": {"key": "a"}},
    }


def post(
    server: GlueServer,
    query: str,
    body: Any,  # noqa: ANN401
    **headers: str,
) -> tuple[int, dict[str, Any]]:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    url = f"{server.url}/api/v1/events{query}"
    request = urllib.request.Request(url, data, headers, method="POST")  # noqa: S310
    try:
        with urllib.request.urlopen(request) as reply:  # noqa: S310
            return reply.status, json.loads(reply.read())
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.loads(error.read())


def test_events_are_recorded_once_for_a_trigger_or_its_workflow(glue_server: GlueServer) -> None:
    glue = glue_server.client()
    glue.create_workflow(Name="flow")
    made = {"Type": "EVENT", "Actions": ACTIONS, "StartOnCreation": True}
    glue.create_trigger(Name="arrived", WorkflowName="flow", **made)

    by_trigger = post(glue_server, "?trigger=arrived", [event(1), event(2)])
    by_workflow = post(glue_server, "?workflow=flow", event(1))

    assert by_trigger == (200, {"trigger": "arrived", "new": 2, "known": 0})
    assert by_workflow == (200, {"trigger": "arrived", "new": 0, "known": 1})


@pytest.mark.parametrize(
    ("query", "body", "code"),
    [
        ("", [event()], "InvalidInputException"),
        ("?trigger=a&workflow=b", [event()], "InvalidInputException"),
        ("?trigger=a&trigger=b", [event()], "InvalidInputException"),
        ("?trigger=none", [event()], "EntityNotFoundException"),
        ("?workflow=none", [event()], "EntityNotFoundException"),
        ("?trigger=resting", [event()], "InvalidStateException"),
        ("?trigger=resting", b"x", "InvalidInputException"),
        ("?trigger=resting", b"\xff", "InvalidInputException"),
    ],
)
def test_what_cannot_be_recorded_is_refused_by_type(
    glue_server: GlueServer,
    query: str,
    body: Any,  # noqa: ANN401
    code: str,
) -> None:
    glue_server.client().create_trigger(Name="resting", Type="EVENT", Actions=ACTIONS)

    found, reply = post(glue_server, query, body)

    assert (found, reply["__type"]) == (400, code)


def test_a_page_from_elsewhere_may_not_send_events(glue_server: GlueServer) -> None:
    status, reply = post(glue_server, "?trigger=a", event(), Origin="https://evil.example")

    assert (status, reply["__type"]) == (400, "AccessDeniedException")


def test_with_keys_events_are_signed_and_need_the_right_to_start(
    sqlite_url: str, tmp_path: Path
) -> None:
    settings = Settings(home=tmp_path, catalog_url=SecretStr(sqlite_url))
    with open_services(settings) as services:
        access = open_access(services)
        found = {}
        for user, action in (("sender", "glue:StartTrigger"), ("reader", "glue:GetTrigger")):
            found[user] = access.keys.create(user)
            statement = {"Effect": "Allow", "Action": action, "Resource": "*"}
            document = {"Version": "2012-10-17", "Statement": [statement]}
            access.policies.put(f"may-{user}", json.dumps(document))
            access.policies.attach(user, f"may-{user}")
    with thread_server(sqlite_url, tmp_path, auth=AuthSettings(required=True)) as server:
        unsigned = post(server, "?trigger=arrived", event())
        sender, reader = (signed(server, found[user]) for user in ("sender", "reader"))

    assert unsigned[1]["__type"] == "MissingAuthenticationTokenException"
    assert sender[1]["__type"] == "EntityNotFoundException"  # let in, and there is none
    assert reader[1]["__type"] == "AccessDeniedException"


def test_a_sender_that_cannot_sign_has_a_token_and_what_its_user_may(
    sqlite_url: str, tmp_path: Path
) -> None:
    token = "a" * 32
    settings = Settings(home=tmp_path, catalog_url=SecretStr(sqlite_url))
    arn = "arn:aws:glue:us-east-1:000000000000:trigger/arrived"
    statement = {"Effect": "Allow", "Action": "glue:StartTrigger", "Resource": arn}
    header = {"X-Gluepot-Event-Token": token}
    auth = AuthSettings(required=True, event_token=SecretStr(token))
    with thread_server(sqlite_url, tmp_path, auth=auth) as server:
        nothing_yet = post(server, "?trigger=arrived", event(), **header)
        with open_services(settings) as services:
            access = open_access(services)
            access.policies.put("may-send", json.dumps({"Statement": [statement]}))
            access.policies.attach("events", "may-send")
            let_in = post(server, "?trigger=arrived", event(), **header)
            elsewhere = post(server, "?trigger=other", event(), **header)
            wrong = post(server, "?trigger=arrived", event(), **{**header, **_as_token("b" * 32)})
            odd = post(server, "?trigger=arrived", event(), **_as_token("é"))
            audited = {(one.principal, one.allowed) for one in access.audit.list()}
    with thread_server(sqlite_url, tmp_path, auth=AuthSettings(required=True)) as server:
        no_token_set = post(server, "?trigger=arrived", event(), **header)

    assert "user/events is not authorized" in nothing_yet[1]["Message"]
    assert let_in[1]["__type"] == "EntityNotFoundException"  # let in, and there is none
    assert elsewhere[1]["__type"] == "AccessDeniedException"
    for refused in (wrong, odd, no_token_set):
        assert refused[1]["__type"] == "MissingAuthenticationTokenException"
    user = "arn:aws:iam::000000000000:user/events"
    assert audited == {(user, True), (user, False), (None, False)}
    assert token not in repr(auth)
    with pytest.raises(ValueError, match="32"):
        AuthSettings(event_token=SecretStr("short"))


def _as_token(value: str) -> dict[str, str]:
    return {"X-Gluepot-Event-Token": value}


def signed(server: GlueServer, key: Any) -> tuple[int, dict[str, Any]]:  # noqa: ANN401
    body = json.dumps(event())
    url = f"{server.url}/api/v1/events?trigger=arrived"
    request = AWSRequest(method="POST", url=url, data=body)
    SigV4Auth(Credentials(key.key.id, key.secret), "glue", "us-east-1").add_auth(request)
    return post(server, "?trigger=arrived", body.encode(), **dict(request.headers))
