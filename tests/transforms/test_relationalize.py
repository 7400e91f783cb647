from __future__ import annotations

import json
import sys
from collections import Counter, defaultdict
from functools import reduce
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyspark.sql import DataFrame
from pyspark.sql import functions as F  # noqa: N812
from pyspark.sql import types as T  # noqa: N812

from gluepot.catalog.errors import InvalidInputError
from gluepot.transforms import DynamicFrame, Join
from gluepot.transforms.choices import choice_column
from gluepot.transforms.relationalize import Relationalize, StagingPathError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from pyspark.sql import SparkSession

    from gluepot.transforms.collection import DynamicFrameCollection

    Rows = list[tuple[Any, ...]]

STAGING = "s3://nowhere/staging"
PEOPLE = (
    "id string, name struct<given:string,family:string>, links array<string>,"
    " contact_details array<struct<type:string,value:string>>"
)


def relationalized(frame: DynamicFrame, name: str = "root") -> DynamicFrameCollection:
    frames: DynamicFrameCollection = Relationalize.apply(frame, STAGING, name)
    return frames


def rows_of(frame: DynamicFrame) -> Rows:
    return sorted(map(tuple, frame.toDF().collect()), key=repr)


@pytest.fixture
def people(spark: SparkSession) -> DynamicFrame:
    rows = [
        ("p1", ("Mike", "Ross"), ["a", "b"], [("fax", "1"), ("phone", "2")]),
        ("p2", ("Ann", "Lee"), [], None),
        ("p3", None, ["c"], [("twitter", "@c"), None]),
    ]
    # One partition: rows are numbered in this order.
    return DynamicFrame(spark.createDataFrame(rows, PEOPLE).coalesce(1), None, "people")


def test_arrays_become_tables_that_keys_join_to_the_root(people: DynamicFrame) -> None:
    tables = relationalized(people, "l_root")

    assert list(tables.keys()) == ["l_root", "l_root_links", "l_root_contact_details"]
    assert [frame.name for frame in tables.values()] == list(tables)
    assert tables["l_root"].toDF().schema.simpleString() == (
        "struct<id:string,name.given:string,name.family:string,links:bigint,contact_details:bigint>"
    )
    assert rows_of(tables["l_root"]) == [
        ("p1", "Mike", "Ross", 1, 1),
        ("p2", "Ann", "Lee", None, None),
        ("p3", None, None, 3, 3),
    ]
    assert tables["l_root_links"].toDF().schema.simpleString() == (
        "struct<id:bigint,index:int,links.val:string>"
    )
    assert rows_of(tables["l_root_links"]) == [(1, 0, "a"), (1, 1, "b"), (3, 0, "c")]
    contacts = tables.select("l_root_contact_details").toDF()
    assert contacts.columns == [
        *("id", "index"),
        *("contact_details.val.type", "contact_details.val.value"),
    ]
    found = contacts.where("id = 1 or id = 3").orderBy(["id", "index"]).collect()
    assert list(map(tuple, found)) == [
        (1, 0, "fax", "1"),
        (1, 1, "phone", "2"),
        (3, 0, "twitter", "@c"),
        (3, 1, None, None),
    ]


def test_tables_are_joined_back_by_the_join_transform(people: DynamicFrame) -> None:
    tables = relationalized(people, "h")

    joined = Join.apply(tables["h"], tables["h_links"], "links", "id").toDF()

    found = joined.select("`.id`", "`links.val`").collect()
    assert sorted(map(tuple, found)) == [("p1", "a"), ("p1", "b"), ("p3", "c")]


def test_arrays_inside_go_on_with_val_in_their_names(spark: SparkSession) -> None:
    schema = (
        "items array<struct<sku:string,`in`:struct<tags:array<string>>>>,"
        " grid array<array<struct<n:int>>>, at struct<points:array<int>>"
    )
    rows = [
        ([("a", (["x", "y"],)), None, ("b", None)], [[(1,), None], None, [], [(2,)]], ([5],)),
        ([("c", (["z"],))], None, None),
    ]
    frame = DynamicFrame(spark.createDataFrame(rows, schema).coalesce(1))

    tables = relationalized(frame)

    assert {key: (tables[key].toDF().columns, rows_of(tables[key])) for key in tables} == {
        "root": (["items", "grid", "at.points"], [(1, 1, 1), (2, None, None)]),
        "root_items": (
            ["id", "index", "items.val.sku", "items.val.in.tags"],
            [(1, 0, "a", 1), (1, 1, None, None), (1, 2, "b", None), (2, 0, "c", 4)],
        ),
        "root_items.val.in.tags": (
            ["id", "index", "items.val.in.tags.val"],
            [(1, 0, "x"), (1, 1, "y"), (4, 0, "z")],
        ),
        "root_grid": (
            ["id", "index", "grid.val"],
            [(1, 0, 1), (1, 1, None), (1, 2, None), (1, 3, 4)],
        ),
        "root_grid.val": (
            ["id", "index", "grid.val.val.n"],
            [(1, 0, 1), (1, 1, None), (4, 0, 2)],
        ),
        "root_at.points": (["id", "index", "at.points.val"], [(1, 0, 5)]),
    }


