from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from gluepot.catalog.errors import InvalidInputError
from gluepot.catalog.registry.columns import columns_of
from gluepot.catalog.registry.formats import parse
from gluepot.catalog.types import parse_type
from tests.catalog.registry.calls import ID, OPTIONAL_AGE, Client, Reply, register


def columns(data_format: str, definition: Any) -> dict[str, str | None]:  # noqa: ANN401
    text = definition if isinstance(definition, str) else json.dumps(definition)
    return {one.name: one.type for one in columns_of(parse(data_format, text))}


def record(**types: object) -> dict[str, object]:
    fields = [{"name": name, "type": type_} for name, type_ in types.items()]
    return {"type": "record", "name": "R", "fields": fields}


def logical(type_: str, name: str, **more: object) -> dict[str, object]:
    return {"type": type_, "logicalType": name, **more}


def test_avro_types_become_column_types() -> None:
    inner = {**record(a="int", B=["null", "string"]), "name": "Inner"}
    schema = record(
        **{name: name for name in ("boolean", "int", "long", "float", "double", "bytes", "string")},
        Upper="int",
        list={"type": "array", "items": ["null", "long"]},
        map={"type": "map", "values": inner},
        again="Inner",
        choice=["null", "int", "string"],
        word={"type": "enum", "name": "E", "symbols": ["x"]},
        raw={"type": "fixed", "name": "F", "size": 3},
        money=logical("bytes", "decimal", precision=9, scale=2),
        day=logical("int", "date"),
        moment=logical("long", "timestamp-micros"),
        node=["null", "R"],
    )

    assert columns("AVRO", schema) == {
        **{name: name for name in ("boolean", "int", "float", "double", "string")},
        "long": "bigint",
        "bytes": "binary",
        "upper": "int",
        "list": "array<bigint>",
        "map": "map<string,struct<a:int,b:string>>",
        "again": "struct<a:int,b:string>",
        "choice": "uniontype<int,string>",
        "word": "string",
        "raw": "binary",
        "money": "decimal(9,2)",
        "day": "date",
        "moment": "timestamp",
        "node": "string",
    }
    assert columns("AVRO", '"long"') == {"value": "bigint"}


def test_json_types_become_column_types() -> None:
    schema = {
        "properties": {
            "text": {"type": "string"},
            "day": {"type": "string", "format": "date"},
            "Moment": {"type": ["string", "null"], "format": "date-time"},
            "whole": {"type": "integer"},
            "number": {"type": "number"},
            "flag": {"anyOf": [{"type": "null"}, {"type": "boolean"}]},
            "list": {"type": "array", "items": {"$ref": "#/definitions/place"}},
            "map": {"type": "object", "additionalProperties": {"type": "integer"}},
            "place": {"$ref": "#/definitions/place"},
            "mixed": {"type": ["string", "integer"]},
            "any": True,
            "tuple": {"type": "array", "items": [{"type": "string"}]},
            "word": {"enum": ["a", "b"]},
            "tree": {"$ref": "#/definitions/tree"},
        },
        "allOf": [{"properties": {"more": {"type": "integer"}}}],
        "definitions": {
            "place": {"type": "object", "properties": {"X": {"type": "number"}}},
            "tree": {"type": "object", "properties": {"next": {"$ref": "#/definitions/tree"}}},
        },
    }

    assert columns("JSON", schema) == {
        "text": "string",
        "day": "date",
        "moment": "timestamp",
        "whole": "bigint",
        "number": "double",
        "flag": "boolean",
        "list": "array<struct<x:double>>",
        "map": "map<string,bigint>",
        "place": "struct<x:double>",
        "mixed": "string",
        "any": "string",
        "tuple": "array<string>",
        "word": "string",
        "tree": "struct<next:string>",
        "more": "bigint",
    }


