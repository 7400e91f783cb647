"""Hudi tables: no writer runs without Spark's bundle, so these are laid out by the specification.

The properties are those that Hudi's own sample tables have.
"""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING, Any

import fastavro
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gluepot.crawlers.lakehouse import avro_record
from gluepot.crawlers.lakehouse.avro_record import first_record
from gluepot.crawlers.lakehouse.errors import LakeTableError
from gluepot.crawlers.lakehouse.java_properties import parse_properties
from gluepot.crawlers.lakehouse.kinds import LakeKind
from tests.crawlers.lakehouse.lakes import columns, keys, read, read_all

if TYPE_CHECKING:
    from tests.crawlers.conftest import Place

META = ("commit_time", "commit_seqno", "record_key", "partition_path", "file_name")
META_COLUMNS = {f"_hoodie_{name}": "string" for name in META}
DECIMAL = {
    "type": "fixed",
    "name": "price_type",
    "size": 5,
    "logicalType": "decimal",
    "precision": 10,
    "scale": 2,
}
SCHEMA = {
    "type": "record",
    "name": "orders_record",
    "namespace": "hoodie.orders",
    "fields": [
        {"name": "Id", "type": ["null", "long"]},
        {"name": "price", "type": ["null", DECIMAL]},
        {"name": "day", "type": ["null", {"type": "int", "logicalType": "date"}]},
        {"name": "seen", "type": {"type": "long", "logicalType": "timestamp-micros"}},
        {"name": "tags", "type": {"type": "map", "values": {"type": "array", "items": "string"}}},
        {"name": "city", "type": "string"},
    ],
}
OTHERS = {"id": "bigint", "price": "decimal(10,2)", "seen": "timestamp"}
OTHERS |= {"tags": "map<string,array<string>>"}

COMMIT_AVRO = {
    "type": "record",
    "name": "HoodieCommitMetadata",
    "namespace": "org.apache.hudi.avro.model",
    "fields": [
        {
            "name": "partitionToWriteStats",
            "default": None,
            "type": [
                "null",
                {
                    "type": "map",
                    "values": {
                        "type": "array",
                        "items": {
                            "type": "record",
                            "name": "HoodieWriteStat",
                            "fields": [
                                {"name": "path", "type": ["null", "string"], "default": None},
                                {"name": "numWrites", "type": ["null", "long"], "default": None},
                            ],
                        },
                    },
                },
            ],
        },
        {
            "name": "extraMetadata",
            "type": ["null", {"type": "map", "values": "string"}],
            "default": None,
        },
        {"name": "version", "type": ["int", "null"], "default": 1},
        {"name": "operationType", "type": ["null", "string"], "default": None},
    ],
}


def properties(place: Place, table: str = "t", **settings: str) -> str:
    lines = ["#Properties saved on 2024-05-10T16:20:08.106Z"]
    base = {"hoodie.table.name": "orders", "hoodie.table.version": "6"}
    named = {key.replace("__", "."): value for key, value in settings.items()}
    for key, value in (base | named).items():
        escaped = value.replace("\\", "\\\\").replace(":", "\\:").replace("=", "\\=")
        lines.append(f"{key}={escaped}")
    return place.put(f"{table}/.hoodie/hoodie.properties", "\n".join(lines))


def commit_of(schema: Any = SCHEMA) -> dict[str, Any]:  # noqa: ANN401
    return {
        "partitionToWriteStats": {"day=2024-01-01": [{"path": "a.parquet", "numWrites": 3}]},
        "extraMetadata": {} if schema is None else {"schema": json.dumps(schema)},
        "operationType": "UPSERT",
    }


def put_commit(place: Place, name: str, schema: Any = SCHEMA, *, table: str = "t") -> str:  # noqa: ANN401
    return place.put(f"{table}/.hoodie/{name}", json.dumps(commit_of(schema)))


def put_avro_commit(place: Place, name: str, codec: str = "null") -> str:
    sink = io.BytesIO()
    fastavro.writer(sink, COMMIT_AVRO, [commit_of()], codec=codec)
    return place.put(f"t/.hoodie/timeline/{name}", sink.getvalue())


