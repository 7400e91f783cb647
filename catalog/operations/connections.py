"""Connections: how jobs and crawlers reach a data store; their secrets are sealed at rest."""

from __future__ import annotations

import contextlib
from functools import partial
from typing import TYPE_CHECKING

from gluepot.catalog import connection_secrets
from gluepot.catalog.connection_probe import try_connection
from gluepot.catalog.errors import (
    EntityNotFoundError,
    InvalidInputError,
    OperationNotSupportedError,
    VersionMismatchError,
)
from gluepot.catalog.operations import named
from gluepot.catalog.operations.encryption import encryption_settings
from gluepot.catalog.service_model import glue_model

if TYPE_CHECKING:
    from gluepot.catalog.calls import Call, Document, Handler
    from gluepot.catalog.definitions import Definition
    from gluepot.catalog.objects import ObjectStore
    from gluepot.catalog.sealing import Sealer

_ONLY_GIVEN = ("ValidateCredentials", "ValidateForComputeEnvironments")
_OF_SCHEMA_2 = (
    "AuthenticationConfiguration",
    "SparkProperties",
    "AthenaProperties",
    "PythonProperties",
)
_OF_ENVIRONMENT = {
    "SPARK": "SparkProperties",
    "ATHENA": "AthenaProperties",
    "PYTHON": "PythonProperties",
}


def _show(found: Definition) -> Document:
    """Return what anybody may see of a connection."""
    stored = found.definition
    return {
        **stored["Public"],
        "CreationTime": found.created_at,
        "LastUpdatedTime": stored.get("LastUpdatedTime", found.updated_at.timestamp()),
        "LastUpdatedBy": stored["LastUpdatedBy"],
        "LastConnectionValidationTime": stored.get("LastConnectionValidationTime"),
        "Status": "READY",
        "ConnectionSchemaVersion": _schema_version(stored),
    }


CONNECTIONS = named.Family(kind="Connection", resource="connection", show=_show)


def create_connection(
    store: ObjectStore, sealer: Sealer, call: Call, request: Document
) -> Document:
    """Add a connection; it is not tried out, TestConnection does that."""
    named.check_account(call, request)
    given = request["ConnectionInput"]
    stored = _stored(sealer, call, given)
    named.create(
        CONNECTIONS, store, call, given["Name"], definition=stored, tags=request.get("Tags")
    )
    return {"CreateConnectionStatus": "READY"}


def get_connection(store: ObjectStore, sealer: Sealer, call: Call, request: Document) -> Document:
    """Return a connection, with its password unless that is to be hidden."""
    named.check_account(call, request)
    found = store.definitions.get(CONNECTIONS.kind, request["Name"])
    shown = _shown(store, sealer, request, [found])[0]
    environment = _OF_ENVIRONMENT.get(request.get("ApplyOverrideForComputeEnvironment", ""))
    if environment is not None and environment in shown:
        overridden = {**shown["ConnectionProperties"], **shown[environment]}
        shown = {**shown, "ConnectionProperties": overridden}
    return {"Connection": shown}


def get_connections(store: ObjectStore, sealer: Sealer, call: Call, request: Document) -> Document:
    """Return connections by name; with a filter, those that meet all of it."""
    named.check_account(call, request)
    wanted = request.get("Filter", {})
    reply = named.page(
        CONNECTIONS,
        store,
        call,
        request,
        "ConnectionList",
        keep=partial(_meets, wanted) if wanted else None,
        show=lambda found: found,
    )
    return {**reply, "ConnectionList": _shown(store, sealer, request, reply["ConnectionList"])}


def update_connection(store: ObjectStore, sealer: Sealer, call: Call, request: Document) -> None:
    """Replace the whole definition of a connection.

    Raises:
        EntityNotFoundError: There is none of that name.
        InvalidInputError: The definition has another name.
    """
    named.check_account(call, request)
    given = request["ConnectionInput"]
    if given["Name"] != request["Name"]:
        raise InvalidInputError(
            f"Connection {request['Name']} cannot be renamed to {given['Name']};"
            " create one of that name and delete this one"
        )
    store.definitions.update(CONNECTIONS.kind, request["Name"], _stored(sealer, call, given))


def delete_connection(store: ObjectStore, call: Call, request: Document) -> None:
    """Delete a connection."""
    named.check_account(call, request)
    named.delete_existing(CONNECTIONS, store, call, request["ConnectionName"])


def batch_delete_connection(store: ObjectStore, call: Call, request: Document) -> Document:
    """Delete connections, and say which of them were not there."""
    named.check_account(call, request)
    succeeded: list[str] = []
    errors: Document = {}
    for name in request["ConnectionNameList"]:
        if named.delete(CONNECTIONS, store, call, name):
            succeeded.append(name)
        else:
            missing = EntityNotFoundError(CONNECTIONS.kind, name)
            errors[name] = {"ErrorCode": missing.code, "ErrorMessage": missing.wire_message}
    return {"Succeeded": succeeded, "Errors": errors}


