"""XML, Ion, Protobuf and Excel."""

from __future__ import annotations

import io
from typing import Any

from amazon.ion import simpleion
from openpyxl import Workbook

from tests.crawlers.cases.model import Case, Made, Section, one
from tests.crawlers.classifiers.test_protobuf import delimited, number, text

NO_XML = "Hive and Athena cannot read XML"
NO_PROTOBUF = "have no reader for files of Protobuf messages"
NO_EXCEL = "have no reader for Excel files"
ORDERS = (
    "<orders>\n"
    '  <order id="1"><item>tea</item><price>2.5</price></order>\n'
    '  <order id="2"><item>salt</item><price>1</price></order>\n'
    "</orders>\n"
)
SCHEMA = (
    'syntax = "proto3"; message Order { int64 id = 1; string buyer = 2; repeated string tags = 3; }'
    " message Tag { string name = 1; }"
)


def xml(tag: str) -> dict[str, dict[str, Any]]:
    """Return a custom classifier of XML."""
    member = {"Name": "mine", "Classification": "xml", "RowTag": tag}
    return {"mine": {"XMLClassifier": member}}


def in_ion(*, binary: bool) -> Made:
    """Return a file of Ion structs."""
    rows = [{"id": 1, "name": "a", "tags": ["x"]}, {"id": 2, "name": None, "tags": []}]

    def make() -> bytes:
        sink = io.BytesIO()
        for row in rows:
            simpleion.dump(row, sink, binary=binary)
        return sink.getvalue()

    return Made(shown=f"Ion {'binary' if binary else 'text'}: {rows}", make=make)


def orders() -> bytes:
    """Return messages of orders, each after its length."""
    return delimited([number(1, place) + text(2, b"ann") + text(3, b"new") for place in (1, 2)])


def in_excel(shown: str, *sheets: tuple[str, list[list[Any]]]) -> Made:
    """Return a workbook."""

    def make() -> bytes:
        book = Workbook()
        book.remove(book.active)
        for title, rows in sheets:
            sheet = book.create_sheet(title)
            for row in rows:
                sheet.append(row)
        sink = io.BytesIO()
        book.save(sink)
        return sink.getvalue()

    return Made(shown=f"a workbook: {shown}", make=make)


XML = (
    Case(
        name="XML by row tag",
        why="Each element of the row tag is a row; attributes and children are columns, called as"
        " by Spark's reader.",
        files={"t/a.xml": ORDERS},
        classifiers=xml("order"),
        tables=one(
            "t",
            "_id bigint, item string, price double",
            format="xml",
            parameters={"rowTag": "order"},
            records=2,
            warns=(NO_XML,),
        ),
    ),
    Case(
        name="XML without a row tag",
        why="The element that repeats is the row.",
        files={"t/a.xml": ORDERS},
        tables=one(
            "t",
            "_id bigint, item string, price double",
            format="xml",
            parameters={"rowTag": "order"},
            records=2,
            warns=(NO_XML,),
        ),
    ),
    Case(
        name="XML nested",
        why="Elements with attributes or children are structs, repeated ones arrays.",
        files={
            "t/a.xml": '<shop><order><line sku="a">2</line><line sku="b">1</line>'
            "<to><city>X</city></to></order><order><to><city>Y</city></to></order></shop>"
        },
        tables=one(
            "t",
            "line array<struct<_sku:string,_VALUE:bigint>>, to struct<city:string>",
            format="xml",
            records=2,
            warns=(NO_XML,),
        ),
    ),
    Case(
        name="XML whose rows close themselves",
        why="Glue does not read them, so the file is named.",
        files={"t/a.xml": '<a><row x="1"/><row x="2"/></a>', "u/b.csv": "id,n\n1,2\n3,4\n"},
        tables=one("u", "id bigint, n bigint"),
        problems=("its 2 rows close themselves",),
    ),
)

ION = tuple(
    Case(
        name=f"Ion {word}",
        why="Each struct is a row, with types as in JSON; Amazon's own serde reads it.",
        files={f"t/a.{ending}": in_ion(binary=word == "binary")},
        tables=one(
            "t",
            "id int, name string, tags array<string>",
            format="ion",
            serde="IonHiveSerDe",
            records=2,
        ),
    )
    for word, ending in (("text", "ion"), ("binary", "10n"))
)

PROTOBUF = (
    Case(
        name="Protobuf by a schema of the registry",
        why="Messages tell nothing themselves: the schema does, and each is checked under it.",
        files={"t/a.pb": Made(shown="two messages, each after its length", make=orders)},
        schemas={"shop/orders": SCHEMA},
        tables=one(
            "t",
            "id bigint, buyer string, tags array<string>",
            format="protobuf",
            parameters={"protobufMessage": "Order", "protobufSchema": "shop/orders"},
            records=2,
            warns=(NO_PROTOBUF,),
        ),
    ),
    Case(
        name="Protobuf of another message",
        why="#Message names one that is not the schema's first.",
        files={
            "t/a.pb": Made(
                shown="two messages, each after its length",
                make=lambda: delimited([text(1, b"new"), text(1, b"old")]),
            )
        },
        schemas={"shop/orders#Tag": SCHEMA},
        tables=one("t", "name string", format="protobuf", records=2, warns=(NO_PROTOBUF,)),
    ),
)

EXCEL = (
    Case(
        name="Excel workbook",
        why="The first sheet that holds rows is the table; a header stands above it by the rule of"
        " delimited files.",
        files={
            "t/a.xlsx": in_excel(
                "an empty sheet; a sheet id, name, price; 1, a, 2.5; 2, b, 3",
                ("empty", []),
                ("orders", [["id", "name", "price"], [1, "a", 2.5], [2, "b", 3]]),
            )
        },
        tables=one(
            "t",
            "id bigint, name string, price double",
            format="excel",
            records=2,
            warns=(NO_EXCEL,),
        ),
    ),
)

SECTIONS = (
    Section(
        title="XML",
        about="Rows are the elements of one name. Spark and Glue's jobs read XML.",
        cases=XML,
    ),
    Section(title="Ion", about="Text and binary, told by marker or by its structs.", cases=ION),
    Section(
        title="Protobuf",
        about="A crawler names `protobuf:registry/schema` among its classifiers.",
        cases=PROTOBUF,
    ),
    Section(title="Excel", about="Workbooks, read whole within bounds.", cases=EXCEL),
)
