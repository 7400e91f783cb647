"""Logging in to the database that a connection names, to read and nothing else."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import quote

import sqlalchemy as sa
from sqlalchemy import exc

from gluepot.catalog.errors import (
    FederationSourceError,
    InvalidInputError,
    OperationNotSupportedError,
)
from gluepot.catalog.jdbc_urls import read_jdbc_url

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

CONNECT_TIMEOUT_SECONDS = 10
STATEMENT_TIMEOUT_SECONDS = 30

MAX_REASON = 300
"""How many characters of a driver's own words are told."""


@dataclass(frozen=True, kw_only=True)
class _Driver:
    """How SQLAlchemy calls an engine, the engine's port, and the packages from PyPI it takes."""

    name: str
    port: int
    packages: str


_DRIVERS = {
    "postgresql": _Driver(name="postgresql+psycopg", port=5432, packages="psycopg[binary]"),
    "mysql": _Driver(name="mysql+pymysql", port=3306, packages="pymysql"),
    "mariadb": _Driver(name="mariadb+pymysql", port=3306, packages="pymysql"),
    "redshift": _Driver(
        name="redshift+redshift_connector",
        port=5439,
        packages="sqlalchemy-redshift redshift_connector",
    ),
    "sqlserver": _Driver(name="mssql+pymssql", port=1433, packages="pymssql"),
    "oracle": _Driver(name="oracle+oracledb", port=1521, packages="oracledb"),
    "snowflake": _Driver(name="snowflake", port=443, packages="snowflake-sqlalchemy"),
}
_OF_TYPE = {
    "POSTGRESQL": "postgresql",
    "MYSQL": "mysql",
    "SQLSERVER": "sqlserver",
    "ORACLE": "oracle",
}

_TIMEOUTS: dict[str, dict[str, object]] = {
    "postgresql": {"connect_timeout": CONNECT_TIMEOUT_SECONDS},
    "mysql": {
        "connect_timeout": CONNECT_TIMEOUT_SECONDS,
        "read_timeout": STATEMENT_TIMEOUT_SECONDS,
        "write_timeout": STATEMENT_TIMEOUT_SECONDS,
    },
    "redshift": {"timeout": STATEMENT_TIMEOUT_SECONDS},
    "sqlserver": {
        "login_timeout": CONNECT_TIMEOUT_SECONDS,
        "timeout": STATEMENT_TIMEOUT_SECONDS,
    },
    "oracle": {"tcp_connect_timeout": CONNECT_TIMEOUT_SECONDS},
    "snowflake": {
        "login_timeout": CONNECT_TIMEOUT_SECONDS,
        "network_timeout": STATEMENT_TIMEOUT_SECONDS,
    },
}
"""What each driver calls them."""

_SNOWFLAKE_HOST = ".snowflakecomputing.com"
_SNOWFLAKE_OPTIONS = ("warehouse", "role")
_SHORT_PASSWORD = 4


@dataclass(frozen=True, kw_only=True)
class Login:
    """Where to log in, and as whom; for SQLite ``database`` is the path of the file.

    ``options`` are what else the URL says, names in lower case; a password may be among them.
    """

    engine: str
    host: str = ""
    port: int | None = None
    database: str = ""
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    tls: bool = False
    options: Mapping[str, str] = field(default_factory=dict, repr=False)

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
    except (ModuleNotFoundError, exc.NoSuchModuleError):
        packages = _DRIVERS[login.engine].packages
        raise OperationNotSupportedError(
            f"{login.engine} needs a Python package that is not installed: pip install {packages}"
        ) from None
    try:
        with engine.connect() as connection:
            yield connection
    except (exc.DBAPIError, OSError) as error:
        raise FederationSourceError(
            f"{login.engine} at {login.shown} cannot be used: {_reason(login, error)}"
        ) from None


def _reason(login: Login, error: Exception) -> str:
    """Return what the driver says, on one line, without the password."""
    told: object = error.orig if isinstance(error, exc.DBAPIError) else error
    # Drivers of MySQL and SQL Server hand out a number and a sentence.
    while isinstance(told, BaseException | tuple):
        parts = told.args if isinstance(told, BaseException) else told
        told = parts[-1] if parts else ""
    text = told.decode(errors="replace") if isinstance(told, bytes) else str(told)
    reason = " ".join(text.split())[:MAX_REASON]
    password = login.password or ""
    return reason.replace(password, "***") if len(password) >= _SHORT_PASSWORD else reason


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
        port=port_of(properties.get("PORT", str(_DRIVERS[engine].port))),
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
    read = read_jdbc_url(url)
    if read.engine == "sqlite":
        return Login(engine="sqlite", database=read.database)
    if read.engine not in _DRIVERS:
        raise OperationNotSupportedError(
            f"gluepot has no driver for jdbc:{read.engine}; it has {', '.join(_DRIVERS)} and sqlite"
        )
    options = read.options
    return Login(
        engine=read.engine,
        host=read.host,
        port=port_of(read.port or str(_DRIVERS[read.engine].port)),
        database=read.database,
        user=properties.get("USERNAME", options.get("user")),
        password=properties.get("PASSWORD", options.get("password")),
        tls=_is_true(properties.get("JDBC_ENFORCE_SSL")) or _wants_tls(options),
        options=options,
    )


def _is_true(text: str | None) -> bool:
    return text is not None and text.lower() == "true"


def _wants_tls(options: Mapping[str, str]) -> bool:
    return _is_true(options.get("ssl", options.get("usessl"))) or options.get("sslmode") in {
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
    url = sa.URL.create(
        _DRIVERS[login.engine].name,
        username=login.user,
        password=login.password,
        host=login.host,
        port=login.port,
        database=login.database or None,
    )
    return sa.create_engine(
        _special(login, url), connect_args=_connect_args(login), poolclass=sa.NullPool
    )


def _special(login: Login, url: sa.URL) -> sa.URL:
    """Return the URL with what an engine's dialect has in other places."""
    match login.engine:
        case "oracle" if login.database and "sid" not in login.options:
            return url.set(database="").update_query_dict({"service_name": login.database})
        case "snowflake":
            query = {key: login.options[key] for key in _SNOWFLAKE_OPTIONS if key in login.options}
            account = login.host.removesuffix(_SNOWFLAKE_HOST)
            return sa.URL.create(
                "snowflake",
                username=login.user,
                password=login.password,
                host=account,
                database=login.database or None,
                query=query,
            )
        case _:
            return url


def _connect_args(login: Login) -> dict[str, object]:
    engine = "mysql" if login.engine == "mariadb" else login.engine
    options = dict(_TIMEOUTS[engine])
    match engine:
        case "postgresql":
            milliseconds = STATEMENT_TIMEOUT_SECONDS * 1000
            options["options"] = (
                f"-c default_transaction_read_only=on -c statement_timeout={milliseconds}"
            )
            options["sslmode"] = "require" if login.tls else "prefer"
        case "mysql":
            options["init_command"] = "SET SESSION TRANSACTION READ ONLY"
            if login.tls:
                # As PostgreSQL's "require": the channel is sealed, whoever the server is.
                options["ssl"] = {"check_hostname": False}
        case "redshift" | "snowflake":
            pass  # they speak TLS alone, unless told otherwise
        case _ if login.tls:
            raise OperationNotSupportedError(f"gluepot does not speak TLS to {login.engine}")
    return options
