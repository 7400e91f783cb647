"""Where a collection is, from Glue's options or a connection of the catalog."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gluepot.catalog.errors import InvalidInputError
from gluepot.jobs.database_io.mongodb_login import MongoLogin
from gluepot.jobs.database_io.options import check_names, required
from gluepot.jobs.parameters.script_options import is_true

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from gluepot.crawlers.access import OpenedConnection

_COMMON = (
    *("uri", "connection.uri", "database", "collection", "username", "password"),
    *("ssl", "ssl.domain_match", "tls", "tls.domain_match", "connectionName"),
    *("useConnectionProperties", "disableUpdateUri", "retryWrites"),
)
_SCHEMES = ("mongodb://", "mongodb+srv://")


def read_mongo_login(
    options: Mapping[str, Any], connection: OpenedConnection | None, known: Iterable[str]
) -> MongoLogin:
    """Return where a collection is and as whom to log in.

    Args:
        options: Glue's.
        connection: Of the catalog; options go before its properties.
        known: Options that there are besides those of the place.

    Raises:
        InvalidInputError: An option is missing, unknown or wrong; the address is not quoted.
    """
    check_names(options, (*_COMMON, *known), "MongoDB")
    given = {**_properties(connection), **options}
    uri = str(given.get("connection.uri") or given.get("uri") or "")
    if not uri.startswith(_SCHEMES):
        raise InvalidInputError("MongoDB needs the option uri, such as mongodb://HOST:PORT/")
    tls = given.get("ssl", given.get("tls"))
    match = given.get("ssl.domain_match", given.get("tls.domain_match", True))
    secure = None if tls is None else is_true(tls)
    return MongoLogin(
        uri=uri,
        database=required(given, "database", "MongoDB"),
        collection=required(given, "collection", "MongoDB"),
        user=given.get("username") or None,
        password=given.get("password") or None,
        tls=secure,
        any_host=bool(secure) and not is_true(match),
    )


def _properties(connection: OpenedConnection | None) -> dict[str, str]:
    if connection is None:
        return {}
    properties = connection.properties
    uri = properties.get("CONNECTION_URL", "")
    if not uri and "HOST" in properties:
        uri = f"mongodb://{properties['HOST']}:{properties.get('PORT', '27017')}/"
    found = {
        "uri": uri,
        "username": properties.get("USERNAME", ""),
        "password": properties.get("PASSWORD", ""),
    }
    if is_true(properties.get("JDBC_ENFORCE_SSL")):
        found["ssl"] = "true"
    return found
