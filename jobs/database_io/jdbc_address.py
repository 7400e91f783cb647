"""Where a JDBC database is and as whom to log in: from options, or a connection of the catalog.

User and password are taken out of URLs: Spark quotes URLs in its errors, and hides passwords only
where they are options.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from gluepot.catalog.errors import InvalidInputError
from gluepot.jobs.parameters.script_options import is_true

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gluepot.crawlers.access import OpenedConnection

DRIVERS: Mapping[str, str] = {
    "postgresql": "org.postgresql.Driver",
    "mysql": "org.mariadb.jdbc.Driver",
    "sqlserver": "com.microsoft.sqlserver.jdbc.SQLServerDriver",
    "oracle": "oracle.jdbc.OracleDriver",
    "redshift": "com.amazon.redshift.Driver",
}
"""Engines by what their URLs begin with, and their drivers; the first two are Spark's own here."""

_WITH_SSL = {
    "postgresql": "sslmode=require",
    "mysql": "sslMode=trust",
    "redshift": "ssl=true",
    "sqlserver": "encrypt=true;trustServerCertificate=true",
}
_ENGINE = re.compile(r"jdbc:(?P<engine>[a-z0-9]+):")
_LOGIN_BEFORE_HOST = re.compile(r"(?<=//)(?P<user>[^/@:?]*)(:(?P<password>[^/@]*))?@")
_ORACLE_LOGIN = re.compile(r"(?<=:thin:)(?P<user>[^/@]+)/(?P<password>[^@]*)(?=@)")
_LOGIN_OPTION = re.compile(
    r"(?P<mark>[?&;])(?P<name>user|password)=(?P<value>[^&;]*)", re.IGNORECASE
)
_NETWORK = re.compile(
    r"(?P<server>jdbc:(?:[a-z0-9]+:)?//[^/;?]+)(/(?P<database>[^?;]*))?(?P<rest>.*)"
)
_ORACLE = re.compile(r"(?P<server>jdbc:oracle:thin:@(?://)?[^:/]+(?::\d+)?).*")
_WITH_SERVICES = {"POSTGRESQL": "postgresql", "MYSQL": "mysql", "REDSHIFT": "redshift"}


@dataclass(frozen=True, kw_only=True)
class JdbcAddress:
    """A database, and who logs in.

    Attributes:
        engine: Such as ``postgresql``; MariaDB is ``mysql``.
        url: Without user and password.
        user: None where the database wants none.
        password: Never shown by ``repr``.
        driver: The class of the driver.
        driver_jar: Where its jar lies, if it is not one of Spark's.
    """

    engine: str
    url: str = field(repr=False)
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    driver: str | None = None
    driver_jar: str | None = None

    @property
    def options(self) -> dict[str, str]:
        """Return Spark's options that lead to the database; the password is among them."""
        found = {"url": self.url, "user": self.user, "password": self.password}
        found["driver"] = self.driver
        return {name: value for name, value in found.items() if value is not None}

    def within(self, database: str) -> JdbcAddress:
        """Return the address of another database of the server."""
        if self.engine == "sqlserver":
            bare = re.sub(r";databaseName=[^;]*", "", self.url, flags=re.IGNORECASE)
            return replace(self, url=f"{bare};databaseName={database}")
        found = _NETWORK.fullmatch(self.url)
        if found is None:
            raise InvalidInputError(f"a URL of {self.engine} cannot be led to another database")
        return replace(self, url=f"{found['server']}/{database}{found['rest']}")


