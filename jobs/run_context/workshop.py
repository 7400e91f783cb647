"""Everything that the work of one job run needs: its stores, its S3, its run."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from gluepot.catalog.engine import open_engine
from gluepot.catalog.migrate import migrate
from gluepot.catalog.ml_store import MLStore
from gluepot.catalog.model import Cause
from gluepot.catalog.objects import ObjectStore
from gluepot.catalog.store import CatalogStore
from gluepot.jobs.run_context.store import JobStore
from gluepot.jobs.run_context.stores import Stores
from gluepot.jobs.runs.state import retry_delay
from gluepot.jobs.runs.store import RunStore

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from pathlib import Path

    from pyspark.sql import SparkSession

    from gluepot.crawlers.sources.config import S3Config
    from gluepot.jobs.parameters.facts import JobFacts
    from gluepot.jobs.run_context.guarded_catalog import Guard


@dataclass(frozen=True, kw_only=True)
class Workshop:
    """The tools of one run of one job.

    Attributes:
        job_name: The job.
        run_id: The run.
        home: Where reports go.
        catalog: Tables that are read and registered.
        jobs: Bookmarks and quality results.
        runs: The run's record.
        stores: Where files are read and written.
        clock: Says when something was checked.
        guard: Decides about each use of the catalog; None where the run may do all.
        metrics: What the run's record will say; filled as the work goes on.
        objects: Connections and the catalog's other small objects; None where there are none.
        ml: What ML transforms have learnt; None where there are none.
        sealing_key: What opens the secrets of connections.
        s3: The store that ``s3://`` means.
    """

    job_name: str
    run_id: str
    home: Path
    catalog: CatalogStore
    jobs: JobStore
    runs: RunStore
    stores: Stores
    clock: Callable[[], datetime]
    guard: Guard | None = None
    metrics: dict[str, Any] = field(default_factory=dict)
    objects: ObjectStore | None = None
    ml: MLStore | None = None
    sealing_key: bytes | None = field(default=None, repr=False)
    s3: S3Config | None = None

    @property
    def cause(self) -> Cause:
        """Return what table versions say about who made them."""
        return Cause(kind="job_run", id=self.run_id)

    def attach(self, spark: SparkSession) -> SparkSession:
        """Return the session after it was taught the catalog's names."""
        from gluepot.jobs.spark_sql.session import attach_catalog  # noqa: PLC0415 - imports Spark

        return attach_catalog(
            spark, catalog=self.catalog, stores=self.stores, cause=self.cause, guard=self.guard
        )

    def note(self, **metrics: Any) -> None:  # noqa: ANN401
        """Put metrics into the run's record while it runs."""
        self.metrics.update(metrics)
        self.runs.progress(self.run_id, self.metrics)


def open_workshop(
    facts: JobFacts, *, job_name: str, run_id: str, clock: Callable[[], datetime]
) -> Workshop:
    """Open the stores that ``facts`` name."""
    engine = open_engine(facts.catalog_url)
    migrate(engine)
    return Workshop(
        job_name=job_name,
        run_id=run_id,
        home=facts.home,
        catalog=CatalogStore(engine, clock, account_id=facts.account_id),
        jobs=JobStore(engine, clock),
        runs=RunStore(engine, clock, retry_delay=retry_delay),
        stores=Stores(facts.s3),
        clock=clock,
        objects=ObjectStore(engine, clock),
        ml=MLStore(engine, clock),
        sealing_key=facts.sealing_key,
        s3=facts.s3,
    )
