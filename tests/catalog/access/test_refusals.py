"""What a server that asks for keys refuses, in both forms of signing."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from urllib.parse import unquote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gluepot.catalog.access.replay import REPEAT
from gluepot.catalog.access.rights import DELAY
from gluepot.settings import AuthSettings
from tests.catalog.access.conftest import Secured, Signed, body_hash, sign
from tests.servers.glue import thread_server

if TYPE_CHECKING:
    from gluepot.catalog.access.keys import NewKey

INVALID = "InvalidSignatureException"
INCOMPLETE = "IncompleteSignatureException"
UNKNOWN = "UnrecognizedClientException"

REFUSALS = {
    INVALID,
    INCOMPLETE,
    UNKNOWN,
    "MissingAuthenticationTokenException",
}
VISIBLE = st.characters(min_codepoint=33, max_codepoint=126)

forms = pytest.mark.parametrize("form", ["header", "query"])


@pytest.fixture
def admin(secured: Secured) -> NewKey:
    return secured.admin()


@forms
def test_a_signed_request_is_answered(secured: Secured, admin: NewKey, form: str) -> None:
    request = sign(secured.server.url, admin, form=form)

    status, reply = request.send()

    assert status == 200
    assert "ConnectionList" in reply


def test_an_unsigned_request_is_refused(secured: Secured, admin: NewKey) -> None:
    request = sign(secured.server.url, admin)
    request.headers = [pair for pair in request.headers if pair[0] != "authorization"]

    assert request.error()[0] == "MissingAuthenticationTokenException"


@forms
def test_a_wrong_secret_is_refused(secured: Secured, admin: NewKey, form: str) -> None:
    code, sentence = sign(secured.server.url, admin, form=form, secret="x" * 40).error()

    assert code == INVALID
    assert "does not match" in sentence
    assert admin.secret not in sentence


@forms
def test_another_users_secret_is_refused(secured: Secured, admin: NewKey, form: str) -> None:
    other = secured.key("eve", "gluepot:admin")

    assert sign(secured.server.url, admin, form=form, secret=other.secret).error()[0] == INVALID


@forms
@pytest.mark.parametrize("operation", ["GetConnections", "CreateConnection"])
def test_a_replayed_request_is_refused(
    secured: Secured, admin: NewKey, form: str, operation: str
) -> None:
    network = {"Name": form, "ConnectionType": "NETWORK", "ConnectionProperties": {}}
    wanted = {"ConnectionInput": network} if operation == "CreateConnection" else {}
    request = sign(secured.server.url, admin, operation, wanted, form=form)
    assert request.send()[0] == 200

    code, sentence = request.error()

    assert code == INVALID
    assert "used before" in sentence


def test_a_replay_is_refused_by_another_process_too(secured: Secured, admin: NewKey) -> None:
    request = sign(secured.server.url, admin)
    assert request.send()[0] == 200

    with thread_server(
        secured.server.database_url, secured.server.home, auth=AuthSettings(required=True)
    ) as second:
        request.url = second.url  # The signed Host stays that of the first.
        code, _ = request.error()

    assert code == INVALID


def test_an_sdk_may_ask_the_same_twice_within_a_second(secured: Secured, admin: NewKey) -> None:
    now = datetime.now(UTC)
    calls = [sign(secured.server.url, admin, at=now) for _ in range(3)]
    for number, call in enumerate(calls):
        call.headers.append(("amz-sdk-invocation-id", f"call-{number}"))

    assert [call.send()[0] for call in calls] == [200, 200, 200]
    assert calls[1].error()[0] == INVALID


def test_a_replay_that_changes_its_unsigned_number_is_refused_later(
    secured: Secured,
) -> None:
    seen = secured.seen
    now = datetime.now(UTC)
    end = now + timedelta(minutes=5)

    first = seen.claim("s", "call-1", now=now, expires_at=end)
    soon = seen.claim("s", "call-2", now=now + REPEAT / 2, expires_at=end)
    late = seen.claim("s", "call-3", now=now + REPEAT * 1.1, expires_at=end)
    bare = seen.claim("s", "", now=now + REPEAT / 2, expires_at=end)

    assert (first, soon, late, bare) == (True, True, False, False)


@forms
@pytest.mark.parametrize("minutes", [-16, -6, 6, 60])
def test_a_skewed_clock_is_refused(
    secured: Secured, admin: NewKey, form: str, minutes: int
) -> None:
    at = datetime.now(UTC) + timedelta(minutes=minutes)

    code, sentence = sign(secured.server.url, admin, form=form, at=at).error()

    assert code == INVALID
    assert "xpired" in sentence or "not yet current" in sentence


@pytest.mark.parametrize("minutes", [-4, 4])
def test_a_clock_that_is_a_little_off_is_taken(
    secured: Secured, admin: NewKey, minutes: int
) -> None:
    at = datetime.now(UTC) + timedelta(minutes=minutes)

    assert sign(secured.server.url, admin, at=at).send()[0] == 200


@forms
def test_an_altered_body_is_refused(secured: Secured, admin: NewKey, form: str) -> None:
    request = sign(
        secured.server.url, admin, "DeleteConnection", {"ConnectionName": "a"}, form=form
    )
    request.body = request.body.replace(b'"a"', b'"b"')

    assert request.error()[0] == INVALID


@forms
@pytest.mark.parametrize("name", ["x-amz-target", "content-type", "host"])
def test_an_altered_header_is_refused(
    secured: Secured, admin: NewKey, form: str, name: str
) -> None:
    request = sign(secured.server.url, admin, form=form)
    request.set(name, "AWSGlue.GetTables" if name == "x-amz-target" else "application/json")

    assert request.error()[0] == INVALID


@forms
@pytest.mark.parametrize("name", ["x-amz-target", "host"])
def test_an_unsigned_header_that_matters_is_refused(
    secured: Secured, admin: NewKey, form: str, name: str
) -> None:
    code, sentence = sign(secured.server.url, admin, form=form, unsigned=(name,)).error()

    assert code == INVALID
    assert name in sentence


@forms
def test_a_header_that_was_added_on_the_way_is_refused(
    secured: Secured, admin: NewKey, form: str
) -> None:
    request = sign(secured.server.url, admin, form=form)
    request.headers.append(("x-amz-security-token", "abc"))

    assert request.error()[0] == INVALID


@forms
def test_a_session_token_is_nobodys(secured: Secured, admin: NewKey, form: str) -> None:
    extra = (("x-amz-security-token", "abc"),)

    assert sign(secured.server.url, admin, form=form, extra=extra).error()[0] == UNKNOWN


@pytest.mark.parametrize("kept", [10, 60, 100, 130, 180, 200])
def test_a_truncated_header_is_refused(secured: Secured, admin: NewKey, kept: int) -> None:
    request = sign(secured.server.url, admin)
    request.set("authorization", dict(request.headers)["authorization"][:kept])

    assert request.error()[0] == INCOMPLETE


def test_a_truncated_query_is_refused(secured: Secured, admin: NewKey) -> None:
    whole = sign(secured.server.url, admin, form="query")
    for kept in range(0, len(whole.query), 40):
        part = Signed(**{**vars(whole), "query": whole.query[:kept]})

        assert part.error()[0] in {INCOMPLETE, INVALID, "MissingAuthenticationTokenException"}


@forms
@pytest.mark.parametrize(
    "scope",
    [{"region": "eu-west-1"}, {"service": "s3"}, {"service": "glu"}],
)
def test_another_region_or_service_is_refused(
    secured: Secured, admin: NewKey, form: str, scope: dict[str, str]
) -> None:
    code, sentence = sign(secured.server.url, admin, form=form, **scope).error()  # type: ignore[arg-type]

    assert code == INVALID
    assert next(iter(scope.values())) in sentence


@forms
def test_a_revoked_key_is_refused_within_a_second(
    secured: Secured, admin: NewKey, form: str
) -> None:
    at = datetime.now(UTC) - timedelta(seconds=30)
    assert sign(secured.server.url, admin, form=form, at=at).send()[0] == 200

    secured.access.keys.revoke(admin.key.id)
    time.sleep(DELAY.total_seconds())

    assert sign(secured.server.url, admin, form=form).error()[0] == UNKNOWN


@forms
def test_an_unknown_key_is_refused(secured: Secured, admin: NewKey, form: str) -> None:
    request = sign(secured.server.url, admin, form=form)
    request.query = request.query.replace(admin.key.id, "GPAKAAAAAAAAAAAAAAAA")
    value = dict(request.headers).get("authorization", "")
    request.set("authorization", value.replace(admin.key.id, "GPAKAAAAAAAAAAAAAAAA"))

    assert request.error()[0] == UNKNOWN


@forms
def test_a_key_past_its_time_is_refused(secured: Secured, form: str) -> None:
    soon = datetime.now(UTC) + timedelta(seconds=0.2)
    key = secured.key("temp", "gluepot:admin", expires_at=soon)
    time.sleep(0.25)

    assert sign(secured.server.url, key, form=form).error()[0] == "ExpiredTokenException"


def test_a_presigned_request_past_its_expiry_is_refused(secured: Secured, admin: NewKey) -> None:
    at = datetime.now(UTC) - timedelta(seconds=90)

    live = sign(secured.server.url, admin, form="query", at=at, expires=timedelta(minutes=2)).send()
    dead = sign(secured.server.url, admin, form="query", at=at, expires=timedelta(minutes=1))

    assert live[0] == 200
    assert dead.error()[0] == INVALID


@pytest.mark.parametrize("seconds", [0, -1, 604_801, 10**9])
def test_a_presigned_request_lives_a_week_at_most(
    secured: Secured, admin: NewKey, seconds: int
) -> None:
    request = sign(secured.server.url, admin, form="query", expires=timedelta(seconds=seconds))

    assert request.error()[0] == INCOMPLETE


def test_a_presigned_request_with_a_longer_expiry_than_was_signed_is_refused(
    secured: Secured, admin: NewKey
) -> None:
    request = sign(secured.server.url, admin, form="query", expires=timedelta(minutes=1))
    request.query = request.query.replace("Expires=60", "Expires=600")

    assert request.error()[0] == INVALID


@forms
def test_the_hash_of_the_body_must_be_right_where_it_is_told(
    secured: Secured, admin: NewKey, form: str
) -> None:
    url = secured.server.url
    right = (("x-amz-content-sha256", body_hash(b"{}")),)

    assert sign(url, admin, form=form, extra=right).send()[0] == 200
    for wrong in ("UNSIGNED-PAYLOAD", body_hash(b"x"), "", "\xe9"):
        extra = (("x-amz-content-sha256", wrong),)
        assert sign(url, admin, form=form, extra=extra).error()[0] == INVALID


@forms
@pytest.mark.parametrize(
    "kind",
    [
        "STREAMING-AWS4-HMAC-SHA256-PAYLOAD",
        "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER",
        "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
    ],
)
def test_a_body_signed_in_chunks_is_refused_clearly(
    secured: Secured, admin: NewKey, form: str, kind: str
) -> None:
    extra = (("x-amz-content-sha256", kind),)

    code, sentence = sign(secured.server.url, admin, form=form, extra=extra).error()

    assert code == INVALID
    assert "chunks" in sentence


@forms
def test_sigv4a_is_refused_clearly(secured: Secured, admin: NewKey, form: str) -> None:
    request = sign(secured.server.url, admin, form=form)
    request.query = request.query.replace("AWS4-HMAC-SHA256", "AWS4-ECDSA-P256-SHA256")
    value = dict(request.headers).get("authorization", "")
    request.set("authorization", value.replace("AWS4-HMAC-SHA256", "AWS4-ECDSA-P256-SHA256"))

    code, sentence = request.error()

    assert code == INVALID
    assert "SigV4A" in sentence


def test_both_forms_at_once_are_refused(secured: Secured, admin: NewKey) -> None:
    request = sign(secured.server.url, admin)
    request.query = sign(secured.server.url, admin, form="query").query

    assert request.error()[0] == INCOMPLETE


@pytest.mark.parametrize("name", ["authorization", "x-amz-date", "x-amz-target"])
def test_a_header_that_decides_comes_once(secured: Secured, admin: NewKey, name: str) -> None:
    request = sign(secured.server.url, admin)
    request.headers.append((name, dict(request.headers)[name]))

    assert request.error()[0] == INCOMPLETE


def meaning(text: str) -> list[str]:
    """Return a text without what may be spelt in several ways: spaces, escapes, empty parts."""
    return sorted(part for part in unquote(text.replace(" ", "")).split("&") if part)


@given(st.data())
@settings(deadline=None, max_examples=60, suppress_health_check=[*HealthCheck])
def test_random_damage_is_never_accepted_nor_a_fault(secured: Secured, data: st.DataObject) -> None:
    form = data.draw(st.sampled_from(["header", "query"]))
    request = sign(
        secured.server.url, secured.vandal, "DeleteConnection", {"ConnectionName": "a"}, form=form
    )
    name, value = data.draw(st.sampled_from([*request.headers, ("body", ""), ("query", "")]))
    whole = {"body": request.body.decode(), "query": request.query}.get(name, value)
    start = data.draw(st.integers(0, len(whole)))
    end = data.draw(st.integers(start, min(len(whole), start + 6)))
    piece = data.draw(st.text(VISIBLE, max_size=3))
    damaged = whole[:start] + piece + whole[end:]
    if name == "body":
        request.body = damaged.encode()
    elif name == "query":
        request.query = damaged
    else:
        request.set(name, damaged)

    status, reply = request.send()

    # The connection was never there: a request that is taken says so.
    taken = reply.get("__type") == "EntityNotFoundException"
    assert status == 400
    assert not taken or meaning(damaged) == meaning(whole)
    assert taken or reply["__type"] in REFUSALS
