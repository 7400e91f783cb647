from __future__ import annotations

import json
import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gluepot.catalog.connection_secrets import credentials, is_secret, split, with_secrets
from gluepot.catalog.sealing import Sealer

SEALER = Sealer(os.urandom(32))

texts = st.text(max_size=12)
maps = st.dictionaries(
    st.sampled_from(["HOST", "PASSWORD", "client_secret", "apiKey", "SECRET_ID"]) | texts, texts
)
connections = st.fixed_dictionaries(
    {"Name": texts, "ConnectionProperties": maps},
    optional={
        "SparkProperties": maps,
        "AthenaProperties": maps,
        "PythonProperties": maps,
        "AuthenticationConfiguration": st.fixed_dictionaries(
            {},
            optional={
                "AuthenticationType": texts,
                "BasicAuthenticationCredentials": maps,
                "CustomAuthenticationCredentials": maps,
                "OAuth2Properties": st.fixed_dictionaries(
                    {},
                    optional={
                        "TokenUrl": texts,
                        "TokenUrlParametersMap": maps,
                        "OAuth2Credentials": maps,
                        "AuthorizationCodeProperties": maps,
                    },
                ),
            },
        ),
    },
)
HIDDEN = {"OAuth2Credentials", "AuthorizationCodeProperties"}
CREDENTIALS = {"BasicAuthenticationCredentials", "CustomAuthenticationCredentials"}


@given(connections)
def test_what_is_split_is_whole_again_but_for_credentials(connection: dict[str, object]) -> None:
    public, secret = split(SEALER, connection)

    whole = with_secrets(SEALER, public, secret)

    found = json.loads(json.dumps(connection))
    authentication = found.get("AuthenticationConfiguration", {})
    oauth = authentication.get("OAuth2Properties", {})
    taken = {key: authentication.pop(key) for key in CREDENTIALS & authentication.keys()}
    taken |= {key: oauth.pop(key) for key in HIDDEN & oauth.keys()}
    assert whole == found
    assert credentials(SEALER, secret) == taken


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("PASSWORD", "x"),
        ("ENCRYPTED_KAFKA_SASL_SCRAM_PASSWORD", "x"),
        ("client_secret", "x"),
        ("refreshToken", "x"),
        ("AWS_SECRET_ACCESS_KEY", "x"),
        ("privateKey", "x"),
        ("CONNECTION_URL", "mongodb://u:p@h/d"),
        ("JDBC_CONNECTION_URL", "jdbc:sqlserver://h;database=d;password=p"),
        ("JDBC_CONNECTION_URL", "jdbc:oracle:thin:scott/tiger@h:1521/x"),
    ],
)
def test_a_secret_is_known_by_its_name_or_by_its_url(key: str, value: str) -> None:
    assert is_secret(key, value)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("HOST", "h"),
        ("USERNAME", "u"),
        ("SECRET_ID", "where"),
        ("KAFKA_SASL_SCRAM_SECRETS_ARN", "arn:x"),
        ("tokenUrl", "https://x.example/t"),
        ("JDBC_CONNECTION_URL", "jdbc:postgresql://h:5432/d?sslmode=require"),
        ("KAFKA_BOOTSTRAP_SERVERS", "a:9092,b:9092"),
    ],
)
def test_what_everybody_may_see_is_no_secret(key: str, value: str) -> None:
    assert not is_secret(key, value)
