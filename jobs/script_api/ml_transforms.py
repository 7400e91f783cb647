"""ML transforms of the catalog, as a script's run uses them."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from gluepot.catalog.ml_model import get_ml_transform
from gluepot.jobs.errors import LaunchError
from gluepot.jobs.run_context.script_run import current_run
from gluepot.jobs.runs.task_runs import find_matches_task
from gluepot.transforms.find_matches import check_installed, enforced_labels

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gluepot.catalog.ml_model import MLTransform
    from gluepot.catalog.ml_store import MLStore
    from gluepot.jobs.run_context.workshop import Workshop
    from gluepot.transforms.frame import DynamicFrame
    from gluepot.transforms.matching.incremental import Before
    from gluepot.transforms.matching.labelling.labels import Labels
    from gluepot.transforms.matching.local import Engine
    from gluepot.transforms.matching.matcher import Matches
    from gluepot.transforms.matching.model import MatchModel
    from gluepot.transforms.matching.options import MatchOptions
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

        model = self._known_model()
        if model is None:
            options, key = stored.options_of(self.transform), self.transform.primary_key
            labels = stored.labels_of(self.store.labels(self.transform.id), records, key)
            found = matcher.find_matches(records, options, labels=labels, engine=engine)
            model = found.model
            self.store.store_model(self.transform.id, model.to_json(), cause=self.workshop.run_id)
            if enforced is None:
                return found
        options, labels = self._bound(records, enforced)
        return matcher.find_matches(records, options, labels=labels, model=model, engine=engine)

    def new_matches(
        self,
        records: Records,
        before: Before,
        enforced: DynamicFrame | None,
        engine: Engine | None,
    ) -> Matches:
        """Return what matches among known and new records: only the new ones look for others.

        Without a model all of them do, and one is learned.

        Args:
            records: The data.
            before: Which are known, and what of them.
            enforced: As of ``matches``.
            engine: What looks for candidates; None for this process.

        Raises:
            InvalidInputError: Labels do not fit the records.
        """
        from gluepot.transforms.matching.incremental import match_new  # noqa: PLC0415 - numpy

        model = self._known_model()
        if model is None:
            return self.matches(records, enforced, engine)
        options, labels = self._bound(records, enforced)
        return match_new(records, before, options, model, labels=labels, engine=engine)

    def _bound(
        self, records: Records, enforced: DynamicFrame | None
    ) -> tuple[MatchOptions, Labels | None]:
        """Return how records are matched, and the answers that the result has to agree with."""
        from gluepot.transforms.matching import stored  # noqa: PLC0415 - it imports numpy

        options, key = stored.options_of(self.transform), self.transform.primary_key
        labels = None
        if options.enforce_labels:
            labels = stored.labels_of(self.store.labels(self.transform.id), records, key)
        if enforced is None:
            return options, labels
        given = enforced_labels(enforced, records.values.column_names, key)
        both = given if labels is None else labels.joined(given)
        return replace(options, enforce_labels=True), both

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
