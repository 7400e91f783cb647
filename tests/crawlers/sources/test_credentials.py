"""A connection says how its store is reached, and its keys stay sealed and unshown."""

from __future__ import annotations

import base64
import os

import pytest

from gluepot.catalog.connection_secrets import split
from gluepot.catalog.errors import InvalidInputError
from gluepot.catalog.sealing import Sealer
from gluepot.crawlers.access import OpenedConnection
from gluepot.crawlers.sources.config import S3Config
from gluepot.crawlers.sources.credentials import s3_config_of

BASE = S3Config(region="eu-west-1", profile="nightly", role_arn="arn:aws:iam::1:role/base")
KEYS = {"AWS_ACCESS_KEY_ID": "id", "AWS_SECRET_ACCESS_KEY": "hidden-secret"}
SSE_KEY = base64.b64encode(b"k" * 32).decode()


def connection(**properties: str) -> OpenedConnection:
    return OpenedConnection(name="lake", type="NETWORK", properties=properties)


def test_a_connection_that_says_nothing_of_s3_changes_nothing() -> None:
    assert s3_config_of(BASE, connection(HOST="x", PASSWORD="y")) == BASE  # noqa: S106


def test_a_connection_with_keys_of_its_own_is_nobody_else() -> None:
    found = s3_config_of(BASE, connection(**KEYS, AWS_SESSION_TOKEN="t", ENDPOINT="http://minio"))  # noqa: S106

    assert found == S3Config(
        region="eu-west-1",
        endpoint_url="http://minio",
        path_style=True,
        access_key_id="id",
        secret_access_key="hidden-secret",  # noqa: S106
        session_token="t",  # noqa: S106
    )


def test_a_connection_with_a_role_alone_is_assumed_by_the_keys_of_the_settings() -> None:
    found = s3_config_of(
        BASE,
        connection(role_arn="arn:aws:iam::2:role/lake", external_id="x", requester_pays="TRUE"),
    )

    assert (found.profile, found.role_arn, found.external_id, found.requester_pays) == (
        "nightly",
        "arn:aws:iam::2:role/lake",
        "x",
        True,
    )


def test_path_style_may_be_switched_off_beside_an_endpoint() -> None:
    assert not s3_config_of(BASE, connection(ENDPOINT="http://s", PATH_STYLE="false")).path_style


@pytest.mark.parametrize(
    ("properties", "message"),
    [
        ({"AWS_ACCESS_KEY_ID": "id"}, "no AWS_SECRET_ACCESS_KEY"),
        ({"AWS_SECRET_ACCESS_KEY": "hidden-secret"}, "no AWS_ACCESS_KEY_ID"),
        ({"REQUESTER_PAYS": "perhaps"}, "must be true or false"),
        ({"SSE_C_KEY": "hidden-secret"}, "32 bytes"),
        ({"SSE_C_KEY": base64.b64encode(b"short").decode()}, "32 bytes"),
    ],
)
def test_a_connection_that_cannot_work_is_refused_and_shows_nothing(
    properties: dict[str, str], message: str
) -> None:
    with pytest.raises(InvalidInputError, match=message) as caught:
        s3_config_of(BASE, connection(**properties))

    assert "hidden-secret" not in str(caught.value)


def test_what_is_secret_is_sealed_in_the_catalog_and_never_shown() -> None:
    properties = {**KEYS, "AWS_SESSION_TOKEN": "hidden-token", "SSE_C_KEY": SSE_KEY}

    public, _ = split(Sealer(os.urandom(32)), {"ConnectionProperties": properties})
    shown = repr(s3_config_of(BASE, connection(**properties)))

    assert public["ConnectionProperties"] == {"AWS_ACCESS_KEY_ID": "id"}
    assert not any(text in shown for text in ("hidden-secret", "hidden-token", SSE_KEY))
