"""Which parts of a connection are secret, and how they are taken out of it and put back.

A connection is stored as two documents of the same shape: one that may be shown to anybody, and
one with the secrets, each sealed for itself.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from gluepot.catalog.calls import Document
    from gluepot.catalog.sealing import Sealer

_ENCRYPTED = "ENCRYPTED_"
_MAPS = ("ConnectionProperties", "SparkProperties", "AthenaProperties", "PythonProperties")
_OAUTH_MAP = "TokenUrlParametersMap"

# Names of Glue's own keys, and of what users put into the maps that are free.
_SECRET_KEY = re.compile(
    r"password|passwd|pwd|passphrase|secret|token|private_?key|api_?key|access_?key|account_?key"
    r"|sse_?c_?key|customer_?key|credential",
    re.IGNORECASE,
)
# These name where a secret is, and are none.
_REFERENCE_KEY = re.compile(r"(id|arns?|uri|url)$|^secret_?name$", re.IGNORECASE)
_SECRET_IN_URL = re.compile(
    r"(password|pwd|secret|token)\s*=|://[^/@\s]*:[^/@\s]+@|:thin:[^/@\s]+/[^@\s]+@",
    re.IGNORECASE,
)

_CREDENTIALS = ("BasicAuthenticationCredentials", "CustomAuthenticationCredentials")
_OAUTH_CREDENTIALS = ("OAuth2Credentials", "AuthorizationCodeProperties")


def is_secret(key: str, value: str) -> bool:
    """Return whether a property of a connection may only be read by those who may use it.

    >>> is_secret("PASSWORD", "x"), is_secret("SECRET_ID", "x"), is_secret("HOST", "x")
    (True, False, False)
    >>> is_secret("JDBC_CONNECTION_URL", "jdbc:postgresql://h/db?user=u&password=p")
    True
    """
    named = _SECRET_KEY.search(key) is not None and _REFERENCE_KEY.search(key) is None
    return named or _SECRET_IN_URL.search(value) is not None


def split(sealer: Sealer, connection: Document) -> tuple[Document, Document]:
    """Return what may be shown of a connection, and the rest with its texts sealed."""
    public, secret = dict(connection), {}
    for name in _MAPS:
        if name in connection:
            public[name], secret[name] = _split_map(sealer, connection[name])
    if "AuthenticationConfiguration" in connection:
        parts = _split_authentication(sealer, connection["AuthenticationConfiguration"])
        public["AuthenticationConfiguration"], secret["AuthenticationConfiguration"] = parts
    return public, secret


def with_secrets(sealer: Sealer, public: Document, secret: Document) -> Document:
    """Return a connection as the model's output has it, with its secrets.

    Raises:
        SealError: They were sealed with another key.
    """
    return _merged(public, secret, lambda key, sealed: (key, sealer.open(sealed)))


def with_sealed_passwords(public: Document, secret: Document, keys: frozenset[str]) -> Document:
    """Return a connection with its passwords still sealed, under their ``ENCRYPTED_`` names.

    Other secrets have no such name and stay out; ``keys`` are the names that there are.
    """

    def rename(key: str, sealed: str) -> tuple[str, str] | None:
        encrypted = _ENCRYPTED + key
        return (encrypted, sealed) if encrypted in keys else None

    return _merged(public, secret, rename)


def credentials(sealer: Sealer, secret: Document) -> Document:
    """Return the credentials of a connection's authentication, which no reply shows.

    Raises:
        SealError: They were sealed with another key.
    """
    sealed = secret.get("AuthenticationConfiguration", {}).get("Credentials")
    found: Document = {} if sealed is None else json.loads(sealer.open(sealed))
    return found


def _split_map(
    sealer: Sealer, properties: Mapping[str, str]
) -> tuple[dict[str, str], dict[str, str]]:
    public, secret = {}, {}
    for key, value in properties.items():
        if is_secret(key, value):
            secret[key] = sealer.seal(value)
        else:
            public[key] = value
    return public, secret


def _split_authentication(sealer: Sealer, given: Document) -> tuple[Document, Document]:
    public = {key: value for key, value in given.items() if key not in _CREDENTIALS}
    hidden = {key: given[key] for key in _CREDENTIALS if key in given}
    secret: Document = {}
    if "OAuth2Properties" in given:
        oauth = given["OAuth2Properties"]
        hidden |= {key: oauth[key] for key in _OAUTH_CREDENTIALS if key in oauth}
        shown = {key: value for key, value in oauth.items() if key not in _OAUTH_CREDENTIALS}
        if _OAUTH_MAP in shown:
            shown[_OAUTH_MAP], secret[_OAUTH_MAP] = _split_map(sealer, shown[_OAUTH_MAP])
        public["OAuth2Properties"] = shown
    if hidden:
        secret["Credentials"] = sealer.seal(json.dumps(hidden))
    return public, secret


def _merged(
    public: Document, secret: Document, open_: Callable[[str, str], tuple[str, str] | None]
) -> Document:
    shown = dict(public)
    for name in _MAPS:
        if name in secret:
            shown[name] = {**shown[name], **_opened(secret[name], open_)}
    parameters = secret.get("AuthenticationConfiguration", {}).get(_OAUTH_MAP)
    if parameters:
        authentication = shown["AuthenticationConfiguration"]
        oauth = authentication["OAuth2Properties"]
        whole = {**oauth[_OAUTH_MAP], **_opened(parameters, open_)}
        shown["AuthenticationConfiguration"] = {
            **authentication,
            "OAuth2Properties": {**oauth, _OAUTH_MAP: whole},
        }
    return shown


def _opened(
    sealed: Mapping[str, str], open_: Callable[[str, str], tuple[str, str] | None]
) -> dict[str, str]:
    pairs = (open_(key, value) for key, value in sealed.items())
    return dict(pair for pair in pairs if pair is not None)
