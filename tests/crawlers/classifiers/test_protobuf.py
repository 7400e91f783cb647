"""Protobuf: files of messages under a schema of the registry, and files that are none."""

from __future__ import annotations

import struct
import uuid
import zlib
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gluepot.catalog.errors import EntityNotFoundError, InvalidInputError
from gluepot.catalog.registry.errors import InvalidDefinitionError
from gluepot.catalog.types import print_type
from gluepot.crawlers.access import Access
from gluepot.crawlers.classifiers.base import Classification, FileSchema, Sample
from gluepot.crawlers.classifiers.protobuf import Protobuf, protobuf_classifier
from gluepot.crawlers.sources.config import S3Config

SHOP = """
syntax = "proto3";
package shop;
import "google/protobuf/timestamp.proto";
message Order {
  int64 id = 1;
  string buyer = 2;
  repeated sint32 parts = 3;
  map<string, double> prices = 4;
  State state = 5;
  google.protobuf.Timestamp placed = 6;
  oneof paid { bool cash = 7; Card card = 8; }
  fixed64 token = 9;
}
message Card { string number = 1; }
message Tree { Tree left = 1; int32 value = 2; }
enum State { OPEN = 0; SENT = 1; }
"""
VERSION = uuid.UUID("12345678-1234-5678-1234-567812345678")


def varint(value: int) -> bytes:
    found = bytearray()
    while value > 0x7F:
        found.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*found, value])


def number(field: int, value: int) -> bytes:
    return varint(field << 3) + varint(value)


def text(field: int, value: bytes) -> bytes:
    return varint(field << 3 | 2) + varint(len(value)) + value


def order(place: int) -> bytes:
    entry = text(1, b"tea") + varint(2 << 3 | 1) + struct.pack("<d", 1.5)
    return b"".join(
        [
            number(1, place),
            text(2, f"buyer {place}".encode()),
            text(3, varint(4) + varint(300)),
            number(3, 5),
            text(4, entry),
            number(5, 1),
            text(6, number(1, 1_700_000_000)),
            text(8, text(1, b"4111")),
            varint(9 << 3 | 1) + b"\0" * 8,
        ]
    )


def delimited(messages: list[bytes]) -> bytes:
    return b"".join(varint(len(item)) + item for item in messages)


def wrapped(message: bytes, *, compressed: bool = False) -> bytes:
    payload = b"\0" + message
    kind = bytes([3, 5 if compressed else 0])
    return kind + VERSION.bytes + (zlib.compress(payload) if compressed else payload)


def answer(
    data: bytes, message: str = "", *, definition: str = SHOP, size: int | None = None
) -> Classification:
    length = len(data) if size is None else size
    return Protobuf(definition, message, "protobuf:r/shop").classify(
        Sample(
            uri="x",
            size=length,
            plain_size=length,
            codec="none",
            data=data,
            complete=size is None,
        )
    )


def schema_of(data: bytes, message: str = "", **options: Any) -> FileSchema:  # noqa: ANN401
    found = answer(data, message, **options)
    assert found.schema is not None, found.reason
    assert found.certainty == 1.0
    return found.schema


def test_messages_after_their_lengths_have_the_columns_of_the_schema() -> None:
    found = schema_of(delimited([order(place) for place in range(5)]))

    assert {item.name: print_type(item.type) for item in found.columns} == {
        "id": "bigint",
        "buyer": "string",
        "parts": "array<int>",
        "prices": "map<string,double>",
        "state": "string",
        "placed": "timestamp",
        "cash": "boolean",
        "card": "struct<number:string>",
        "token": "decimal(20,0)",
    }
    assert (found.format, found.records, found.exact) == ("protobuf", 5, True)
    assert found.columns[2].reason == "message shop.Order of protobuf:r/shop says repeated sint32"
    assert found.columns[7].reason.endswith("says shop.Card in oneof paid")
    assert found.parameters == {
        "protobufFraming": "delimited",
        "protobufMessage": "shop.Order",
        "protobufSchema": "r/shop",
    }
    assert "no reader" in found.warnings[0]


