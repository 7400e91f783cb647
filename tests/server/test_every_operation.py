"""Every operation of AWS Glue's model answers inside the model, whatever the catalog holds."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import orjson

from gluepot.catalog.service_model import glue_model
from gluepot.server.coverage import area_of, coverage_page
from tests.server.conftest import Direct, check_reply
from tests.server.model_requests import OPERATIONS, example, input_shape

if TYPE_CHECKING:
    from typing import Any

PAGE = Path(__file__).resolve().parents[2] / "docs" / "reference" / "api-coverage.md"


def request(operation: str, *, full: bool) -> Any:  # noqa: ANN401
    """Return a valid request."""
    shape = input_shape(operation)
    return example(shape, full=full) if shape else {}


def answer_all(direct: Direct) -> dict[str, set[str | None]]:
    """Call every operation with the smallest and the fullest request; return the outcomes."""
    found: dict[str, set[str | None]] = {}
    for operation in OPERATIONS:
        for full in (False, True):
            reply = direct.call(operation, request(operation, full=full))
            check_reply(operation, reply)
            found.setdefault(operation, set()).add(reply.error_code)
    return found


def test_every_operation_answers_inside_the_model_on_an_empty_catalog(empty: Direct) -> None:
    outcomes = answer_all(empty)

    assert len(outcomes) == len(glue_model().names)


def test_every_operation_answers_inside_the_model_on_a_filled_catalog(filled: Direct) -> None:
    answer_all(filled)


def test_what_is_not_wired_says_that_it_is_not_supported(empty: Direct) -> None:
    wired = empty.dispatcher.operations

    for operation in OPERATIONS:
        reply = empty.call(operation, request(operation, full=False))
        refused = reply.error_code == "OperationNotSupportedException"
        assert operation in wired or refused, orjson.loads(reply.body)


def test_the_coverage_page_is_that_of_the_installed_model(empty: Direct) -> None:
    page = coverage_page(glue_model().names, empty.dispatcher.operations)

    assert PAGE.read_text() == page, "run: python scripts/api_coverage.py"


def test_every_operation_has_an_area() -> None:
    assert [name for name in OPERATIONS if area_of(name) == "Other"] == []
