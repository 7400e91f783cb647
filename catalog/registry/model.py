"""The nouns of the schema registry: registry, schema, version, metadata, incompatibility."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

DEFAULT_REGISTRY = "default-registry"
"""The registry of schemas that are created without naming one; it is made when it is needed."""

MAX_VERSION = 100_000
"""The highest number that a version can have."""

MAX_PAIRS = 10
"""How many pairs of metadata hang on a version at most."""


class Compatibility(StrEnum):
    """What a new version of a schema must be able to read, or be read by."""

    NONE = "NONE"
    DISABLED = "DISABLED"
    BACKWARD = "BACKWARD"
    BACKWARD_ALL = "BACKWARD_ALL"
    FORWARD = "FORWARD"
    FORWARD_ALL = "FORWARD_ALL"
    FULL = "FULL"
    FULL_ALL = "FULL_ALL"


class VersionStatus(StrEnum):
    """Whether a version may be used; FAILURE is one that was not compatible when it came."""

    AVAILABLE = "AVAILABLE"
    FAILURE = "FAILURE"


@dataclass(frozen=True, kw_only=True, slots=True)
class Registry:
    """A set of schemas."""

    name: str
    description: str | None
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class SchemaKey:
    """Which schema is meant; ``arn`` is what the caller gave, for messages."""

    registry: str
    name: str
    arn: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Schema:
    """A schema: a line of versions.

    Attributes:
        id: Its row.
        registry: The name of its registry.
        name: Unique in its registry.
        data_format: AVRO, JSON or PROTOBUF.
        compatibility: What a new version must hold to.
        description: For people.
        checkpoint: The first version that the ``_ALL`` modes look at; None before there is one.
        latest: The newest version that is available; None before there is one.
        next_version: The number that the next version gets; numbers are never used again.
        created_at: When it was created.
        updated_at: When its settings were changed.
    """

    id: int
    registry: str
    name: str
    data_format: str
    compatibility: Compatibility
    description: str | None
    checkpoint: int | None
    latest: int | None
    next_version: int
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Incompatibility:
    """A reason why a reader with one schema cannot read what was written with another.

    Attributes:
        path: Where in the schema, as far as the two have it in common.
        message: A sentence that says what does not fit.
    """

    path: str
    message: str

    def __str__(self) -> str:
        """Say both."""
        return f"{self.path}: {self.message}"


@dataclass(frozen=True, kw_only=True, slots=True)
class SchemaVersion:
    """A version of a schema; ``refusals`` are the sentences that made it a FAILURE."""

    id: str
    schema_id: int
    registry: str
    schema: str
    data_format: str
    number: int
    status: VersionStatus
    definition: str
    refusals: tuple[str, ...]
    created_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class MetadataPair:
    """A key and a value that somebody hung on a version; ``number`` is their place in time."""

    number: int
    key: str
    value: str
    created_at: datetime
