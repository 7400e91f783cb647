"""What types texts have: numbers, booleans, dates in many notations, nulls."""

from __future__ import annotations

from typing import Any

from tests.crawlers.cases.model import Case, Section, one

ISO_TOLD = {"timestamp.formats": "yyyy-MM-dd"}


def column(name: str, why: str, values: list[str], type_: str, **others: Any) -> Case:  # noqa: ANN401
    """Return the case of a column of values beside a column of numbers."""
    rows = "".join(f"{row};{value}\n" for row, value in enumerate(values, 1))
    return Case(
        name=name,
        why=why,
        files={"t/a.csv": f"id;v\n{rows}"},
        tables=one("t", f"id bigint, v {type_}", **others),
    )


NUMBERS = (
    column("Integers", "Glue's bigint.", ["1", "-20", "+3"], "bigint"),
    column(
        "Integers and decimals",
        "One double makes the column double; the reason names it.",
        ["1", "2", "2.5"],
        "double",
        says=("such as '2.5' on line 4",),
    ),
    column("Exponents", "What Java reads as a double is one.", ["1e3", "-2.5E-4"], "double"),
    column(
        "Not a number, infinity",
        "Spark and Java read these words among numbers.",
        ["1.5", "NaN", "-Infinity"],
        "double",
    ),
    column(
        "Integers beyond 64 bits",
        "decimal(38,0) holds them exactly; double would round.",
        ["123456789012345678901", "1"],
        "decimal(38,0)",
    ),
    column(
        "Integers beyond 38 digits",
        "No number holds them, so they are text.",
        ["1" * 39, "1"],
        "string",
    ),
    column(
        "Leading zeros",
        "Identifiers lose their zeros as numbers.",
        ["007", "123"],
        "string",
        says=("leading zero",),
    ),
    column(
        "Thousands separators", "No serde reads them as numbers.", ["1,000", "25,300"], "string"
    ),
    column("Decimal commas", "No serde reads them as numbers.", ["1,5", "2,75"], "string"),
    column("Money", "A sign of a currency makes text.", ["$5", "$7.50"], "string"),
    column("True and false", "In any case, as Hive reads them.", ["true", "FALSE"], "boolean"),
    column("Yes and no", "Hive reads them as null, so they stay text.", ["yes", "no"], "string"),
    column("Zeros and ones", "Numbers: nothing tells that they are more.", ["0", "1"], "bigint"),
    column(
        "Number and text",
        "One text makes the column text; the reason names the first.",
        ["1", "x", "3"],
        "string",
        says=("line 3 holds 'x'",),
    ),
)

NULLS = (
    column(
        "Empty cells in a number",
        "Nothing is null, and no reason to be text.",
        ["1", "", "3"],
        "bigint",
        says=("2 of 3 values are bigint",),
    ),
    column(
        "Nothing in any cell",
        "No value, no type: string, as Glue has it.",
        ["", "", ""],
        "string",
        says=("all 3 values are empty",),
    ),
    column(
        "NA in a number",
        "A usual word for null among numbers is null; LazySimpleSerDe is told.",
        ["1", "NA", "3"],
        "bigint",
        serde_parameters={"serialization.null.format": "NA"},
        says=("'NA' taken for null",),
    ),
    column("NA in a text", "Among texts it may be a text (Namibia).", ["DE", "NA", "FR"], "string"),
    column("Hive's null", "\\N is null to Hive.", ["1", "\\N", "3"], "bigint"),
    column(
        "Null words of several kinds",
        "The serde knows one marker: the commonest, then the first.",
        ["2024-01-31", "null", "-"],
        "date",
        says=("taken for null",),
    ),
)

