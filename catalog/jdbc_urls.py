"""JDBC URLs, in the forms that AWS Glue's connections have: which engine, where, what options.

A URL may hold a password, so no sentence here quotes one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import unquote, unquote_plus

from gluepot.catalog.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Mapping

_HOST = r"(?P<host>\[[^\]]+\]|[^:/?;@\\]+)(\\[^:;/]+)?(:(?P<port>\d+))?"
_NETWORK = re.compile(
    rf"jdbc:(?P<engine>[a-z0-9]+)://{_HOST}(/(?P<database>[^?;&]*))?([?;&](?P<options>.*))?"
)
_ORACLE = re.compile(
    r"jdbc:oracle:thin:((?P<user>[^/@]*)/(?P<password>[^@]*))?@(//)?"
    rf"{_HOST}((?P<mark>[:/])(?P<database>[^?]*))?(\?(?P<options>.*))?"
)
_SQLITE = re.compile(r"jdbc:sqlite:(?P<path>/.+)")


@dataclass(frozen=True, kw_only=True)
class JdbcUrl:
    """What a JDBC URL says; for SQLite ``database`` is the path of the file.

    Attributes:
        engine: Such as ``postgresql``.
        host: Without brackets.
        port: As digits, or None for the engine's own.
        database: Empty where the URL names none.
        options: By name, names in lower case; a password may be among them.
    """

    engine: str
    host: str = ""
    port: str | None = None
    database: str = ""
    options: Mapping[str, str] = field(default_factory=dict, repr=False)


def read_jdbc_url(url: str) -> JdbcUrl:
    """Return the parts of a URL.

    Raises:
        InvalidInputError: It has none of the forms; it is not quoted.

    >>> read_jdbc_url("jdbc:sqlserver://h:1433;databaseName=shop;user=etl")
    JdbcUrl(engine='sqlserver', host='h', port='1433', database='shop')
    >>> read_jdbc_url("jdbc:oracle:thin:@//h/ORCL")
    JdbcUrl(engine='oracle', host='h', port=None, database='ORCL')
    """
    if found := _SQLITE.fullmatch(url):
        return JdbcUrl(engine="sqlite", database=found["path"])
    if found := _ORACLE.fullmatch(url):
        return _oracle(found)
    found = _NETWORK.fullmatch(url)
    if found is None:
        raise InvalidInputError(
            "JDBC_CONNECTION_URL cannot be read; right are jdbc:ENGINE://HOST:PORT/DATABASE,"
            " jdbc:sqlserver://HOST:PORT;databaseName=DATABASE,"
            " jdbc:oracle:thin:@//HOST:PORT/SERVICE and jdbc:sqlite:/PATH"
        )
    options = _options(found["options"] or "")
    named = options.get("databasename", options.get("database", options.get("db", "")))
    return JdbcUrl(
        engine=found["engine"],
        host=found["host"].strip("[]"),
        port=found["port"],
        database=unquote(found["database"] or "") or named,
        options=options,
    )


def _oracle(found: re.Match[str]) -> JdbcUrl:
    options = _options(found["options"] or "")
    for key in ("user", "password"):
        if found[key]:
            options[key] = found[key]
    if found["mark"] == ":":
        options["sid"] = found["database"]
    return JdbcUrl(
        engine="oracle",
        host=found["host"].strip("[]"),
        port=found["port"],
        database=found["database"] or "",
        options=options,
    )


def _options(text: str) -> dict[str, str]:
    pairs = (item.partition("=") for item in re.split("[&;]", text) if item)
    return {key.lower(): unquote_plus(value) for key, _, value in pairs}
