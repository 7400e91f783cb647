"""What the operations of this package work on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gluepot.jobs.scheduling.firing import Firing

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime
    from pathlib import Path

    from gluepot.catalog.calls import Call
    from gluepot.catalog.ml_store import MLStore
    from gluepot.catalog.objects import ObjectStore
    from gluepot.catalog.store import CatalogStore
    from gluepot.crawlers.store import CrawlerStore
    from gluepot.jobs.bookmarks.store import BookmarkStore
    from gluepot.jobs.quality.store import QualityStore
    from gluepot.jobs.run_context.stores import Stores
    from gluepot.jobs.runs.store import RunStore
    from gluepot.jobs.triggers.store import TriggerStore
    from gluepot.jobs.workflows.runs import WorkflowRunStore


@dataclass(frozen=True, kw_only=True)
class ApiStores:
    """The stores over one database, and the folder whose files define jobs too.

    Attributes:
        objects: Jobs, workflows, blueprints and ML transforms, and the tags of everything.
        crawlers: Crawlers and their crawls.
        triggers: Triggers.
        runs: Runs of jobs and crawlers, tasks of ML transforms, and runs of data quality.
        bookmarks: What jobs have read already.
        workflows: Runs of workflows.
        conf_dir: Its ``jobs`` folder defines jobs that the API reads and does not change.
        clock: Says when something is done.
        catalog: Tables that ML transforms match.
        ml: What ML transforms have learnt.
        quality: What data-quality rules have found and measured.
        label_files: Opens the stores in which files of labels lie; None where this process does
            not see them, as an embedded S3 is in the process that does the work.
    """

    objects: ObjectStore
    crawlers: CrawlerStore
    triggers: TriggerStore
    runs: RunStore
    bookmarks: BookmarkStore
    workflows: WorkflowRunStore
    conf_dir: Path
    clock: Callable[[], datetime]
    catalog: CatalogStore
    ml: MLStore
    quality: QualityStore
    label_files: Callable[[], Stores] | None

    @property
    def firing(self) -> Firing:
        """Return what fires triggers and starts workflows."""
        return Firing(
            clock=self.clock, runs=self.runs, triggers=self.triggers, workflows=self.workflows
        )

    def tagged(
        self, call: Call, resource: str, wanted: Mapping[str, str] | None
    ) -> Callable[[str], bool] | None:
        """Return whether something of a name carries all of ``wanted``; None to ask nothing.

        ``resource`` is the word in ARNs, such as ``job``.
        """
        if not wanted:
            return None

        def keep(name: str) -> bool:
            tags = self.objects.tags.tags(call.arn(f"{resource}/{name}"))
            return wanted.items() <= tags.items()

        return keep
