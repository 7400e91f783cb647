"""What tables of delimited files are told, and what files settle for one another."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gluepot.catalog.types import print_type
from gluepot.crawlers.classifiers.builtin import classify
from gluepot.crawlers.grouping.delimited import (
    DelimitedFacts,
    delimited_facts,
    delimited_reasons,
    delimited_serde_parameters,
    delimited_storage,
    delimited_table_parameters,
)
from gluepot.crawlers.grouping.headers import settle_headers
from tests.crawlers.classifiers.heads import head

if TYPE_CHECKING:
    from gluepot.crawlers.classifiers.base import FileSchema, Verdict


def settled(**files: str | bytes) -> dict[str, Verdict]:
    return settle_headers({name: classify(head(text)) for name, text in files.items()})


def schemas(**files: str | bytes) -> dict[str, FileSchema]:
    found = {name: verdict.schema for name, verdict in settled(**files).items()}
    return {name: schema for name, schema in found.items() if schema is not None}


def types(schema: FileSchema) -> list[str]:
    return [print_type(column.type) for column in schema.columns]


def facts(**files: str | bytes) -> DelimitedFacts:
    found = delimited_facts(list(schemas(**files).items()))
    assert found is not None
    return found


def test_plain_fields_are_for_lazy_simple_serde() -> None:
    found = facts(a="id;n\n1;x\n2;y\n")

    assert delimited_storage(found) == "csv"
    assert delimited_serde_parameters(found) == {"field.delim": ";"}
    assert delimited_table_parameters(found) == {
        "delimiter": ";",
        "columnsOrdered": "true",
        "areColumnsQuoted": "false",
        "skip.header.line.count": "1",
    }


def test_quoted_fields_are_for_open_csv_serde_with_the_quote_that_is_there() -> None:
    found = facts(a="id;n;day\n1;'x; y';2013-01-31\n2;y;2013-02-01\n")

    assert delimited_storage(found) == "open_csv"
    assert delimited_serde_parameters(found) == {
        "separatorChar": ";",
        "quoteChar": "'",
        "escapeChar": "\\",
    }
    assert any("single quotes" in reason for reason in delimited_reasons(found))
    assert any("Athena" in reason and "not day" in reason for reason in delimited_reasons(found))


def test_backslashes_that_escape_nothing_are_told_to_open_csv_serde() -> None:
    found = facts(a='id,n\n1,"C:\\dir\\"\n2,"x"\n')

    assert delimited_serde_parameters(found)["escapeChar"] == "\x02"


def test_lines_above_the_header_are_skipped_with_it() -> None:
    assert facts(a="Sales\n\nid,n\n1,2\n3,4\n").header_lines == 3
    assert facts(a="Sales\n1,2\n3,4\n5,6\n").header_lines == 1
    assert facts(a='id,"name\nof it"\n1,a\n2,b\n').header_lines == 2


def test_timestamp_patterns_are_told_with_their_commas_escaped() -> None:
    found = facts(a="id;n\n1;Jan 31, 2013\n2;Feb 1, 2013\n")

    told = delimited_serde_parameters(found)["timestamp.formats"]
    assert told == "MMM d\\, yyyy,MMM dd\\, yyyy"


def test_a_date_that_is_a_timestamp_in_another_file_gets_its_pattern() -> None:
    found = facts(a="id,n\n1,2013-01-31\n2,2013-02-01\n", b="id,n\n1,2013-01-31 10:00:00\n2,\n")

    assert found.timestamp_patterns == ("yyyy-MM-dd",)


def test_files_with_and_without_a_header_are_named() -> None:
    found = facts(a="id,n\n1,x\n2,y\n", b="3,z\n4,w\n", c="Title\nid,n\n5,x\n6,y\n")

    assert found.header_lines == 1
    assert "b has no header" in found.warnings[0]
    assert "c has 2 lines above its data" in found.warnings[1]


def test_a_head_of_ascii_is_in_the_encoding_of_the_files_beside_it() -> None:
    latin = "id,n\n1,Zo\xeb\n2,y\n".encode("latin-1")
    windows = "id,n\n1,5 \u20ac\n2,y\n".encode("cp1252")
    plain = b"id,n\n1,x\n2,y\n"

    found = schemas(a=latin, b=plain)
    assert {schema.traits for schema in found.values()} == {
        (("delimiter", ","), ("encoding", "ISO-8859-1"))
    }
    found = schemas(a=latin, b=plain, c=windows)
    assert {dict(schema.traits)["encoding"] for schema in found.values()} == {"windows-1252"}
    found = schemas(a=latin, b=plain, c="id,n\n1,Zo\xeb\n2,y\n")
    assert "encoding" not in dict(found["b"].traits)


def test_the_encoding_is_told_to_the_serde() -> None:
    found = facts(a="id,n\n1,Zo\xeb\n2,y\n".encode("latin-1"))

    assert delimited_serde_parameters(found)["serialization.encoding"] == "ISO-8859-1"


def test_another_file_decides_whether_the_day_comes_first() -> None:
    open_, day = "id,n\n1,01/02/2013\n2,03/04/2013\n", "id,n\n1,31/01/2013\n2,01/02/2013\n"

    found = schemas(a=open_, b=day)
    assert types(found["a"]) == types(found["b"]) == ["bigint", "timestamp"]
    assert facts(a=open_, b=day).timestamp_patterns == ("dd/MM/yyyy",)


def test_files_that_disagree_about_the_day_have_text() -> None:
    day, month = "id,n\n1,31/01/2013\n2,01/02/2013\n", "id,n\n1,01/31/2013\n2,01/02/2013\n"

    found = schemas(a=day, b=month)
    assert types(found["a"]) == types(found["b"]) == ["bigint", "string"]
    assert "no one pattern reads both" in found["b"].columns[1].reason


def test_settling_twice_changes_nothing() -> None:
    files: dict[str, str | bytes] = {
        "a": "id,n\n1,01/02/2013\n2,03/04/2013\n",
        "b": "id,n\n1,31/01/2013\n2,01/02/2013\n",
        "c": "id,n\n",
        "d": "x,y\n13/01/2013,01/13/2013\n13/02/2013,02/13/2013\n",
    }
    once = settled(**files)

    assert settle_headers(once) == once
    assert once["c"].problem is None


def test_the_order_of_files_settles_nothing() -> None:
    files: dict[str, str | bytes] = {
        "a": "id,n\n1,01/02/2013\n2,03/04/2013\n",
        "b": "id,n\n1,31/01/2013\n2,01/02/2013\n",
        "c": "id,n\n1,Zo\xeb\n".encode("latin-1"),
        "d": "id,n\n",
    }

    assert settled(**files) == settled(**dict(reversed(files.items())))
