"""Partition keys and values out of the names of folders."""

from __future__ import annotations

from tests.crawlers.cases.model import Case, Section, one

ROWS = "id,n\n1,x\n2,y\n"
IDN = "id bigint, n string"
NULL = "__HIVE_DEFAULT_PARTITION__"


def keyed(  # noqa: PLR0913 - a case has these parts
    name: str,
    why: str,
    values: list[str],
    type_: str,
    *,
    stored: list[str] | None = None,
    says: tuple[str, ...] = (),
) -> Case:
    """Return the case of folders ``k=value``; ``stored`` are the values that come out."""
    return Case(
        name=name,
        why=why,
        files={f"t/k={value}/a.csv": ROWS for value in values},
        tables=one("t", IDN, keys=f"k {type_}", values=tuple(sorted(stored or values)), says=says),
    )


def folders(name: str, why: str, names: list[str], keys: str, values: list[str]) -> Case:
    """Return the case of folders of any names; values are divided by slashes."""
    return Case(
        name=name,
        why=why,
        files={f"t/{item}/a.csv": ROWS for item in names},
        tables=one("t", IDN, keys=keys, values=tuple(sorted(values))),
    )


KEYS = (
    keyed(
        "Key int",
        "All values fit 32 bits.",
        ["1", "-20", "300"],
        "int",
        says=("all 3 values, such as '-20', can be int",),
    ),
    keyed("Key bigint", "One value needs 64 bits.", ["1", "3000000000"], "bigint"),
    keyed("Key beyond 64 bits", "No key holds it as a number.", ["1", "9" * 20], "string"),
    keyed("Key date", "All values are days that exist.", ["2024-01-31", "2024-02-29"], "date"),
    keyed(
        "Key with a day that is none",
        "30 February makes text.",
        ["2024-01-31", "2024-02-30"],
        "string",
    ),
    keyed("Key text", "Anything else is text.", ["de", "fr"], "string", says=("'de' is text",)),
    keyed(
        "Key with leading zeros",
        "Numbers would lose them, and the folder would not be found.",
        ["01", "02", "10"],
        "string",
        says=("'01' has a leading zero",),
    ),
    keyed(
        "Key of numbers and dates",
        "No type but string holds both.",
        ["1", "2024-01-31"],
        "string",
        says=("some values are numbers, some dates",),
    ),
    keyed(
        "Key with fractions", "Doubles do not name folders well: text.", ["1.5", "2.5"], "string"
    ),
    keyed("Key of true and false", "Text, as in Glue.", ["true", "false"], "string"),
    keyed(
        "Key with null", "Hive's marker of null says nothing about the type.", ["1", NULL], "int"
    ),
    keyed(
        "Key of null only",
        "No value, no type: string.",
        [NULL],
        "string",
        says=("every value is null",),
    ),
    keyed(
        "Key with escaped values",
        "Values are stored as they are meant, not as they are escaped.",
        ["New%20York", "a%2Fb", "100%25", "x%3Dy"],
        "string",
        stored=["New York", "a/b", "100%", "x=y"],
    ),
    keyed(
        "Key with blanks and other letters",
        "Nothing is escaped that need not be.",
        ["New York", "Zürich"],
        "string",
    ),
    keyed("One partition", "key=value is always a partition.", ["1"], "int"),
    Case(
        name="Key with marks and capitals",
        why="Keys are lower-cased; all but letters, digits and _ becomes _.",
        files={f"t/Event-Date=2024-01-0{day}/a.csv": ROWS for day in (1, 2)},
        tables=one("t", IDN, keys="event_date date", values=("2024-01-01", "2024-01-02")),
    ),
    Case(
        name="Keys that differ in case",
        why="They are one key.",
        files={"t/Year=2023/a.csv": ROWS, "t/year=2024/a.csv": ROWS},
        tables=one("t", IDN, keys="year int", values=("2023", "2024")),
    ),
    Case(
        name="One key at two levels",
        why="Hive refuses two keys of one name: the second gets a number.",
        files={f"t/a={value}/a={value}/x.csv": ROWS for value in (1, 2)},
        tables=one("t", IDN, keys="a int, a_1 int", values=("1/1", "2/2")),
    ),
    Case(
        name="Folders of one value",
        why="Two folders would be one partition; the second is left out, and told.",
        files={"t/Day=1/a.csv": ROWS, "t/day=1/a.csv": ROWS, "t/day=2/a.csv": ROWS},
        tables=one(
            "t",
            IDN,
            keys="day int",
            values=("1", "2"),
            warns=("t/day=1/ has the same partition values as",),
        ),
    ),
    Case(
        name="Key that begins with _",
        why="_key=value is data, unlike other names that begin with _.",
        files={"t/_day=1/a.csv": ROWS, "t/_day=2/a.csv": ROWS, "t/_old/a.csv": ROWS},
        tables=one("t", IDN, keys="_day int", values=("1", "2")),
    ),
)

