from __future__ import annotations

import json
from dataclasses import replace

import pytest

from gluepot.catalog.diff import Compatibility, describe, diff_from_json, diff_tables
from gluepot.catalog.model import Column, SerDeInfo, StorageDescriptor, Table
from tests.catalog.conftest import a_table

BASE = {"a": "int", "b": "string"}


@pytest.mark.parametrize(
    ("columns", "lines", "compatibility"),
    [
        ({"a": "int", "b": "string"}, [], Compatibility.FULL),
        (BASE | {"c": "date"}, ["+ column c date"], Compatibility.BACKWARD),
        ({"a": "int"}, ["- column b string"], Compatibility.FORWARD),
        (
            BASE | {"a": "bigint"},
            ["~ column a int -> bigint (widened)"],
            Compatibility.BACKWARD,
        ),
        (
            BASE | {"a": "smallint"},
            ["~ column a int -> smallint (narrowed)"],
            Compatibility.FORWARD,
        ),
        (BASE | {"a": "date"}, ["~ column a int -> date"], Compatibility.NONE),
        (BASE | {"a": "no such type"}, ["~ column a int -> no such type"], Compatibility.NONE),
        (
            {"a": "int", "c": "date"},
            ["+ column c date", "- column b string"],
            Compatibility.NONE,
        ),
        ({"b": "string", "a": "int"}, ["~ column b moved from 1 to 0"], Compatibility.FULL),
    ],
)
def test_a_change_of_columns_is_told_with_who_can_still_read(
    columns: dict[str, str], lines: list[str], compatibility: Compatibility
) -> None:
    diff = diff_tables(a_table(**BASE), a_table(**columns))

    assert describe(diff).splitlines() == lines
    assert diff.compatibility is compatibility
    assert bool(diff) is bool(lines)


def test_one_column_that_moved_is_one_change() -> None:
    old = a_table(a="int", b="int", c="int", d="int")
    new = a_table(d="int", a="int", b="int", c="int")

    assert describe(diff_tables(old, new)) == "~ column d moved from 3 to 0"


def test_a_name_in_another_case_is_the_same_column() -> None:
    assert not diff_tables(a_table(ID="int"), a_table(id="int"))


def test_a_change_of_partition_keys_breaks_both_ways() -> None:
    old = replace(a_table(), partition_keys=(Column(name="year", type="int"),))
    new = replace(a_table(), partition_keys=(Column(name="day", type="date"),))

    diff = diff_tables(old, new)

    assert describe(diff).splitlines() == ["+ partition key day date", "- partition key year int"]
    assert diff.compatibility is Compatibility.NONE


def test_everything_else_that_changed_is_told() -> None:
    storage = StorageDescriptor(
        columns=(Column(name="a", type="int"),),
        location="s3://old/",
        input_format="Text",
        serde_info=SerDeInfo(serialization_library="Csv", parameters={"field.delim": ","}),
    )
    old = Table(
        database_name="d",
        name="t",
        storage_descriptor=storage,
        parameters={"kept": "1", "gone": "1"},
        description="old",
    )
    new_storage = StorageDescriptor(
        columns=(Column(name="a", type="int", comment="new"),),
        location="s3://new/",
        input_format="Parquet",
        serde_info=SerDeInfo(serialization_library="Csv", parameters={"field.delim": ";"}),
    )
    new = replace(
        old, storage_descriptor=new_storage, parameters={"kept": "1", "came": "2"}, owner="anna"
    )

    diff = diff_tables(old, replace(new, description="new"))

    assert describe(diff).splitlines() == [
        "~ column a comment or parameters",
        "~ location s3://old/ -> s3://new/",
        "~ input format Text -> Parquet",
        "~ serde field.delim , -> ;",
        "- parameter gone 1",
        "+ parameter came 2",
        "~ description old -> new",
        "+ owner anna",
    ]
    assert diff.compatibility is Compatibility.FULL


def test_a_diff_survives_json() -> None:
    old = replace(a_table(a="int", b="int", c="int"), parameters={"k": "v"})
    new = replace(a_table(c="bigint", a="date", d="string"), retention=3)

    diff = diff_tables(old, new)

    assert diff_from_json(json.loads(json.dumps(diff.to_json()))) == diff
    assert diff.to_json()["compatibility"] == "none"


def test_a_table_without_storage_can_be_compared() -> None:
    bare = Table(database_name="d", name="t")

    diff = diff_tables(bare, a_table(a="int"))

    assert describe(diff).splitlines() == ["+ column a int", "+ location s3://raw/days/"]
