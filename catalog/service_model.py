"""AWS Glue's service model, as botocore ships it, compiled to functions that check documents.

Requests are read and replies are written by these functions alone; no shape of the API is written
down a second time. Each shape becomes one closure, so that a check costs little more than a look.
"""

from __future__ import annotations

import functools
import re
from typing import TYPE_CHECKING, Any

from botocore.loaders import Loader

from gluepot.catalog.errors import (
    GluepotError,
    InvalidInputError,
    SerializationError,
    ValidationError,
)
from gluepot.catalog.registry_words import REGISTRY_OPERATIONS, registry_sentence
from gluepot.catalog.shape_readers import BrokenRule, Faults, ShapeReaders
from gluepot.catalog.shape_writers import ShapeWriters, Stored

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gluepot.catalog.calls import Document

__all__ = ["OperationModel", "ServiceModel", "Stored", "glue_model"]


_OF_CATALOG = re.compile(
    "Database|Table|Partition|ColumnStatistics|UserDefinedFunction|Connection|Catalog|Schema"
)
"""Names of the operations that say InvalidInputException where the others, as most of AWS, say
ValidationException. Clients take either; emulators and reports agree on this split."""


class OperationModel:
    """One operation: its request and its reply."""

    def __init__(self, name: str, model: ServiceModel) -> None:
        shape = model.document["operations"][name]
        self.name = name
        self.errors = frozenset(error["shape"] for error in shape.get("errors", ()))
        self.input_shape: str | None = shape.get("input", {}).get("shape")
        self.output_shape: str | None = shape.get("output", {}).get("shape")
        self._read = model.readers.reader(self.input_shape) if self.input_shape else None
        self._write = model.writers.writer(self.output_shape) if self.output_shape else None

    def read(self, request: object) -> Document:
        """Return the checked request: unknown and null members are left out.

        Raises:
            SerializationError: It is not an object, or a member is of another JSON type.
            InvalidInputError: A member breaks the model; all such members are named.
            ValidationError: The same, for operations that are not the Data Catalog's.
        """
        if not isinstance(request, dict):
            raise SerializationError("The request is not a JSON object")
        if self._read is None:
            return {}
        faults = Faults()
        found: Document = self._read(request, None, faults)
        if faults.types:
            raise SerializationError("; ".join(faults.types))
        if faults.rules:
            raise self._refusal(faults.rules)
        return found

    def write(self, reply: Document | None) -> Document:
        """Return the reply as JSON data, its times as seconds and its absent members left out.

        Raises:
            TypeError: The reply is not of the model; this is a fault of the operation.
        """
        if self._write is None or reply is None:
            return {}
        written: Document = self._write(reply, self.name)
        return written

    def _refusal(self, rules: list[BrokenRule]) -> GluepotError:
        if self.name in REGISTRY_OPERATIONS:
            return InvalidInputError(registry_sentence(rules[0]))
        one = len(rules) == 1
        text = f"{len(rules)} validation error{'' if one else 's'} detected: "
        text += "; ".join(rule.sentence for rule in rules)
        return InvalidInputError(text) if _OF_CATALOG.search(self.name) else ValidationError(text)


class ServiceModel:
    """All operations of a botocore service model; each is compiled at its first use.

    Threads may share a model that was compiled as a whole.
    """

    def __init__(self, document: Mapping[str, Any]) -> None:
        self.document = document
        self.readers = ShapeReaders(document["shapes"])
        self.writers = ShapeWriters(document["shapes"])
        self._operations: dict[str, OperationModel] = {}

    @property
    def names(self) -> tuple[str, ...]:
        """Return the names of all operations, sorted."""
        return tuple(sorted(self.document["operations"]))

    def compile(self) -> None:
        """Compile every operation now."""
        for name in self.names:
            self.operation(name)

    def operation(self, name: str) -> OperationModel | None:
        """Return an operation, or None when the model has none of that name."""
        found = self._operations.get(name)
        if found is None and name in self.document["operations"]:
            found = self._operations[name] = OperationModel(name, self)
        return found


@functools.cache
def glue_model() -> ServiceModel:
    """Return the Glue model of the installed botocore."""
    return ServiceModel(Loader().load_service_model("glue", "service-2"))