POSITIONS = (
    folders(
        "Folders without keys",
        "partition_0, partition_1, … from left to right.",
        ["2023/de", "2023/fr", "2024/de"],
        "partition_0 int, partition_1 string",
        ["2023/de", "2023/fr", "2024/de"],
    ),
    folders(
        "Days as folders",
        "Typed as key=value folders are.",
        ["2024-01-31", "2024-02-01"],
        "partition_0 date",
        ["2024-01-31", "2024-02-01"],
    ),
    folders(
        "Year, month, day as folders",
        "Months with leading zeros stay text.",
        ["2024/01/31", "2024/02/01"],
        "partition_0 int, partition_1 string, partition_2 string",
        ["2024/01/31", "2024/02/01"],
    ),
    folders(
        "Both styles in a level",
        "partition_n, with the whole names of the folders.",
        ["day=1", "other"],
        "partition_0 string",
        ["day=1", "other"],
    ),
    folders(
        "Other keys in a level",
        "partition_n, with the whole names of the folders.",
        ["day=1", "week=1"],
        "partition_0 string",
        ["day=1", "week=1"],
    ),
    folders(
        "Keys below folders without keys",
        "Each level for itself.",
        ["eu/day=1", "us/day=2"],
        "partition_0 string, day int",
        ["eu/1", "us/2"],
    ),
)

DEPTHS = (
    Case(
        name="Folders of two depths",
        why="A partition has a value for each key: the depth that most have stays, the other is a"
        " table of its own, and told.",
        files={
            "t/day=1/a.csv": ROWS,
            "t/day=2/a.csv": ROWS,
            "t/day=3/a.csv": ROWS,
            "t/day=4/hour=1/a.csv": ROWS,
        },
        tables=(
            *one("day_4", IDN, keys="hour int", values=("1",), location="t/day=4/"),
            *one("t", IDN, keys="day int", values=("1", "2", "3")),
        ),
        warns=("t/: day=4 is 1 folders deep, its siblings are 0",),
    ),
    Case(
        name="Daily folders that become hourly",
        why="However many siblings are deeper, those of one depth stay one table: only others of"
        " the same depth count against it.",
        files={
            "t/day=1/a.csv": ROWS,
            "t/day=2/a.csv": ROWS,
            "t/day=3/hour=1/a.csv": ROWS,
        },
        tables=(
            *one("day_3", IDN, keys="hour int", values=("1",), location="t/day=3/"),
            *one("t", IDN, keys="day int", values=("1", "2")),
        ),
        warns=("t/: day=3 is 1 folders deep, its siblings are 0",),
    ),
    Case(
        name="Many files in each partition",
        why="A partition is a folder, whatever number of files it has.",
        files={f"t/day={day}/{part}.csv": ROWS for day in (1, 2) for part in "abc"},
        tables=one("t", IDN, keys="day int", values=("1", "2"), records=12),
    ),
)

SECTIONS = (
    Section(
        title="Partition keys",
        about="`key=value` folders; a key has the narrowest of int, bigint, date and string that"
        " takes each value as it is written.",
        cases=KEYS,
    ),
    Section(
        title="Partitions by position",
        about="Folders without keys.",
        cases=POSITIONS,
    ),
    Section(
        title="Depth of partitions",
        about="All partitions of a table are equally deep.",
        cases=DEPTHS,
    ),
)
