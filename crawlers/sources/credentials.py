"""Keys of a store that are sealed in a connection of the catalog.

The properties of a connection that speak of S3, in letters of either case:

- ``AWS_ACCESS_KEY_ID``, ``AWS_SECRET_ACCESS_KEY`` and ``AWS_SESSION_TOKEN``: the last two sealed;
- ``ENDPOINT``, ``REGION``, ``PATH_STYLE`` (``true`` beside an endpoint, unless it says ``false``);
- ``ROLE_ARN``, ``EXTERNAL_ID``, ``ROLE_SESSION_NAME``: a role that the keys above assume, or
  those of the settings where there are none;
- ``REQUESTER_PAYS``: ``true`` or ``false``;
- ``SSE_C_KEY``: 32 bytes in base64, sealed;
- ``STS_ENDPOINT``, ``SQS_ENDPOINT``: where they are not AWS's.

A connection without any of them, such as one of a network, changes nothing.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from gluepot.catalog.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gluepot.crawlers.access import OpenedConnection
    from gluepot.crawlers.sources.config import S3Config

_KEY_ID, _SECRET, _TOKEN = "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"
_TEXTS = {
    "ENDPOINT": "endpoint_url",
    "REGION": "region",
    "ROLE_ARN": "role_arn",
    "EXTERNAL_ID": "external_id",
    "ROLE_SESSION_NAME": "role_session_name",
    "SSE_C_KEY": "sse_c_key",
    "STS_ENDPOINT": "sts_endpoint_url",
    "SQS_ENDPOINT": "sqs_endpoint_url",
}
_SWITCHES = {"PATH_STYLE": "path_style", "REQUESTER_PAYS": "requester_pays"}
_WORDS = {"true": True, "false": False}


def s3_config_of(base: S3Config, connection: OpenedConnection) -> S3Config:
    """Return how to reach the S3 that a connection names, as whom it says.

    What it does not say stays as in ``base``; but with keys of its own it is nobody else, so the
    base's keys, profile and role go.

    Raises:
        InvalidInputError: A key is there without the other, a switch is neither true nor false,
            or the SSE-C key is none. No message shows a value.
    """
    given = {name.upper(): value for name, value in connection.properties.items() if value}
    changes: dict[str, Any] = {"path_style": True} if "ENDPOINT" in given else {}
    changes |= _keys(connection.name, given)
    changes |= {member: given[name] for name, member in _TEXTS.items() if name in given}
    changes |= {
        member: _switch(connection.name, name, given[name])
        for name, member in _SWITCHES.items()
        if name in given
    }
    config = replace(base, **changes)
    _ = config.encryption_key
    return config


def _keys(connection: str, given: Mapping[str, str]) -> dict[str, str | None]:
    if _KEY_ID not in given and _SECRET not in given:
        return {}
    for name in (_KEY_ID, _SECRET):
        if name not in given:
            raise InvalidInputError(f"Connection {connection} has no {name} beside its other key")
    return {
        "access_key_id": given[_KEY_ID],
        "secret_access_key": given[_SECRET],
        "session_token": given.get(_TOKEN),
        "profile": None,
        "role_arn": None,
        "external_id": None,
    }


def _switch(connection: str, name: str, value: str) -> bool:
    word = value.strip().lower()
    if word not in _WORDS:
        raise InvalidInputError(f"{name} of connection {connection} must be true or false")
    return _WORDS[word]