def test_a_file_may_be_one_message() -> None:
    found = schema_of(order(7))

    assert (found.records, found.parameters["protobufFraming"]) == (1, "message")


@pytest.mark.parametrize("compressed", [False, True])
def test_the_registrys_header_is_told_and_skipped(compressed: bool) -> None:  # noqa: FBT001
    message = wrapped(order(7), compressed=compressed)

    assert schema_of(message).parameters["protobufFraming"] == "glue"
    assert schema_of(delimited([message, message])).records == 2
    assert str(VERSION) in answer(message).reason


def test_messages_that_expand_without_end_are_refused() -> None:
    bomb = bytes([3, 5]) + VERSION.bytes + zlib.compress(b"\0" * 20_000_000)

    assert "expands to more than" in answer(bomb).reason


def test_another_message_of_the_schema_is_named_in_short_or_in_full() -> None:
    data = text(1, b"4111")

    assert [item.name for item in schema_of(data, "Card").columns] == ["number"]
    assert [item.name for item in schema_of(data, "shop.Card").columns] == ["number"]


def test_a_message_that_holds_itself_ends_as_string_with_a_warning() -> None:
    found = schema_of(delimited([text(1, number(2, 3)), number(2, 4)]), "Tree")

    assert [print_type(item.type) for item in found.columns] == ["string", "int"]
    assert "message shop.Tree holds itself" in found.warnings[1]


def test_certainty_is_the_share_of_messages_that_are_the_schemas() -> None:
    found = answer(delimited([order(1), order(2), order(3), text(99, b"x")]))

    assert found.certainty == 0.75
    assert "message 4 is not: field 99 is not in message shop.Order" in found.reason
    assert found.schema is not None
    assert not found.schema.exact


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (text(1, b"x"), "field id is int64, which the wire type 2 cannot be"),
        (number(2, 5), "field buyer is string, which the wire type 0 cannot be"),
        (text(2, b"\xff"), "field buyer is string, but not UTF-8"),
        (number(7, 9), "is bool, but holds 9"),
        (text(4, number(3, 1)), "an entry that is no key and value"),
        (number(4, 1), "is a map"),
        (text(8, number(1, 1)), "field number is string"),
        (text(3, b"\xff"), "a number is cut off"),
        (text(6, b"\xff"), "a number is cut off"),
        (b"\x0b", "wire type 3"),
        (b"\0\0\0\0", "0 of 4 messages"),
        (b"", "it is empty"),
        (b"id,buyer\n1,x\n", "0 of 1 messages"),
        (bytes([3, 9]) + VERSION.bytes + order(1), "has the compression 9"),
        (bytes([3, 5]) + VERSION.bytes + order(1), "header is damaged"),
    ],
)
def test_bytes_that_are_no_message_of_the_schema_say_why(data: bytes, reason: str) -> None:
    framed = varint(len(data)) + data if data and data[0] not in b"i\0\3" else data
    found = answer(framed)

    assert found.certainty == 0.0
    assert reason in found.reason


def test_a_required_field_must_be_there() -> None:
    definition = 'syntax = "proto2"; message M { required int32 a = 1; optional int32 b = 2; }'

    assert "without its required a" in answer(number(2, 1), definition=definition).reason
    assert schema_of(number(1, 1), definition=definition).records == 1


def test_messages_nested_without_end_are_refused() -> None:
    data = number(2, 1)
    for _ in range(5_000):
        data = text(1, data)

    assert "nests deeper than" in answer(delimited([data]), "Tree").reason


