"""What crawlers do about tables that are known already, by each of Glue's policies."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gluepot.catalog.model import (
    Cause,
    Column,
    Database,
    Partition,
    SerDeInfo,
    StorageDescriptor,
    Table,
)
from gluepot.catalog.types import parse_type
from gluepot.crawlers.errors import TableThresholdError
from gluepot.crawlers.findings import FileProblem, Found, Survey
from gluepot.crawlers.grouping.column_merge import MergedColumn
from gluepot.crawlers.grouping.found import FoundPartition, FoundTable, Volume
from gluepot.crawlers.grouping.partition_keys import FoundKey
from gluepot.crawlers.lots import Compatibility
from gluepot.crawlers.model import ChangeKind, Crawler
from gluepot.crawlers.planning.apply import apply_change
from gluepot.crawlers.planning.plan import TableChange, plan_changes, report_change
from gluepot.crawlers.targets import Target

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.crawlers.conftest import Desk

BY_HAND = Cause(kind="cli", id="me")
DEPRECATED = "DEPRECATED_BY_CRAWLER"
VOLUME = Volume(objects=1, objects_read=1, size_bytes=10, records=5)
NEW = {
    "recrawl_behavior": "CRAWL_NEW_FOLDERS_ONLY",
    "update_behavior": "LOG",
    "delete_behavior": "LOG",
}


def found(  # noqa: PLR0913 - what tables differ in
    columns: Mapping[str, str],
    *,
    place: str = "s3://b/t/",
    days: tuple[str, ...] = (),
    key: str = "day",
    key_type: str = "int",
    format_: str = "json",
    **more: Any,  # noqa: ANN401
) -> Found:
    """Return a table of these columns, with a partition for each day."""
    volume = more.pop("volume", VOLUME)
    partitions = tuple(
        FoundPartition(values=(day,), location=f"{place}{key}={day}/", volume=volume)
        for day in days
    )
    members: dict[str, Any] = {
        "location": place,
        "folder": place.rstrip("/").rpartition("/")[2],
        "compatibility": Compatibility(format=format_, codec=more.pop("codec", "none")),
        "columns": tuple(
            MergedColumn(name=name, type=parse_type(text), reason="seen")
            for name, text in columns.items()
        ),
        "keys": (FoundKey(name=key, type=parse_type(key_type), reason="seen"),) if days else (),
        "partitions": partitions,
        "volume": volume,
        "top_level_fields": tuple(sorted(columns)),
        "storage": format_,
    }
    return Found(table=FoundTable(**members | more))


def survey(*tables: Found, partial: bool = False, **more: Any) -> Survey:  # noqa: ANN401
    """Return a survey of these tables and nothing else."""
    places = {item.table.location for item in tables}
    places |= {part.location for item in tables for part in item.table.partitions}
    members: dict[str, Any] = {
        "roots": ("s3://b/",),
        "locations": places,
        "problems": (),
        "warnings": (),
        "skipped": {},
        "sampling": "",
        "seconds": {},
    }
    members |= dict.fromkeys(("objects", "objects_read", "bytes_read"), 0)
    return Survey(tables=tables, partial=partial, **members | more)


def crawler(**options: Any) -> Crawler:  # noqa: ANN401
    members = {"name": "c", "database": "db", "targets": (Target(uri="s3://b/"),)}
    return Crawler(**members | options)


def plan(desk: Desk, seen: Survey, **options: Any) -> tuple[TableChange, ...]:  # noqa: ANN401
    return plan_changes(crawler(**options), seen, desk.catalog)


def crawl(desk: Desk, seen: Survey, **options: Any) -> tuple[TableChange, ...]:  # noqa: ANN401
    """Plan and apply, and expect that the same crawl again changes nothing."""
    changes = plan(desk, seen, **options)
    for change in changes:
        apply_change(change, desk.catalog, crawl_id="run")
    again = plan(desk, seen, **options)
    assert not any(change.pending for change in again)
    return changes


def warnings_of(changes: tuple[TableChange, ...]) -> str:
    return "\n".join(text for change in changes for text in report_change(change).warnings)


def parameters(desk: Desk, name: str = "t") -> Mapping[str, str]:
    return desk.catalog.get_table("db", name).parameters or {}


def partitions(desk: Desk, name: str = "t") -> dict[tuple[str, ...], Partition]:
    return {item.values: item for item in desk.catalog.partitions.list("db", name)}


def types(storage: StorageDescriptor | None) -> dict[str, str | None]:
    columns = (storage.columns if storage is not None else None) or ()
    return {column.name: column.type for column in columns}


def edit(desk: Desk, change: Any, name: str = "t") -> None:  # noqa: ANN401
    desk.catalog.update_table(change(desk.catalog.get_table("db", name)), BY_HAND)


def test_updating_adds_removes_and_retypes_columns_of_table_and_partitions(desk: Desk) -> None:
    crawl(desk, survey(found({"a": "int", "b": "int"}, days=("1", "2"))))

    (change,) = crawl(desk, survey(found({"a": "bigint", "c": "date"}, days=("1", "2"))))

    assert change.kind is ChangeKind.UPDATE
    assert desk.columns("t") == {"a": "bigint", "c": "date"}
    assert len(change.partitions.changed) == 2
    assert {tuple(types(item.storage_descriptor)) for item in partitions(desk).values()} == {
        ("a", "c")
    }


def test_logging_leaves_table_and_partitions_and_takes_in_new_ones(desk: Desk) -> None:
    crawl(desk, survey(found({"a": "int"}, days=("1",))))
    later = survey(
        found({"a": "bigint", "b": "int"}, days=("1", "2"), volume=replace(VOLUME, objects=2)),
        found({"x": "int"}, place="s3://b/new/"),
    )

    changes = crawl(desk, later, update_behavior="LOG")

    assert desk.columns("t") == {"a": "int"}
    assert desk.columns("new") == {"x": "int"}
    first, second = partitions(desk).values()
    assert (first.parameters or {})["objectCount"] == "1"
    assert types(second.storage_descriptor) == {"a": "int"}
    assert "t has changed; the crawler only logs that: " in warnings_of(changes)
    assert "1 partitions have changed; the crawler only logs that" in warnings_of(changes)
    assert desk.versions("t") == ["0"]


def test_inheriting_rewrites_partitions_of_another_definition_even_where_changes_are_logged(
    desk: Desk,
) -> None:
    seen = survey(found({"a": "int"}, days=("1", "2")))
    crawl(desk, seen)
    edit(desk, lambda table: replace(table, storage_descriptor=_retyped(table, "string")))

    logged = crawl(desk, seen, update_behavior="LOG")
    crawl(desk, seen, update_behavior="LOG", inherit_from_table=True)

    assert "2 partitions have changed" in warnings_of(logged)
    found_types = [types(item.storage_descriptor) for item in partitions(desk).values()]
    assert found_types == [{"a": "string"}] * 2
    assert desk.columns("t") == {"a": "string"}


def _retyped(table: Table, text: str) -> StorageDescriptor:
    storage = table.storage_descriptor
    assert storage is not None
    return replace(storage, columns=(Column(name="a", type=text),))


def test_a_partition_that_drifted_is_rewritten_and_keeps_what_others_set(desk: Desk) -> None:
    seen = survey(found({"a": "int"}, days=("1", "2")))
    crawl(desk, seen)
    first = partitions(desk)["1",]
    drifted = replace(
        first,
        storage_descriptor=replace(
            first.storage_descriptor or StorageDescriptor(),
            columns=(Column(name="old", type="string"),),
            others={"SchemaReference": {"SchemaVersionNumber": 1}},
        ),
        parameters={**(first.parameters or {}), "owner": "ana", "delimiter": ","},
        others={"LastAccessTime": 5},
    )
    desk.catalog.partitions.update("db", "t", [drifted])

    (change,) = crawl(desk, seen)

    read = partitions(desk)["1",]
    assert len(change.partitions.changed) == 1
    assert types(read.storage_descriptor) == {"a": "int"}
    assert read.storage_descriptor is not None
    assert read.storage_descriptor.others == {"SchemaReference": {"SchemaVersionNumber": 1}}
    assert read.others == {"LastAccessTime": 5}
    assert (read.parameters or {})["owner"] == "ana"
    assert "delimiter" not in (read.parameters or {})


def test_a_comment_on_a_column_rewrites_no_partition(desk: Desk) -> None:
    seen = survey(found({"a": "int"}, days=("1",)))
    crawl(desk, seen)
    commented = (Column(name="a", type="int", comment="mine"),)
    edit(
        desk,
        lambda table: replace(
            table, storage_descriptor=replace(table.storage_descriptor, columns=commented)
        ),
    )

    changes = plan(desk, seen)

    assert not any(change.pending for change in changes)


def test_what_people_set_survives_an_update_and_a_crawlers_own_parameters_do_not(
    desk: Desk,
) -> None:
    crawl(desk, survey(found({"a": "int"}, parameters={"rowTag": "row"})))
    edit(
        desk,
        lambda table: replace(
            table, owner="ana", description="d", parameters={**table.parameters, "team": "x"}
        ),
    )

    crawl(desk, survey(found({"a": "int", "b": "int"})))

    table = desk.catalog.get_table("db", "t")
    assert (table.owner, table.description, parameters(desk)["team"]) == ("ana", "d", "x")
    assert "rowTag" not in parameters(desk)


def test_comments_of_a_database_stand_where_people_set_none(desk: Desk) -> None:
    def seen(comment: str | None) -> Survey:
        item = found({}, place="shop.public.orders", format_="postgresql")
        columns = tuple(
            MergedColumn(name=name, type=parse_type("int"), reason="", comment=comment)
            for name in ("a", "b")
        )
        return survey(replace(item, table=replace(item.table, columns=columns)), roots=("shop.",))

    crawl(desk, seen(None))
    name = desk.tables()[0]
    mine = (Column(name="a", type="int", comment="mine"), Column(name="b", type="int"))
    edit(
        desk,
        lambda table: replace(
            table, storage_descriptor=replace(table.storage_descriptor, columns=mine)
        ),
        name,
    )

    crawl(desk, seen("theirs"))

    storage = desk.catalog.get_table("db", name).storage_descriptor
    assert storage is not None
    assert [column.comment for column in storage.columns or ()] == ["mine", "theirs"]


def test_merging_adds_columns_and_fields_and_changes_nothing_else(desk: Desk) -> None:
    crawl(desk, survey(found({"a": "int", "gone": "date", "s": "struct<x:int>"}, days=("1",))))
    own = SerDeInfo(
        serialization_library="org.openx.data.jsonserde.JsonSerDe",
        parameters={"paths": "a", "mine": "1"},
    )
    edit(
        desk,
        lambda table: replace(
            table,
            storage_descriptor=replace(
                table.storage_descriptor, input_format="own.Input", serde_info=own
            ),
        ),
    )
    later = found({"new": "int", "a": "string", "s": "struct<y:string,x:bigint>"}, days=("1", "2"))

    (change,) = crawl(desk, survey(later), merge_new_columns=True)

    storage = desk.catalog.get_table("db", "t").storage_descriptor
    assert storage is not None
    assert types(storage) == {
        "a": "int",
        "gone": "date",
        "s": "struct<x:int,y:string>",
        "new": "int",
    }
    assert storage.input_format == "own.Input"
    assert storage.serde_info is not None
    assert storage.serde_info.parameters == {"paths": "a,new,s", "mine": "1"}
    assert [types(item.storage_descriptor) for item in partitions(desk).values()] == [
        types(storage)
    ] * 2
    assert {item.name: item.reason for item in report_change(change).columns}["gone"].startswith(
        "the table had it"
    )


def test_merging_keeps_another_serde_and_types_that_people_spell_their_way(desk: Desk) -> None:
    crawl(desk, survey(found({"a": "int"})))
    own = SerDeInfo(serialization_library="own.Serde", parameters={"k": "v"})
    columns = (Column(name="a", type="my type"),)
    edit(
        desk,
        lambda table: replace(
            table,
            storage_descriptor=replace(table.storage_descriptor, serde_info=own, columns=columns),
        ),
    )

    crawl(desk, survey(found({"a": "int", "b": "int"})), merge_new_columns=True)

    storage = desk.catalog.get_table("db", "t").storage_descriptor
    assert storage is not None
    assert storage.serde_info == own
    assert types(storage) == {"a": "my type", "b": "int"}


@pytest.mark.parametrize(
    ("later", "said"),
    [
        ({"codec": "gzip"}, "'compressionType' has changed. The existing value is 'none', and the"),
        ({"format_": "parquet"}, "'classification' has changed. The existing value is 'json'"),
    ],
)
def test_merging_into_a_table_of_another_kind_deprecates_it_in_glues_words(
    desk: Desk, later: dict[str, Any], said: str
) -> None:
    crawl(desk, survey(found({"a": "int"})))

    changes = crawl(desk, survey(found({"b": "int"}, **later)), merge_new_columns=True)

    assert desk.tables() == ["t"]
    assert parameters(desk)[DEPRECATED] == "c"
    assert desk.columns("t") == {"a": "int"}
    assert "Cannot merge new columns into the table t because the parameter" in warnings_of(changes)
    assert said in warnings_of(changes)
    crawl(desk, survey(found({"a": "int"})), merge_new_columns=True)
    crawl(desk, survey(found({"b": "int"}, **later)), merge_new_columns=True, update_behavior="LOG")
    assert DEPRECATED not in parameters(desk)


def test_merging_takes_a_table_that_names_no_compression_for_an_uncompressed_one(
    desk: Desk,
) -> None:
    crawl(desk, survey(found({"a": "int"})))
    edit(
        desk,
        lambda table: replace(
            table,
            parameters={
                key: value for key, value in table.parameters.items() if key != "compressionType"
            },
        ),
    )

    crawl(desk, survey(found({"a": "int", "b": "int"})), merge_new_columns=True)

    assert desk.columns("t") == {"a": "int", "b": "int"}
    assert "compressionType" not in parameters(desk)


def test_merging_leaves_a_table_whose_keys_are_others_now(desk: Desk) -> None:
    crawl(desk, survey(found({"a": "int"}, days=("1",))))

    changes = crawl(
        desk, survey(found({"a": "int"}, days=("5",), key="hour")), merge_new_columns=True
    )

    assert desk.keys("t") == {"day": "int"}
    assert list(partitions(desk)) == [("1",)]
    assert "has other partition keys now" in warnings_of(changes)


def test_too_many_tables_are_none_at_all(desk: Desk) -> None:
    seen = survey(*(found({"a": "int"}, place=f"s3://b/t{number}/") for number in range(3)))

    with pytest.raises(TableThresholdError, match=r"detected by crawler: 3 .* provided: 2"):
        plan(desk, seen, table_threshold=2)
    crawl(desk, seen, table_threshold=3)

    assert desk.tables() == ["t0", "t1", "t2"]


@pytest.mark.parametrize("policy", ["UPDATE_IN_DATABASE", "LOG"])
def test_what_was_deprecated_and_is_found_again_is_so_no_longer(desk: Desk, policy: str) -> None:
    both = found({"a": "int"}, days=("1", "2"))
    other = found({"a": "int"}, place="s3://b/other/")
    crawl(desk, survey(both, other))
    crawl(desk, survey(found({"a": "int"}, days=("1",))))
    gone = (parameters(desk, "other"), partitions(desk)["2",].parameters or {})

    crawl(desk, survey(both, other), update_behavior=policy)

    assert [DEPRECATED in item for item in gone] == [True, True]
    assert DEPRECATED not in parameters(desk, "other")
    assert DEPRECATED not in (partitions(desk)["2",].parameters or {})


def test_new_keys_replace_partitions_unless_changes_are_logged(desk: Desk) -> None:
    crawl(desk, survey(found({"a": "int"}, days=("1", "2"))))
    hours = survey(found({"a": "int"}, days=("7",), key="hour"))

    logged = crawl(desk, hours, update_behavior="LOG")
    kept = list(partitions(desk))
    crawl(desk, hours)

    assert kept == [("1",), ("2",)]
    assert "partition key" in warnings_of(logged)
    assert (list(partitions(desk)), desk.keys("t")) == ([("7",)], {"hour": "int"})


def test_a_place_whose_format_changed_keeps_its_table(desk: Desk) -> None:
    crawl(desk, survey(found({"a": "int"}, days=("1",))))

    (change,) = crawl(desk, survey(found({"a": "int"}, days=("1",), format_="parquet")))

    assert (desk.tables(), change.kind) == (["t"], ChangeKind.UPDATE)
    assert parameters(desk)["classification"] == "parquet"
    storage = partitions(desk)["1",].storage_descriptor
    assert storage is not None
    assert storage.input_format is not None
    assert "MapredParquetInputFormat" in storage.input_format


def test_formats_that_share_a_place_are_tables_whose_names_last(desk: Desk) -> None:
    json, parquet = found({"a": "int"}), found({"b": "int"}, format_="parquet")

    crawl(desk, survey(parquet))
    crawl(desk, survey(json, parquet))
    names = desk.tables()
    crawl(desk, survey(json, parquet), name="somebody_else")
    crawl(desk, survey(json, parquet))

    assert desk.columns("t") == {"b": "int"}
    assert (desk.tables(), len(names)) == (names, 2)
    assert desk.columns(names[1]) == {"a": "int"}
    assert {version for name in names for version in desk.versions(name)} == {"0"}


def test_folders_of_one_name_are_told_apart_whichever_came_first(desk: Desk) -> None:
    first = found({"a": "int"}, place="s3://b/x/sales/")
    second = found({"b": "int"}, place="s3://b/w/sales/")

    crawl(desk, survey(first))
    crawl(desk, survey(second, first))
    crawl(desk, survey(second, first))

    plain, hashed = desk.tables()
    assert (plain, desk.columns(plain)) == ("sales", {"a": "int"})
    assert (len(hashed), desk.columns(hashed)) == (len("sales_") + 32, {"b": "int"})


def test_crawlers_with_prefixes_have_tables_of_their_own(desk: Desk) -> None:
    seen = survey(found({"a": "int"}))

    crawl(desk, seen)
    crawl(desk, seen, name="d", table_prefix="p_")

    assert desk.tables() == ["p_t", "t"]
    assert parameters(desk, "t")["UPDATED_BY_CRAWLER"] == "c"


def test_a_table_of_the_same_name_and_place_is_adopted_and_keeps_its_spelling(desk: Desk) -> None:
    desk.catalog.create_database(Database(name="db"))
    desk.catalog.create_table(
        Table(
            database_name="db",
            name="t",
            storage_descriptor=StorageDescriptor(location="s3://b/t"),
            parameters={"spark.sql.sources.provider": "json"},
        ),
        BY_HAND,
    )

    crawl(desk, survey(found({"a": "int"})))

    table = desk.catalog.get_table("db", "t")
    assert table.storage_descriptor is not None
    assert table.storage_descriptor.location == "s3://b/t"
    assert parameters(desk)["spark.sql.sources.provider"] == "json"
    assert desk.tables() == ["t"]


def test_a_partial_survey_removes_nothing_and_only_adds_and_widens_columns(desk: Desk) -> None:
    crawl(
        desk,
        survey(
            found({"a": "int", "b": "date"}, days=("1", "2"), volume=replace(VOLUME, objects=9)),
            found({"x": "int"}, place="s3://b/other/"),
        ),
    )
    part = found({"a": "bigint", "b": "int", "c": "int"}, days=("2021-01-01",), key_type="date")

    changes = crawl(desk, survey(part, partial=True), delete_behavior="DELETE_FROM_DATABASE")

    assert desk.tables() == ["other", "t"]
    assert desk.columns("t") == {"a": "bigint", "b": "date", "c": "int"}
    assert desk.keys("t") == {"day": "string"}
    assert list(partitions(desk)) == [("1",), ("2",), ("2021-01-01",)]
    assert parameters(desk)["objectCount"] == "9"
    assert "new partitions of t have b int" in warnings_of(changes)


def test_new_folders_join_a_table_whose_columns_can_hold_them(desk: Desk) -> None:
    crawl(desk, survey(found({"a": "bigint", "b": "string"}, days=("1",))))
    fitting = survey(found({"a": "int", "b": "date", "c": "int"}, days=("2",)), partial=True)
    other = survey(found({"a": "string"}, days=("3",)), partial=True)
    apart = survey(found({"a": "int"}, days=("4",), format_="parquet"), partial=True)

    taken = crawl(desk, fitting, **NEW)
    refused = crawl(desk, other, **NEW)
    crawl(desk, apart, **NEW)

    assert list(partitions(desk)) == [("1",), ("2",)]
    assert desk.columns("t") == {"a": "bigint", "b": "string"}
    assert "column c" in warnings_of(taken)
    assert "its columns cannot hold a string" in warnings_of(refused)
    assert len(desk.tables()) == 2
    assert desk.versions("t") == ["0"]


def test_tables_with_files_that_could_not_be_read_are_not_taken_for_gone(desk: Desk) -> None:
    crawl(desk, survey(found({"a": "int"}), found({"a": "int"}, place="s3://b/u/")))
    broken = (FileProblem(uri="s3://b/u/a.json", reason="broken"),)

    changes = plan(desk, survey(found({"a": "int"}), problems=broken))

    assert not any(change.pending for change in changes)


def test_a_table_that_somebody_wrote_without_a_slash_goes_with_its_objects(desk: Desk) -> None:
    crawl(desk, survey(found({"a": "int"})))
    edit(
        desk,
        lambda table: replace(
            table, storage_descriptor=replace(table.storage_descriptor, location="s3://b/t")
        ),
    )

    crawl(desk, survey(found({"a": "int"}, place="s3://b/u/"), roots=("s3://b/t/", "s3://b/u/")))

    assert DEPRECATED in parameters(desk)


def test_many_partitions_that_are_gone_are_counted_and_a_few_named(desk: Desk) -> None:
    days = tuple(str(day) for day in range(30))
    crawl(desk, survey(found({"a": "int"}, days=days)))

    changes = crawl(desk, survey(found({"a": "int"}, days=("0",))), delete_behavior="LOG")

    assert warnings_of(changes).count("has no objects any more") == 20
    assert "9 more partitions have no objects any more" in warnings_of(changes)


def test_the_record_tells_where_data_comes_from_only_where_it_is_asked_for(desk: Desk) -> None:
    jdbc = found({"a": "int"}, place="shop.orders", parameters={"connectionName": "shop"})
    seen = survey(found({"a": "int"}), jdbc)

    silent = plan(desk, seen)
    told = plan(desk, seen, lineage=True)

    assert {report_change(change).lineage for change in silent} == {()}
    assert {report_change(change).lineage for change in told} == {
        ("s3://b/t/",),
        ("shop: shop.orders",),
    }


type_texts = st.sampled_from(["int", "bigint", "string", "struct<x:int>", "struct<x:int,y:date>"])
tables = st.builds(
    found,
    st.dictionaries(st.sampled_from("abc"), type_texts, min_size=1),
    place=st.sampled_from(["s3://b/t/", "s3://b/x/t/", "s3://b/u/"]),
    days=st.sets(st.sampled_from(["1", "2", "2021-01-01", "x"])).map(lambda d: tuple(sorted(d))),
    key=st.sampled_from(["day", "hour"]),
    key_type=st.just("string"),
    format_=st.sampled_from(["json", "parquet"]),
)
surveys = st.lists(
    tables,
    min_size=1,
    max_size=3,
    unique_by=lambda item: (item.table.location, item.table.compatibility),
).flatmap(lambda items: st.builds(survey, *map(st.just, items), partial=st.booleans()))
policies = st.fixed_dictionaries(
    {
        "update_behavior": st.sampled_from(["UPDATE_IN_DATABASE", "LOG"]),
        "delete_behavior": st.sampled_from(
            ["DEPRECATE_IN_DATABASE", "DELETE_FROM_DATABASE", "LOG"]
        ),
        "merge_new_columns": st.booleans(),
        "inherit_from_table": st.booleans(),
    }
)


@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(st.tuples(surveys, policies), min_size=1, max_size=3))
def test_a_plan_after_the_same_crawl_is_empty(
    desk: Desk, crawls: list[tuple[Survey, dict[str, Any]]]
) -> None:
    for name in desk.tables():
        desk.catalog.delete_table("db", name)

    for seen, policy in crawls:
        crawl(desk, seen, **policy)
