"""The table of expectations against Great Expectations' own models."""

from __future__ import annotations

from typing import Any

import pytest

from gluepot.transforms.quality.signatures import SIGNATURES, find_signature

OF_EVERY_EXPECTATION = {
    "batch_id",
    "catch_exceptions",
    "description",
    "id",
    "library_metadata",
    "meta",
    "notes",
    "rendered_content",
    "result_format",
    "severity",
    "windows",
}


@pytest.fixture(scope="module")
def models() -> dict[str, Any]:
    from great_expectations.expectations import (  # noqa: PLC0415 - takes seconds
        core,
        registry,
    )

    assert core
    names = registry.list_registered_expectation_implementations()
    return {name: registry.get_expectation_impl(name) for name in names}


def test_the_table_has_every_expectation_of_the_library(models: dict[str, Any]) -> None:
    assert set(SIGNATURES) == set(models)


@pytest.mark.parametrize("name", sorted(SIGNATURES))
def test_an_expectation_takes_what_the_table_says(models: dict[str, Any], name: str) -> None:
    fields = models[name].__fields__
    theirs = set(fields) - OF_EVERY_EXPECTATION
    required = {key for key in theirs if fields[key].required}

    ours = SIGNATURES[name].parameters

    assert set(ours) == theirs
    assert required <= {key for key, parameter in ours.items() if parameter.required}


@pytest.mark.parametrize("name", sorted(SIGNATURES))
def test_an_expectation_is_found_by_its_class(models: dict[str, Any], name: str) -> None:
    assert find_signature(models[name].__name__).expectation == name
