"""Delta tables that delta-rs wrote, and logs written by hand where it does not write such."""

from __future__ import annotations

import json
import uuid
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest
from deltalake import DeltaTable, write_deltalake
from pyarrow import parquet

from gluepot.crawlers.lakehouse.kinds import LakeKind
from tests.crawlers.lakehouse.lakes import (
    PROTOCOL,
    columns,
    delta_add,
    delta_commit,
    delta_metadata,
    local,
    read,
)

if TYPE_CHECKING:
    from tests.crawlers.conftest import Place

ROWS = pa.table(
    {
        "Id": pa.array([1, 2, 3], pa.int64()),
        "city": ["a b", "c/d", None],
        "price": pa.array([Decimal("1.25")] * 3, pa.decimal128(10, 2)),
        "seen": pa.array([0, 1, 2], pa.timestamp("us", tz="UTC")),
        "items": pa.array([[{"N": 1}], [], None], pa.list_(pa.struct([("N", pa.int32())]))),
        "tags": pa.array([[("k", 1.5)], None, []], pa.map_(pa.string(), pa.float64())),
    }
)
TYPES = {
    "id": "bigint",
    "city": "string",
    "price": "decimal(10,2)",
    "seen": "timestamp",
    "items": "array<struct<N:int>>",
    "tags": "map<string,double>",
}


def test_a_table_that_delta_rs_wrote_has_its_columns_and_its_counts(folder: Place) -> None:
    path = local(folder, "orders")
    write_deltalake(path, ROWS, partition_by=["city"])
    write_deltalake(path, ROWS, mode="append")

    table = read(folder, LakeKind.DELTA, "orders")

    assert columns(table) == TYPES
    assert (table.location, table.folder) == (f"{folder.root}/orders/", "orders")
    assert (table.keys, table.partitions, table.storage) == ((), (), "delta")
    assert (table.volume.records, table.volume.objects) == (6, 6)
    data = [info.size for info in folder.source.list(folder.root) if ".parquet" in info.uri]
    assert table.volume.size_bytes == sum(data)
    assert (
        table.parameters["table_type"] == table.parameters["spark.sql.sources.provider"] == "delta"
    )
    assert table.parameters["delta.lastUpdateVersion"] == "1"
    assert (
        json.loads(table.parameters["spark.sql.sources.schema.part.0"])["fields"][0]["name"] == "Id"
    )
    assert any("partitions it by city" in reason for reason in table.reasons)


def test_a_checkpoint_stands_for_the_commits_before_it(folder: Place) -> None:
    path = local(folder, "orders")
    for _ in range(3):
        write_deltalake(path, ROWS, mode="append")
    DeltaTable(path).create_checkpoint()
    for version in range(2):
        folder.source.delete([f"{folder.root}/orders/_delta_log/{version:020}.json"])
    before = read(folder, LakeKind.DELTA, "orders")

    wider = ROWS.append_column("extra", pa.array([1.5] * 3))
    write_deltalake(path, wider, mode="append", schema_mode="merge")
    DeltaTable(path).delete('"Id" = 1')
    after = read(folder, LakeKind.DELTA, "orders")

    assert (columns(before), before.volume.records) == (TYPES, 9)
    assert before.volume.objects == 3
    assert columns(after) == TYPES | {"extra": "double"}
    assert after.volume.records == DeltaTable(path).to_pyarrow_table().num_rows == 8


def actions_as_rows(actions: list[dict[str, Any]]) -> list[dict[str, Any]]:
    kinds = ("protocol", "metaData", "add", "sidecar", "checkpointMetadata")
    found = []
    for action in actions:
        row: dict[str, Any] = dict.fromkeys(kinds)
        for kind, value in action.items():
            row[kind] = dict(value)
            if kind == "add":
                row[kind]["partitionValues"] = list(value["partitionValues"].items())
            if kind == "metaData":
                row[kind]["configuration"] = list(value["configuration"].items())
        found.append(row)
    return found


PAIRS = pa.map_(pa.string(), pa.string())
CHECKPOINT = pa.schema(
    {
        "protocol": pa.struct({"minReaderVersion": pa.int32(), "minWriterVersion": pa.int32()}),
        "metaData": pa.struct(
            {
                "id": pa.string(),
                "schemaString": pa.string(),
                "partitionColumns": pa.list_(pa.string()),
                "configuration": PAIRS,
            }
        ),
        "add": pa.struct(
            {
                "path": pa.string(),
                "size": pa.int64(),
                "partitionValues": PAIRS,
                "stats": pa.string(),
            }
        ),
        "sidecar": pa.struct({"path": pa.string(), "sizeInBytes": pa.int64()}),
        "checkpointMetadata": pa.struct({"version": pa.int64()}),
    }
)


def put_checkpoint(place: Place, name: str, actions: list[dict[str, Any]]) -> str:
    sink = pa.BufferOutputStream()
    parquet.write_table(pa.Table.from_pylist(actions_as_rows(actions), CHECKPOINT), sink)
    return place.put(f"t/_delta_log/{name}", sink.getvalue().to_pybytes())


