"""The formats of schemas behind one door: read a definition, and compare two.

A definition that was read is kept for a while, since clients send the same ones again and again.
"""

from __future__ import annotations

import functools
import hashlib
from typing import TYPE_CHECKING, TypeAlias

from gluepot.catalog.registry.avro import parse_avro
from gluepot.catalog.registry.avro_compatibility import avro_incompatibilities
from gluepot.catalog.registry.avro_tree import AvroSchema
from gluepot.catalog.registry.json_compatibility import json_incompatibilities
from gluepot.catalog.registry.json_schema import JsonSchema, parse_json_schema
from gluepot.catalog.registry.protobuf import parse_protobuf
from gluepot.catalog.registry.protobuf_compatibility import protobuf_incompatibilities
from gluepot.catalog.registry.protobuf_tree import ProtoFile

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from gluepot.catalog.registry.model import Incompatibility

Parsed: TypeAlias = AvroSchema | JsonSchema | ProtoFile

_KEPT = 32

_PARSERS: Mapping[str, Callable[[str], Parsed]] = {
    "AVRO": parse_avro,
    "JSON": parse_json_schema,
    "PROTOBUF": parse_protobuf,
}


@functools.lru_cache(maxsize=_KEPT)
def parse(data_format: str, text: str) -> Parsed:
    """Return a definition in parsed form.

    Raises:
        InvalidDefinitionError: It is no schema of that format.
        MissingFormatError: The package that reads the format is not installed.
    """
    return _PARSERS[data_format](text)


def incompatibilities(*, reader: Parsed, writer: Parsed) -> list[Incompatibility]:
    """Return why ``reader`` cannot read every value written with ``writer``, of the same format."""
    match reader, writer:
        case AvroSchema(), AvroSchema():
            return avro_incompatibilities(reader, writer)
        case JsonSchema(), JsonSchema():
            return json_incompatibilities(reader, writer)
        case ProtoFile(), ProtoFile():
            return protobuf_incompatibilities(reader, writer)
        case _:
            raise TypeError(f"{reader} and {writer} are of different formats")


def fingerprint(schema: Parsed) -> str:
    """Return a digest that is equal for definitions that say the same."""
    return hashlib.sha256(schema.normal_form.encode()).hexdigest()
