"""The graph of lineage: events go in, and what came from what comes out."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from gluepot.catalog.errors import EntityNotFoundError
from gluepot.catalog.insert import insert_into
from gluepot.catalog.scope import ScopedStore
from gluepot.jobs.lineage.facets import name_of
from gluepot.jobs.lineage.tables import column_edges, datasets, edges, lineage_runs

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

Event = dict[str, Any]
_FINAL = ("COMPLETE", "FAIL", "ABORT")


@dataclass(frozen=True, kw_only=True)
class DatasetNode:
    """A dataset; ``table`` is ``database.table`` where the catalog knows it."""

    number: int
    namespace: str
    name: str
    table: str | None

    @property
    def label(self) -> str:
        """Return what people call it."""
        if self.table is not None:
            return self.table
        joint = "/" if "://" in self.namespace else ":"
        return f"{self.namespace}{joint}{self.name}"


@dataclass(frozen=True, kw_only=True)
class Edge:
    """What a job writes from what; ``run_id`` is OpenLineage's UUID of the last run that did."""

    source: DatasetNode
    target: DatasetNode
    job: str
    run_id: str
    at: datetime


@dataclass(frozen=True, kw_only=True)
class ColumnEdge:
    """Which column a column comes from; ``kind`` is OpenLineage's subtype, or INDIRECT."""

    source: DatasetNode
    source_column: str
    target: DatasetNode
    target_column: str
    kind: str


@dataclass(frozen=True, kw_only=True)
class Lineage:
    """What is around a dataset."""

    dataset: DatasetNode
    edges: tuple[Edge, ...]
    columns: tuple[ColumnEdge, ...]


class LineageGraph(ScopedStore):
    """The graph in the database of ``engine``; ``connection`` is the transaction to work in."""

    def accept(self, event: Event) -> None:
        """Take in an event of OpenLineage that has been checked; again, it changes nothing.

        What a job wrote from what is that of its last run which completed.
        """
        at = datetime.fromisoformat(event["eventTime"])
        with self._scope.writing() as connection:
            _put_run(connection, event, at)
            found = [*(event.get("inputs") or ()), *(event.get("outputs") or ())]
            numbers = _put_datasets(connection, found, at)
            if event.get("eventType") == "COMPLETE":
                for output in event.get("outputs") or ():
                    _put_edges(connection, event, output, numbers, at)

    def accept_all(self, events: Iterable[Event]) -> None:
        """Take in events that have been checked, all of them or none."""
        with self._scope.writing() as connection:
            graph = self.within(connection)
            for event in events:
                graph.accept(event)

    def find(self, text: str) -> DatasetNode:
        """Return the dataset of a catalog table ``database.table``, or of an address.

        Raises:
            EntityNotFoundError: No run has told of it.
        """
        query = sa.select(datasets).where(datasets.c.table_name == text.lower())
        if "://" in text:
            query = sa.select(datasets).where(datasets.c.key == _key(*name_of(text)))
        with self._scope.reading() as connection:
            row = connection.execute(query.order_by(datasets.c.updated_at.desc())).first()
        if row is None:
            raise EntityNotFoundError("Lineage of", text)
        return _node(row)

    def around(self, text: str, *, up: int, down: int, columns: bool = False) -> Lineage:
        """Return what a dataset comes from and goes to, within so many steps.

        Raises:
            EntityNotFoundError: No run has told of it.
        """
        dataset = self.find(text)
        with self._scope.reading() as connection:
            above = _walk(connection, dataset.number, edges.c.target, edges.c.source, up)
            below = _walk(connection, dataset.number, edges.c.source, edges.c.target, down)
            pairs = {(row.target, row.job_key, row.source): row for row in (*above, *below)}
            rows = sorted(pairs.values(), key=lambda row: (row.target, row.job_key, row.source))
            found = _column_rows(connection, rows) if columns else []
            ids = {dataset.number}
            ids |= {one for row in (*rows, *found) for one in (row.source, row.target)}
            nodes = _nodes(connection, ids)
        return Lineage(
            dataset=dataset,
            edges=tuple(_edge(row, nodes) for row in rows),
            columns=tuple(_column(row, nodes) for row in found),
        )


