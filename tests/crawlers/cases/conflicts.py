"""Files of one table that say different things, and names of columns."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from tests.crawlers.cases.columnar import arrow, in_parquet, parquet_table
from tests.crawlers.cases.model import Case, Section, one

if TYPE_CHECKING:
    from collections.abc import Iterable


def column_of(type_: pa.DataType, value: Any, shown: str) -> Any:  # noqa: ANN401
    """Return a Parquet file of an id and one column."""
    return in_parquet(f"id bigint, v {shown}", arrow({"id": (pa.int64(), 1), "v": (type_, value)}))


def lines(rows: Iterable[str]) -> str:
    """Return JSON lines."""
    return "".join(f"{row}\n" for row in rows)


WIDENED = (
    Case(
        name="int and bigint",
        why="bigint holds both.",
        files={
            "t/a.parquet": column_of(pa.int32(), 1, "int"),
            "t/b.parquet": column_of(pa.int64(), 1, "bigint"),
        },
        tables=parquet_table(
            "id bigint, v bigint", says=("t/b.parquet", "bigint in 1, int in 1 of 2 files read")
        ),
    ),
    Case(
        name="float and double",
        why="double holds both.",
        files={
            "t/a.parquet": column_of(pa.float32(), 1.5, "float"),
            "t/b.parquet": column_of(pa.float64(), 1.5, "double"),
        },
        tables=parquet_table("id bigint, v double"),
    ),
    Case(
        name="Decimals of two kinds",
        why="The digits before and behind the point that either has.",
        files={
            "t/a.parquet": column_of(pa.decimal128(10, 2), Decimal("1.50"), "decimal(10,2)"),
            "t/b.parquet": column_of(pa.decimal128(9, 4), Decimal("1.5"), "decimal(9,4)"),
        },
        tables=parquet_table("id bigint, v decimal(12,4)"),
    ),
    Case(
        name="Structs of other members",
        why="Members are merged by name.",
        files={
            "t/a.parquet": column_of(pa.struct([("x", pa.int32())]), {"x": 1}, "struct<x:int>"),
            "t/b.parquet": column_of(
                pa.struct([("x", pa.int64()), ("y", pa.string())]),
                {"x": 1, "y": "z"},
                "struct<x:bigint,y:string>",
            ),
        },
        tables=parquet_table("id bigint, v struct<x:bigint,y:string>"),
    ),
    Case(
        name="Whole numbers here, doubles there",
        why="double holds both.",
        files={"t/a.csv": "id,v\n1,2\n2,3\n", "t/b.csv": "id,v\n3,2.5\n4,3\n"},
        tables=one("t", "id bigint, v double"),
    ),
    Case(
        name="Dates here, timestamps there",
        why="timestamp holds both, and Hive is told of the days.",
        files={
            "t/a.csv": "id,v\n1,2024-01-31\n2,2024-02-01\n",
            "t/b.csv": "id,v\n3,2024-01-31 10:00:00\n4,2024-02-01 10:00:00\n",
        },
        tables=one(
            "t", "id bigint, v timestamp", serde_parameters={"timestamp.formats": "yyyy-MM-dd"}
        ),
    ),
    Case(
        name="Nothing here, numbers there",
        why="A column without values takes the type of the others.",
        files={"t/a.csv": "id,v\n1,\n2,\n", "t/b.csv": "id,v\n3,5\n4,6\n"},
        tables=one("t", "id bigint, v bigint"),
    ),
    Case(
        name="A column that some files lack",
        why="The union of columns, in the order of the files; a file of each kind is named.",
        files={
            "t/a.csv": "id,n,v\n1,2,x\n2,3,y\n",
            "t/b.csv": "id,n,v,more\n3,4,z,5\n4,5,w,6\n",
        },
        tables=one(
            "t",
            "id bigint, n bigint, v string, more bigint",
            warns=("not every file has the columns more: more is in 1 of 2 files",),
        ),
    ),
)

CONFLICTS = (
    Case(
        name="Numbers here, texts there",
        why="Text formats fall back to string, which reads both; both files are named.",
        files={
            "t/a.csv": "id,n,v\n1,2,5\n2,3,6\n",
            "t/b.csv": "id,n,v\n3,4,x\n4,5,y\n",
        },
        tables=one(
            "t",
            "id bigint, n bigint, v string",
            warns=("column v: t/a.csv has bigint, t/b.csv has string; it is registered as string",),
        ),
    ),
    Case(
        name="Numbers and texts in Parquet",
        why="Readers of Parquet cannot read the one as the other: the type of most files stays,"
        " and a file of each kind is named.",
        files={
            f"t/{name}.parquet": in_parquet(
                f"id, m, n bigint, v {shown}",
                arrow(
                    {column: (pa.int64(), 1) for column in ("id", "m", "n")} | {"v": (type_, value)}
                ),
            )
            for name, shown, type_, value in (
                ("a", "string", pa.string(), "x"),
                ("b", "bigint", pa.int64(), 1),
                ("c", "bigint", pa.int64(), 1),
            )
        },
        tables=parquet_table(
            "id bigint, m bigint, n bigint, v bigint",
            warns=("t/a.parquet has string, t/b.parquet has bigint; it is registered as bigint",),
        ),
    ),
    Case(
        name="Value here, object there",
        why="A text and a struct have no type in common but string; both files are named.",
        files={
            "t/a.json": lines(['{"a": 1, "b": 1, "c": 1, "d": 1, "v": "x"}'] * 2),
            "t/b.json": lines(['{"a": 1, "b": 1, "c": 1, "d": 1, "v": {"x": 1}}'] * 2),
        },
        tables=one(
            "t",
            "a int, b int, c int, d int, v string",
            format="json",
            warns=("column v: t/a.json has string, t/b.json has struct<x:int>",),
        ),
    ),
    Case(
        name="Value here, object there, little else",
        why="A scalar against a struct counts against similarity: with half of the columns alike"
        " the files are two tables.",
        files={
            "t/a.json": lines(['{"b": 1, "v": "x"}'] * 2),
            "t/b.json": lines(['{"b": 1, "v": {"x": 1}}'] * 2),
        },
        tables=(
            *one("a_json", "b int, v string", format="json", location="t/a.json"),
            *one("b_json", "b int, v struct<x:int>", format="json", location="t/b.json"),
        ),
    ),
)

NAMES = (
    Case(
        name="Capital letters in columns",
        why="Names of columns are lower-cased.",
        files={"t/a.csv": "ID,UserName\n1,a\n2,b\n"},
        tables=one("t", "id bigint, username string"),
    ),
    Case(
        name="Blanks and marks in columns",
        why="Of delimited files a name is free, since cells are found by position: all but"
        " letters, digits and _ becomes _.",
        files={"t/a.csv": "Order No.;unit-price (EUR); größe \n1;2.5;x\n2;3.5;y\n"},
        tables=one("t", "order_no_ bigint, unit_price__eur_ double, gr__e string"),
    ),
    Case(
        name="Columns of one name",
        why="Hive refuses two columns of one name: the later ones get a number, and it is told.",
        files={"t/a.csv": "a,A,a b,a_b\n1,2,3,x\n4,5,6,y\n"},
        tables=one(
            "t",
            "a bigint, a_1 bigint, a_b bigint, a_b_1 string",
            warns=("several columns are called 'a' in", "several columns are called 'a_b' in"),
        ),
    ),
    Case(
        name="Columns of one name but for case, in Parquet",
        why="Hive refuses two columns of one name: the later one gets a number, and it is told.",
        files={
            "t/a.parquet": in_parquet(
                "Id bigint, id string", arrow({"Id": (pa.int64(), 1), "id": (pa.string(), "x")})
            )
        },
        tables=parquet_table(
            "id bigint, id_1 string", warns=("several columns are called 'id' in lower case",)
        ),
    ),
    Case(
        name="Names with marks in Parquet",
        why="Readers find columns by name, so marks stay.",
        files={
            "t/a.parquet": in_parquet(
                "User ID bigint, a.b string, größe int",
                arrow(
                    {
                        "User ID": (pa.int64(), 1),
                        "a.b": (pa.string(), "x"),
                        "größe": (pa.int32(), 1),
                    }
                ),
            )
        },
        tables=parquet_table("user id bigint, a.b string, größe int"),
    ),
    Case(
        name="Words of SQL as columns",
        why="Reserved words are names like others: whoever queries quotes them.",
        files={"t/a.csv": "select,order,date\n1,2,2024-01-31\n3,4,2024-02-01\n"},
        tables=one("t", "select bigint, order bigint, date date"),
    ),
    Case(
        name="A column called like a partition key, in CSV",
        why="Hive refuses such tables. Cells are found by position, so the column gets another"
        " name.",
        files={
            "t/day=1/a.csv": "id,day\n1,x\n2,y\n",
            "t/day=2/a.csv": "id,day\n3,z\n4,w\n",
        },
        tables=one(
            "t",
            "id bigint, day_1 string",
            keys="day int",
            values=("1", "2"),
            warns=("day stand in the files and in the folders' names: the files' are renamed",),
        ),
    ),
    Case(
        name="A column called like a partition key, in Parquet",
        why="Hive refuses such tables. Columns are found by name, and the folder's value counts.",
        files={
            f"t/day={day}/a.parquet": in_parquet(
                "id bigint, day int", arrow({"id": (pa.int64(), 1), "day": (pa.int32(), day)})
            )
            for day in (1, 2)
        },
        tables=parquet_table(
            "id bigint",
            keys="day int",
            values=("1", "2"),
            warns=("day stand in the files and in the folders' names: the folders count",),
        ),
    ),
)

SECTIONS = (
    Section(
        title="Files that differ: widened",
        about="Merging does not depend on the order of files; the reason counts them.",
        cases=WIDENED,
    ),
    Section(
        title="Files that differ: in conflict",
        about="Where no type holds both, two files are named.",
        cases=CONFLICTS,
    ),
    Section(title="Names of columns", about="By Glue's rules, and Hive's.", cases=NAMES),
)
