"""Random tables, written by Python's csv module in random dialects, and what is read of them."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gluepot.catalog.types import print_type
from gluepot.crawlers.classifiers.csv import Csv
from tests.crawlers.classifiers.heads import head

if TYPE_CHECKING:
    from gluepot.crawlers.classifiers.base import Classification, FileSchema

MAKERS: dict[str, st.SearchStrategy[str]] = {
    "bigint": st.integers(-(2**63), 2**63 - 1).map(str),
    "decimal(38,0)": st.integers(2**63, 10**38 - 1).map(str),
    "double": st.floats(allow_nan=False, allow_infinity=False).map(repr),
    "boolean": st.sampled_from(["true", "FALSE", "True"]),
    "date": st.dates().map(str),
    "timestamp": st.datetimes().map(lambda item: item.isoformat(sep=" ", timespec="microseconds")),
    "string": st.text("abc xyz\u00e9\u00df,;|\t'\"\n", min_size=2, max_size=8).map("w{}w".format),
}
ENCODINGS = ("utf-8", "utf-8-sig", "utf-16", "utf-32", "cp1252")


@dataclass(frozen=True)
class Written:
    """A table as bytes, its columns and types, and how many rows it has."""

    data: bytes
    columns: dict[str, str]
    rows: int
    delimiter: str


@st.composite
def tables(draw: st.DrawFn, *, lines: str | None = None) -> Written:
    types = draw(st.lists(st.sampled_from(list(MAKERS)), min_size=2, max_size=6))
    if set(types) == {"string"}:
        types.append("bigint")  # A header over text only cannot always be told.
    names = [f"name_{number}" for number in range(len(types))]
    count = draw(st.integers(2, 6))
    rows = [[draw(MAKERS[kind]) for kind in types] for _ in range(count)]
    delimiter = draw(st.sampled_from([",", "|", "\t", ";", "\x01"]))
    end = draw(st.sampled_from(["\n", "\r\n", "\r"])) if lines is None else lines
    # Python leaves a line feed unquoted where rows end in a carriage return alone.
    quotings = [csv.QUOTE_ALL] if end == "\r" else [csv.QUOTE_MINIMAL, csv.QUOTE_ALL]
    quoting: Any = draw(st.sampled_from(quotings))
    quote = draw(st.sampled_from(['"', "'"]))
    sink = io.StringIO()
    writer = csv.writer(
        sink, delimiter=delimiter, quotechar=quote, quoting=quoting, lineterminator=end
    )
    writer.writerow(names)
    writer.writerows(rows)
    data = sink.getvalue().encode(draw(st.sampled_from(ENCODINGS)))
    return Written(data, dict(zip(names, types, strict=True)), count, delimiter)


def classified(data: bytes, *, complete: bool = True) -> Classification:
    return Csv().classify(head(data, complete=complete))


def types_of(schema: FileSchema | None) -> dict[str, str]:
    assert schema is not None
    return {column.name: print_type(column.type) for column in schema.columns}


@settings(suppress_health_check=[HealthCheck.too_slow], max_examples=150, deadline=None)
@given(tables())
def test_a_table_is_read_as_it_was_written(table: Written) -> None:
    answer = classified(table.data)

    assert answer.schema is not None, answer.reason
    assert types_of(answer.schema) == table.columns, answer
    assert answer.schema.records == table.rows
    assert answer.schema.csv is not None
    assert answer.schema.csv.delimiter == table.delimiter


@settings(max_examples=60, deadline=None)
@given(tables(lines="\n"), st.data())
def test_a_head_that_ends_inside_a_line_is_read_as_if_it_ended_before_it(
    table: Written, data: st.DataObject
) -> None:
    rows = len(table.data)
    cut = data.draw(st.integers(0, rows))
    part = table.data[:cut]
    whole = part[: part.rfind(b"\n") + 1]
    if table.data[:2] == b"\xff\xfe":
        return  # A line's end is more than one byte there.

    assert classified(part, complete=False).schema == classified(whole, complete=False).schema


@settings(max_examples=300, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            [b'"', b"'", b",", b"\n", b"\r", b"\\", b"#", b"a", b"1", b"\xe9", b"\t", b"01/02/2013"]
        ),
        max_size=60,
    ).map(b"".join)
    | st.binary(max_size=300),
    st.booleans(),
)
def test_no_bytes_crash_it_and_every_refusal_says_why(data: bytes, complete: bool) -> None:  # noqa: FBT001
    answer = classified(data, complete=complete)

    assert answer.reason
    assert (answer.schema is None) == (answer.certainty == 0.0)
