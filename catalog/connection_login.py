"""Logging in to the database that a connection names, to read and nothing else."""

from __future__ import annotations

import contextlib
import re
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
    from collections.abc import Iterator, Mapping

CONNECT_TIMEOUT_SECONDS = 10
STATEMENT_TIMEOUT_SECONDS = 30

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
    """Where to log in, and as whom; for SQLite ``database`` is the path of the file."""

    engine: str
    host: str = ""
    port: int | None = None
    database: str = ""
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    tls: bool = False

    @property
    def shown(self) -> str:
        """Return where this is, for messages."""
        return self.database if self.engine == "sqlite" else f"{self.host}:{self.port}"


@contextlib.contextmanager
def logged_in(login: Login) -> Iterator[sa.Connection]:
    """Yield a connection that reads; it ends after the block.

    Raises:
        FederationSourceError: The database does not answer, or refuses.
        OperationNotSupportedError: The driver is not installed.
    """
    try:
        engine = _engine(login)
    except ModuleNotFoundError as error:
        raise OperationNotSupportedError(
            f"{login.engine} needs the Python package {error.name}, which is not installed"
        ) from None
    try:
        with engine.connect() as connection:
            yield connection
    except exc.DBAPIError as error:
        reason = str(error.orig).strip().partition("\n")[0]
        raise FederationSourceError(
            f"{login.engine} at {login.shown} cannot be used: {reason}"
        ) from None


def login_of(type_: str, properties: Mapping[str, str]) -> Login:
    """Return where and as whom a connection logs in.

    Args:
        type_: Such as ``JDBC``.
        properties: Opened: the password is in them as ``PASSWORD``.

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
            f"gluepot has no client for {type_}; it has one for JDBC and {', '.join(_OF_TYPE)}"
        )
    if "HOST" not in properties:
        raise InvalidInputError(f"The {type_} connection has no HOST")
    return Login(
        engine=engine,
        host=properties["HOST"],
        port=port_of(properties.get("PORT", str(_PORTS[engine]))),
        database=properties.get("DATABASE", ""),
        user=properties.get("USERNAME"),
        password=properties.get("PASSWORD"),
        tls=_is_true(properties.get("JDBC_ENFORCE_SSL")),
    )


def port_of(text: str) -> int:
    """Return a TCP port.

    Raises:
        InvalidInputError: The text is none.
    """
    if not text.isdecimal() or not 0 < int(text) < 65536:  # noqa: PLR2004  a TCP port
        raise InvalidInputError(f"PORT {text[:20]!r} is not a number from 1 to 65535")
    return int(text)


def _login_of_url(properties: Mapping[str, str]) -> Login:
    url = properties.get("JDBC_CONNECTION_URL")
    if url is None:
        raise InvalidInputError("The JDBC connection has no JDBC_CONNECTION_URL")
    if found := _SQLITE_URL.fullmatch(url):
        return Login(engine="sqlite", database=found["path"])
    found = _NETWORK_URL.fullmatch(url)
    # The URL itself may hold a password, so no sentence quotes it.
    if found is None:
        raise InvalidInputError(
            "JDBC_CONNECTION_URL cannot be read; right are jdbc:ENGINE://HOST:PORT/DATABASE"
            " and jdbc:sqlite:/PATH"
        )
    engine = found["engine"]
    if engine not in _DRIVERS:
        raise OperationNotSupportedError(
            f"gluepot has no driver for jdbc:{engine}; it has {', '.join(_DRIVERS)} and sqlite"
        )
    options = dict(parse_qsl(found["query"] or ""))
    return Login(
        engine=engine,
        host=found["host"].strip("[]"),
        port=port_of(found["port"] or str(_PORTS[engine])),
        database=found["database"] or "",
        user=properties.get("USERNAME", options.get("user")),
        password=properties.get("PASSWORD", options.get("password")),
        tls=_is_true(properties.get("JDBC_ENFORCE_SSL")) or _wants_tls(options),
    )


def _is_true(text: str | None) -> bool:
    return text is not None and text.lower() == "true"


def _wants_tls(options: Mapping[str, str]) -> bool:
    return _is_true(options.get("ssl")) or options.get("sslmode") in {
        "require",
        "verify-ca",
        "verify-full",
    }


def _engine(login: Login) -> sa.Engine:
    if login.engine == "sqlite":
        # A file that is not there must not be made.
        url = sa.URL.create(
            "sqlite", database=f"file:{quote(login.database)}", query={"mode": "ro", "uri": "true"}
        )
        return sa.create_engine(url, poolclass=sa.NullPool)
    if login.tls and login.engine != "postgresql":
        raise OperationNotSupportedError(f"gluepot does not speak TLS to {login.engine}")
    options: dict[str, object] = {"connect_timeout": CONNECT_TIMEOUT_SECONDS}
    if login.engine == "postgresql":
        milliseconds = STATEMENT_TIMEOUT_SECONDS * 1000
        options["options"] = (
            f"-c default_transaction_read_only=on -c statement_timeout={milliseconds}"
        )
        options["sslmode"] = "require" if login.tls else "prefer"
    url = sa.URL.create(
        _DRIVERS[login.engine],
        username=login.user,
        password=login.password,
        host=login.host,
        port=login.port,
        database=login.database or None,
    )
    return sa.create_engine(url, connect_args=options, poolclass=sa.NullPool)
