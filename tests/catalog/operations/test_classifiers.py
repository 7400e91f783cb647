from __future__ import annotations

from typing import Any

import pytest

from gluepot.catalog.classifier_rules import CHECKS
from gluepot.catalog.errors import InvalidInputError

GROK = {"Classification": "log", "Name": "g", "GrokPattern": "%{IP:ip} %{NUMBER:n:int} %{MINE}"}
GIVEN: list[dict[str, Any]] = [
    {"GrokClassifier": {**GROK, "CustomPatterns": "MINE [a-z]+ %{OTHER}\nOTHER x\n"}},
    {"XMLClassifier": {"Classification": "xml", "Name": "x", "RowTag": "ns:row-1"}},
    {"JsonClassifier": {"Name": "j", "JsonPath": "$.a['b c'][0][*].*"}},
    {
        "CsvClassifier": {
            "Name": "c",
            "Delimiter": "|",
            "QuoteSymbol": "'",
            "ContainsHeader": "ABSENT",
            "Header": ["a", "b"],
            "DisableValueTrimming": False,
            "AllowSingleColumn": True,
            "CustomDatatypeConfigured": True,
            "CustomDatatypes": ["INT", "STRING"],
            "Serde": "None",
        }
    },
]


def test_every_kind_comes_back_as_it_was_given(glue: Any) -> None:  # noqa: ANN401
    for given in GIVEN:
        glue.create_classifier(**given)

    found = glue.get_classifiers()["Classifiers"]

    by_name = {next(iter(one.values()))["Name"]: one for one in found}
    assert list(by_name) == ["c", "g", "j", "x"]
    for given in GIVEN:
        kind, classifier = next(iter(given.items()))
        shown = by_name[classifier["Name"]]
        assert shown == glue.get_classifier(Name=classifier["Name"])["Classifier"]
        assert {key: shown[kind][key] for key in classifier} == classifier
        assert shown[kind]["Version"] == 1
        assert shown[kind].keys() - classifier.keys() == {
            "CreationTime",
            "LastUpdated",
            "Version",
        }


def test_an_update_replaces_what_is_given_and_counts(glue: Any) -> None:  # noqa: ANN401
    glue.create_classifier(**GIVEN[3])

    glue.update_classifier(CsvClassifier={"Name": "c", "Delimiter": ";", "Header": []})

    found = glue.get_classifier(Name="c")["Classifier"]["CsvClassifier"]
    assert (found["Delimiter"], found["Header"], found["QuoteSymbol"]) == (";", [], "'")
    assert found["Version"] == 2
    assert found["CreationTime"] < found["LastUpdated"]


def test_updates_that_glue_refuses_change_nothing(glue: Any) -> None:  # noqa: ANN401
    glue.create_classifier(**GIVEN[3])
    invalid = glue.exceptions.InvalidInputException

    with pytest.raises(invalid, match="is a CsvClassifier, not a JsonClassifier"):
        glue.update_classifier(JsonClassifier={"Name": "c", "JsonPath": "$"})
    with pytest.raises(invalid, match="both"):
        glue.update_classifier(CsvClassifier={"Name": "c", "Delimiter": "'"})
    with pytest.raises(glue.exceptions.EntityNotFoundException):
        glue.update_classifier(CsvClassifier={"Name": "x"})

    assert glue.get_classifier(Name="c")["Classifier"]["CsvClassifier"]["Version"] == 1


def test_exactly_one_kind_is_given_and_a_name_is_taken_once(glue: Any) -> None:  # noqa: ANN401
    with pytest.raises(glue.exceptions.InvalidInputException, match="Exactly one"):
        glue.create_classifier()
    with pytest.raises(glue.exceptions.InvalidInputException, match="Exactly one"):
        glue.create_classifier(**GIVEN[0], **GIVEN[1])

    glue.create_classifier(**GIVEN[0])
    with pytest.raises(glue.exceptions.AlreadyExistsException):
        glue.create_classifier(JsonClassifier={"Name": "g", "JsonPath": "$"})
    glue.delete_classifier(Name="g")
    with pytest.raises(glue.exceptions.EntityNotFoundException):
        glue.delete_classifier(Name="g")


@pytest.mark.parametrize(
    ("kind", "members", "words"),
    [
        ("GrokClassifier", {"GrokPattern": "%{IPP:a}"}, "unknown pattern IPP. Did you mean 'IP'"),
        ("GrokClassifier", {"GrokPattern": "%{IP:a:number}"}, "type 'number'"),
        ("GrokClassifier", {"GrokPattern": "%{IP"}, "right is"),
        ("GrokClassifier", {"GrokPattern": "%{}"}, "right is"),
        ("GrokClassifier", {"CustomPatterns": "MINE"}, "Line 1"),
        ("GrokClassifier", {"CustomPatterns": "MINE x\nA %{NOPE}"}, "A names the unknown"),
        ("GrokClassifier", {"CustomPatterns": "MINE %{A}\nA %{B}\nB %{A}"}, "A, B, MINE lead"),
        ("JsonClassifier", {"JsonPath": "a.b"}, "JsonPath"),
        ("JsonClassifier", {"JsonPath": "$..a"}, "JsonPath"),
        ("JsonClassifier", {"JsonPath": "$[?(@.a)]"}, "JsonPath"),
        ("XMLClassifier", {"RowTag": "<row>"}, "RowTag"),
        ("XMLClassifier", {"RowTag": ""}, "RowTag"),
        ("CsvClassifier", {"CustomDatatypes": ["INT", "INTEGER"]}, "INTEGER"),
        ("CsvClassifier", {"Delimiter": '"', "QuoteSymbol": '"'}, "both"),
    ],
)
def test_what_a_classifier_cannot_say_is_refused(
    kind: str, members: dict[str, Any], words: str
) -> None:
    good = next(given[kind] for given in GIVEN if kind in given)
    CHECKS[kind](good)

    with pytest.raises(InvalidInputError, match=words):
        CHECKS[kind]({**good, **members})