def mark(place: Place, *partitions: str, table: str = "t") -> None:
    for path in partitions:
        place.put(f"{table}/{path}/.hoodie_partition_metadata", "commitTime=1\npartitionDepth=1\n")


def test_a_copy_on_write_table_is_one_table_with_its_partitions(folder: Place) -> None:
    properties(
        folder, hoodie__table__type="COPY_ON_WRITE", hoodie__table__partition__fields="day,city"
    )
    put_commit(folder, "20240101000000000.commit", {**SCHEMA, "fields": SCHEMA["fields"][:1]})
    put_commit(folder, "20240102000000000.replacecommit")
    folder.put("t/.hoodie/20240103000000000.commit.requested", "")
    folder.put("t/.hoodie/20240103000000000.inflight", "")
    mark(folder, "day=2024-01-01/city=a%20b", "day=2024-01-02/city=c")

    table = read(folder, LakeKind.HUDI, "t")

    assert columns(table) == META_COLUMNS | OTHERS
    assert keys(table) == {"day": "date", "city": "string"}
    assert [(item.values, item.location) for item in table.partitions] == [
        (("2024-01-01", "a b"), f"{folder.root}/t/day=2024-01-01/city=a%20b/"),
        (("2024-01-02", "c"), f"{folder.root}/t/day=2024-01-02/city=c/"),
    ]
    assert (table.storage, table.folder, table.location) == ("hudi", "t", f"{folder.root}/t/")
    assert any("20240102000000000.replacecommit" in reason for reason in table.reasons)


def test_a_merge_on_read_table_is_two_tables_at_one_place(folder: Place) -> None:
    properties(folder, hoodie__table__type="MERGE_ON_READ")
    put_commit(folder, "20240101000000000.deltacommit")

    read_optimized, real_time = read_all(folder, LakeKind.HUDI, "t")

    assert (read_optimized.folder, read_optimized.storage) == ("t_ro", "hudi")
    assert (real_time.folder, real_time.storage) == ("t_rt", "hudi_realtime")
    assert read_optimized.location == real_time.location
    assert [
        item.serde_parameters["hoodie.query.as.ro.table"] for item in (read_optimized, real_time)
    ] == ["true", "false"]
    assert read_optimized.compatibility != real_time.compatibility
    assert (
        columns(read_optimized)
        == columns(real_time)
        == {
            **META_COLUMNS,
            **OTHERS,
            "day": "date",
            "city": "string",
        }
    )


@pytest.mark.parametrize("codec", ["null", "deflate"])
def test_the_timeline_of_newer_tables_is_in_avro_and_goes_by_completion(
    folder: Place, codec: str
) -> None:
    properties(folder, hoodie__table__version="9", hoodie__timeline__layout__version="2")
    put_avro_commit(folder, "20240101000000000_20240109000000000.commit", codec)
    later = "t/.hoodie/timeline/20240105000000000_20240106000000000.commit"
    folder.put(later, json.dumps(commit_of({**SCHEMA, "fields": SCHEMA["fields"][:1]})))

    table = read(folder, LakeKind.HUDI, "t")

    assert columns(table) == {**META_COLUMNS, **OTHERS, "day": "date", "city": "string"}


def test_a_table_without_commits_has_the_schema_it_was_made_with(folder: Place) -> None:
    properties(
        folder,
        hoodie__table__create__schema=json.dumps(SCHEMA),
        hoodie__populate__meta__fields="false",
    )
    put_commit(folder, "20240101000000000.commit", None)

    table = read(folder, LakeKind.HUDI, "t")

    assert list(columns(table)) == ["id", "price", "day", "seen", "tags", "city"]


def test_partitions_may_be_folders_without_names_or_days_with_slashes(folder: Place) -> None:
    properties(folder, "plain", hoodie__table__partition__fields="city:SIMPLE")
    properties(folder, "days", hoodie__table__partition__fields="day:TIMESTAMP")
    for table in ("plain", "days"):
        put_commit(folder, "20240101000000000.commit", table=table)
    mark(folder, "rome", "oslo/deeper", table="plain")
    mark(folder, "2024/1/31", table="days")

    plain, days = (read(folder, LakeKind.HUDI, name) for name in ("plain", "days"))

    assert [item.values for item in plain.partitions] == [("rome",)]
    assert any("oslo/deeper/ is left out" in warning for warning in plain.warnings)
    assert [item.values for item in days.partitions] == [("2024-01-31",)]
    assert keys(days) == {"day": "date"}


