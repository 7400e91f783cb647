"""How a crawl reaches what it crawls: plain data and look-ups that the shell hands down."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from gluepot.catalog.errors import EntityNotFoundError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from gluepot.catalog.store import CatalogStore
    from gluepot.crawlers.sources.config import S3Config


@dataclass(frozen=True, kw_only=True)
class OpenedConnection:
    """A connection of the catalog with its secrets opened; they are never shown.

    Attributes:
        name: Its name.
        type: Glue's ``ConnectionType``, such as ``JDBC``.
        properties: ``ConnectionProperties``, ``PASSWORD`` and keys among them.
    """

    name: str
    type: str
    properties: Mapping[str, str] = field(repr=False)


def no_connection(name: str) -> OpenedConnection:
    """Know no connection.

    Raises:
        EntityNotFoundError: Always.
    """
    raise EntityNotFoundError("Connection", name)


def no_classifier(name: str) -> Mapping[str, Any]:
    """Know no custom classifier.

    Raises:
        EntityNotFoundError: Always.
    """
    raise EntityNotFoundError("Classifier", name)


def no_schema(name: str) -> str:
    """Know no schema of a registry.

    Raises:
        EntityNotFoundError: Always.
    """
    raise EntityNotFoundError("Schema", name)


@dataclass(frozen=True, kw_only=True)
class Access:
    """What a crawl may reach.

    Attributes:
        s3: Where ``s3://`` is, and as whom.
        connection: Opens a connection by name; EntityNotFoundError where there is none.
        classifier: Returns a custom classifier's definition by name: one member, such as
            ``GrokClassifier``, as CreateClassifier takes it.
        schema: Returns the newest definition of a Protobuf schema, by ``registry/schema``.
        endpoints: Where services of AWS other than S3 are, by boto3's name of the service, where
            boto3 is not to find that out by itself.
        catalog: Where the tables of catalog targets are; None where there are none.
    """

    s3: S3Config
    connection: Callable[[str], OpenedConnection] = no_connection
    classifier: Callable[[str], Mapping[str, Any]] = no_classifier
    schema: Callable[[str], str] = no_schema
    endpoints: Mapping[str, str] = field(default_factory=dict)
    catalog: CatalogStore | None = None
