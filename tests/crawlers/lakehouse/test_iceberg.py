"""Iceberg tables that PyIceberg wrote, and metadata written by hand."""

from __future__ import annotations

import gzip
import json
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyiceberg.catalog.memory import InMemoryCatalog
from pyiceberg.transforms import BucketTransform, DayTransform
from pyiceberg.types import DoubleType

from gluepot.crawlers.lakehouse.errors import LakeTableError
from gluepot.crawlers.lakehouse.iceberg import newer_metadata
from gluepot.crawlers.lakehouse.kinds import LakeKind
from gluepot.crawlers.lakehouse.tables import read_lake_table
from tests.crawlers.lakehouse.lakes import columns, lakes_of, read

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.crawlers.conftest import Place

ROWS = pa.table(
    {
        "Id": pa.array([1, 2], pa.int64()),
        "seen": pa.array([1, 2], pa.timestamp("us", tz="UTC")),
        "inner": pa.array(
            [{"Aa": 1, "b": ["x"]}] * 2,
            pa.struct([("Aa", pa.int32()), ("b", pa.list_(pa.string()))]),
        ),
    }
)


@pytest.fixture
def catalog(folder: Place) -> Iterator[InMemoryCatalog]:
    found = InMemoryCatalog("memory", warehouse=folder.root)
    found.create_namespace("db")
    yield found
    found.close()


def test_a_table_that_pyiceberg_wrote_has_its_columns_and_its_counts(
    folder: Place, catalog: InMemoryCatalog
) -> None:
    written = catalog.create_table("db.orders", ROWS.schema)
    written.append(ROWS)
    with written.update_schema() as change:
        change.add_column("price", DoubleType(), doc="in euros")
    written.append(ROWS.append_column("price", pa.array([1.5, 2.5])))
    with written.update_spec() as spec:
        spec.add_field("Id", BucketTransform(4))
        spec.add_field("seen", DayTransform())

    table = read(folder, LakeKind.ICEBERG, "db/orders")

    assert columns(table) == {
        "id": "bigint",
        "seen": "timestamp",
        "inner": "struct<Aa:int,b:array<string>>",
        "price": "double",
    }
    assert table.parameters == {
        "table_type": "ICEBERG",
        "metadata_location": written.metadata_location,
    }
    assert table.location == written.location()
    assert (table.keys, table.warnings) == ((), ())
    assert table.volume.records == 4
    files = written.inspect.files()
    assert table.volume.objects == files.num_rows
    assert table.volume.size_bytes == sum(files["file_size_in_bytes"].to_pylist())
    assert table.columns[3].comment == "in euros"
    assert table.columns[3].parameters == {
        "iceberg.field.id": str(written.schema().find_field("price").field_id),
        "iceberg.field.optional": "true",
        "iceberg.field.current": "true",
    }
    assert any("bucket[4] as Id_bucket" in reason for reason in table.reasons)


def metadata_of(**members: Any) -> dict[str, Any]:  # noqa: ANN401
    """Return metadata of version 2 with one column, changed by members; None leaves one out."""
    base: dict[str, Any] = {
        "format-version": 2,
        "last-updated-ms": 1,
        "current-schema-id": 0,
        "schemas": [schema_of({"id": 1, "name": "id", "required": True, "type": "long"})],
    }
    changed = base | {name.replace("_", "-"): value for name, value in members.items()}
    return {name: value for name, value in changed.items() if value is not None}


def schema_of(*fields: Any, schema_id: int = 0) -> dict[str, Any]:  # noqa: ANN401
    return {"type": "struct", "schema-id": schema_id, "fields": list(fields)}


def typed(*types: Any) -> list[dict[str, Any]]:  # noqa: ANN401
    return [
        {"id": number, "name": f"c{number}", "required": False, "type": type_}
        for number, type_ in enumerate(types)
    ]


def put(place: Place, name: str, metadata: Any) -> str:  # noqa: ANN401
    data = metadata if isinstance(metadata, bytes) else json.dumps(metadata).encode()
    return place.put(f"t/metadata/{name}", data)


def newest(place: Place) -> str:
    return read(place, LakeKind.ICEBERG, "t").parameters["metadata_location"]


def test_the_highest_number_is_the_newest_not_the_last_in_the_alphabet(folder: Place) -> None:
    put(folder, "v9.metadata.json", metadata_of())
    uri = put(folder, "v10.metadata.json", metadata_of())
    put(folder, "version-hint.text", b"9\n")

    assert newest(folder) == uri


def test_of_two_files_of_one_number_the_later_counts_and_both_are_named(folder: Place) -> None:
    uri = put(folder, "00002-b.metadata.json", metadata_of(last_updated_ms=9))
    other = put(folder, "00002-c.metadata.json", metadata_of(last_updated_ms=5))

    table = read(folder, LakeKind.ICEBERG, "t")

    assert table.parameters["metadata_location"] == uri
    assert any(uri in warning and other in warning for warning in table.warnings)


@pytest.mark.parametrize("name", ["v3.gz.metadata.json", "v3.metadata.json.gz"])
def test_metadata_may_be_compressed(folder: Place, name: str) -> None:
    put(folder, name, gzip.compress(json.dumps(metadata_of()).encode()))

    assert columns(read(folder, LakeKind.ICEBERG, "t")) == {"id": "bigint"}


