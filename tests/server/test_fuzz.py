"""Random requests from the service model: no fault of ours, and a refusal changes nothing."""

from __future__ import annotations

import json
import os
from typing import Any

import orjson
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.server.conftest import Direct, check_error, check_reply
from tests.server.model_requests import OPERATIONS, damaged, example, input_shape, values

EXAMPLES = int(os.environ.get("GLUEPOT_FUZZ_EXAMPLES", "150"))
"""For a long run: GLUEPOT_FUZZ_EXAMPLES=20000."""
WIRED_AND_OTHERS = st.sampled_from(OPERATIONS)

fuzzed = settings(
    max_examples=EXAMPLES,
    deadline=None,
    # One catalog for all examples: what they leave in it makes the later ones harder.
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


def requests(operation: str) -> st.SearchStrategy[Any]:
    """Return random valid requests of an operation."""
    shape = input_shape(operation)
    return values(shape) if shape else st.just({})


def smallest_or_fullest(operation: str) -> st.SearchStrategy[Any]:
    """Return the two fixed requests of an operation, which mostly get far."""
    shape = input_shape(operation)
    if shape is None:
        return st.just({})
    return st.sampled_from([example(shape, full=False), example(shape, full=True)])


@given(data=st.data())
@fuzzed
def test_a_valid_request_is_answered_and_a_refusal_changes_nothing(
    filled: Direct, data: st.DataObject
) -> None:
    operation = data.draw(st.sampled_from(sorted(filled.dispatcher.operations)))
    request = data.draw(requests(operation) | smallest_or_fullest(operation))
    before = filled.digest()

    reply = filled.call(operation, request)

    check_reply(operation, reply)
    if reply.status != 200:
        assert filled.digest() == before, (operation, reply.body)


@given(data=st.data())
@fuzzed
def test_a_damaged_request_is_a_typed_error_that_changes_nothing(
    filled: Direct, data: st.DataObject
) -> None:
    operation = data.draw(st.sampled_from(sorted(filled.dispatcher.operations)))
    request = data.draw(smallest_or_fullest(operation).flatmap(damaged))
    before = filled.digest()

    reply = filled.post(f"AWSGlue.{operation}", dumps(request))

    check_reply(operation, reply)
    if reply.status != 200:
        assert filled.digest() == before, (operation, reply.body)


def dumps(value: Any) -> bytes:  # noqa: ANN401
    """Return JSON; Python's own writer also writes what orjson refuses, such as huge numbers."""
    return json.dumps(value).encode()


BROKEN = (
    b"",
    b" ",
    b"null",
    b"[]",
    b'"text"',
    b"1",
    b"{",
    b'{"Name": }',
    b"{'Name': 'a'}",
    b'{"Name": NaN}',
    b'{"Name": "\\ud800"}',
    b'{"Name": "\xff\xfe"}',
    b'\xef\xbb\xbf{"Name": "a"}',
    b'{"Name": "a"}{"Name": "a"}',
    b'{"Name": "a\x00"}',
    b'{"Name": "\\u0000"}',
    b'{"Name": ' + b"[" * 5000 + b"]" * 5000 + b"}",
    b'{"Name": ' + b'{"a":' * 200 + b"1" + b"}" * 200 + b"}",
    b'{"Name": 1e999}',
    b'{"Name": ' + b"9" * 5000 + b"}",
    b"<Name>a</Name>",
    b"Name=a",
)


def test_a_broken_body_is_a_typed_error_that_changes_nothing(filled: Direct) -> None:
    before = filled.digest()

    for body in BROKEN:
        for operation in ("CreateDatabase", "DeleteConnection", "GetJob", "PutResourcePolicy"):
            check_error(operation, filled.post(f"AWSGlue.{operation}", body))

    assert filled.digest() == before


@given(st.binary(max_size=200), WIRED_AND_OTHERS)
@fuzzed
def test_random_bytes_are_a_typed_error(empty: Direct, body: bytes, operation: str) -> None:
    reply = empty.post(f"AWSGlue.{operation}", body)

    check_reply(operation, reply)


@given(st.text(st.characters(codec="latin-1"), max_size=60))
@fuzzed
def test_an_unknown_target_is_a_typed_error(empty: Direct, target: str) -> None:
    reply = empty.post(f"AWSGlue.{target}?", b"{}")

    assert reply.error_code == "UnknownOperationException"
    assert orjson.loads(reply.body)["Message"]
