"""Protobuf: files of messages, told by a schema of the registry, since they tell nothing.

A file is one message, or messages each after its length; either may begin with the header that
AWS Glue Schema Registry's serializers write. A message counts as one of the schema where every
field has a number and a wire type of the schema's: bytes of other kinds seldom do.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from gluepot.catalog.errors import InvalidInputError, did_you_mean
from gluepot.catalog.registry.formats import parse
from gluepot.catalog.registry.protobuf_columns import protobuf_fields
from gluepot.catalog.registry.protobuf_tree import Label, ProtoField, ProtoFile, TypeKind
from gluepot.crawlers.classifiers.base import (
    CERTAIN,
    Classification,
    FileSchema,
    FoundColumn,
    Sample,
)
from gluepot.crawlers.classifiers.protobuf_messages import (
    Framing,
    MismatchError,
    check_message,
    framings,
    unwrap,
)
from gluepot.crawlers.classifiers.protobuf_wire import WireError

if TYPE_CHECKING:
    from gluepot.crawlers.access import Access

PREFIX = "protobuf:"
_NO_READER = "Hive, Athena and Trino have no reader for files of Protobuf messages"


def protobuf_classifier(name: str, access: Access) -> Protobuf:
    """Return the classifier that a crawler names ``protobuf:registry/schema#Message``.

    Raises:
        EntityNotFoundError: There is no such schema.
        InvalidInputError: The name is of another form, the schema is no Protobuf, or has no such
            message.
        MissingFormatError: The package that reads Protobuf schemas is not installed.
    """
    schema, _, message = name.removeprefix(PREFIX).partition("#")
    registry, _, short = schema.partition("/")
    if not name.startswith(PREFIX) or not registry or not short:
        raise InvalidInputError(
            f"{name!r} names no Protobuf schema; write protobuf:registry/schema, and #Message where"
            " it is not the first"
        )
    return Protobuf(access.schema(schema), message, name)


class Protobuf:
    """Checks messages against one schema, and returns its columns."""

    def __init__(self, definition: str, message: str, name: str) -> None:
        """Read a schema.

        Args:
            definition: The text of a ``.proto`` file.
            message: The message that records are; the first of the file where empty.
            name: Under which the crawler knows this classifier.

        Raises:
            InvalidInputError: The definition is no Protobuf, or has no such message.
            MissingFormatError: The package that reads Protobuf schemas is not installed.
        """
        file = parse("PROTOBUF", definition)
        if not isinstance(file, ProtoFile):
            raise TypeError(f"{name} is {type(file).__name__}")
        self.name = name
        self._message = _message_of(file, message, name)
        # The registry's columns are those of a file's first message.
        chosen = file.messages[self._message]
        self._file = replace(file, messages={self._message: chosen, **file.messages})
        self._columns = self._found_columns()
        self._warnings = (_NO_READER, *_recursions(self._file, self._message))

    def classify(self, sample: Sample) -> Classification:
        """Return the schema's columns with the share of messages that are its as certainty."""
        if not sample.data:
            return self._no("it is empty")
        tried = [
            self._check(framing) for framing in framings(sample.data, complete=sample.complete)
        ]
        if not tried:
            reason = "its first message is longer than what was read"
            return self._no(reason, needs_more=not sample.complete)
        best = max(tried, key=lambda item: item.share)
        told = (
            f"{best.good} of {best.checked} messages are {self._message}, read as"
            f" {_FRAMING_WORDS[best.framing.name]}"
        )
        if best.versions:
            told += f" with the registry's header of schema version {', '.join(best.versions)}"
        if best.fault:
            told += f"; {best.fault}"
        if best.good == 0:
            return self._no(told, needs_more=not sample.complete)
        return Classification(
            classifier=self.name,
            certainty=best.share,
            reason=told,
            schema=self._schema(sample, best),
        )

    def _schema(self, sample: Sample, best: _Checked) -> FileSchema:
        records = len(best.framing.messages)
        if not best.framing.whole and best.framing.bytes:
            records = max(records * sample.plain_size // best.framing.bytes, records)
        framing = "glue" if best.versions else best.framing.name
        return FileSchema(
            format="protobuf",
            codec=sample.codec,
            columns=self._columns,
            records=records,
            exact=best.framing.whole and not best.fault,
            warnings=(*self._warnings, *((best.fault,) if best.fault else ())),
            traits=(("framing", framing), ("schema", self.name)),
            parameters={
                "protobufFraming": framing,
                "protobufMessage": self._message,
                "protobufSchema": self.name.removeprefix(PREFIX).partition("#")[0],
            },
        )

    def _check(self, framing: Framing) -> _Checked:
        good, fault = 0, ""
        versions: Counter[str] = Counter()
        filled = False
        for place, message in enumerate(framing.messages, 1):
            try:
                found = unwrap(message)
                check_message(self._file, self._message, found.data)
            except (MismatchError, WireError) as error:
                fault = fault or f"message {place} is not: {error}"
                continue
            good += 1
            filled = filled or bool(found.data)
            if found.version:
                versions[found.version] += 1
        if framing.cut:
            fault = fault or "what follows the last one is no message"
        return _Checked(
            framing=framing,
            good=good if filled else 0,  # nothing but empty messages is a file of zeros
            checked=len(framing.messages) + framing.cut,
            fault=fault,
            versions=tuple(sorted(versions)),
        )

    def _found_columns(self) -> tuple[FoundColumn, ...]:
        fields = self._file.messages[self._message].fields
        return tuple(
            FoundColumn(
                name=item.name,
                type=item.type,
                reason=f"message {self._message} of {self.name} says {_describe(field)}",
            )
            for item, field in zip(protobuf_fields(self._file), fields, strict=True)
        )

    def _no(self, reason: str, *, needs_more: bool = False) -> Classification:
        return Classification(
            classifier=self.name, certainty=0.0, reason=reason, needs_more=needs_more
        )


_FRAMING_WORDS = {"delimited": "messages after their lengths", "message": "one message"}


@dataclass(frozen=True, kw_only=True)
class _Checked:
    """How many messages of a framing are the schema's, and why the first that is not is not."""

    framing: Framing
    good: int
    checked: int
    fault: str
    versions: tuple[str, ...]

    @property
    def share(self) -> float:
        return CERTAIN * self.good / self.checked


def _message_of(file: ProtoFile, wanted: str, name: str) -> str:
    """Return the full name of a message that is named in full, or as it stands in the package."""
    if not wanted:
        return next(iter(file.messages))
    full = f"{file.package}.{wanted}" if file.package else wanted
    for candidate in (wanted, full):
        if candidate in file.messages:
            return candidate
    known = [item.removeprefix(f"{file.package}.") for item in file.messages]
    raise InvalidInputError(f"{name} has no message {wanted!r}{did_you_mean(wanted, known)}")


def _describe(field: ProtoField) -> str:
    if field.map_key is not None:
        return f"map<{field.map_key}, {field.type.name}>"
    kind = "enum " if field.type.kind is TypeKind.ENUM else ""
    repeated = "repeated " if field.label is Label.REPEATED else ""
    oneof = f" in oneof {field.oneof}" if field.oneof else ""
    return f"{repeated}{kind}{field.type.name}{oneof}"


def _recursions(file: ProtoFile, root: str) -> list[str]:
    """Return a warning for each message that holds itself."""
    return [
        f"message {name} holds itself; what is inside is registered as string"
        for name in sorted(_reached(file, root))
        if name in _reached(file, name)
    ]


def _reached(file: ProtoFile, root: str) -> set[str]:
    """Return the messages that a message holds, itself only if it does."""
    found: set[str] = set()
    waiting = [root]
    while waiting:
        for field in file.messages[waiting.pop()].fields:
            name = field.type.name
            if field.type.kind is TypeKind.MESSAGE and name not in found:
                found.add(name)
                waiting.append(name)
    return found
