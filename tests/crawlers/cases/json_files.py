"""JSON in every layout: lines, documents, arrays, paths, nested and damaged."""

from __future__ import annotations

from typing import Any

from tests.crawlers.cases.delimited import encoded
from tests.crawlers.cases.model import Case, Expected, Section, one

SERDE = "org.openx.data.jsonserde.JsonSerDe"
NOT_BY_LINE = "Hive and Athena read one object a line"


def json_path(path: str) -> dict[str, dict[str, Any]]:
    """Return a custom classifier of JSON."""
    return {"mine": {"JsonClassifier": {"Name": "mine", "JsonPath": path}}}


def table(columns: str, **others: Any) -> tuple[Expected, ...]:  # noqa: ANN401
    """Return the expected table ``t`` of JSON."""
    return one("t", columns, format="json", serde=SERDE, **others)


LAYOUTS = (
    Case(
        name="JSON lines",
        why="One object a line; the serde is told the members, in order.",
        files={"t/a.json": '{"id": 1, "Name": "a"}\n{"id": 2, "Name": null}\n'},
        tables=table("id int, name string", serde_parameters={"paths": "Name,id"}, records=2),
    ),
    Case(
        name="JSON objects one after another",
        why="Glue takes them; readers by line do not, which is told.",
        files={"t/a.json": '{"id": 1}{"id": 2} {"id": 3}'},
        tables=table("id int", parameters={"multiLine": "true"}, records=3, warns=(NOT_BY_LINE,)),
    ),
    Case(
        name="JSON document over many lines",
        why="A pretty-printed object is one row.",
        files={"t/a.json": '{\n  "id": 1,\n  "tags": [\n    "a"\n  ]\n}\n'},
        tables=table(
            "id int, tags array<string>",
            parameters={"multiLine": "true"},
            records=1,
            warns=(NOT_BY_LINE,),
        ),
    ),
    Case(
        name="JSON array at the root",
        why="For Glue it is one column array; the reason tells what a path would make of it.",
        files={"t/a.json": '[{"id": 1, "n": "x"}, {"id": 2.5}]'},
        tables=table(
            "array array<struct<id:double,n:string>>",
            says=("a JSON classifier with the path $[*] makes a row of each",),
            warns=("no reader finds a column 'array' in an array",),
        ),
    ),
    Case(
        name="JSON array by the path $[*]",
        why="Each element is a row.",
        files={"t/a.json": '[{"id": 1, "n": "x"}, {"id": 2.5}]'},
        classifiers=json_path("$[*]"),
        tables=table(
            "id double, n string",
            parameters={"jsonPath": "$[*]"},
            records=2,
            warns=("Hive and Athena know no path $[*]",),
        ),
    ),
    Case(
        name="JSON rows inside a document",
        why="A path may lead to a nested array.",
        files={
            "t/a.json": '{"page": 1, "data": {"rows": [{"id": 1}, {"id": 2, "at": "x"}]}}\n',
        },
        classifiers=json_path("$.data.rows[*]"),
        tables=table(
            "id int, at string",
            parameters={"jsonPath": "$.data.rows[*]"},
            records=2,
            warns=("Hive and Athena know no path $.data.rows[*]",),
        ),
    ),
    Case(
        name="JSON by a path to one member",
        why="['name'] and [n] are operators of Glue's paths too.",
        files={"t/a.json": '{"my rows": [{"id": 1}, {"id": 2}]}\n'},
        classifiers=json_path("$['my rows'][1]"),
        tables=table("id int", records=1, warns=("Hive and Athena know no path $['my rows'][1]",)),
    ),
    Case(
        name="JSON in UTF-16",
        why="Zeros and marks tell the encoding, and the serde is told.",
        files={"t/a.json": encoded('{"id": 1, "n": "é"}\n{"id": 2, "n": "ü"}\n', "utf-16")},
        tables=table(
            "id int, n string",
            serde_parameters={"serialization.encoding": "UTF-16LE"},
        ),
    ),
    Case(
        name="JSON with a damaged line",
        why="Lines that are no objects are named; the others count.",
        files={"t/a.json": '{"id": 1}\n{"id": 2}\n{"id": \n{"id": 4}\n'},
        tables=table("id int", warns=("line 3 is not a JSON object",)),
    ),
)

