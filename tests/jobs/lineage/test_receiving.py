"""What comes from outside is checked: events of the wrong shape are refused with their place."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gluepot.catalog.errors import GluepotError, InvalidInputError, SerializationError
from gluepot.jobs.lineage.receiving import MOST_EVENTS, read_lineage
from tests.jobs.lineage.conftest import dataset, told

GOOD = told(
    "j",
    [dataset("a")],
    [
        dataset(
            "b",
            "l.b",
            columnLineage={
                "fields": {
                    "x": {
                        "inputFields": [
                            {
                                "namespace": "s3://lake",
                                "name": "a",
                                "field": "p",
                                "transformations": [{"type": "INDIRECT"}],
                            }
                        ]
                    }
                }
            },
        )
    ],
)


def _paths(value: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:  # noqa: ANN401
    pairs = value.items() if isinstance(value, dict) else enumerate(value)
    found = []
    for key, child in pairs:
        found.append((*at, key))
        if isinstance(child, dict | list):
            found += _paths(child, (*at, key))
    return found


def test_one_event_or_a_list_is_read() -> None:
    assert read_lineage(json.dumps(GOOD).encode()) == [GOOD]
    assert read_lineage(json.dumps([GOOD, GOOD]).encode()) == [GOOD, GOOD]


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"eventTime": "yesterday"}, "eventTime"),
        ({"eventTime": "2026-01-01T00:00:00"}, "time zone"),
        ({"eventType": "DONE"}, "eventType"),
        ({"run": {"runId": "1"}}, "UUID"),
        ({"job": {"name": "x"}}, "namespace"),
        ({"inputs": [{"name": "x"}]}, "inputs: namespace"),
        ({"outputs": {}}, "outputs"),
        ({"inputs": [dataset("a")] * 1001}, "1000"),
        ({"inputs": [dataset("a" * 5000)]}, "4,096"),
    ],
)
def test_what_is_wrong_is_named(change: dict[str, Any], fault: str) -> None:
    with pytest.raises(InvalidInputError, match=fault):
        read_lineage(json.dumps(GOOD | change).encode())


def test_what_is_no_json_or_too_much_is_refused() -> None:
    with pytest.raises(SerializationError):
        read_lineage(b"{")
    with pytest.raises(SerializationError, match="64 levels"):
        read_lineage(b"[" * 200 + b"]" * 200)
    with pytest.raises(InvalidInputError, match=str(MOST_EVENTS)):
        read_lineage(json.dumps([GOOD] * (MOST_EVENTS + 1)).encode())


@settings(max_examples=150, deadline=None)
@given(
    path=st.sampled_from(_paths(GOOD)),
    value=st.sampled_from([None, 1, "", "x", [], {}, [1], {"a": 1}, [[]], [{}]]),
)
def test_any_member_may_be_anything_and_the_graph_can_take_what_is_let_in(
    path: tuple[Any, ...], value: object
) -> None:
    event: Any = copy.deepcopy(GOOD)
    place = event
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    try:
        (found,) = read_lineage(json.dumps(event).encode())
    except GluepotError:
        return
    _SEEN.append(found)
    _accept_all()


_SEEN: list[dict[str, Any]] = []


def _accept_all() -> None:
    import sqlalchemy as sa  # noqa: PLC0415

    from gluepot.catalog.tables import metadata  # noqa: PLC0415
    from gluepot.jobs.lineage.graph import LineageGraph  # noqa: PLC0415
    from tests.jobs.lineage.conftest import NOW  # noqa: PLC0415

    engine = sa.create_engine("sqlite://")
    metadata.create_all(engine)
    with engine.begin() as connection:
        LineageGraph(engine, lambda: NOW, connection=connection).accept(_SEEN.pop())
    engine.dispose()
