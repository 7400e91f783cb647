"""Custom CSV classifiers: what AWS Glue's document says, and what it changes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from gluepot.catalog.errors import InvalidInputError
from gluepot.catalog.types import print_type
from gluepot.crawlers.classifiers.csv import csv_classifier
from tests.crawlers.classifiers.heads import head

if TYPE_CHECKING:
    from gluepot.crawlers.classifiers.base import Classification, FileSchema


def classify(text: str, **members: Any) -> Classification:  # noqa: ANN401 - Glue's document
    return csv_classifier({"Name": "mine", **members}).classify(head(text))


def read(text: str, **members: Any) -> FileSchema:  # noqa: ANN401
    answer = classify(text, **members)
    assert answer.schema is not None, answer.reason
    return answer.schema


def columns(text: str, **members: Any) -> dict[str, str]:  # noqa: ANN401
    return {item.name: print_type(item.type) for item in read(text, **members).columns}


def test_it_answers_in_its_own_name_and_the_tables_format_is_csv() -> None:
    answer = classify("a,b\n1,2\n")

    assert (answer.classifier, answer.certainty) == ("mine", 1.0)
    assert answer.schema is not None
    assert answer.schema.format == "csv"


def test_a_delimiter_of_any_kind_is_taken() -> None:
    assert columns("a!b\n1!2\n", Delimiter="!") == {"a": "bigint", "b": "bigint"}
    assert "does not cut" in classify("a,b\n1,2\n", Delimiter="!").reason


def test_a_quote_symbol_is_the_only_quote() -> None:
    layout = read("a,b\n1,%x, y%\n2,'z'\n", QuoteSymbol="%").csv

    assert layout is not None
    assert (layout.quote, layout.second_row) == ("%", ("1", "x, y"))


def test_a_header_is_there_or_not_as_it_says() -> None:
    text = "red,apple\ngreen,pear\n"

    assert list(columns(text, ContainsHeader="PRESENT")) == ["red", "apple"]
    assert list(columns("id,n\n1,2\n", ContainsHeader="ABSENT")) == ["col0", "col1"]
    assert list(columns(text, ContainsHeader="ABSENT", Header=["c", "f"])) == ["c", "f"]


def test_names_replace_those_of_the_file_and_tell_its_header() -> None:
    text = "red,apple\ngreen,pear\n"

    assert read(text, Header=["Red", "Apple"]).records == 1
    assert read(text, Header=["colour", "fruit"]).records == 2
    assert "names 3" in classify(text, Header=["a", "b", "c"]).reason


def test_one_column_is_taken_where_it_is_allowed() -> None:
    assert columns("id\n1\n2\n", AllowSingleColumn=True) == {"id": "bigint"}
    assert classify("id\n1\n2\n").certainty == 0.0


def test_spaces_are_trimmed_where_that_is_not_disabled() -> None:
    text = "a,b\n 1 ,x\n 2,y\n"

    assert columns(text, DisableValueTrimming=False) == {"a": "bigint", "b": "string"}
    assert columns(text, ContainsHeader="PRESENT") == {"a": "string", "b": "string"}


@pytest.mark.parametrize(
    ("types", "expected"),
    [
        (["SHORT", "INT"], ["smallint", "int", "string", "string", "string"]),
        (["LONG", "DECIMAL"], ["bigint", "bigint", "decimal(20,2)", "string", "string"]),
        (["FLOAT", "BOOLEAN"], ["float", "float", "float", "string", "boolean"]),
        (["TIMESTAMP"], ["string", "string", "string", "timestamp", "string"]),
        (["DATE", "DOUBLE"], ["double", "double", "double", "date", "string"]),
    ],
)
def test_only_the_datatypes_listed_are_detected(types: list[str], expected: list[str]) -> None:
    text = "a,b,c,d,e\n1,70000,1.5,2013-01-31,true\n2,80000,2.25,2013-02-01,false\n"
    found = columns(
        text, CustomDatatypeConfigured=True, CustomDatatypes=types, ContainsHeader="PRESENT"
    )

    assert list(found.values()) == expected


def test_a_list_of_datatypes_that_is_switched_off_does_not_count() -> None:
    members = {"CustomDatatypeConfigured": False, "CustomDatatypes": ["STRING"]}

    assert columns("a,b\n1,x\n2,y\n", **members) == {"a": "bigint", "b": "string"}


def test_a_header_alone_is_unknown_unless_headings_and_datatypes_are_given() -> None:
    text = "id,name\n"
    members = {"Header": ["id", "name"], "CustomDatatypes": ["LONG", "STRING"]}

    assert "header only" in str(classify(text, ContainsHeader="PRESENT").problem)
    assert "header only" in str(classify(text, Header=["id", "name"]).problem)
    assert classify(text, **members).problem is None
    assert columns(text, **members) == {"id": "bigint", "name": "string"}


def test_the_serde_is_the_one_it_names() -> None:
    for serde, told in (("OpenCSVSerDe", "OpenCSVSerDe"), ("None", "")):
        layout = read("a,b\n1,2\n", Serde=serde).csv

        assert layout is not None
        assert layout.serde == told


@pytest.mark.parametrize(
    ("members", "said"),
    [
        ({"Delimiter": ",", "QuoteSymbol": ","}, "must differ"),
        ({"Delimiter": ",,"}, "one character"),
        ({"CustomDatatypes": ["LONGS"]}, "Did you mean"),
        ({"Serde": "Csv"}, "OpenCSVSerDe"),
        ({"ContainsHeader": "YES"}, "PRESENT"),
    ],
)
def test_what_glue_does_not_allow_is_refused(members: dict[str, Any], said: str) -> None:
    with pytest.raises(InvalidInputError, match=said):
        csv_classifier({"Name": "mine", **members})