def test_a_map_is_a_table_of_its_entries(spark: SparkSession) -> None:
    schema = "m map<string,struct<v:int,more:array<int>>>"
    rows = [({"a": (1, [7, 8]), "b": (2, None)},), ({},), (None,)]
    frame = DynamicFrame(spark.createDataFrame(rows, schema).coalesce(1))

    tables = relationalized(frame)

    assert rows_of(tables["root"]) == [(1,), (None,), (None,)]
    assert tables["root_m"].toDF().columns == [
        *("id", "index", "m.key"),
        *("m.val.v", "m.val.more"),
    ]
    entries = rows_of(tables["root_m"])
    assert sorted(row[2:4] for row in entries) == [("a", 1), ("b", 2)]
    key = next(row[4] for row in entries if row[2] == "a")
    assert rows_of(tables["root_m.val.more"]) == [(key, 0, 7), (key, 1, 8)]


def test_plain_choices_stay_and_nested_ones_are_split_by_type(spark: SparkSession) -> None:
    source = spark.createDataFrame(
        [(1, "a", (5,), [6, 7])], "n int, s string, st struct<x:int>, arr array<int>"
    )
    plain = choice_column({"int": F.col("n"), "string": F.lit(None).cast("string")})
    nothing = F.when(F.col("n") > 1, F.col("st"))
    nested = choice_column({"array": F.col("arr"), "string": F.col("s"), "struct": nothing})
    columns = [plain.alias("plain"), nested.alias("nested"), F.array(plain).alias("list")]
    frame = DynamicFrame(source.select(*columns))

    tables = relationalized(frame)

    kinds = {field.name: field.dataType.typeName() for field in tables["root"].schema()}
    assert kinds == {
        "plain": "choice",
        "nested.array": "long",
        "nested.string": "string",
        "nested.struct.x": "int",
        "list": "long",
    }
    assert tables["root"].toDF().first() == ((1, None), 1, "a", None, 1)
    assert list(tables) == ["root", "root_nested.array", "root_list"]
    assert rows_of(tables["root_nested.array"]) == [(1, 0, 6), (1, 1, 7)]
    assert [field.dataType.typeName() for field in tables["root_list"].schema()] == [
        *("long", "int"),
        "choice",
    ]


def test_flat_records_give_the_root_alone(spark: SparkSession) -> None:
    frame = DynamicFrame(spark.createDataFrame([(1, (2,))], "`a.b` int, c struct<d:int>"))

    tables = relationalized(frame)

    assert list(tables) == ["root"]
    assert tables["root"].toDF().columns == ["a.b", "c.d"]
    assert rows_of(tables["root"]) == [(1, 2)]


def test_no_records_give_tables_without_rows(spark: SparkSession) -> None:
    tables = relationalized(DynamicFrame(spark.createDataFrame([], PEOPLE)))

    assert {key: tables[key].count() for key in tables} == dict.fromkeys(
        ["root", "root_links", "root_contact_details"], 0
    )


def test_keys_number_rows_from_1_through_all_partitions(spark: SparkSession) -> None:
    source = spark.range(40, numPartitions=5).where("id % 5 != 0 and id > 10")
    inner = F.array(F.array(F.lit(1)), F.array(F.lit(2), F.lit(3)))
    frame = DynamicFrame(source.select("id", inner.alias("a")))

    tables = relationalized(frame)

    count = source.count()
    keys = sorted(row[1] for row in rows_of(tables["root"]))
    assert keys == list(range(1, count + 1))
    inside = rows_of(tables["root_a"])
    assert sorted(row[2] for row in inside) == list(range(1, 2 * count + 1))
    assert Counter(row[0] for row in inside) == Counter(keys + keys)


def test_rows_that_change_from_run_to_run_are_taken_once(spark: SparkSession) -> None:
    noise = F.array(F.rand(), F.rand())
    frame = DynamicFrame(spark.range(200, numPartitions=4).select(noise.alias("a")).repartition(3))

    tables = relationalized(frame)

    once, again = rows_of(tables["root_a"]), rows_of(tables["root_a"])
    assert once == again
    assert Counter(row[0] for row in once) == {row[0]: 2 for row in rows_of(tables["root"])}


def test_without_a_staging_path_there_must_be_a_temp_dir(
    people: DynamicFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "argv", ["script.py", "--JOB_NAME", "j"])
    with pytest.raises(RuntimeError, match="Unable to set staging_path") as caught:
        Relationalize.apply(people)
    assert isinstance(caught.value, StagingPathError)

    for arguments in (["--TempDir", "s3://t/"], ["--TempDir=s3://t/"]):
        monkeypatch.setattr(sys, "argv", ["script.py", *arguments])
        assert list(Relationalize.apply(people))[0] == "roottable"  # noqa: RUF015


def test_names_that_clash_are_told(spark: SparkSession) -> None:
    fields = spark.createDataFrame([((1,), 2)], "a struct<b:int>, `a.b` int")
    tables = spark.createDataFrame([([[1]], [2])], "a array<array<int>>, `a.val` array<int>")

    with pytest.raises(InvalidInputError, match=r"table 'root'\): more than one .* 'a.b'"):
        relationalized(DynamicFrame(fields))
    with pytest.raises(InvalidInputError, match=r"tables\): more than one .* 'root_a.val'"):
        relationalized(DynamicFrame(tables))