def test_a_key_whose_folders_are_not_of_its_type_is_a_string(folder: Place) -> None:
    properties(folder, hoodie__table__partition__fields="day")
    put_commit(folder, "20240101000000000.commit")
    mark(folder, "day=2024-01", "day=2024-02")

    table = read(folder, LakeKind.HUDI, "t")

    assert keys(table) == {"day": "string"}
    assert "date" in table.keys[0].reason


@pytest.mark.parametrize(
    ("name", "data", "told"),
    [
        ("hoodie.properties", "hoodie.table.type=SIDEWAYS", "SIDEWAYS"),
        ("hoodie.properties", "hoodie.table.name=t", "tells the table's schema"),
        ("20240101000000000.commit", "{", "not JSON"),
        (
            "20240101000000000.commit",
            '{"extraMetadata": {"schema": "{"}}',
            "its schema is not JSON",
        ),
        ("20240101000000000.commit", '{"extraMetadata": {"schema": "{}"}}', "damaged"),
        ("20240101000000000.commit", b"Obj\x01\x02\x16avro.schema", "cut off"),
    ],
)
def test_damage_is_named_with_its_file(
    folder: Place, name: str, data: str | bytes, told: str
) -> None:
    properties(folder)
    uri = folder.put(f"t/.hoodie/{name}", data)

    with pytest.raises(LakeTableError, match=told) as caught:
        read_all(folder, LakeKind.HUDI, "t")

    assert caught.value.uri == uri


def test_a_timeline_without_properties_is_no_table(folder: Place) -> None:
    put_commit(folder, "20240101000000000.commit")

    with pytest.raises(LakeTableError, match="it is missing") as caught:
        read_all(folder, LakeKind.HUDI, "t")

    assert caught.value.uri.endswith("/t/.hoodie/hoodie.properties")


def container(schema: Any, block: bytes) -> bytes:  # noqa: ANN401
    def sized(data: bytes) -> bytes:
        return number(len(data)) + data

    header = number(1) + sized(b"avro.schema") + sized(json.dumps(schema).encode()) + number(0)
    return b"Obj\x01" + header + bytes(16) + number(1) + sized(block)


def number(value: int) -> bytes:
    value = (value << 1) ^ (value >> 63)
    parts = []
    while value > 0x7F:
        parts.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*parts, value])


def test_an_array_of_items_without_bytes_does_not_fill_the_memory(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(avro_record, "MAX_STEPS", 1_000)
    schema = {
        "type": "record",
        "name": "r",
        "fields": [{"name": "a", "type": {"type": "array", "items": "null"}}],
    }

    with pytest.raises(LakeTableError, match="more than 1,000 values"):
        first_record(container(schema, number(2**50)), "s3://b/c.commit")


def test_a_record_that_holds_itself_ends() -> None:
    schema = {"type": "record", "name": "r", "fields": [{"name": "a", "type": "r"}]}

    with pytest.raises(LakeTableError, match="too deep"):
        first_record(container(schema, b""), "s3://b/c.commit")


@given(st.binary(max_size=60))
def test_any_bytes_behind_the_magic_are_refused_with_a_reason(data: bytes) -> None:
    with pytest.raises(LakeTableError):
        first_record(b"Obj\x01" + data, "s3://b/c.commit")


texts = st.text(
    st.characters(codec="latin-1", exclude_categories=["Cc", "Zs", "Zl", "Zp"]), min_size=1
)


@given(st.dictionaries(texts, texts, max_size=5))
def test_properties_come_back_as_they_were_written(values: dict[str, str]) -> None:
    def escaped(text: str) -> str:
        return "".join(f"\\{mark}" if mark in "\\:=#!" else mark for mark in text)

    text = "\n".join(f"{escaped(key)}={escaped(value)}" for key, value in values.items())

    assert parse_properties(text) == values