ADDS = [delta_add("a.parquet", 2), delta_add("b.parquet", 3)]


def test_a_checkpoint_in_several_files_counts_once_all_are_there(folder: Place) -> None:
    delta_commit(folder, "t", 7, [PROTOCOL, delta_metadata(("old", "long"))])
    end = f"{2:010}.parquet"
    new = [PROTOCOL, delta_metadata(("new", "string"))]
    put_checkpoint(folder, f"{5:020}.checkpoint.{1:010}.{end}", [*new, ADDS[0]])
    put_checkpoint(folder, f"{5:020}.checkpoint.{2:010}.{end}", [ADDS[1]])
    put_checkpoint(folder, f"{6:020}.checkpoint.{1:010}.{end}", new)
    delta_commit(folder, "t", 6, [{"remove": {"path": "a.parquet"}}])
    folder.source.delete([f"{folder.root}/t/_delta_log/{7:020}.json"])

    table = read(folder, LakeKind.DELTA, "t")

    assert columns(table) == {"new": "string"}
    assert (table.volume.objects, table.volume.records) == (1, 3)


@pytest.mark.parametrize("ending", ["parquet", "json"])
def test_a_checkpoint_may_keep_its_files_in_sidecars(folder: Place, ending: str) -> None:
    put_checkpoint(folder, "_sidecars/part-1.parquet", ADDS)
    actions = [
        PROTOCOL,
        delta_metadata(("id", "long")),
        {"sidecar": {"path": "part-1.parquet", "sizeInBytes": 1}},
        {"checkpointMetadata": {"version": 3}},
    ]
    name = f"{3:020}.checkpoint.{uuid.uuid4()}.{ending}"
    if ending == "json":
        folder.put(f"t/_delta_log/{name}", "\n".join(map(json.dumps, actions)))
    else:
        put_checkpoint(folder, name, actions)

    table = read(folder, LakeKind.DELTA, "t")

    assert columns(table) == {"id": "bigint"}
    assert (table.volume.objects, table.volume.records) == (2, 5)


def test_types_that_stand_in_the_metadata_of_fields_are_kept(folder: Place) -> None:
    sized = {
        "name": "Code",
        "type": "string",
        "nullable": True,
        "metadata": {"__CHAR_VARCHAR_TYPE_STRING": "varchar(7)", "comment": "of the shop"},
    }
    mapped = {
        "name": "logical",
        "type": "integer",
        "nullable": True,
        "metadata": {"delta.columnMapping.id": 1, "delta.columnMapping.physicalName": "col-1"},
    }
    nothing = ("nothing", {"type": "array", "elementType": "void", "containsNull": True})
    made = delta_metadata(
        sized, mapped, ("at", "timestamp_ntz"), nothing, delta_columnMapping_mode="name"
    )
    delta_commit(folder, "t", 0, [PROTOCOL, made])

    table = read(folder, LakeKind.DELTA, "t")

    assert columns(table) == {
        "code": "varchar(7)",
        "logical": "int",
        "at": "timestamp",
        "nothing": "array<string>",
    }
    assert table.columns[0].comment == "of the shop"
    assert any("logical names" in reason for reason in table.reasons)


def test_rows_that_a_deletion_vector_takes_away_are_not_counted(folder: Place) -> None:
    vector = {"storageType": "u", "pathOrInlineDv": "x", "offset": 1, "cardinality": 3}
    delta_commit(folder, "t", 0, [PROTOCOL, delta_metadata(("id", "long")), delta_add("a", 10)])
    deleting = [delta_add("a", 10, deletionVector=vector), {"remove": {"path": "a"}}]
    delta_commit(folder, "t", 1, deleting)

    volume = read(folder, LakeKind.DELTA, "t").volume

    assert (volume.objects, volume.records) == (1, 7)


def test_features_that_nobody_here_knows_are_named(folder: Place) -> None:
    protocol = {"minReaderVersion": 3, "minWriterVersion": 7, "readerFeatures": ["warpDrive"]}
    delta_commit(folder, "t", 0, [{"protocol": protocol}, delta_metadata(("id", "long"))])

    table = read(folder, LakeKind.DELTA, "t")

    assert any("warpDrive" in warning for warning in table.warnings)


def test_a_long_schema_is_cut_into_parameters_that_join_again(folder: Place) -> None:
    made = delta_metadata(*((f"column_{number}", "long") for number in range(300)))
    delta_commit(folder, "t", 0, [PROTOCOL, made])

    parameters = read(folder, LakeKind.DELTA, "t").parameters

    count = int(parameters["spark.sql.sources.schema.numParts"])
    parts = [parameters[f"spark.sql.sources.schema.part.{number}"] for number in range(count)]
    assert count > 1
    assert "".join(parts) == made["metaData"]["schemaString"]
