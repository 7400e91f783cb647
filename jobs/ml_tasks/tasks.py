"""What a task run asks for, and who answers it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from gluepot.catalog.ml_model import get_ml_transform
from gluepot.jobs.runs.task_runs import TaskType, task_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gluepot.catalog.definitions import DefinitionStore
    from gluepot.catalog.ml_model import MLTransform
    from gluepot.jobs.runs.state import Run


SET_ROWS = "RowsOfASet"
"""The setting of a run that makes labelling sets of other than ``ROWS`` rows."""
ROWS = 10


class MatchTasks(Protocol):
    """What does the work of tasks; each returns figures for the run's record.

    ``task_id`` is that of the task run: what is made is named after it.
    """

    def generate_labelling_sets(
        self, transform: MLTransform, output: str, *, task_id: str, rows: int
    ) -> Mapping[str, Any]:
        """Write a label file of the records whose labels would teach most, in sets of ``rows``."""

    def import_labels(
        self, transform: MLTransform, source: str, *, replace: bool, task_id: str
    ) -> Mapping[str, Any]:
        """Learn from a label file, and store it with the model: the transform is READY."""

    def export_labels(
        self, transform: MLTransform, output: str, *, task_id: str
    ) -> Mapping[str, Any]:
        """Write all labels to a label file."""

    def evaluate(self, transform: MLTransform, *, task_id: str) -> Mapping[str, Any]:
        """Store how well the transform does on labels that it has not learnt from."""


def carry_out(run: Run, definitions: DefinitionStore, tasks: MatchTasks) -> Mapping[str, Any]:
    """Do what a task run asks for, and return its figures.

    Raises:
        EntityNotFoundError: The transform is not there any more.
        GluepotError: The task cannot be done; the sentence says why.
    """
    transform = get_ml_transform(definitions, run.name)
    task, details = task_of(run)
    match task:
        case TaskType.LABELING_SET_GENERATION:
            return tasks.generate_labelling_sets(
                transform,
                details["OutputS3Path"],
                task_id=run.id,
                rows=run.settings.get(SET_ROWS, ROWS),
            )
        case TaskType.IMPORT_LABELS:
            return tasks.import_labels(
                transform, details["InputS3Path"], replace=details["Replace"], task_id=run.id
            )
        case TaskType.EXPORT_LABELS:
            return tasks.export_labels(transform, details["OutputS3Path"], task_id=run.id)
        case TaskType.EVALUATION:
            return tasks.evaluate(transform, task_id=run.id)
        case TaskType.FIND_MATCHES:
            raise AssertionError("a job's own process carries out its use of a transform")
