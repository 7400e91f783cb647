"""A Kafka connection of the catalog as options of Kafka's client."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gluepot.catalog.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Mapping

_LOGIN_MODULES = {
    "PLAIN": "org.apache.kafka.common.security.plain.PlainLoginModule",
    "SCRAM-SHA-256": "org.apache.kafka.common.security.scram.ScramLoginModule",
    "SCRAM-SHA-512": "org.apache.kafka.common.security.scram.ScramLoginModule",
}
"""The ways to log in that need a user and a password, and nothing on the machine."""

_PEM = "-----BEGIN"


def client_options(properties: Mapping[str, str]) -> dict[str, str]:
    """Return what the properties of a connection of type KAFKA mean, names with ``kafka.``.

    A custom certificate is the PEM text itself or a path that every machine of the cluster has;
    a key store is such a path.

    Raises:
        InvalidInputError: A property is missing, or wants what plain Spark cannot do. No sentence
            holds a secret.
    """
    servers = properties.get("KAFKA_BOOTSTRAP_SERVERS")
    if not servers:
        raise InvalidInputError("the connection has no KAFKA_BOOTSTRAP_SERVERS")
    encrypted = properties.get("KAFKA_SSL_ENABLED", "true").lower() == "true"
    mechanism = properties.get("KAFKA_SASL_MECHANISM", "").upper()
    protocol = ("SASL_" if mechanism else "") + ("SSL" if encrypted else "PLAINTEXT")
    found = {"bootstrap.servers": servers, "security.protocol": protocol}
    if encrypted:
        found |= _trust(properties) | _client_key(properties)
    if mechanism:
        found |= _login(mechanism, properties)
    return {f"kafka.{name}": value for name, value in found.items()}


def _trust(properties: Mapping[str, str]) -> dict[str, str]:
    certificate = properties.get("KAFKA_CUSTOM_CERT")
    if not certificate:
        return {}
    if certificate.lstrip().startswith(_PEM):
        return {"ssl.truststore.type": "PEM", "ssl.truststore.certificates": certificate}
    return {"ssl.truststore.type": "PEM", "ssl.truststore.location": _path(certificate)}


def _client_key(properties: Mapping[str, str]) -> dict[str, str]:
    store = properties.get("KAFKA_CLIENT_KEYSTORE")
    if not store:
        return {}
    passwords = {
        "ssl.keystore.password": properties.get("KAFKA_CLIENT_KEYSTORE_PASSWORD"),
        "ssl.key.password": properties.get("KAFKA_CLIENT_KEY_PASSWORD"),
    }
    given = {name: value for name, value in passwords.items() if value}
    return {"ssl.keystore.location": _path(store)} | given


def _path(place: str) -> str:
    if "://" in place:
        raise InvalidInputError(
            f"Kafka's client reads {place.partition('://')[0]}:// not: put the file on every"
            " machine of the cluster, and its path into the connection"
        )
    return place


def _login(mechanism: str, properties: Mapping[str, str]) -> dict[str, str]:
    module = _LOGIN_MODULES.get(mechanism)
    if module is None:
        raise InvalidInputError(
            f"KAFKA_SASL_MECHANISM {mechanism} needs more than a user and a password; there are:"
            f" {', '.join(_LOGIN_MODULES)}. Anything else goes into the options sasl.* by hand"
        )
    kind = "PLAIN" if mechanism == "PLAIN" else "SCRAM"
    names = (f"KAFKA_SASL_{kind}_USERNAME", f"KAFKA_SASL_{kind}_PASSWORD")
    for name in names:
        if not properties.get(name):
            raise InvalidInputError(f"the connection has no {name}")
    user, password = (_quoted(properties[name]) for name in names)
    entry = f"{module} required username={user} password={password};"
    return {"sasl.mechanism": mechanism, "sasl.jaas.config": entry}


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