TYPES = (
    Case(
        name="JSON scalars",
        why="Numbers are int where they fit 32 bits, bigint where 64; dates in JSON are text.",
        files={
            "t/a.json": '{"i": 1, "b": 3000000000, "d": 1.5, "e": 1e3, "f": true, "s": "x",'
            ' "day": "2024-01-31"}\n'
        },
        tables=table("i int, b bigint, d double, e double, f boolean, s string, day string"),
    ),
    Case(
        name="JSON numbers that grow",
        why="int, bigint and double are widened to the one that holds all.",
        files={
            "t/a.json": '{"a": 1, "b": 1}\n{"a": 3000000000, "b": 2.5}\n',
        },
        tables=table("a bigint, b double"),
    ),
    Case(
        name="JSON integers beyond 64 bits",
        why="A double would round them; decimal(38,0) holds them.",
        files={"t/a.json": '{"a": 123456789012345678901}\n{"a": 1}\n'},
        tables=table("a decimal(38,0)"),
    ),
    Case(
        name="JSON nulls only",
        why="What is null, an empty object or an empty array everywhere is string inside.",
        files={"t/a.json": '{"a": null, "b": {}, "c": []}\n{"a": null, "b": {}, "c": []}\n'},
        tables=table("a string, b string, c array<string>"),
    ),
    Case(
        name="JSON null and a value",
        why="Null says nothing about the type.",
        files={"t/a.json": '{"a": null, "c": []}\n{"a": 7, "c": [1.5]}\n'},
        tables=table("a int, c array<double>"),
    ),
    Case(
        name="JSON number and text",
        why="No type but string holds both; the reason names both lines.",
        files={"t/a.json": '{"id": 1, "a": 1}\n{"id": 2, "a": "x"}\n'},
        tables=table(
            "id int, a string",
            says=('line 1 holds 1, line 2 holds "x"',),
        ),
    ),
    Case(
        name="JSON object and text",
        why="A struct has nothing in common with a text: string.",
        files={"t/a.json": '{"id": 1, "a": {"x": 1}}\n{"id": 2, "a": "x"}\n'},
        tables=table("id int, a string", says=('line 1 holds {"x": 1}, line 2 holds "x"',)),
    ),
    Case(
        name="JSON nested",
        why="Structs and arrays nest; members keep their case, and rows add members.",
        files={
            "t/a.json": '{"Order": {"Id": 1, "lines": [{"sku": "a", "n": 1}]}}\n'
            '{"Order": {"Id": 2, "lines": [{"sku": "b", "price": 2.5}], "paid": true}}\n',
        },
        tables=table(
            "order struct<Id:int,lines:array<struct<sku:string,n:int,price:double>>,paid:boolean>"
        ),
    ),
    Case(
        name="JSON mixed array",
        why="Elements of several types are string, and told.",
        files={"t/a.json": '{"a": [1, "x", 2.5]}\n'},
        tables=table("a array<string>", warns=("a[] holds values of several types",)),
    ),
    Case(
        name="JSON members that differ in case",
        why="Hive and Athena do not tell them apart: one column.",
        files={"t/a.json": '{"Id": 1}\n{"id": 2}\n{"ID": 2.5}\n'},
        tables=table("id double", records=3, warns=("'Id', 'id', 'ID' differ only in case",)),
    ),
    Case(
        name="JSON member twice in an object",
        why="Readers differ on which counts, so it is told.",
        files={"t/a.json": '{"a": 1, "a": 2}\n{"a": 3, "a": 4}\n'},
        tables=table("a int", warns=("stand twice in an object",)),
    ),
    Case(
        name="JSON names with marks",
        why="Readers find members by name, so names keep their marks, in low case.",
        files={"t/a.json": '{"First Name": "x", "a.b": 1, "@type": "y"}\n'},
        tables=table(
            "first name string, a.b int, @type string",
            serde_parameters={"paths": "@type,First Name,a.b"},
        ),
    ),
)

SECTIONS = (
    Section(
        title="JSON: layouts",
        about="What an object is, a row, and what a path says are rows.",
        cases=LAYOUTS,
    ),
    Section(
        title="JSON: types",
        about="Each value has a type, and a column the one that holds all of its values.",
        cases=TYPES,
    ),
)