def test_a_longer_head_is_asked_for_until_one_message_is_whole() -> None:
    data = delimited([order(1)] * 100)

    assert answer(data[:20], size=len(data)).needs_more
    found = schema_of(data[: len(data) // 2], size=len(data))
    assert (found.records, found.exact) == (100, False)


def test_a_file_cut_anywhere_is_answered() -> None:
    data = delimited([order(place) for place in range(20)])

    ends = {len(delimited([order(place) for place in range(count)])) for count in range(20)}

    for length in range(1, len(data), 7):
        assert (answer(data[:length]).certainty == 1.0) == (length in ends)
        assert answer(data[:length], size=len(data)).problem is None


@dataclass(frozen=True)
class Kind:
    """How a type is declared, what Hive calls it, and a value of it as it is written."""

    word: str
    hive: str
    wire: int
    value: bytes


KINDS = [
    *(Kind(word, "int", 0, varint(2**64 - 5)) for word in ("int32", "sint32")),
    *(Kind(word, "bigint", 0, varint(300)) for word in ("int64", "uint32", "sint64")),
    Kind("uint64", "decimal(20,0)", 0, varint(2**64 - 1)),
    Kind("bool", "boolean", 0, b"\1"),
    *(Kind(word, hive, 5, b"\0" * 4) for word, hive in (("float", "float"), ("sfixed32", "int"))),
    *(Kind(word, hive, 1, b"\1" * 8) for word, hive in (("double", "double"),)),
    Kind("string", "string", 2, b"\2ab"),
    Kind("bytes", "binary", 2, b"\1\xff"),
]


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from(KINDS), st.booleans(), st.integers(0, 3)), min_size=1, max_size=8
    ),
    st.integers(1, 4),
)
def test_what_any_schema_describes_is_found(
    fields: list[tuple[Kind, bool, int]], depth: int
) -> None:
    lines, message, types = [], b"", []
    for place, (kind, repeated, count) in enumerate(fields, 2):
        lines.append(f"{'repeated ' if repeated else ''}{kind.word} f{place} = {place};")
        written = varint(place << 3 | kind.wire) + kind.value
        message += written * (count if repeated else 1)
        types.append(f"array<{kind.hive}>" if repeated else kind.hive)
    definition = f"message M0 {{ {' '.join(lines)} }}"
    inner = f"struct<{','.join(f'f{place}:{type_}' for place, type_ in enumerate(types, 2))}>"
    for level in range(1, depth + 1):
        definition = f"message M{level} {{ {definition} M{level - 1} m = 1; }}"
        message = text(1, message)
    for _ in range(1, depth):
        inner = f"struct<m:{inner}>"

    found = schema_of(
        delimited([message] * 3), f"M{depth}", definition=f'syntax = "proto3"; {definition}'
    )

    assert [print_type(item.type) for item in found.columns] == [inner]
    assert found.records == 3


def access(**schemas: str) -> Access:
    def schema(name: str) -> str:
        if name not in schemas:
            raise EntityNotFoundError("Schema", name)
        return schemas[name]

    return Access(s3=S3Config(region="us-east-1"), schema=schema)


def test_a_crawler_names_a_schema_of_the_registry() -> None:
    found = protobuf_classifier("protobuf:r/shop#Card", access(**{"r/shop": SHOP}))

    assert found.name == "protobuf:r/shop#Card"
    assert found.classify(
        Sample(uri="x", size=6, plain_size=6, codec="none", data=text(1, b"4111"), complete=True)
    ).schema


@pytest.mark.parametrize(
    ("name", "error", "said"),
    [
        ("protobuf:r/other", EntityNotFoundError, "r/other"),
        ("protobuf:shop", InvalidInputError, "write protobuf:registry/schema"),
        ("shop", InvalidInputError, "write protobuf:registry/schema"),
        ("protobuf:r/shop#Crad", InvalidInputError, "Did you mean"),
        ("protobuf:r/bad", InvalidDefinitionError, "PROTOBUF data format is invalid"),
    ],
)
def test_a_schema_that_cannot_be_is_refused_by_name(
    name: str, error: type[Exception], said: str
) -> None:
    with pytest.raises(error, match=said):
        protobuf_classifier(name, access(**{"r/shop": SHOP, "r/bad": "massage M {}"}))