def _put_run(connection: sa.Connection, event: Event, at: datetime) -> None:
    job = event["job"]
    values = {
        "run_id": event["run"]["runId"],
        "job_key": _key(job["namespace"], job["name"]),
        "job_namespace": job["namespace"],
        "job_name": job["name"],
        "state": event.get("eventType") or "OTHER",
        "began_at": at,
        "updated_at": at,
        "facets": event["run"].get("facets") or {},
    }
    insert = insert_into(connection, lineage_runs).values(values)
    connection.execute(insert.on_conflict_do_nothing(index_elements=["run_id"]))
    update = sa.update(lineage_runs).where(lineage_runs.c.run_id == values["run_id"])
    if values["state"] not in _FINAL:
        # Events may come in any order: what has ended does not begin again.
        update = update.where(lineage_runs.c.state.not_in(_FINAL))
    told = {name: values[name] for name in ("state", "updated_at", "facets")}
    connection.execute(update.values(told))


def _put_datasets(
    connection: sa.Connection, found: Iterable[Mapping[str, Any]], at: datetime
) -> dict[str, int]:
    by_key: dict[str, Mapping[str, Any]] = {}
    facets: dict[str, dict[str, Any]] = {}
    for dataset in found:
        key = _key(dataset["namespace"], dataset["name"])
        by_key[key] = dataset
        facets.setdefault(key, {}).update(dataset.get("facets") or {})
    numbers = {}
    # In one order everywhere, so that two transactions never wait for each other.
    for key in sorted(by_key):
        numbers[key] = _put_dataset(connection, key, by_key[key], facets[key], at)
    return numbers


def _put_dataset(
    connection: sa.Connection,
    key: str,
    dataset: Mapping[str, Any],
    facets: Mapping[str, Any],
    at: datetime,
) -> int:
    blank = {
        "key": key,
        "namespace": dataset["namespace"],
        "name": dataset["name"],
        "facets": {},
        "updated_at": at,
    }
    insert = insert_into(connection, datasets).values(blank)
    connection.execute(insert.on_conflict_do_nothing(index_elements=["key"]))
    mine = datasets.c.key == key
    row = connection.execute(sa.select(datasets).where(mine).with_for_update()).one()
    # Column lineage is kept as edges: it belongs to a job, and may be large.
    told = {name: value for name, value in facets.items() if name != "columnLineage"}
    values = {
        "facets": {**row.facets, **told},
        "table_name": _table_name(facets) or row.table_name,
        "updated_at": max(at, row.updated_at),
    }
    connection.execute(sa.update(datasets).where(mine).values(values))
    return int(row.number)


def _table_name(facets: Mapping[str, Any]) -> str | None:
    """Return the catalog's name of a dataset, from its links.

    Source: OpenLineage's naming: tables of AWS Glue are ``table/database/name`` in the namespace
    of their catalog's ARN.
    """
    for link in (facets.get("symlinks") or {}).get("identifiers") or ():
        name = str(link.get("name", "")).lower()
        if name.startswith("table/") and name.count("/") == 2:  # noqa: PLR2004
            return name.removeprefix("table/").replace("/", ".")
        if link.get("type") == "TABLE" and name.count(".") == 1:
            return name
    return None


