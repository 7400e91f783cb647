"""The tasks done in one process: the table is read whole, and matched without Spark."""

from __future__ import annotations

import dataclasses
import logging
from typing import TYPE_CHECKING, Any

from gluepot.catalog.errors import ConcurrentModificationError, EntityNotFoundError
from gluepot.catalog.ml_store import LabelFile
from gluepot.jobs.ml_tasks.files import output_uri, read_files
from gluepot.jobs.ml_tasks.held_out import held_out_metrics
from gluepot.jobs.ml_tasks.tasks import ROWS
from gluepot.transforms.matching.labelling.contradictions import contradictions
from gluepot.transforms.matching.labelling.files import read_label_file
from gluepot.transforms.matching.labelling.proposing import labelling_sets
from gluepot.transforms.matching.labelling.sheets import LabelSheet
from gluepot.transforms.matching.matcher import find_matches
from gluepot.transforms.matching.records import Records
from gluepot.transforms.matching.stored import (
    label_schema,
    labels_of,
    options_of,
    sheet_of,
    stored_model,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import pyarrow as pa

    from gluepot.catalog.ml_model import MLTransform
    from gluepot.catalog.ml_store import MLStore
    from gluepot.jobs.run_context.stores import Stores
    from gluepot.transforms.matching.labelling.labels import Labels

logger = logging.getLogger(__name__)

QUESTIONS = 50
"""Pairs that a label file asks about: ten sets of ten rows, or fifty of two."""

SHOWN = 20
"""How many contradictions a run's record names; its log names all."""

_TRIES = 5
"""Imports that end while another learns make it begin again; three are at work at a time."""


class LocalMatchTasks:
    """Does the work of tasks here.

    Args:
        store: What transforms have learnt.
        stores: Where label files lie.
        read: Returns the rows of a transform's table.
    """

    def __init__(
        self, store: MLStore, stores: Stores, read: Callable[[MLTransform], pa.Table]
    ) -> None:
        self._store = store
        self._stores = stores
        self._read = read

    def generate_labelling_sets(
        self, transform: MLTransform, output: str, *, task_id: str, rows: int = ROWS
    ) -> Mapping[str, Any]:
        """Write a label file of the records whose labels would teach most, in sets of ``rows``.

        A transform that has learnt nothing yet finds out by itself what matches.

        Raises:
            NothingToLabelError: No pair is left to ask about.
            GluepotError: The table cannot be read or matched, or the file not written.
        """
        table = self._read(transform)
        records = Records.of(table, transform.primary_key)
        model = stored_model(self._store, transform.id)
        options = options_of(transform)
        found = find_matches(records, options, model=model)
        if model is None:
            self._store.store_model(transform.id, found.model.to_json(), cause=task_id)
        sheet = labelling_sets(
            records,
            found.candidates.left,
            found.candidates.right,
            found.candidates.probability,
            sets=QUESTIONS // (rows // 2),
            rows=rows,
            threshold=options.threshold,
            id_column=transform.primary_key,
            labelled=labels_of(self._store.labels(transform.id), records, transform.primary_key),
        )
        # A label file has the columns of the table, in its order.
        ordered = dataclasses.replace(sheet, records=sheet.records.select(table.column_names))
        return self._write(output, task_id, ordered)

    def import_labels(
        self, transform: MLTransform, source: str, *, replace: bool, task_id: str
    ) -> Mapping[str, Any]:
        """Learn from a label file, and store it with the model: the transform is READY.

        Raises:
            LabelFileError: The file is not a label file of the table.
            OneKindOfLabelsError: The labels show no match, or no non-match.
            GluepotError: The table or the file cannot be read, or the records not matched.
        """
        records = Records.of(self._read(transform), transform.primary_key)
        schema = label_schema(records, transform.primary_key)
        files = [
            LabelFile(
                uri=uri,
                content=content,
                label_count=read_label_file(content, uri, schema).label_count,
            )
            for uri, content in read_files(self._stores, source)
        ]
        for tries_left in reversed(range(_TRIES)):
            known = [] if replace else self._store.labels(transform.id)
            labels = labels_of([*known, *files], records, transform.primary_key)
            if labels is None:
                raise AssertionError("there is one file at least")
            figures = _figures(labels)
            model = find_matches(records, options_of(transform), labels=labels).model
            try:
                stored = self._store.learn(
                    transform.id,
                    files,
                    model.to_json(),
                    cause=task_id,
                    known=known,
                    replace=replace,
                )
            except ConcurrentModificationError:
                if not tries_left:
                    raise
                continue
            return {**figures, "files": len(files), "model_version": stored.version}
        raise AssertionError("the last try returns or raises")

    def export_labels(
        self, transform: MLTransform, output: str, *, task_id: str
    ) -> Mapping[str, Any]:
        """Write all rows that have a label to a label file.

        Raises:
            EntityNotFoundError: There are no labels any more.
            InvalidInputError: Files of labels have unlike columns, as the table changed.
            StorageError: The file cannot be written.
        """
        sheet = sheet_of(self._store.labels(transform.id))
        if sheet is None:
            raise EntityNotFoundError("Labelset of transform", transform.id)
        return self._write(output, task_id, _labelled(sheet))

    def evaluate(self, transform: MLTransform, *, task_id: str) -> Mapping[str, Any]:
        """Store how well the transform does on labels that it has not learnt from.

        Raises:
            EntityNotFoundError: There are no labels any more.
            InvalidInputError: There are too few of them, or all say the same.
            GluepotError: The table cannot be read or matched.
        """
        records = Records.of(self._read(transform), transform.primary_key)
        labels = labels_of(self._store.labels(transform.id), records, transform.primary_key)
        if labels is None:
            raise EntityNotFoundError("Labelset of transform", transform.id)
        model = stored_model(self._store, transform.id)
        metrics = held_out_metrics(records, labels, options_of(transform), model)
        self._store.note_metrics(transform.id, metrics.to_glue())
        logger.info("Task run %s evaluated transform %s", task_id, transform.id)
        return {
            "precision": metrics.confusion.precision,
            "recall": metrics.confusion.recall,
            "threshold": metrics.threshold,
            "calibration_error": metrics.calibration_error,
            "curve": metrics.curve.points(),
        }

    def _write(self, output: str, task_id: str, sheet: LabelSheet) -> Mapping[str, Any]:
        uri = output_uri(output, task_id)
        self._stores.open(uri).write(uri, sheet.to_csv())
        return {"uri": uri, "rows": len(sheet), "sets": len(set(sheet.sets))}


def _labelled(sheet: LabelSheet) -> LabelSheet:
    """Return the rows that have a label."""
    kept = [row for row, label in enumerate(sheet.labels) if label]
    return LabelSheet(
        sets=tuple(sheet.sets[row] for row in kept),
        labels=tuple(sheet.labels[row] for row in kept),
        records=sheet.records.take(kept),
        places=tuple(sheet.places[row] for row in kept),
    )


def _figures(labels: Labels) -> dict[str, Any]:
    """Return what a run's record says of the labels; contradictions go to its log, too.

    Raises:
        OneKindOfLabelsError: There is no match, or no non-match.
    """
    labels.require_both_kinds()
    contradicting = [str(one) for one in contradictions(labels)]
    for sentence in contradicting:
        logger.warning("Labels contradict one another: %s", sentence)
    matches = int(labels.match.sum())
    return {
        "matching_pairs": matches,
        "distinct_pairs": len(labels) - matches,
        "contradictions": len(contradicting),
        "first_contradictions": contradicting[:SHOWN],
    }
