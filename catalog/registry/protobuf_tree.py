"""Protobuf files as a tree: messages and enums by full name, every type resolved.

What other parts need of a ``.proto`` file stands here without its syntax; a descriptor set can be
made into the same tree.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

VARINTS = frozenset(("int32", "int64", "uint32", "uint64", "bool"))
SCALARS = VARINTS | frozenset(
    (
        "bytes",
        "double",
        "fixed32",
        "fixed64",
        "float",
        "sfixed32",
        "sfixed64",
        "sint32",
        "sint64",
        "string",
    )
)

FIRST_NUMBER = 1
LAST_NUMBER = (1 << 29) - 1
OWN_NUMBERS = range(19_000, 20_000)
"""Numbers that Protobuf keeps for itself."""


class TypeKind(StrEnum):
    """What a field holds; KNOWN is a type of one of the well-known files."""

    SCALAR = "scalar"
    ENUM = "enum"
    MESSAGE = "message"
    KNOWN = "known"


class Label(StrEnum):
    """How often a field is there; IMPLICIT is proto3's, which does not tell unset from zero."""

    IMPLICIT = "implicit"
    OPTIONAL = "optional"
    REQUIRED = "required"
    REPEATED = "repeated"


@dataclass(frozen=True, kw_only=True, slots=True)
class ProtoType:
    """A type by kind and name: that of a scalar, or a full name without the leading dot."""

    kind: TypeKind
    name: str


@dataclass(frozen=True, kw_only=True, slots=True)
class ProtoField:
    """A field of a message; ``map_key`` makes it a map from that scalar to ``type``."""

    name: str
    number: int
    type: ProtoType
    label: Label
    oneof: str | None = None
    map_key: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class ProtoMessage:
    """A message, by its full name."""

    name: str
    fields: tuple[ProtoField, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class ProtoEnum:
    """An enum; a closed one, which is proto2's, does not hold numbers that it does not name."""

    name: str
    numbers: Mapping[str, int]
    closed: bool


@dataclass(frozen=True, kw_only=True)
class ProtoFile:
    """A whole file.

    Attributes:
        package: Such as ``com.example``; empty without one.
        messages: All messages by full name, nested ones too, in the order of the file.
        enums: All enums by full name.
        normal_form: Equal for files that differ in blanks and comments only.
    """

    package: str
    messages: Mapping[str, ProtoMessage]
    enums: Mapping[str, ProtoEnum]
    normal_form: str

    def is_nested(self, name: str) -> bool:
        """Return whether a message is declared inside another."""
        return name.rpartition(".")[0] in self.messages