def read_address(
    options: Mapping[str, Any], connection: OpenedConnection | None = None
) -> JdbcAddress:
    """Return the address that options, over the properties of a connection, give.

    Raises:
        InvalidInputError: There is no URL, or it is none; the URL is not quoted.
    """
    given = connection_options(connection) | {
        name: str(value) for name, value in options.items() if value is not None and value != ""
    }
    url = given.get("url")
    if url is None:
        raise InvalidInputError(
            "a JDBC database needs the option url, or connectionName with"
            " useConnectionProperties true"
        )
    found = _ENGINE.match(url)
    if found is None:
        raise InvalidInputError("the option url of JDBC does not begin with jdbc: and an engine")
    bare, user, password = _without_login(url)
    engine = "mysql" if found["engine"] == "mariadb" else found["engine"]
    driver = given.get("customJdbcDriverClassName") or given.get("driver")
    if driver is None and engine == "mysql":
        bare = _for_mariadb_driver(bare)
    if is_true(given.get("enforceSSL")):
        bare = _with_option(bare, _WITH_SSL.get(engine, ""))
    return JdbcAddress(
        engine=engine,
        url=bare,
        user=given.get("user", given.get("username", user)),
        password=given.get("password", password),
        driver=driver or DRIVERS.get(engine),
        driver_jar=given.get("customJdbcDriverS3Path"),
    )


def connection_options(connection: OpenedConnection | None) -> dict[str, str]:
    """Return the properties of a connection in the names of options.

    Raises:
        InvalidInputError: The connection does not say where.
    """
    if connection is None:
        return {}
    properties = connection.properties
    names = {
        "JDBC_CONNECTION_URL": "url",
        "USERNAME": "user",
        "PASSWORD": "password",
        "JDBC_DRIVER_JAR_URI": "customJdbcDriverS3Path",
        "JDBC_DRIVER_CLASS_NAME": "customJdbcDriverClassName",
        "JDBC_ENFORCE_SSL": "enforceSSL",
    }
    found = {to: properties[name] for name, to in names.items() if properties.get(name)}
    if "url" not in found:
        found["url"] = _service_url(connection)
    return found


def server_of(url: str) -> str:
    """Return the URL's protocol, host and port.

    >>> server_of("jdbc:mysql://db:3306/shop?useSSL=true")
    'jdbc:mysql://db:3306'
    """
    found = _NETWORK.fullmatch(url) or _ORACLE.fullmatch(url)
    return found["server"] if found else url


def _service_url(connection: OpenedConnection) -> str:
    properties = connection.properties
    engine = _WITH_SERVICES.get(connection.type)
    if engine is None or not properties.get("HOST"):
        raise InvalidInputError(
            f"Connection {connection.name!r} is of type {connection.type} and has no"
            " JDBC_CONNECTION_URL: it leads to no database of JDBC"
        )
    port = f":{properties['PORT']}" if properties.get("PORT") else ""
    return f"jdbc:{engine}://{properties['HOST']}{port}/{properties.get('DATABASE', '')}"


def _without_login(url: str) -> tuple[str, str | None, str | None]:
    """Return a URL without user and password, and both.

    >>> _without_login("jdbc:postgresql://h/db?user=u&password=p%26&ssl=true")
    ('jdbc:postgresql://h/db?ssl=true', 'u', 'p&')
    """
    login: dict[str, str] = {}
    for pattern, mark in ((_ORACLE_LOGIN, ""), (_LOGIN_BEFORE_HOST, "")):
        found = pattern.search(url)
        if found:
            login |= {name: value for name, value in found.groupdict().items() if value}
            url = url[: found.start()] + mark + url[found.end() :]
    for found in list(_LOGIN_OPTION.finditer(url)):
        login[found["name"].lower()] = found["value"]
    url = _LOGIN_OPTION.sub(lambda found: found["mark"] if found["mark"] == "?" else "", url)
    bare = url.replace("?&", "?").rstrip("?")
    parts = (login.get("user"), login.get("password"))
    user, password = (None if part is None else unquote(part) for part in parts)
    return bare, user, password


def _for_mariadb_driver(url: str) -> str:
    """Return the URL for MariaDB's driver, and for Spark's dialect of MySQL.

    The driver takes MySQL's URLs only where they say so.
    """
    as_mysql = url.replace("jdbc:mariadb:", "jdbc:mysql:", 1)
    return _with_option(as_mysql, "permitMysqlScheme&yearIsDateType=false")


def _with_option(url: str, option: str) -> str:
    if not option:
        return url
    if url.startswith("jdbc:sqlserver:"):
        return f"{url};{option}"
    return f"{url}{'&' if '?' in url else '?'}{option}"
