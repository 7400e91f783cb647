"""Which folders are one table: similarity, clusters, levels, formats, files, names."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tests.crawlers.cases.model import Case, Expected, Section, one

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

ROWS = "id,n\n1,x\n2,y\n"
OTHER = "code,day,price\na,2024-01-31,2.5\nb,2024-02-01,3\n"
THIRD = "who,flag\nann,true\nbob,false\n"
IDN = "id bigint, n string"
CODE = "code string, day date, price double"
GLUES = "Glue's bounds: more than 70% of the schemas of a level match, and there are at most five"
LIKENESS = "Common columns by all columns, as the schemas' similarity: above 70% they match."


def of_columns(*names: str) -> str:
    """Return lines of JSON with these members."""
    return f"{json.dumps(dict.fromkeys(names, 1))}\n" * 2


def letters(start: str, count: int) -> tuple[str, ...]:
    """Return names of columns."""
    return tuple(f"{start}{number:02}" for number in range(count))


def ints(names: Iterable[str]) -> str:
    """Return columns of integers."""
    return ", ".join(f"{name} int" for name in names)


def folders(kinds: Mapping[str, int]) -> dict[str, str]:
    """Return folders of one file each, so many of each kind; kinds have no column in common."""
    files: dict[str, str] = {}
    for kind, count in kinds.items():
        for _ in range(count):
            files[f"t/f{len(files):02}/x.json"] = of_columns(*letters(kind, 3))
    return files


def apart(kinds: Mapping[str, int]) -> tuple[Expected, ...]:
    """Return a table for each folder of ``folders``."""
    columns = [ints(letters(kind, 3)) for kind, count in kinds.items() for _ in range(count)]
    return tuple(
        Expected(name=f"f{at:02}", columns=text, format="json", location=f"t/f{at:02}/")
        for at, text in enumerate(columns)
    )


def together(kinds: Mapping[str, int], **others: Any) -> tuple[Expected, ...]:  # noqa: ANN401
    """Return the one table of all folders of ``folders``."""
    total = sum(kinds.values())
    return one(
        "t",
        ints(name for kind in kinds for name in letters(kind, 3)),
        keys="partition_0 string",
        values=tuple(f"f{at:02}" for at in range(total)),
        format="json",
        **others,
    )


SEVENTY, EIGHTY = {"a": 7, "b": 3}, {"a": 8, "b": 2}
FIVE = {"a": 16, "b": 1, "c": 1, "d": 1, "e": 1}
SIX = FIVE | {"f": 1}

SIMILARITY = (
    Case(
        name="Schemas alike by 8 of 10 columns",
        why=LIKENESS,
        files={
            "t/p=1/x.json": of_columns(*letters("c", 10)),
            "t/p=2/x.json": of_columns(*letters("c", 8)),
        },
        tables=one("t", ints(letters("c", 10)), keys="p int", values=("1", "2"), format="json"),
    ),
    Case(
        name="Schemas alike by 7 of 10 columns",
        why=LIKENESS,
        files={
            "t/p=1/x.json": of_columns(*letters("c", 10)),
            "t/p=2/x.json": of_columns(*letters("c", 7)),
        },
        tables=(
            *one("p_1", ints(letters("c", 10)), format="json", location="t/p=1/"),
            *one(
                "p_2",
                ints(letters("c", 7)),
                format="json",
                location="t/p=2/",
                says=("only 50% of the folders in t/ have matching schemas",),
            ),
        ),
    ),
    Case(
        name="8 of 10 folders alike",
        why=f"{GLUES} kinds. The odd ones are partitions all the same, and told.",
        files=folders(EIGHTY),
        tables=together(EIGHTY, says=("80% of the 10 folders in t/ have matching schemas",)),
        warns=("t/: f08 has other columns", "t/: f09 has other columns"),
    ),
    Case(
        name="7 of 10 folders alike",
        why=f"{GLUES} kinds.",
        files=folders(SEVENTY),
        tables=apart(SEVENTY),
    ),
    Case(
        name="Five kinds of schemas in a level",
        why=f"{GLUES} kinds.",
        files=folders(FIVE),
        tables=together(FIVE),
        warns=tuple(f"t/: f{at} has other columns" for at in range(16, 20)),
    ),
    Case(
        name="Six kinds of schemas in a level",
        why=f"{GLUES} kinds.",
        files=folders(SIX),
        tables=apart(SIX),
    ),
    Case(
        name="Files of one folder that are not alike",
        why="The rule for folders holds for the files of a folder: each is a table.",
        files={"t/a.csv": ROWS, "t/b.csv": OTHER},
        tables=(
            *one("a_csv", IDN, location="t/a.csv", says=("are not alike",)),
            *one("b_csv", CODE, location="t/b.csv"),
        ),
    ),
    Case(
        name="Unlike folders combined",
        why="CombineCompatibleSchemas ignores similarity; format, codec and delimiter must agree.",
        files={"t/x/a.csv": ROWS, "t/y/b.csv": OTHER},
        options={"combine_compatible_schemas": True},
        targets=("t",),
        tables=one(
            "t",
            f"{IDN}, {CODE}",
            keys="partition_0 string",
            values=("x", "y"),
            warns=("not every file has the columns", "has its columns in another order"),
        ),
        warns=("has other columns than most of its siblings",),
    ),
)

WORKED = (
    Case(
        name="Glue's example of sales",
        why="All folders alike: one table, a key a level.",
        files={
            f"Sales/year=2019/month={month}/day={day}/s.csv": ROWS
            for month in ("Feb", "Jan")
            for day in (1, 2)
        },
        tables=one(
            "sales",
            IDN,
            keys="year int, month string, day int",
            values=("2019/Feb/1", "2019/Feb/2", "2019/Jan/1", "2019/Jan/2"),
            location="Sales/",
        ),
    ),
    Case(
        name="Glue's example of two folders alike",
        why="Alike all the way up: one table with two keys.",
        files={
            f"folder1/{name}/x.csv": ROWS
            for name in (
                "table1/partition1",
                "table1/partition2",
                "table1/partition3",
                "table2/partition4",
                "table2/partition5",
            )
        },
        tables=one(
            "folder1",
            IDN,
            keys="partition_0 string, partition_1 string",
            values=(
                "table1/partition1",
                "table1/partition2",
                "table1/partition3",
                "table2/partition4",
                "table2/partition5",
            ),
        ),
    ),
    Case(
        name="Glue's example of two targets",
        why="A table does not reach beyond its target.",
        files={
            "folder1/table1/partition1/x.csv": ROWS,
            "folder1/table1/partition2/x.csv": ROWS,
            "folder1/table2/partition4/x.csv": ROWS,
            "folder1/table2/partition5/x.csv": ROWS,
        },
        targets=("folder1/table1", "folder1/table2"),
        tables=(
            *one(
                "table1",
                IDN,
                keys="partition_0 string",
                values=("partition1", "partition2"),
                location="folder1/table1/",
            ),
            *one(
                "table2",
                IDN,
                keys="partition_0 string",
                values=("partition4", "partition5"),
                location="folder1/table2/",
            ),
        ),
    ),
    Case(
        name="Glue's example of two years",
        why="Half of the schemas of the level match: each folder is a table.",
        files={"table1/year=2017/x.csv": ROWS, "table1/year=2018/x.csv": OTHER},
        tables=(
            *one("year_2017", IDN, location="table1/year=2017/"),
            *one("year_2018", CODE, location="table1/year=2018/"),
        ),
    ),
    Case(
        name="Glue's example of two years combined",
        why="With CombineCompatibleSchemas the union of columns, by year.",
        files={"table1/year=2017/x.csv": ROWS, "table1/year=2018/x.csv": OTHER},
        options={"combine_compatible_schemas": True},
        targets=("table1",),
        tables=one(
            "table1",
            f"{IDN}, {CODE}",
            keys="year int",
            values=("2017", "2018"),
            warns=("not every file has the columns", "has its columns in another order"),
        ),
        warns=("has other columns than most of its siblings",),
    ),
)

LEVELS = (
    Case(
        name="Folders alike below a target",
        why="Without a level the topmost folder whose children are alike is the table.",
        files={"a/x/f.csv": ROWS, "a/y/f.csv": ROWS, "b/z/f.csv": ROWS, "b/w/f.csv": ROWS},
        tables=one(
            "lake",
            IDN,
            keys="partition_0 string, partition_1 string",
            values=("a/x", "a/y", "b/w", "b/z"),
            location="./",
        ),
    ),
    Case(
        name="Table level 2",
        why="TableLevelConfiguration counts from the bucket, here the target, as 1.",
        files={"a/x/f.csv": ROWS, "a/y/f.csv": ROWS, "b/z/f.csv": ROWS, "b/w/f.csv": ROWS},
        options={"table_level": 2},
        tables=(
            *one("a", IDN, keys="partition_0 string", values=("x", "y")),
            *one("b", IDN, keys="partition_0 string", values=("w", "z")),
        ),
    ),
    Case(
        name="Table level 3",
        why="Folders below the level are partitions, those above it are not.",
        files={"a/x/f.csv": ROWS, "a/y/f.csv": ROWS, "b/z/f.csv": ROWS, "b/w/f.csv": ROWS},
        options={"table_level": 3},
        tables=tuple(
            Expected(name=name, columns=IDN, location=f"{place}/")
            for name, place in (("w", "b/w"), ("x", "a/x"), ("y", "a/y"), ("z", "b/z"))
        ),
    ),
    Case(
        name="Warehouse of Hive",
        why="Tables lie beside each other, each with its own folders.",
        files={
            **{f"sales.db/orders/ds=2024-01-0{day}/f.csv": ROWS for day in (1, 2)},
            **{f"sales.db/items/ds=2024-01-0{day}/hr=0{day}/f.csv": OTHER for day in (1, 2)},
        },
        tables=(
            *one(
                "items",
                CODE,
                keys="ds date, hr string",
                values=("2024-01-01/01", "2024-01-02/02"),
                location="sales.db/items/",
            ),
            *one(
                "orders",
                IDN,
                keys="ds date",
                values=("2024-01-01", "2024-01-02"),
                location="sales.db/orders/",
            ),
        ),
    ),
    Case(
        name="A table alone in its folder",
        why="A folder with one table in it is no table with one partition.",
        files={"raw/orders/f.csv": ROWS},
        tables=one("orders", IDN, location="raw/orders/"),
    ),
    Case(
        name="Files directly below the target",
        why="The table is called like the target.",
        files={"a.csv": ROWS, "b.csv": ROWS},
        tables=one("lake", IDN, location="./"),
    ),
    Case(
        name="A target that is a file",
        why="The table is called like the file, and its location is the file.",
        files={"in/Orders.2024.csv": ROWS, "in/other.csv": OTHER},
        targets=("in/Orders.2024.csv",),
        tables=one("orders_2024_csv", IDN, location="in/Orders.2024.csv"),
    ),
    Case(
        name="A file beside folders",
        why="It is no partition, so it is a table of its own, as in Glue, and told.",
        files={"t/year=2023/a.csv": ROWS, "t/year=2024/a.csv": ROWS, "t/notes.csv": OTHER},
        tables=(
            *one("notes_csv", CODE, location="t/notes.csv"),
            *one("t", IDN, keys="year int", values=("2023", "2024")),
        ),
        warns=("t/: 1 files lie beside the partition folders",),
    ),
)

FORMATS = (
    Case(
        name="Two formats in a folder",
        why="One table for each format; both would have the folder's name, so the second has a"
        " hash behind it.",
        files={
            "t/a.csv": ROWS,
            "t/b.csv": ROWS,
            "t/c.json": of_columns("x"),
            "t/d.json": of_columns("x"),
        },
        tables=(
            *one("t", IDN),
            *one("t_<md5>", "x int", format="json", location="t/"),
        ),
    ),
    Case(
        name="A file of each format in a folder",
        why="Each file is a table, called like it.",
        files={"t/a.csv": ROWS, "t/c.json": of_columns("x")},
        tables=(
            *one("a_csv", IDN, location="t/a.csv", says=("holds files of several formats",)),
            *one("c_json", "x int", format="json", location="t/c.json"),
        ),
    ),
    Case(
        name="Two delimiters in a folder",
        why="Files of one table have one delimiter.",
        files={
            "t/a.csv": ROWS,
            "t/b.csv": ROWS,
            "t/c.csv": ROWS.replace(",", ";"),
            "t/d.csv": ROWS.replace(",", ";"),
        },
        tables=(
            *one("t", IDN, parameters={"delimiter": ","}),
            *one("t_<md5>", IDN, parameters={"delimiter": ";"}, location="t/"),
        ),
    ),
    Case(
        name="Formats side by side in partitions",
        why="Each format is a table over the same folders.",
        files={
            f"t/day={day}/{name}": text
            for day in (1, 2)
            for name, text in (
                ("a.csv", ROWS),
                ("b.csv", ROWS),
                ("c.json", of_columns("x")),
                ("d.json", of_columns("x")),
            )
        },
        tables=(
            *one("t", IDN, keys="day int", values=("1", "2")),
            *one(
                "t_<md5>", "x int", keys="day int", values=("1", "2"), format="json", location="t/"
            ),
        ),
    ),
)

LONG = "a" * 140

NAMES = (
    Case(
        name="Marks and capitals in a folder",
        why="Names are lower-cased; all but letters, digits and _ becomes _.",
        files={"My Orders-2024.v1/a.csv": ROWS},
        tables=one("my_orders_2024_v1", IDN, location="My Orders-2024.v1/"),
    ),
    Case(
        name="A prefix",
        why="TablePrefix goes before every name, in low case.",
        files={"orders/a.csv": ROWS},
        options={"table_prefix": "Raw_"},
        tables=one("raw_orders", IDN, location="orders/"),
    ),
    Case(
        name="A long folder",
        why="Names are cut to 128 characters.",
        files={f"{LONG}/a.csv": ROWS},
        tables=one("a" * 128, IDN, location=f"{LONG}/"),
    ),
    Case(
        name="Two folders of one name",
        why="The second gets a hash of its place, the same in every crawl.",
        files={"eu/orders/a.csv": ROWS, "us/orders/a.csv": OTHER},
        tables=(
            *one("orders", IDN, location="eu/orders/"),
            *one("orders_<md5>", CODE, location="us/orders/"),
        ),
    ),
    Case(
        name="Names alike but for marks",
        why="They collide once marks are _.",
        files={"my-orders/a.csv": ROWS, "my_orders/a.csv": OTHER, "x/a.csv": THIRD},
        tables=(
            *one("my_orders", IDN, location="my-orders/"),
            *one("my_orders_<md5>", CODE, location="my_orders/"),
            *one("x", "who string, flag boolean"),
        ),
    ),
    Case(
        name="More tables than allowed",
        why="TableThreshold: the crawl fails and writes nothing.",
        files={"x/a.csv": ROWS, "y/a.csv": OTHER},
        options={"table_threshold": 1},
        problems=("The number of tables detected by crawler: 2 is greater than",),
    ),
)

EMPLOYEES = {
    "departments/finance.json": of_columns("x"),
    "departments/market-us.csv": ROWS,
    "employees/hr.json": of_columns("y", "z"),
    "employees/john.csv": OTHER,
}
EXCLUSIONS = (
    Case(
        name="Exclude **.csv",
        why="** crosses folders: every CSV file below.",
        files=EMPLOYEES,
        options={"exclusions": ("**.csv",)},
        tables=(
            *one("departments", "x int", format="json", parameters={"exclusions": '["**.csv"]'}),
            *one("employees", "y int, z int", format="json"),
        ),
    ),
    Case(
        name="Exclude employees/*.csv",
        why="* stays in its folder.",
        files={**EMPLOYEES, "employees/old/more.csv": OTHER},
        options={"exclusions": ("employees/*.csv", "departments/**")},
        tables=(
            *one("employees", "y int, z int", format="json"),
            *one("old", CODE, location="employees/old/"),
        ),
    ),
    Case(
        name="Exclude days by classes and alternatives",
        why="{[!0],0[8-9]} is Glue's own example: days from the eighth on.",
        files={f"2015/01/{day:02}/a.csv": ROWS for day in (7, 8, 9, 10, 31)},
        options={"exclusions": ("2015/01/{[!0],0[8-9]}**",)},
        tables=one(
            "lake",
            IDN,
            keys="partition_0 int, partition_1 string, partition_2 string",
            values=("2015/01/07",),
            location="./",
        ),
    ),
    Case(
        name="Exclude by one character",
        why="? is one character, and no slash.",
        files={"t/a1.csv": ROWS, "t/a22.csv": ROWS, "t/a/3.csv": OTHER},
        options={"exclusions": ("t/a?.csv", "t/a/**")},
        tables=one("t", IDN, records=2),
    ),
    Case(
        name="Hidden and empty objects",
        why="Spark and Hive pass over names that begin with _ or a dot; empty objects hold"
        " nothing.",
        files={
            "t/a.csv": ROWS,
            "t/_SUCCESS": "done\n",
            "t/.a.csv.crc": "crc\n",
            "t/_temporary/0/x.csv": OTHER,
            "t/empty.csv": "",
        },
        tables=one("t", IDN, records=2),
    ),
)

SECTIONS = (
    Section(
        title="Folders and tables: similarity",
        about="From the deepest folders up: where most children are alike, they are partitions.",
        cases=SIMILARITY,
    ),
    Section(
        title="Folders and tables: worked examples of AWS Glue",
        about="The examples of Glue's guide.",
        cases=WORKED,
    ),
    Section(
        title="Folders and tables: levels",
        about="Where tables lie, found out or told.",
        cases=LEVELS,
    ),
    Section(
        title="Folders and tables: formats",
        about="Only files of one format, codec and delimiter are compared.",
        cases=FORMATS,
    ),
    Section(title="Names of tables", about="By the folder, unlike any other.", cases=NAMES),
    Section(
        title="What is left out",
        about="Glue's globs are tried against what stands behind the target.",
        cases=EXCLUSIONS,
    ),
)
