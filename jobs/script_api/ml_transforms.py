"""ML transforms of the catalog, as a script's run uses them."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from gluepot.catalog.ml_model import get_ml_transform
from gluepot.jobs.errors import LaunchError
from gluepot.jobs.scripts import current_run
from gluepot.jobs.task_runs import find_matches_task
from gluepot.transforms.find_matches import check_installed, enforced_labels

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gluepot.catalog.ml_model import MLTransform
    from gluepot.catalog.ml_store import MLStore
    from gluepot.jobs.workshop import Workshop
    from gluepot.transforms.frame import DynamicFrame
    from gluepot.transforms.matching.local import Engine
    from gluepot.transforms.matching.matcher import Matches
    from gluepot.transforms.matching.model import MatchModel
    from gluepot.transforms.matching.records import Records


@dataclass(frozen=True, kw_only=True)
class UsedTransform:
    """A transform in the hands of a job's run.

    Attributes:
        transform: What the catalog says of it.
        store: What it has learnt.
        workshop: The run's tools.
    """

    transform: MLTransform
    store: MLStore
    workshop: Workshop

    @contextlib.contextmanager
    def recorded(self) -> Iterator[None]:
        """Record for the time of the block, as a task run, that the job uses the transform."""
        shop = self.workshop
        with find_matches_task(
            shop.runs, self.transform.id, job_name=shop.job_name, job_run_id=shop.run_id
        ):
            yield

    def matches(
        self, records: Records, enforced: DynamicFrame | None, engine: Engine | None
    ) -> Matches:
        """Return what matches, by the transform's model; one that it lacks is learned and kept.

        Args:
            records: The data.
            enforced: Answers in sets, that the result has to agree with; None for none.
            engine: What carries out the work; None for this process.

        Raises:
            InvalidInputError: Labels do not fit the records.
        """
        from gluepot.transforms.matching import matcher, stored  # noqa: PLC0415 - they import numpy

        options = stored.options_of(self.transform)
        columns, key = records.values.column_names, self.transform.primary_key
        given = None if enforced is None else enforced_labels(enforced, columns, key)
        model = self._known_model()
        labels = None
        if model is None or options.enforce_labels:
            labels = stored.labels_of(self.store.labels(self.transform.id), records, key)
        if model is None:
            found = matcher.find_matches(records, options, labels=labels, engine=engine)
            model = found.model
            self.store.store_model(self.transform.id, model.to_json(), cause=self.workshop.run_id)
            if given is None:
                return found
        if given is not None:
            kept = labels if options.enforce_labels else None
            labels = given if kept is None else kept.joined(given)
            options = replace(options, enforce_labels=True)
        return matcher.find_matches(records, options, labels=labels, model=model, engine=engine)

    def _known_model(self) -> MatchModel | None:
        """Return the model; None too where it saw no match, as other records may show some."""
        from gluepot.transforms.matching.stored import stored_model  # noqa: PLC0415 - numpy

        model = stored_model(self.store, self.transform.id)
        return None if model is None or model.evidence is None else model


def use_transform(transform_id: str) -> UsedTransform:
    """Return a transform for the run that the script is in.

    Raises:
        InvalidInputError: What matching needs is not installed.
        LaunchError: The script has no catalog.
        EntityNotFoundError: There is no such transform.
        AccessDeniedError: The job runs as somebody who may not use it.
    """
    check_installed("FindMatches")
    shop = current_run().workshop
    if shop.objects is None or shop.ml is None:
        raise LaunchError("The run's catalog has no ML transforms")
    if shop.guard is not None:
        shop.guard.check("GetMLTransform", {"TransformId": transform_id})
    found = get_ml_transform(shop.objects.definitions, transform_id)
    return UsedTransform(transform=found, store=shop.ml, workshop=shop)