def test_protobuf_types_become_column_types() -> None:
    schema = """syntax = "proto3";
        import "google/protobuf/timestamp.proto";
        import "google/protobuf/wrappers.proto";
        message Row {
            int32 a = 1; uint32 b = 2; int64 c = 3; uint64 d = 4; bool e = 5; bytes f = 6;
            repeated string g = 7; map<string, Inner> h = 8; Inner i = 9; Kind j = 10;
            google.protobuf.Timestamp k = 11; google.protobuf.Int64Value l = 12; Row m = 13;
            oneof choice { float n = 14; double O = 15; }
        }
        message Inner { repeated Kind kinds = 1; }
        enum Kind { NONE = 0; }"""

    assert columns("PROTOBUF", schema) == {
        "a": "int",
        "b": "bigint",
        "c": "bigint",
        "d": "decimal(20,0)",
        "e": "boolean",
        "f": "binary",
        "g": "array<string>",
        "h": "map<string,struct<kinds:array<string>>>",
        "i": "struct<kinds:array<string>>",
        "j": "string",
        "k": "timestamp",
        "l": "bigint",
        "m": "string",
        "n": "float",
        "o": "double",
    }


def test_types_are_what_the_catalog_reads() -> None:
    names = {
        "type": "array",
        "items": record(_1=["null", "int", {"type": "map", "values": "R"}]),
    }

    for text in columns("AVRO", names).values():
        assert parse_type(text or "")


def test_names_that_double_at_each_level_are_refused() -> None:
    schema: dict[str, object] = record(a="int")
    for level in range(20):
        inner = {**schema, "name": f"R{level}"}
        schema = record(a=inner, b=f"R{level}")

    with pytest.raises(InvalidInputError, match="more than 10000 types"):
        columns("AVRO", schema)


def make_table(glue: Client, reference: Reply, **more: Any) -> None:  # noqa: ANN401
    glue.create_table(
        DatabaseName="db",
        TableInput={
            "Name": "people",
            "StorageDescriptor": {"Location": "s3://b/p/", "SchemaReference": reference, **more},
            "PartitionKeys": [{"Name": "day", "Type": "date"}],
        },
    )


def test_a_table_shows_the_columns_of_its_schema(glue: Client, schema: Reply) -> None:
    glue.create_database(DatabaseInput={"Name": "db"})
    make_table(glue, {"SchemaId": ID, "SchemaVersionNumber": 1})
    name = {"Name": "name", "Type": "string"}
    age = {"Name": "age", "Type": "int"}

    def shown() -> list[Any]:
        replies = [
            glue.get_table(DatabaseName="db", Name="people")["Table"],
            glue.get_tables(DatabaseName="db")["TableList"][0],
            glue.search_tables(SearchText="people")["TableList"][0],
            glue.get_table_version(DatabaseName="db", TableName="people")["TableVersion"]["Table"],
            glue.get_table_versions(DatabaseName="db", TableName="people")["TableVersions"][0][
                "Table"
            ],
        ]
        found = [one["StorageDescriptor"]["Columns"] for one in replies]
        assert all(one == found[0] for one in found)
        assert replies[0]["StorageDescriptor"]["SchemaReference"]
        return list(found[0])

    assert shown() == [name]
    second = register(glue, OPTIONAL_AGE)
    storage = {"SchemaReference": {"SchemaVersionId": second["SchemaVersionId"]}}
    glue.update_table(
        DatabaseName="db", TableInput={"Name": "people", "StorageDescriptor": storage}
    )
    assert glue.get_table(DatabaseName="db", Name="people")["Table"]["StorageDescriptor"][
        "Columns"
    ] == [name, age]
    glue.delete_schema(SchemaId={"SchemaArn": schema["SchemaArn"]})
    found = glue.get_table(DatabaseName="db", Name="people")["Table"]
    assert found["StorageDescriptor"]["Columns"] == []


def test_a_table_cannot_refer_to_a_schema_that_is_not_there(glue: Client) -> None:
    glue.create_database(DatabaseInput={"Name": "db"})

    with pytest.raises(ClientError, match=r"Schema is not found\. RegistryName: events"):
        make_table(glue, {"SchemaId": ID, "SchemaVersionNumber": 1})

    assert glue.get_tables(DatabaseName="db")["TableList"] == []