def test_types_of_all_versions_are_those_of_the_glue_catalog(folder: Place) -> None:
    types = ["boolean", "int", "float", "double", "date", "time", "timestamp", "timestamptz"]
    types += ["timestamp_ns", "string", "uuid", "fixed[16]", "binary", "decimal(9, 2)", "variant"]
    fields = typed(
        *types, {"type": "map", "key": "int", "value": {"type": "list", "element": "uuid"}}
    )
    put(folder, "v1.metadata.json", metadata_of(format_version=3, schemas=[schema_of(*fields)]))

    found = list(columns(read(folder, LakeKind.ICEBERG, "t")).values())

    expected = ["boolean", "int", "float", "double", "date", "string", "timestamp", "timestamp"]
    expected += ["timestamp", "string", "string", "binary", "binary", "decimal(9,2)", "variant"]
    assert found == [*expected, "map<int,array<string>>"]


def test_a_table_of_version_1_has_its_schema_at_one_place(folder: Place) -> None:
    schema = schema_of(*typed("string"))
    spec = [{"name": "c0_bucket", "transform": "bucket[2]", "source-id": 0, "field-id": 1000}]
    made = metadata_of(format_version=1, schemas=None, schema=schema, partition_spec=spec)
    put(folder, "v1.metadata.json", made)

    table = read(folder, LakeKind.ICEBERG, "t")

    assert columns(table) == {"c0": "string"}
    assert any("bucket[2] as c0_bucket" in reason for reason in table.reasons)


def test_a_copied_table_is_registered_where_it_lies_and_that_is_said(folder: Place) -> None:
    put(folder, "v1.metadata.json", metadata_of(location="s3://elsewhere/t"))

    table = read(folder, LakeKind.ICEBERG, "t")

    assert table.location == f"{folder.root}/t"
    assert any("s3://elsewhere/t" in warning for warning in table.warnings)


@pytest.mark.parametrize(
    ("metadata", "told"),
    [
        (b"{", "not JSON"),
        (b"[" * 100_000, "not JSON"),
        (b"[]", "no JSON object"),
        (gzip.compress(bytes(70_000_000), mtime=0), "expands to more"),
        (gzip.compress(b"{}", mtime=0)[:-4], "cut off"),
        (metadata_of(format_version=None), "no format-version"),
        (metadata_of(format_version=4), "format version 4"),
        (metadata_of(format_version="2"), "whole number"),
        (metadata_of(view_uuid="1"), "view"),
        (metadata_of(schemas=None), "no schema"),
        (metadata_of(current_schema_id=7), "its current schema, 7"),
        (metadata_of(schemas=[schema_of(*typed("quaternion"))]), "quaternion"),
        (metadata_of(schemas=[schema_of({"id": 1, "type": "int"})]), "without a name"),
        (metadata_of(schemas=[{"schema-id": 0}]), "list of fields"),
    ],
)
def test_damaged_metadata_is_named_with_the_reason(
    folder: Place,
    metadata: Any,  # noqa: ANN401
    told: str,
) -> None:
    uri = put(folder, "v1.metadata.json", metadata)

    with pytest.raises(LakeTableError, match=told) as caught:
        read(folder, LakeKind.ICEBERG, "t")

    assert caught.value.uri == uri


def test_metadata_that_claims_a_gigabyte_is_not_read(folder: Place) -> None:
    put(folder, "v1.metadata.json", metadata_of())
    log = [info._replace(size=2**30) for info in lakes_of(folder)[LakeKind.ICEBERG, "t"]]

    with pytest.raises(LakeTableError, match="1,073,741,824 bytes"):
        read_lake_table(LakeKind.ICEBERG, folder.source, f"{folder.root}/t", log)


def test_a_hint_at_metadata_that_is_gone_is_named(folder: Place) -> None:
    put(folder, "v1.metadata.json", metadata_of())
    uri = put(folder, "version-hint.text", b"2")

    with pytest.raises(LakeTableError) as caught:
        read(folder, LakeKind.ICEBERG, "t")

    assert caught.value.uri == uri


def test_a_crawl_takes_no_table_back_to_older_metadata() -> None:
    older, newer = (
        "s3://b/t/metadata/00009-a.metadata.json",
        "s3://b/t/metadata/00010-b.metadata.json",
    )

    assert newer_metadata(newer, older) == newer_metadata(older, newer) == newer


scalars = st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=4)
members = st.sampled_from(
    ["schemas", "snapshots", "partition-specs", "current-snapshot-id", "location", "properties"]
)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    members,
    st.recursive(
        scalars,
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(["fields", "type", "name", "summary"]), inner, max_size=3
            )
        ),
        max_leaves=6,
    ),
)
def test_any_json_is_read_or_refused_with_the_file(folder: Place, name: str, value: Any) -> None:  # noqa: ANN401
    uri = put(folder, "v1.metadata.json", metadata_of() | {name: value})

    try:
        told = newest(folder)
    except LakeTableError as error:
        told = error.uri

    assert told == uri
