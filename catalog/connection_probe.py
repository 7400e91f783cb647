"""Trying a connection out: a real login to the data store, or a real socket to the host."""

from __future__ import annotations

import contextlib
import re
import socket
import sqlite3
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, quote

import sqlalchemy as sa
from sqlalchemy import exc

from gluepot.catalog.errors import (
    FederationSourceError,
    InvalidInputError,
    OperationNotSupportedError,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

CONNECT_TIMEOUT_SECONDS = 10

_DRIVERS = {
    "postgresql": "postgresql+psycopg",
    "mysql": "mysql+pymysql",
    "mariadb": "mariadb+pymysql",
}
_PORTS = {"postgresql": 5432, "mysql": 3306, "mariadb": 3306}
_OF_TYPE = {"POSTGRESQL": "postgresql", "MYSQL": "mysql"}

_NETWORK_URL = re.compile(
    r"jdbc:(?P<engine>[a-z0-9]+)://(?P<host>\[[^\]]+\]|[^:/?]+)(:(?P<port>\d+))?"
    r"(/(?P<database>[^?]*))?(\?(?P<query>.*))?"
)
_SQLITE_URL = re.compile(r"jdbc:sqlite:(?P<path>/.+)")


@dataclass(frozen=True, kw_only=True)
class Login:
    """Where to log in, and as whom; ``sslmode`` is PostgreSQL's word."""

    engine: str
    host: str
    port: int
    database: str
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    tls: bool = False


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
    url = properties.get("JDBC_CONNECTION_URL", "")
    if type_ == "JDBC" and (found := _SQLITE_URL.fullmatch(url)):
        _try_sqlite(found["path"])
        return
    _try_login(login_of(type_, properties))


def login_of(type_: str, properties: Mapping[str, str]) -> Login:
    """Return where and as whom a connection logs in.

    Raises:
        InvalidInputError: The properties do not say where.
        OperationNotSupportedError: gluepot has no driver for the engine.

    >>> login_of("JDBC", {"JDBC_CONNECTION_URL": "jdbc:postgresql://db/sales?user=etl"})
    Login(engine='postgresql', host='db', port=5432, database='sales', user='etl', tls=False)
    """
    if type_ == "JDBC":
        return _login_of_url(properties)
    engine = _OF_TYPE.get(type_)
    if engine is None:
        raise OperationNotSupportedError(
            f"gluepot has no client for {type_}: it tries JDBC, {', '.join(_OF_TYPE)} and NETWORK"
        )
    if "HOST" not in properties:
        raise InvalidInputError(f"The {type_} connection has no HOST")
    return Login(
        engine=engine,
        host=properties["HOST"],
        port=_port(properties.get("PORT"), engine),
        database=properties.get("DATABASE", ""),
        user=properties.get("USERNAME"),
        password=properties.get("PASSWORD"),
        tls=_is_true(properties.get("JDBC_ENFORCE_SSL")),
    )


def _login_of_url(properties: Mapping[str, str]) -> Login:
    if "JDBC_CONNECTION_URL" not in properties:
        raise InvalidInputError("The JDBC connection has no JDBC_CONNECTION_URL")
    found = _NETWORK_URL.fullmatch(properties["JDBC_CONNECTION_URL"])
    # The URL itself may hold a password, so no sentence quotes it.
    if found is None:
        raise InvalidInputError(
            "JDBC_CONNECTION_URL cannot be read; right are jdbc:ENGINE://HOST:PORT/DATABASE"
            " and jdbc:sqlite:/PATH"
        )
    engine = found["engine"]
    if engine not in _DRIVERS:
        raise OperationNotSupportedError(
            f"gluepot has no driver for jdbc:{engine}; it tries {', '.join(_DRIVERS)} and sqlite"
        )
    options = dict(parse_qsl(found["query"] or ""))
    return Login(
        engine=engine,
        host=found["host"].strip("[]"),
        port=_port(found["port"], engine),
        database=found["database"] or "",
        user=properties.get("USERNAME", options.get("user")),
        password=properties.get("PASSWORD", options.get("password")),
        tls=_is_true(properties.get("JDBC_ENFORCE_SSL")) or _wants_tls(options),
    )


def _port(text: str | None, engine: str) -> int:
    if text is None:
        return _PORTS[engine]
    if not text.isdecimal() or not 0 < int(text) < 65536:  # noqa: PLR2004  a TCP port
        raise InvalidInputError(f"PORT {text[:20]!r} is not a number from 1 to 65535")
    return int(text)


def _is_true(text: str | None) -> bool:
    return text is not None and text.lower() == "true"


def _wants_tls(options: Mapping[str, str]) -> bool:
    return _is_true(options.get("ssl")) or options.get("sslmode") in {
        "require",
        "verify-ca",
        "verify-full",
    }


def _try_login(login: Login) -> None:
    url = sa.URL.create(
        _DRIVERS[login.engine],
        username=login.user,
        password=login.password,
        host=login.host,
        port=login.port,
        database=login.database or None,
    )
    options: dict[str, object] = {"connect_timeout": CONNECT_TIMEOUT_SECONDS}
    if login.tls and login.engine != "postgresql":
        raise OperationNotSupportedError(f"gluepot does not try {login.engine} over TLS")
    if login.tls:
        options["sslmode"] = "require"
    where = f"{login.engine} at {login.host}:{login.port}"
    try:
        engine = sa.create_engine(url, connect_args=options, poolclass=sa.NullPool)
    except ModuleNotFoundError as error:
        raise OperationNotSupportedError(
            f"{login.engine} needs the Python package {error.name}, which is not installed"
        ) from None
    try:
        with engine.connect() as connection:
            connection.execute(sa.text("SELECT 1"))
    except exc.DBAPIError as error:
        reason = str(error.orig).strip().partition("\n")[0]
        raise FederationSourceError(f"{where} cannot be used: {reason}") from None


def _try_sqlite(path: str) -> None:
    # Read-only: a file that is not there must not be made.
    uri = f"file:{quote(path)}?mode=ro"
    try:
        with contextlib.closing(sqlite3.connect(uri, uri=True)) as connection:
            connection.execute("PRAGMA schema_version").fetchone()
    except sqlite3.Error:
        raise FederationSourceError(f"{path} cannot be read as a SQLite database") from None


def _try_socket(properties: Mapping[str, str]) -> None:
    if "HOST" not in properties or "PORT" not in properties:
        raise OperationNotSupportedError(
            "A NETWORK connection can be tried where it has HOST and PORT"
        )
    host, port = properties["HOST"], _port(properties["PORT"], "")
    try:
        socket.create_connection((host, port), timeout=CONNECT_TIMEOUT_SECONDS).close()
    except (OSError, UnicodeError) as error:
        raise FederationSourceError(f"{host}:{port} cannot be reached: {error}") from None
