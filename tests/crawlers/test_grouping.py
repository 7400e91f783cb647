"""Folders to tables and partitions: the worked cases of Glue's guide, and what must not matter."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.crawlers.conftest import Desk, Place

ALIKE = "id,name\n1,a\n2,b\n"
OTHER = "color;weight;length\nred;1.5;2\nblue;2.5;3\n"
ROW = '{"id": 1, "name": "a"}\n'


def put(place: Place, files: dict[str, str]) -> None:
    for name, text in files.items():
        place.put(name, text)


def test_alike_folders_of_key_value_are_partitions(desk: Desk, folder: Place) -> None:
    put(folder, {f"sales/year=2019/month=Jan/day={day}/a.csv": ALIKE for day in (1, 2, 10)})

    desk.crawl(folder)

    assert desk.tables() == ["sales"]
    assert desk.keys("sales") == {"year": "int", "month": "string", "day": "int"}
    assert desk.values("sales") == [
        ("2019", "Jan", "1"),
        ("2019", "Jan", "2"),
        ("2019", "Jan", "10"),
    ]


def test_alike_folders_of_other_names_are_numbered_keys(desk: Desk, folder: Place) -> None:
    put(folder, {f"top/table1/p{number}/a.csv": ALIKE for number in (1, 2, 3)})
    put(folder, {f"top/table2/p{number}/a.csv": ALIKE for number in (4, 5)})

    desk.crawl(folder, uri=f"{folder.root}/top")

    assert desk.tables() == ["top"]
    assert desk.keys("top") == {"partition_0": "string", "partition_1": "string"}
    assert ("table2", "p5") in desk.values("top")


def test_unlike_folders_are_tables_of_their_own(desk: Desk, folder: Place) -> None:
    put(folder, {"raw/a/x.csv": ALIKE, "raw/b/x.csv": OTHER})

    desk.crawl(folder, uri=f"{folder.root}/raw")

    assert desk.tables() == ["a", "b"]


def test_unlike_years_are_tables_named_after_their_folders(desk: Desk, folder: Place) -> None:
    put(folder, {"t/year=2017/x.csv": ALIKE, "t/year=2018/x.csv": OTHER.replace(";", ",")})

    desk.crawl(folder, uri=f"{folder.root}/t")

    assert desk.tables() == ["year_2017", "year_2018"]


def test_combining_compatible_schemas_makes_them_one(desk: Desk, folder: Place) -> None:
    put(folder, {"t/year=2017/x.csv": ALIKE, "t/year=2018/x.csv": OTHER.replace(";", ",")})

    desk.crawl(folder, uri=f"{folder.root}/t", combine_compatible_schemas=True)

    assert desk.tables() == ["t"]
    assert list(desk.columns("t")) == ["id", "name", "color", "weight", "length"]


def test_several_tables_of_several_formats_lie_under_one_prefix(desk: Desk, folder: Place) -> None:
    put(folder, {f"raw/flights/year=2013/month={month}/x.csv": ALIKE for month in (1, 2)})
    put(folder, {"raw/planes/x.csv": OTHER, "raw/weather/x.json": ROW, "raw/weather/y.json": ROW})

    desk.crawl(folder, uri=f"{folder.root}/raw")

    assert desk.tables() == ["flights", "planes", "weather"]
    assert desk.keys("flights") == {"year": "int", "month": "int"}
    assert desk.keys("weather") == {}


def test_formats_in_one_folder_are_kept_apart(desk: Desk, folder: Place) -> None:
    put(folder, {"t/a.csv": ALIKE, "t/b.csv": ALIKE, "t/c.json": ROW, "t/d.json": ROW})

    desk.crawl(folder, uri=f"{folder.root}/t")

    assert len(desk.tables()) == 2
    assert desk.tables()[0] == "t"
    assert desk.tables()[1].startswith("t_")
    assert len(desk.tables()[1]) == len("t_") + 32


def test_unlike_files_in_one_folder_are_tables_of_their_own(desk: Desk, folder: Place) -> None:
    put(folder, {"raw/a.csv": ALIKE, "raw/b.csv": OTHER, "raw/c.json": ROW})

    desk.crawl(folder, uri=f"{folder.root}/raw")

    assert desk.tables() == ["a_csv", "b_csv", "c_json"]


def test_a_file_beside_partitions_is_a_table_of_its_own_and_reported(
    desk: Desk, folder: Place
) -> None:
    put(folder, {"t/x.csv": ALIKE} | {f"t/day={day}/x.csv": ALIKE for day in (1, 2)})

    crawl = desk.crawl(folder, uri=f"{folder.root}/t")

    assert desk.tables() == ["t", "x_csv"]
    assert len(desk.values("t")) == 2
    assert any("beside the partition folders" in text for text in crawl.warnings)


def test_mixed_depths_are_kept_apart_and_reported(desk: Desk, folder: Place) -> None:
    put(folder, {f"t/day={day}/hour=1/x.csv": ALIKE for day in (1, 2, 3)})
    put(folder, {"t/day=4/x.csv": ALIKE})

    crawl = desk.crawl(folder, uri=f"{folder.root}/t")

    assert desk.tables() == ["day_4", "t"]
    assert len(desk.values("t")) == 3
    assert any("0 folders deep" in text for text in crawl.warnings)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (["1", "2", "10"], "int"),
        (["01", "02"], "string"),
        (["1", "3000000000"], "bigint"),
        (["2013-01-01", "2013-12-31"], "date"),
        (["2013-01-01", "2013-13-31"], "string"),
        (["1", "x"], "string"),
        (["-5", "0"], "int"),
        (["1", "__HIVE_DEFAULT_PARTITION__"], "int"),
    ],
)
def test_a_key_has_a_type_only_if_every_value_is_of_it(
    desk: Desk, folder: Place, values: list[str], expected: str
) -> None:
    put(folder, {f"t/k={value}/x.csv": ALIKE for value in values})

    desk.crawl(folder, uri=f"{folder.root}/t")

    assert desk.keys("t") == {"k": expected}


def test_partition_values_are_decoded(desk: Desk, folder: Place) -> None:
    put(folder, {"t/city=New%20York/x.csv": ALIKE, "t/city=a%2Fb/x.csv": ALIKE})

    desk.crawl(folder, uri=f"{folder.root}/t")

    assert sorted(desk.values("t")) == [("New York",), ("a/b",)]


def test_mixed_styles_in_one_level_are_numbered(desk: Desk, folder: Place) -> None:
    put(folder, {"t/year=2013/x.csv": ALIKE, "t/2014/x.csv": ALIKE})

    desk.crawl(folder, uri=f"{folder.root}/t")

    assert desk.keys("t") == {"partition_0": "string"}
    assert sorted(desk.values("t")) == [("2014",), ("year=2013",)]


def test_a_lone_folder_of_digits_is_a_partition_and_one_of_letters_is_not(
    desk: Desk, folder: Place
) -> None:
    put(folder, {"a/2013/01/x.csv": ALIKE, "b/only/x.csv": OTHER})

    desk.crawl(folder)

    assert desk.tables() == ["a", "only"]
    assert desk.values("a") == [("2013", "01")]


def test_a_lone_folder_is_a_partition_where_folders_beside_its_parent_say_so(
    desk: Desk, folder: Place
) -> None:
    put(folder, {f"t/{name}/x.csv": ALIKE for name in ("2023/05/de", "2023/05/fr", "2024/06/de")})
    put(folder, {f"u/{name}/x.csv": OTHER for name in ("de/a", "de/b", "fr/a")})
    put(folder, {f"v/{name}/x.json": ROW for name in ("a/one", "b/one/two")})

    desk.crawl(folder)

    assert desk.tables() == ["one", "t", "two", "u"]
    assert desk.values("t") == [("2023", "05", "de"), ("2023", "05", "fr"), ("2024", "06", "de")]
    assert desk.values("u") == [("de", "a"), ("de", "b"), ("fr", "a")]
    assert desk.values("one") == desk.values("two") == []


def test_a_table_level_settles_where_tables_lie(desk: Desk, folder: Place) -> None:
    put(folder, {f"top/{name}/p{i}/x.csv": ALIKE for name in ("a", "b") for i in (1, 2)})

    desk.crawl(folder, uri=f"{folder.root}/top", table_level=2)

    assert desk.tables() == ["a", "b"]
    assert desk.values("a") == [("p1",), ("p2",)]


def test_names_are_made_legal_and_prefixed(desk: Desk, folder: Place) -> None:
    put(folder, {"My Table-1/x.csv": ALIKE, "Other/x.csv": OTHER})

    desk.crawl(folder, table_prefix="Raw_")

    assert desk.tables() == ["raw_my_table_1", "raw_other"]


def test_two_folders_of_one_name_get_a_hash(desk: Desk, folder: Place) -> None:
    put(folder, {"a/t/x.csv": ALIKE, "b/t/y.csv": OTHER})

    desk.crawl(folder)

    names = desk.tables()
    assert names[0] == "t"
    assert names[1].startswith("t_")


def test_a_table_keeps_its_name_when_a_namesake_appears_before_it(
    desk: Desk, folder: Place
) -> None:
    put(folder, {"m/t/x.csv": ALIKE, "n/u/y.csv": ROW})
    desk.crawl(folder)
    before = desk.catalog.get_table("db", "t").storage_descriptor
    folder.put("a/t/x.csv", OTHER)

    desk.crawl(folder)

    after = desk.catalog.get_table("db", "t").storage_descriptor
    assert before is not None
    assert after is not None
    assert after.location == before.location


def test_a_column_called_like_a_key_gives_way(desk: Desk, folder: Place) -> None:
    rows = '{"day": 5, "v": 1}\n'
    put(folder, {"j/day=1/x.json": rows, "j/day=2/x.json": rows})
    put(folder, {"c/day=1/x.csv": "day,v\n5,1\n6,2\n", "c/day=2/x.csv": "day,v\n7,1\n6,2\n"})

    crawl = desk.crawl(folder)

    assert list(desk.columns("j")) == ["v"]
    assert list(desk.columns("c")) == ["day_1", "v"]
    assert sum("folders' names" in text for text in crawl.warnings) == 2


def test_a_single_file_is_a_table_named_after_it(desk: Desk, folder: Place) -> None:
    uri = folder.put("raw/my.data.csv", ALIKE)

    desk.crawl(folder, uri=uri)

    assert desk.tables() == ["my_data_csv"]
    storage = desk.catalog.get_table("db", "my_data_csv").storage_descriptor
    assert storage is not None
    assert storage.location == uri
