"""Trying a connection out: a real login to the database, or a real socket to the host."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

import sqlalchemy as sa

from gluepot.catalog.connection_login import (
    CONNECT_TIMEOUT_SECONDS,
    logged_in,
    login_of,
    port_of,
)
from gluepot.catalog.errors import FederationSourceError, OperationNotSupportedError

if TYPE_CHECKING:
    from collections.abc import Mapping


def try_connection(type_: str, properties: Mapping[str, str]) -> None:
    """Connect to what a connection names, and log in where that has users.

    Args:
        type_: Such as ``JDBC``.
        properties: Opened: the password is in them as ``PASSWORD``.

    Raises:
        FederationSourceError: The data store does not answer, or refuses the login.
        InvalidInputError: The properties do not say where to connect to.
        OperationNotSupportedError: gluepot has no driver for it.
    """
    if type_ == "NETWORK":
        _try_socket(properties)
        return
    with logged_in(login_of(type_, properties)) as connection:
        # A SQLite file that is no database is noticed at its first page, not when it is opened.
        sqlite = connection.dialect.name == "sqlite"
        connection.execute(sa.text("PRAGMA schema_version" if sqlite else "SELECT 1"))


def _try_socket(properties: Mapping[str, str]) -> None:
    if "HOST" not in properties or "PORT" not in properties:
        raise OperationNotSupportedError(
            "A NETWORK connection can be tried where it has HOST and PORT"
        )
    host, port = properties["HOST"], port_of(properties["PORT"])
    try:
        socket.create_connection((host, port), timeout=CONNECT_TIMEOUT_SECONDS).close()
    except (OSError, UnicodeError) as error:
        raise FederationSourceError(f"{host}:{port} cannot be reached: {error}") from None
