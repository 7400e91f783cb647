"""The graph: events in any order make it, and it is walked both ways."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from gluepot.catalog.errors import EntityNotFoundError
from tests.jobs.lineage.conftest import NOW, dataset, told

if TYPE_CHECKING:
    from gluepot.jobs.lineage.graph import Lineage, LineageGraph


def _pairs(found: Lineage) -> list[tuple[str, str, str]]:
    return sorted((edge.source.label, edge.job, edge.target.label) for edge in found.edges)


def _chain(graph: LineageGraph) -> None:
    graph.accept(told("land", [dataset("raw")], [dataset("bronze", "lake.bronze")]))
    graph.accept(told("clean", [dataset("bronze")], [dataset("silver", "Lake.Silver")]))
    graph.accept(told("sum", [dataset("silver")], [dataset("gold")]))


def test_it_is_walked_up_and_down_as_far_as_asked(graph: LineageGraph) -> None:
    _chain(graph)

    assert _pairs(graph.around("lake.silver", up=1, down=1)) == [
        ("lake.bronze", "clean", "lake.silver"),
        ("lake.silver", "sum", "s3://lake/gold"),
    ]
    assert len(graph.around("s3://lake/silver/", up=5, down=0).edges) == 2
    assert graph.around("lake.silver", up=0, down=0).edges == ()


def test_a_circle_ends(graph: LineageGraph) -> None:
    graph.accept(told("there", [dataset("a", "l.a")], [dataset("b", "l.b")]))
    graph.accept(told("back", [dataset("b")], [dataset("a")]))

    assert len(graph.around("l.a", up=9, down=9).edges) == 2


def test_a_table_that_nobody_told_of_is_not_found(graph: LineageGraph) -> None:
    with pytest.raises(EntityNotFoundError, match=r"lake\.none"):
        graph.around("lake.none", up=1, down=1)


def test_the_last_completed_run_of_a_job_counts(graph: LineageGraph) -> None:
    later = NOW + timedelta(hours=1)
    old = told("clean", [dataset("a"), dataset("b")], [dataset("t", "l.t")])
    new = told("clean", [dataset("b")], [dataset("t")], later)
    failed = told("clean", [dataset("c")], [dataset("t")], later + timedelta(hours=1), "FAIL")

    for event in (new, old, old, failed, new):
        graph.accept(event)

    assert _pairs(graph.around("l.t", up=1, down=0)) == [("s3://lake/b", "clean", "l.t")]


def test_another_job_adds_to_what_a_table_comes_from(graph: LineageGraph) -> None:
    graph.accept(told("one", [dataset("a")], [dataset("t", "l.t")]))
    graph.accept(told("two", [dataset("b")], [dataset("t")]))

    assert len(graph.around("l.t", up=1, down=0).edges) == 2


def _column_facet(*pairs: tuple[str, str]) -> dict[str, Any]:
    return {
        "fields": {
            column: {"inputFields": [{"namespace": "s3://lake", "name": "a", "field": source}]}
            for column, source in pairs
        }
    }


def test_columns_are_those_of_the_last_run(graph: LineageGraph) -> None:
    later = NOW + timedelta(hours=1)
    for pairs, at in (((("x", "p"), ("y", "q")), NOW), ((("x", "r"),), later)):
        output = dataset("t", "l.t", columnLineage=_column_facet(*pairs))
        graph.accept(told("clean", [dataset("a")], [output], at))

    found = graph.around("l.t", up=1, down=0, columns=True)

    assert [(one.source_column, one.target_column) for one in found.columns] == [("r", "x")]
    assert graph.around("l.t", up=1, down=0).columns == ()


def test_a_table_of_glue_is_known_by_its_name_there(graph: LineageGraph) -> None:
    arn = {
        "identifiers": [{"namespace": "arn:aws:glue:r:1", "name": "table/Db/T", "type": "TABLE"}]
    }
    graph.accept(told("x", [], [{"namespace": "n", "name": "m", "facets": {"symlinks": arn}}]))

    assert graph.find("db.t").name == "m"
