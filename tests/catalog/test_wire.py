from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import botocore.session
import pytest
from botocore.validate import ParamValidator
from hypothesis import given, settings
from hypothesis import strategies as st

from gluepot.catalog.errors import InvalidInputError
from gluepot.catalog.model import Column, Database, Partition, Table
from gluepot.catalog.wire import from_wire, to_wire

texts = st.text(max_size=5)
# A number of seconds has microseconds for the next centuries, not for millennia.
moments = st.datetimes(datetime(1900, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


@settings(deadline=None)
@given(
    st.builds(
        Table,
        database_name=texts,
        name=texts,
        create_time=st.none() | moments,
        parameters=st.none() | st.dictionaries(texts, texts),
        partition_keys=st.none() | st.lists(st.builds(Column, name=texts)).map(tuple),
        retention=st.none() | st.integers(),
    )
)
def test_a_table_survives_the_wire(table: Table) -> None:
    assert from_wire(Table, json.loads(json.dumps(to_wire(table)))) == table


@settings(deadline=None)
@given(moments)
def test_a_time_survives_the_wire_to_the_microsecond(moment: datetime) -> None:
    made = Partition(values=(), creation_time=moment)

    assert from_wire(Partition, to_wire(made)) == made


def test_absent_stays_absent_and_empty_stays_empty() -> None:
    table = Table(database_name="d", name="t", parameters={}, partition_keys=(), retention=0)

    wire = to_wire(table)

    assert wire == {
        "DatabaseName": "d",
        "Name": "t",
        "Parameters": {},
        "PartitionKeys": [],
        "Retention": 0,
    }


def test_names_are_those_of_the_service() -> None:
    wire: dict[str, Any] = {
        "Name": "t",
        "DatabaseName": "d",
        "StorageDescriptor": {
            "Columns": [{"Name": "a", "Type": "int", "Comment": "c", "Parameters": {"k": "v"}}],
            "Location": "s3://x/",
            "AdditionalLocations": ["s3://y/"],
            "InputFormat": "i",
            "OutputFormat": "o",
            "Compressed": True,
            "NumberOfBuckets": -1,
            "SerdeInfo": {"Name": "n", "SerializationLibrary": "l", "Parameters": {}},
            "BucketColumns": ["a"],
            "SortColumns": [{"Column": "a", "SortOrder": 0}],
            "Parameters": {},
            "StoredAsSubDirectories": False,
        },
        "PartitionKeys": [],
        "ViewOriginalText": "v",
        "ViewExpandedText": "w",
        "TableType": "EXTERNAL_TABLE",
        "UpdateTime": 1.5,
        "CreatedBy": "me",
        "VersionId": "3",
    }
    service = botocore.session.get_session().get_service_model("glue")

    assert to_wire(from_wire(Table, wire)) == wire
    for model, name in ((wire, "Table"), (to_wire(Database(name="d")), "Database")):
        report = ParamValidator().validate(model, service.shape_for(name))
        assert not report.has_errors(), report.generate_report()


@pytest.mark.parametrize(
    ("wire", "message"),
    [
        ({"DatabaseName": "d"}, "Table lacks its member 'Name'"),
        (
            {"PartitionKeys": [{"Name": "a", "Typ": "int"}]},
            "PartitionKeys[0] has no member 'Typ'. Did you mean 'Type'?",
        ),
        ({"DatabaseName": 3, "Name": "t"}, "Table.DatabaseName is a number, not a text"),
        ({"Retention": "1"}, "Table.Retention is a text, not a whole number"),
        ({"Retention": True}, "Table.Retention is true or false, not a whole number"),
        ({"Parameters": {"a": 1}}, "Table.Parameters['a'] is a number, not a text"),
        ({"Parameters": []}, "Table.Parameters is a list, not an object"),
        ({"PartitionKeys": {}}, "Table.PartitionKeys is an object, not a list"),
        ({"PartitionKeys": ["a"]}, "Table.PartitionKeys[0] is a text, not an object"),
        ({"PartitionKeys": [{}]}, "Table.PartitionKeys[0] lacks its member 'Name'"),
        ({"StorageDescriptor": {"Compressed": 1}}, "Compressed is a number, not true or false"),
        ({"CreateTime": "now"}, "Table.CreateTime is a text, not seconds since 1970"),
        ({"CreateTime": 1e300}, "Table.CreateTime is not a time that can be"),
    ],
)
def test_wrong_json_is_refused_with_its_path(wire: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidInputError) as caught:
        from_wire(Table, wire)

    assert message in str(caught.value)


def test_a_member_that_is_null_is_absent() -> None:
    assert from_wire(Database, {"Name": "d", "Description": None}) == Database(name="d")
