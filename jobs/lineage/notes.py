"""What one pass of a run says of what it reads and writes, kept until its events are made of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from gluepot.catalog.scope import ScopedStore
from gluepot.jobs.lineage.facets import (
    dataset_of,
    facet,
    own_facet,
    schema_of_columns,
    schema_of_struct,
)
from gluepot.jobs.lineage.tables import noted_datasets

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gluepot.jobs.lineage.plan_columns import Origin, PlanLineage, Way
    from gluepot.jobs.reading.inputs import SourceInput
    from gluepot.jobs.writing.target import Target, Written

Dataset = dict[str, Any]

_SUBTYPES = ("IDENTITY", "TRANSFORMATION", "AGGREGATION")


class LineageNotes(ScopedStore):
    """The notes of runs in the database of ``engine``."""

    def note(self, run_id: str, inputs: Sequence[Dataset], outputs: Sequence[Dataset]) -> None:
        """Add what a pass of a run has read and written."""
        rows = [
            {"run_id": run_id, "role": role, "dataset": dataset}
            for role, found in (("input", inputs), ("output", outputs))
            for dataset in found
        ]
        if rows:
            with self._scope.writing() as connection:
                connection.execute(sa.insert(noted_datasets), rows)

    def of(self, run_id: str) -> tuple[list[Dataset], list[Dataset]]:
        """Return what a run has read and written; of a place it says the last word only."""
        query = (
            sa.select(noted_datasets.c.role, noted_datasets.c.dataset)
            .where(noted_datasets.c.run_id == run_id)
            .order_by(noted_datasets.c.number)
        )
        found: dict[str, dict[tuple[str, str], Dataset]] = {"input": {}, "output": {}}
        with self._scope.reading() as connection:
            for role, dataset in connection.execute(query):
                found[role][dataset["namespace"], dataset["name"]] = dataset
        return list(found["input"].values()), list(found["output"].values())


class PassLineage:
    """What one pass reads and writes, as it becomes known."""

    def __init__(self) -> None:
        self._inputs: dict[str, Dataset] = {}
        self._names: dict[str, str] = {}
        self._outputs: list[tuple[Dataset, PlanLineage | None]] = []

    def read(self, name: str, source: SourceInput) -> None:
        """Note a source of files."""
        table = source.table
        known = None if table is None else f"{table.database_name}.{table.name}"
        dataset = dataset_of(_folder(source), known)
        dataset["facets"] |= facet("storage", storageLayer=source.format, fileFormat=source.format)
        if table is not None:
            storage = table.storage_descriptor
            columns = (storage.columns or ()) if storage else ()
            dataset["facets"] |= schema_of_columns((*columns, *(table.partition_keys or ())))
        if not source.by_log:
            figures = {"size": source.bytes, "fileCount": len(source.files)}
            dataset["inputFacets"] = facet("inputStatistics", **figures)
        self._inputs[name] = dataset

    def read_database(self, name: str, place: str) -> None:
        """Note a table of a database, or what an alias stands for where no more is known."""
        self._inputs[name] = _of_database(place)

    def count(self, name: str, mark: str, rows: int | None) -> None:
        """Note by which mark a source is known in plans, and how many rows it had."""
        self._names[mark] = name
        if rows is not None and name in self._inputs:
            facets = self._inputs[name].setdefault("inputFacets", {})
            facets.setdefault("inputStatistics", facet("inputStatistics")["inputStatistics"])
            facets["inputStatistics"]["rowCount"] = rows

    def wrote(self, target: Target, written: Written) -> None:
        """Note what a sink has now."""
        dataset = dataset_of(target.uri, target.table)
        dataset["facets"] |= schema_of_struct(written.schema) | facet(
            "storage", storageLayer=target.format, fileFormat=target.format
        )
        if written.version is not None:
            dataset["facets"] |= facet("version", datasetVersion=str(written.version))
        figures = {"rowCount": written.rows, "size": written.bytes, "fileCount": written.files}
        dataset["outputFacets"] = facet("outputStatistics", **figures)
        dataset["gate_input"] = target.name
        self._outputs.append((dataset, written.lineage))

    def wrote_database(self, place: str, rows: int | None) -> None:
        """Note a table of a database that was written."""
        dataset = _of_database(place)
        dataset["outputFacets"] = facet("outputStatistics", rowCount=rows)
        self._outputs.append((dataset, None))

    def datasets(self) -> tuple[list[Dataset], list[Dataset]]:
        """Return inputs and outputs, each column with what it comes from."""
        for name, dataset in self._inputs.items():
            dataset["gate_input"] = name
        outputs = [self._derived(dataset, lineage) for dataset, lineage in self._outputs]
        return list(self._inputs.values()), outputs

    def _derived(self, dataset: Dataset, lineage: PlanLineage | None) -> Dataset:
        if lineage is None or not all(mark in self._names for mark in lineage.marks):
            return dataset
        fields = {
            column: {"inputFields": [self._field(one, way) for one, way in origins.items()]}
            for column, origins in lineage.columns.items()
        }
        deciding = [self._field(origin, None) for origin in _ordered(lineage.deciding)]
        used = (self._inputs.get(self._names[mark]) for mark in sorted(lineage.marks))
        names = [
            {"namespace": one["namespace"], "name": one["name"]} for one in used if one is not None
        ]
        facets = facet("columnLineage", fields=fields, dataset=deciding or None)
        return dataset | {"facets": dataset["facets"] | facets | own_facet("inputs", inputs=names)}

    def _field(self, origin: Origin, way: Way | None) -> dict[str, Any]:
        source = self._inputs.get(self._names[origin.mark], {})
        how = (
            {"type": "INDIRECT", "subtype": "CONDITIONAL"}
            if way is None
            else {"type": "DIRECT", "subtype": _SUBTYPES[way]}
        )
        return {
            "namespace": source.get("namespace", ""),
            "name": source.get("name", ""),
            "field": origin.column,
            "transformations": [how],
        }


def _ordered(origins: frozenset[Origin]) -> list[Origin]:
    return sorted(origins, key=lambda one: (one.mark, one.column))


def _folder(source: SourceInput) -> str:
    # An Iceberg table is its folder, not the metadata file of today.
    return source.root.partition("/metadata/")[0] if source.format == "iceberg" else source.root


def _of_database(place: str) -> Dataset:
    kind, colon, name = place.partition(":")
    if colon:
        return {"namespace": kind, "name": name, "facets": facet("dataSource", name=kind)}
    # A table of the catalog that stands for one of a database.
    link = {"namespace": "gluepot", "name": place, "type": "TABLE"}
    return {"namespace": "gluepot", "name": place, "facets": facet("symlinks", identifiers=[link])}
