"""Events of OpenLineage from outside: checked for size and shape before anything is kept."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

import orjson

from gluepot.catalog.errors import InvalidInputError, SerializationError
from gluepot.catalog.nesting import MOST_LEVELS, is_too_deep

MOST_EVENTS = 100
MOST_DATASETS = 1000
MOST_COLUMNS = 100_000
LONGEST_NAME = 4096
TYPES = ("START", "RUNNING", "COMPLETE", "ABORT", "FAIL", "OTHER")


def read_lineage(body: bytes) -> list[dict[str, Any]]:
    """Return the run events of a request: one, or a list of them.

    Source: the OpenLineage specification 2-0-2, RunEvent.

    Raises:
        SerializationError: The body is not JSON.
        InvalidInputError: An event lacks what it must have, or has too much of it.
    """
    try:
        found = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise SerializationError(f"The request is not JSON: {error}") from None
    events = found if isinstance(found, list) else [found]
    if is_too_deep(events):
        raise SerializationError(f"The request is nested deeper than {MOST_LEVELS} levels")
    if not events or len(events) > MOST_EVENTS:
        raise InvalidInputError(f"A request has one to {MOST_EVENTS} events")
    if b"\\u0000" in body:
        raise InvalidInputError("A text in the request holds the character U+0000; remove it")
    for at, event in enumerate(events):
        _check(event, f"event {at + 1}")
    return events


def _check(event: Any, where: str) -> None:  # noqa: ANN401
    if not isinstance(event, dict):
        raise InvalidInputError(f"{where} is not an object")
    if "run" not in event:
        raise InvalidInputError(f"{where} has no run: only run events are kept here")
    _check_time(_text(event, "eventTime", where), where)
    if event.get("eventType") is not None and event["eventType"] not in TYPES:
        raise InvalidInputError(f"{where}: eventType is one of {', '.join(TYPES)}")
    run, job = _object(event, "run", where), _object(event, "job", where)
    try:
        uuid.UUID(_text(run, "runId", f"{where}: run"))
    except ValueError:
        raise InvalidInputError(f"{where}: run.runId is not a UUID") from None
    for name in ("namespace", "name"):
        _text(job, name, f"{where}: job")
    _facets(run, f"{where}: run")
    _facets(job, f"{where}: job")
    for role in ("inputs", "outputs"):
        _check_datasets(event.get(role), f"{where}: {role}")


def _check_datasets(found: Any, where: str) -> None:  # noqa: ANN401
    if found is None:
        return
    if not isinstance(found, list) or len(found) > MOST_DATASETS:
        raise InvalidInputError(f"{where} is not a list of at most {MOST_DATASETS} datasets")
    for dataset in found:
        if not isinstance(dataset, dict):
            raise InvalidInputError(f"{where} holds what is not an object")
        for name in ("namespace", "name"):
            _text(dataset, name, where)
        facets = _facets(dataset, where)
        for name in ("columnLineage", "symlinks", "gluepot_inputs"):
            if name in facets and not isinstance(facets[name], dict):
                raise InvalidInputError(f"{where}: facet {name} is not an object")
        _check_links(facets, where)
        _check_columns((facets.get("columnLineage") or {}).get("fields"), where)


def _check_links(facets: dict[str, Any], where: str) -> None:
    for facet, member in (("symlinks", "identifiers"), ("gluepot_inputs", "inputs")):
        links = (facets.get(facet) or {}).get(member)
        if links is None:
            continue
        if not isinstance(links, list) or not all(isinstance(one, dict) for one in links):
            raise InvalidInputError(f"{where}: {facet}.{member} is not a list of objects")
        for link in links:
            for name in ("namespace", "name"):
                _text(link, name, f"{where}: {facet}")


def _check_columns(fields: Any, where: str) -> None:  # noqa: ANN401
    if fields is None:
        return
    where = f"{where}: columnLineage"
    if not isinstance(fields, dict):
        raise InvalidInputError(f"{where}.fields is not an object")
    count = 0
    for said in fields.values():
        sources = said.get("inputFields") if isinstance(said, dict) else None
        if not isinstance(sources, list):
            raise InvalidInputError(f"{where}: a column has no list of inputFields")
        count += len(sources)
        if count > MOST_COLUMNS:
            raise InvalidInputError(f"{where} has more than {MOST_COLUMNS:,} input fields")
        for source in sources:
            if not isinstance(source, dict):
                raise InvalidInputError(f"{where}: an input field is not an object")
            for name in ("namespace", "name", "field"):
                _text(source, name, where)
            _check_ways(source.get("transformations"), where)


def _check_ways(found: Any, where: str) -> None:  # noqa: ANN401
    if found is None:
        return
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        raise InvalidInputError(f"{where}: transformations is not a list of objects")


def _check_time(text: str, where: str) -> None:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise InvalidInputError(f"{where}: eventTime is not a time of ISO 8601") from None
    if at.tzinfo is None:
        raise InvalidInputError(f"{where}: eventTime has no time zone")


def _object(found: dict[str, Any], name: str, where: str) -> dict[str, Any]:
    value = found.get(name)
    if not isinstance(value, dict):
        raise InvalidInputError(f"{where}: {name} is not an object")
    return value


def _facets(found: dict[str, Any], where: str) -> dict[str, Any]:
    facets = found.get("facets")
    if facets is None:
        return {}
    if not isinstance(facets, dict):
        raise InvalidInputError(f"{where}: facets is not an object")
    return facets


def _text(found: dict[str, Any], name: str, where: str) -> str:
    value = found.get(name)
    if not isinstance(value, str) or not value or len(value) > LONGEST_NAME:
        raise InvalidInputError(
            f"{where}: {name} is not a text of 1 to {LONGEST_NAME:,} characters"
        )
    return value
