"""The columns of a table whose schema is in the registry."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gluepot.catalog.model import Column
from gluepot.catalog.registry.avro_columns import avro_fields
from gluepot.catalog.registry.avro_tree import AvroSchema
from gluepot.catalog.registry.json_columns import json_fields
from gluepot.catalog.registry.json_schema import JsonSchema
from gluepot.catalog.registry.protobuf_columns import protobuf_fields
from gluepot.catalog.type_tree import print_type

if TYPE_CHECKING:
    from gluepot.catalog.registry.formats import Parsed

_MAX_COMMENT = 255


def columns_of(schema: Parsed) -> tuple[Column, ...]:
    """Return the columns of the records that a schema describes, in their order.

    Names are lower-cased, as crawlers write them; of names that are then equal the first stays.
    A schema that is no record has one column ``value``. In Protobuf the first message of the
    file is the record.

    Raises:
        InvalidInputError: Written out, the schema has more types than a table can hold.
    """
    match schema:
        case AvroSchema():
            fields = avro_fields(schema)
        case JsonSchema():
            fields = json_fields(schema)
        case _:
            fields = protobuf_fields(schema)
    columns: dict[str, Column] = {}
    for one in fields:
        name = one.name.lower()
        comment = one.comment and one.comment[:_MAX_COMMENT]
        columns.setdefault(name, Column(name=name, type=print_type(one.type), comment=comment))
    return tuple(columns.values())