def test_the_methods_do_what_the_classes_do(people: DynamicFrame) -> None:
    assert list(people.relationalize("r", STAGING)) == ["r", "r_links", "r_contact_details"]
    assert people.unnest().toDF().columns[1:3] == ["name.given", "name.family"]
    assert list(people.split_fields("id", "a", "b")) == ["a", "b"]
    assert people.split_rows({"id": {"=": "p1"}}, "a", "b")["b"].count() == 2


# Relationalize, then join back: the rows, but for what flat tables cannot say. An empty array is
# null there, and so is a struct whose fields all are.


def documents(depth: int) -> st.SearchStrategy[T.DataType]:
    scalars = st.sampled_from([T.IntegerType(), T.StringType()])
    if depth == 0:
        return scalars
    below = documents(depth - 1)
    structs = st.lists(below, min_size=1, max_size=2).map(struct)
    return st.one_of(scalars, structs, below.map(T.ArrayType), structs.map(T.ArrayType))


def struct(kinds: Iterable[T.DataType]) -> T.StructType:
    return T.StructType([T.StructField(f"f.{i}", kind) for i, kind in enumerate(kinds)])


def values(kind: T.DataType) -> st.SearchStrategy[Any]:
    if isinstance(kind, T.StructType):
        found: st.SearchStrategy[Any] = st.tuples(*(values(field.dataType) for field in kind))
    elif isinstance(kind, T.ArrayType):
        found = st.lists(values(kind.elementType), max_size=3)
    else:
        found = st.integers(0, 3) if isinstance(kind, T.IntegerType) else st.text("ab", max_size=1)
    return st.none() | found


@st.composite
def frames(draw: st.DrawFn) -> tuple[T.StructType, Rows]:
    kind = struct(
        [
            *draw(st.lists(documents(3), min_size=1, max_size=2)),
            T.ArrayType(struct([T.StringType(), draw(documents(1).map(T.ArrayType))])),
        ]
    )
    row = st.tuples(*(values(field.dataType) for field in kind))
    return kind, draw(st.lists(row, min_size=1, max_size=5))


def plain(value: Any, kind: T.DataType) -> Any:  # noqa: ANN401
    if isinstance(kind, T.StructType) and value is not None:
        members = [plain(each, field.dataType) for each, field in zip(value, kind, strict=True)]
        return None if all(each is None for each in members) else tuple(members)
    if isinstance(kind, T.ArrayType):
        return [plain(each, kind.elementType) for each in value] if value else None
    return value


def collected(tables: DynamicFrameCollection) -> dict[str, list[dict[str, Any]]]:
    """Return the rows of all tables by one action."""
    texts = [
        frame.toDF().select(
            F.lit(key).alias("key"), F.to_json(F.struct("*"), {"ignoreNullFields": "false"})
        )
        for key, frame in zip(tables.keys(), tables.values(), strict=True)
    ]
    found: dict[str, list[dict[str, Any]]] = {key: [] for key in tables}
    for key, text in reduce(DataFrame.union, texts).collect():
        found[key].append(json.loads(text))
    return found


def joined_back(tables: Mapping[str, list[dict[str, Any]]], kind: T.StructType) -> Rows:
    items: dict[str, dict[int, list[dict[str, Any]]]] = {}
    for key, rows in tables.items():
        items[key] = defaultdict(list)
        for row in sorted(rows, key=lambda row: row.get("index", 0)):
            items[key][row.get("id", 0)].append(row)

    def value(row: dict[str, Any], name: str, inner: T.DataType) -> Any:  # noqa: ANN401
        if isinstance(inner, T.StructType):
            return tuple(value(row, f"{name}.{each.name}", each.dataType) for each in inner)
        if isinstance(inner, T.ArrayType) and row[name] is not None:
            found = items[f"root_{name}"].pop(row[name])
            assert [each["index"] for each in found] == list(range(len(found)))
            return [value(each, f"{name}.val", inner.elementType) for each in found]
        return row[name]

    found = [tuple(value(row, each.name, each.dataType) for each in kind) for row in tables["root"]]
    assert not any(left for key, left in items.items() if key != "root")
    return [tuple(plain(each, f.dataType) for each, f in zip(r, kind, strict=True)) for r in found]


@given(frames(), st.sampled_from([1, 3]))
@settings(
    max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_joining_back_gives_the_rows_however_they_lie(
    spark: SparkSession, given_frame: tuple[T.StructType, Rows], parts: int
) -> None:
    kind, rows = given_frame
    frame = DynamicFrame(spark.createDataFrame(rows, kind).repartition(parts))

    tables = relationalized(frame)

    found = collected(tables)
    expected = [
        tuple(plain(each, field.dataType) for each, field in zip(row, kind, strict=True))
        for row in rows
    ]
    assert Counter(map(repr, joined_back(found, kind))) == Counter(map(repr, expected))