def _put_edges(
    connection: sa.Connection,
    event: Event,
    output: Mapping[str, Any],
    numbers: Mapping[str, int],
    at: datetime,
) -> None:
    job, facets = event["job"], output.get("facets") or {}
    job_key = _key(job["namespace"], job["name"])
    target = numbers[_key(output["namespace"], output["name"])]
    ours = (edges.c.target == target) & (edges.c.job_key == job_key)
    newest = connection.scalar(sa.select(sa.func.max(edges.c.at)).where(ours))
    if newest is not None and newest > at:
        return  # A later run of the job has told already.
    connection.execute(sa.delete(edges).where(ours))
    common = {
        "target": target,
        "job_key": job_key,
        "job_namespace": job["namespace"],
        "job_name": job["name"],
        "run_id": event["run"]["runId"],
        "at": at,
    }
    told = (facets.get("gluepot_inputs") or {}).get("inputs")
    used = event.get("inputs") or () if told is None else told
    keys = {_key(one["namespace"], one["name"]) for one in used}
    sources = sorted({numbers[key] for key in keys if key in numbers} - {target})
    if sources:
        connection.execute(sa.insert(edges), [common | {"source": one} for one in sources])
    _put_columns(connection, facets, target, job_key, numbers)


def _put_columns(
    connection: sa.Connection,
    facets: Mapping[str, Any],
    target: int,
    job_key: str,
    numbers: Mapping[str, int],
) -> None:
    table = column_edges
    ours = (table.c.target == target) & (table.c.job_key == job_key)
    connection.execute(sa.delete(table).where(ours))
    rows = [
        {
            "target": target,
            "target_column": column,
            "source": numbers[key],
            "source_column": source["field"],
            "job_key": job_key,
            "kind": _kind(source),
        }
        for column, said in ((facets.get("columnLineage") or {}).get("fields") or {}).items()
        for source in said.get("inputFields") or ()
        if (key := _key(source["namespace"], source["name"])) in numbers
    ]
    if rows:
        connection.execute(sa.insert(table), rows)


def _kind(source: Mapping[str, Any]) -> str:
    said = source.get("transformations") or [{"type": "DIRECT"}]
    if any(one.get("type") == "DIRECT" for one in said):
        return next(str(one.get("subtype") or "DIRECT") for one in said)
    return "INDIRECT"


def _walk(
    connection: sa.Connection,
    number: int,
    near: sa.Column[Any],
    far: sa.Column[Any],
    steps: int,
) -> list[sa.Row[Any]]:
    found: list[sa.Row[Any]] = []
    seen, front = {number}, {number}
    for _ in range(steps):
        if not front:
            break
        rows = connection.execute(sa.select(edges).where(near.in_(sorted(front)))).all()
        found += rows
        front = {getattr(row, far.name) for row in rows} - seen
        seen |= front
    return found


def _column_rows(connection: sa.Connection, rows: Sequence[sa.Row[Any]]) -> Sequence[sa.Row[Any]]:
    targets = sorted({row.target for row in rows})
    query = sa.select(column_edges).where(column_edges.c.target.in_(targets))
    return connection.execute(query.order_by(column_edges.c.number)).all()


def _nodes(connection: sa.Connection, numbers: Iterable[int]) -> dict[int, DatasetNode]:
    query = sa.select(datasets).where(datasets.c.number.in_(sorted(numbers)))
    return {row.number: _node(row) for row in connection.execute(query)}


def _node(row: sa.Row[Any]) -> DatasetNode:
    return DatasetNode(
        number=row.number, namespace=row.namespace, name=row.name, table=row.table_name
    )


def _edge(row: sa.Row[Any], nodes: Mapping[int, DatasetNode]) -> Edge:
    return Edge(
        source=nodes[row.source],
        target=nodes[row.target],
        job=row.job_name,
        run_id=row.run_id,
        at=row.at,
    )


def _column(row: sa.Row[Any], nodes: Mapping[int, DatasetNode]) -> ColumnEdge:
    return ColumnEdge(
        source=nodes[row.source],
        source_column=row.source_column,
        target=nodes[row.target],
        target_column=row.target_column,
        kind=row.kind,
    )


def _key(namespace: str, name: str) -> str:
    return hashlib.blake2b(f"{namespace}\0{name}".encode(), digest_size=20).hexdigest()
