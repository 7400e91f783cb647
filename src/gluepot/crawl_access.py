"""What crawls may reach: connections, classifiers and schemas of the catalog, opened by name."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from gluepot.catalog.errors import EntityNotFoundError, InvalidInputError
from gluepot.catalog.objects import ObjectStore
from gluepot.crawlers.access import Access, OpenedConnection

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from sqlalchemy import Engine

    from gluepot.catalog.sealing import Sealer
    from gluepot.catalog.store import CatalogStore
    from gluepot.crawlers.sources.config import S3Config


def crawl_access(
    catalog: CatalogStore,
    *,
    engine: Engine,
    clock: Callable[[], datetime],
    s3: S3Config,
    sealer: Callable[[], Sealer],
) -> Access:
    """Return the access of a crawl; nothing is looked up, and no key is read, before it is used.

    Args:
        catalog: Where tables and their partitions are.
        engine: The database of connections, classifiers and schemas.
        clock: What tells the time.
        s3: How to reach S3.
        sealer: Returns what opens sealed secrets; called when a connection is opened.
    """
    objects = ObjectStore(engine, clock)
    return Access(
        s3=s3,
        connection=partial(_connection, sealer, objects),
        classifier=partial(_classifier, objects),
        schema=partial(_schema, engine, clock),
        catalog=catalog,
    )


def _connection(sealer: Callable[[], Sealer], objects: ObjectStore, name: str) -> OpenedConnection:
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
    type_, properties = login_parts(sealer(), found)
    return OpenedConnection(name=name, type=type_, properties=properties)


def _classifier(objects: ObjectStore, name: str) -> Mapping[str, Any]:
    """Return the definition of a custom classifier.

    Raises:
        EntityNotFoundError: There is none of that name.
    """
    from gluepot.catalog.operations.classifiers import CLASSIFIERS  # noqa: PLC0415 - seldom used

    return objects.definitions.get(CLASSIFIERS.kind, name).definition


def _schema(engine: Engine, clock: Callable[[], datetime], name: str) -> str:
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
    versions = RegistryStore(engine, clock).versions
    try:
        found = versions.get_number(SchemaKey(registry=registry, name=schema), None)
    except EntityNotFoundError:
        raise EntityNotFoundError("Schema", name) from None
    if found.data_format != "PROTOBUF":
        raise InvalidInputError(f"Schema {name} is {found.data_format}, not PROTOBUF")
    return found.definition