WRITTEN = (
    ("ISO with T and Z", "2024-01-31T10:05:59Z", "2024-02-01T00:00:00Z"),
    ("ISO with T", "2024-01-31T10:05:59", "2024-02-01T00:00:00"),
    ("ISO with an offset", "2024-01-31T10:05:59+01:00", "2024-02-01T00:00:00-07:00"),
    ("ISO with milliseconds", "2024-01-31 10:05:59.123", "2024-02-01 00:00:00.5"),
    ("Without seconds", "2024-01-31 10:05", "2024-02-01 23:59"),
    ("With slashes, year first", "2024/01/31 10:05:59", "2024/02/01 00:00:00"),
    ("With points", "31.01.2024 10:05", "01.02.2024 00:00"),
    ("Day first", "31/01/2024", "01/02/2024"),
    ("Month first", "01/31/2024", "02/01/2024"),
    ("Month first, half days", "01/31/2024 10:05 PM", "02/01/2024 12:00 AM"),
    ("Months by name", "31-Jan-2024", "01-Feb-2024"),
    ("American, in words", "Jan 31, 2024", "Feb 01, 2024"),
    ("Of web servers", "31/Jan/2024:10:05:59 +0100", "01/Feb/2024:00:00:00 +0100"),
    ("Of mails", "Wed, 31 Jan 2024 10:05:59 GMT", "Thu, 01 Feb 2024 00:00:00 GMT"),
)

DATES = (
    column(
        "ISO dates",
        "The one notation that Hive reads as a date.",
        ["2024-01-31", "2024-02-29"],
        "date",
    ),
    column(
        "ISO timestamps",
        "The notation that Hive reads without being told.",
        ["2024-01-31 10:05:59", "2024-02-01 00:00:00"],
        "timestamp",
    ),
    *(
        column(
            f"Timestamps: {name}",
            "Hive is told the pattern, which the reason names too.",
            [first, second],
            "timestamp",
            says=("written as",),
        )
        for name, first, second in WRITTEN
    ),
    column(
        "Dates and timestamps",
        "A timestamp holds both; Hive is told of the days.",
        ["2024-01-31", "2024-02-01 10:00:00"],
        "timestamp",
        serde_parameters=ISO_TOLD,
    ),
    column(
        "Day or month first, undecided",
        "No day above 12 tells which, and half of the values would be wrong: text.",
        ["01/02/2024", "03/04/2024"],
        "string",
        says=("no day above 12 tells which",),
    ),
    Case(
        name="Day or month first, told by another column",
        why="One writer writes all dates in one order.",
        files={"t/a.csv": "a;b\n01/02/2024;31/01/2024\n03/04/2024;01/02/2024\n"},
        tables=one(
            "t", "a timestamp, b timestamp", says=("other dates of these files have the day first",)
        ),
    ),
    Case(
        name="Day or month first, told by another file",
        why="Files with the same columns write dates in one order.",
        files={
            "t/a.csv": "id;at\n1;01/02/2024\n2;03/04/2024\n",
            "t/b.csv": "id;at\n3;01/31/2024\n4;02/01/2024\n",
        },
        tables=one("t", "id bigint, at timestamp"),
    ),
    column("A day that is none", "30 February makes text.", ["2024-02-30", "2024-01-01"], "string"),
    column("Days in digits only", "Numbers, as in Glue.", ["20240131", "20240201"], "bigint"),
    column("Seconds since 1970", "Numbers, as in Glue.", ["1706695559", "1706745600"], "bigint"),
    column(
        "Years of two digits", "The century is a guess: text.", ["31/01/24", "01/02/24"], "string"
    ),
    column("Clocks", "Hive has no time of day.", ["10:05:59", "23:59:00"], "string"),
)

SECTIONS = (
    Section(
        title="Types: numbers and booleans in text",
        about="What counts is what Hive, Athena, Trino and Spark read: what they do not is text.",
        cases=NUMBERS,
    ),
    Section(title="Types: null", about="Markers of null, and columns without values.", cases=NULLS),
    Section(
        title="Types: dates and timestamps in text",
        about="Notations are tried in a fixed list; `timestamp.formats` tells Hive.",
        cases=DATES,
    ),
)