def test_connection(store: ObjectStore, sealer: Sealer, call: Call, request: Document) -> Document:
    """Try a stored connection out, or one that is given; the time is kept with a stored one.

    Raises:
        EntityNotFoundError: There is no connection of that name.
        InvalidInputError: Not exactly one of the two is given, or it cannot be tried as it is.
        FederationSourceError: The data store does not answer, or refuses the login.
        OperationNotSupportedError: gluepot has no driver for it.
    """
    named.check_account(call, request)
    if ("ConnectionName" in request) == ("TestConnectionInput" in request):
        raise InvalidInputError("Give either ConnectionName or TestConnectionInput")
    if "TestConnectionInput" in request:
        given = request["TestConnectionInput"]
        credentials = given.get("AuthenticationConfiguration", {})
        try_connection(given["ConnectionType"], _login_properties(given, credentials))
        return {}
    found = store.definitions.get(CONNECTIONS.kind, request["ConnectionName"])
    try_connection(*login_parts(sealer, found))
    _note_validation(store, found)
    return {}


def login_parts(sealer: Sealer, found: Definition) -> tuple[str, dict[str, str]]:
    """Return the type of a stored connection, and its properties with user and password.

    Raises:
        SealError: Its secrets were sealed with another key.
        OperationNotSupportedError: The password is kept elsewhere.
    """
    public, secret = found.definition["Public"], found.definition["Secret"]
    opened = connection_secrets.with_secrets(sealer, public, secret)
    credentials = connection_secrets.credentials(sealer, secret)
    properties = _login_properties(opened, credentials)
    # A password that came back sealed, as this catalog gave it out.
    if "PASSWORD" not in properties and "ENCRYPTED_PASSWORD" in properties:
        properties["PASSWORD"] = sealer.open(properties["ENCRYPTED_PASSWORD"])
    return public["ConnectionType"], properties


def _login_properties(connection: Document, credentials: Document) -> dict[str, str]:
    basic = credentials.get("BasicAuthenticationCredentials", {})
    custom = credentials.get("CustomAuthenticationCredentials", {})
    properties = {**connection["ConnectionProperties"], **custom}
    for member, key in (("Username", "USERNAME"), ("Password", "PASSWORD")):
        if member in basic:
            properties[key] = basic[member]
    if properties.keys().isdisjoint({"PASSWORD", "ENCRYPTED_PASSWORD"}) and (
        "SECRET_ID" in properties or "SecretArn" in credentials
    ):
        raise OperationNotSupportedError(
            "The password is in AWS Secrets Manager, which gluepot cannot read"
        )
    return properties


def _note_validation(store: ObjectStore, found: Definition) -> None:
    seen = {
        "LastConnectionValidationTime": store.clock().timestamp(),
        "LastUpdatedTime": found.definition.get("LastUpdatedTime", found.updated_at.timestamp()),
    }
    # A connection that was changed meanwhile has not been tried as it is now.
    with contextlib.suppress(VersionMismatchError, EntityNotFoundError):
        store.definitions.update(
            found.kind, found.name, {**found.definition, **seen}, expected_version=found.version
        )


def _stored(sealer: Sealer, call: Call, given: Document) -> Document:
    public, secret = connection_secrets.split(sealer, named.without(given, *_ONLY_GIVEN))
    return {"Public": public, "Secret": secret, "LastUpdatedBy": call.principal}


def _schema_version(stored: Document) -> int:
    return 2 if any(member in stored["Public"] for member in _OF_SCHEMA_2) else 1


def _shown(
    store: ObjectStore, sealer: Sealer, request: Document, found: list[Definition]
) -> list[Document]:
    if request.get("HidePassword"):
        return [_show(one) for one in found]
    settings = encryption_settings(store.definitions)["ConnectionPasswordEncryption"]
    if settings["ReturnConnectionPasswordEncrypted"]:
        keys = frozenset(glue_model().document["shapes"]["ConnectionPropertyKey"]["enum"])
        return [
            connection_secrets.with_sealed_passwords(_show(one), one.definition["Secret"], keys)
            for one in found
        ]
    return [
        connection_secrets.with_secrets(sealer, _show(one), one.definition["Secret"])
        for one in found
    ]


def _meets(wanted: Document, found: Definition) -> bool:
    public = found.definition["Public"]
    version = wanted.get("ConnectionSchemaVersion")
    return (
        wanted.get("ConnectionType", public["ConnectionType"]) == public["ConnectionType"]
        and set(wanted.get("MatchCriteria", ())) <= set(public.get("MatchCriteria", ()))
        and version in {None, _schema_version(found.definition)}
    )


def operations(store: ObjectStore, sealer: Sealer) -> dict[str, Handler]:
    """Return the operations of this module."""
    return {
        "CreateConnection": partial(create_connection, store, sealer),
        "GetConnection": partial(get_connection, store, sealer),
        "GetConnections": partial(get_connections, store, sealer),
        "UpdateConnection": partial(update_connection, store, sealer),
        "DeleteConnection": partial(delete_connection, store),
        "TestConnection": partial(test_connection, store, sealer),
        "BatchDeleteConnection": partial(batch_delete_connection, store),
    }
