"""Custom classifiers: what CreateClassifier stored, in a crawler's order, before the built-in."""

from __future__ import annotations

from typing import Any

import pytest

from gluepot.catalog.errors import EntityNotFoundError, InvalidInputError
from gluepot.crawlers.access import Access, no_classifier
from gluepot.crawlers.classifiers.builtin import BUILT_IN, classify
from gluepot.crawlers.classifiers.custom import custom_classifier, load_classifiers
from gluepot.crawlers.sources.config import S3Config
from tests.crawlers.classifiers.heads import head

STORED: dict[str, dict[str, dict[str, Any]]] = {
    "pairs": {
        "GrokClassifier": {
            "Name": "pairs",
            "Classification": "pair_log",
            "GrokPattern": "%{KEY:key}=%{INT:value:long}",
            "CustomPatterns": "KEY [a-z]+",
            "Version": 1,
        }
    },
    "orders": {"XMLClassifier": {"Name": "orders", "Classification": "xml", "RowTag": "order"}},
    "items": {"JsonClassifier": {"Name": "items", "JsonPath": "$.items[*]"}},
    "pipes": {"CsvClassifier": {"Name": "pipes", "Delimiter": "~", "ContainsHeader": "PRESENT"}},
    "broken": {
        "GrokClassifier": {"Name": "broken", "Classification": "x", "GrokPattern": "%{INT:a}("}
    },
}


def access() -> Access:
    return Access(s3=S3Config(), classifier=lambda name: STORED.get(name) or no_classifier(name))


@pytest.mark.parametrize(
    ("name", "text", "format_", "columns"),
    [
        ("pairs", "a=1\nb=2\n", "pair_log", ["key", "value"]),
        ("orders", "<r><order><id>1</id></order></r>", "xml", ["id"]),
        ("items", '{"n": 1, "items": [{"id": 1}, {"id": 2}]}', "json", ["id"]),
        ("pipes", "who~what\nx~y\n", "csv", ["who", "what"]),
    ],
)
def test_each_kind_reads_what_it_describes(
    name: str, text: str, format_: str, columns: list[str]
) -> None:
    (classifier,) = load_classifiers([name], access())
    answer = classifier.classify(head(text))

    assert answer.classifier == name
    assert answer.certainty == 1.0
    assert answer.schema is not None
    assert answer.schema.format == format_
    assert [column.name for column in answer.schema.columns] == columns


def test_custom_classifiers_keep_the_order_of_the_crawler_and_go_first() -> None:
    custom = load_classifiers(["orders", "pairs", "items"], access())
    verdict = classify(head("a=1\nb=2\n"), (*custom, *BUILT_IN))

    assert [classifier.name for classifier in custom] == ["orders", "pairs", "items"]
    assert [answer.classifier for answer in verdict.answers] == ["orders", "pairs"]
    assert verdict.schema is not None
    assert verdict.schema.format == "pair_log"


def test_a_built_in_that_is_certain_beats_a_custom_one_that_is_not() -> None:
    custom = load_classifiers(["pairs"], access())
    verdict = classify(head('{"a": "b=1"}\n{"a": 2}\n'), (*custom, *BUILT_IN))

    assert verdict.answers[0].certainty == 0.5
    assert verdict.schema is not None
    assert verdict.schema.format == "json"


def test_the_most_certain_wins_where_none_is_certain() -> None:
    custom = load_classifiers(["pairs"], access())
    verdict = classify(head("a=1\nnothing\n"), (*custom, *BUILT_IN))

    assert verdict.schema is not None
    assert verdict.schema.format == "pair_log"


def test_a_name_that_is_not_stored_is_an_error_of_the_crawl() -> None:
    with pytest.raises(EntityNotFoundError, match="nobody"):
        load_classifiers(["pairs", "nobody"], access())


def test_a_schema_that_is_not_registered_is_an_error_of_the_crawl() -> None:
    with pytest.raises(EntityNotFoundError, match="shop/order"):
        load_classifiers(["protobuf:shop/order"], access())


def test_a_classifier_that_cannot_work_is_named() -> None:
    with pytest.raises(InvalidInputError, match="Classifier broken cannot work"):
        load_classifiers(["broken"], access())


def test_a_document_of_no_known_kind_says_which_there_are() -> None:
    with pytest.raises(InvalidInputError, match="one of GrokClassifier, XMLClassifier"):
        custom_classifier({"YamlClassifier": {}})
