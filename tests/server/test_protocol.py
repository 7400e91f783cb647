from __future__ import annotations

import json
import urllib.error
import urllib.request
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from tests.servers.glue import GlueServer


def post(server: GlueServer, target: str, body: bytes) -> tuple[int, dict[str, Any], Any]:
    """Return status, reply and headers of a raw request."""
    request = urllib.request.Request(server.url, data=body, method="POST")  # noqa: S310
    request.add_header("X-Amz-Target", target)
    request.add_header("Content-Type", "application/x-amz-json-1.1")
    try:
        with urllib.request.urlopen(request) as reply:  # noqa: S310
            return reply.status, json.load(reply), reply.headers
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.load(error), error.headers


def test_an_operation_that_we_lack_is_a_typed_error(glue: Any) -> None:  # noqa: ANN401
    with pytest.raises(glue.exceptions.OperationNotSupportedException, match="sessions") as found:
        glue.list_sessions()

    metadata = found.value.response["ResponseMetadata"]
    assert metadata["HTTPStatusCode"] == 400
    assert len(metadata["RequestId"]) == 36


def test_a_request_that_breaks_the_model_names_every_member(glue_server: GlueServer) -> None:
    client = glue_server.client(parameter_validation=False)

    with pytest.raises(ClientError) as found:
        client.list_sessions(MaxResults=0, NextToken="x" * 500_000)

    error = found.value.response["Error"]
    assert error["Code"] == "ValidationException"
    assert "2 validation errors detected" in error["Message"]
    assert "'maxResults'" in error["Message"]


@pytest.mark.parametrize(
    ("target", "body", "code"),
    [
        ("AWSGlue.Nope", b"{}", "UnknownOperationException"),
        ("Other.GetTable", b"{}", "UnknownOperationException"),
        ("", b"{}", "UnknownOperationException"),
        ("AWSGlue.GetTable", b"{", "SerializationException"),
        ("AWSGlue.GetTable", b"[]", "SerializationException"),
        ("AWSGlue.GetTable", b'{"DatabaseName": 1, "Name": "a"}', "SerializationException"),
        ("AWSGlue.GetTable", b'{"DatabaseName": "a"}', "InvalidInputException"),
        ("AWSGlue.GetTable", b'{"DatabaseName": "a", "Name": "\\u0000"}', "InvalidInputException"),
        ("AWSGlue.GetTable", b'{"DatabaseName": "\\ud800"}', "SerializationException"),
    ],
)
def test_a_damaged_request_is_a_typed_error(
    glue_server: GlueServer, target: str, body: bytes, code: str
) -> None:
    status, reply, headers = post(glue_server, target, body)

    assert (status, reply["__type"]) == (400, code)
    assert reply["Message"]
    assert headers["x-amzn-errortype"] == code
    assert headers["x-amzn-requestid"]
