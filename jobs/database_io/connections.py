"""What scripts ask of the catalog's connections."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gluepot.jobs.database_io.jdbc_address import connection_options, read_address, server_of
from gluepot.jobs.run_context.connections import open_connection
from gluepot.jobs.run_context.script_run import current_run

if TYPE_CHECKING:
    from collections.abc import Mapping


def connection_properties(name: str) -> Mapping[str, str]:
    """Return the properties of a connection, user and password among them.

    Raises:
        EntityNotFoundError: There is no such connection.
        LaunchError: The script is in no run.
    """
    return open_connection(current_run().workshop, name).properties


def extract_jdbc_conf(connection_name: str) -> dict[str, str]:
    """Return a JDBC connection as Glue's scripts take it.

    ``fullUrl`` is the URL as it stands in the connection, ``url`` its protocol, server and port,
    ``vendor`` the engine; ``user``, ``password`` and what is said of certificates are texts, empty
    where nothing is said.

    Raises:
        EntityNotFoundError: There is no such connection.
        InvalidInputError: It leads to no database of JDBC.
        LaunchError: The script is in no run.
    """
    opened = open_connection(current_run().workshop, connection_name)
    address = read_address({}, opened)
    properties = opened.properties
    full = connection_options(opened)["url"]
    return {
        "user": address.user or "",
        "password": address.password or "",
        "vendor": address.engine,
        "url": server_of(full),
        "fullUrl": full,
        "enforceSSL": properties.get("JDBC_ENFORCE_SSL", "false").lower(),
        "skipCustomJDBCCertValidation": properties.get(
            "SKIP_CUSTOM_JDBC_CERT_VALIDATION", "false"
        ).lower(),
        "customJDBCCert": properties.get("CUSTOM_JDBC_CERT", ""),
        "customJDBCCertString": properties.get("CUSTOM_JDBC_CERT_STRING", ""),
    }
