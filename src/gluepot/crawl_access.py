"""What crawls may reach: connections, classifiers and schemas of the catalog, opened by name."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from gluepot.catalog.errors import EntityNotFoundError, InvalidInputError
from gluepot.catalog.objects import ObjectStore
from gluepot.crawlers.access import Access, OpenedConnection

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gluepot.services import Services


def crawl_access(services: Services) -> Access:
    """Return the access of a crawl; nothing is looked up, and no key is read, before it is used."""
    objects = ObjectStore(services.engine, services.clock)
    return Access(
        s3=services.s3,
        connection=partial(_connection, services, objects),
        classifier=partial(_classifier, objects),
        schema=partial(_schema, services),
        catalog=services.catalog,
    )


def _connection(services: Services, objects: ObjectStore, name: str) -> OpenedConnection:
    """Return a connection with its secrets.

    Raises:
        EntityNotFoundError: There is none of that name.
        OperationNotSupportedError: The password is kept in AWS Secrets Manager.
        SealError: Its secrets were sealed with another key.
    """
    from gluepot.catalog.operations.connections import (  # noqa: PLC0415 - seldom used
        CONNECTIONS,
        login_parts,
    )

    found = objects.definitions.get(CONNECTIONS.kind, name)
    type_, properties = login_parts(services.sealer, found)
    return OpenedConnection(name=name, type=type_, properties=properties)


def _classifier(objects: ObjectStore, name: str) -> Mapping[str, Any]:
    """Return the definition of a custom classifier.

    Raises:
        EntityNotFoundError: There is none of that name.
    """
    from gluepot.catalog.operations.classifiers import CLASSIFIERS  # noqa: PLC0415 - seldom used

    return objects.definitions.get(CLASSIFIERS.kind, name).definition


def _schema(services: Services, name: str) -> str:
    """Return the newest definition of a Protobuf schema.

    Raises:
        EntityNotFoundError: There is no such schema, or it has no version.
        InvalidInputError: It is of another format, or the name is not ``registry/schema``.
    """
    from gluepot.catalog.registry.model import SchemaKey  # noqa: PLC0415 - seldom used
    from gluepot.catalog.registry.store import RegistryStore  # noqa: PLC0415

    registry, _, schema = name.partition("/")
    if not (registry and schema):
        raise InvalidInputError(f"Schema {name!r} is not given as registry/schema")
    versions = RegistryStore(services.engine, services.clock).versions
    try:
        found = versions.get_number(SchemaKey(registry=registry, name=schema), None)
    except EntityNotFoundError:
        raise EntityNotFoundError("Schema", name) from None
    if found.data_format != "PROTOBUF":
        raise InvalidInputError(f"Schema {name} is {found.data_format}, not PROTOBUF")
    return found.definition
