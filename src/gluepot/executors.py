"""What carries out each kind of run: crawls and calls here, jobs and tasks as children."""

from __future__ import annotations

import uuid
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from gluepot.catalog.calls import Call
from gluepot.catalog.errors import EntityNotFoundError
from gluepot.catalog.paging import PageTokens
from gluepot.crawlers.crawl import run_crawl
from gluepot.crawlers.model import CrawlState
from gluepot.crawlers.object_survey import LOCAL
from gluepot.jobs.launchers.quality_executor import QualityExecutor
from gluepot.jobs.ml_tasks.process import MatchExecutor
from gluepot.jobs.operations.blueprint_executor import BlueprintExecutor
from gluepot.jobs.run_context.stores import Stores
from gluepot.jobs.runs.lease import died, process_gone
from gluepot.jobs.runs.state import RunError, RunKind, RunState
from gluepot.jobs.scheduling.runner import JobExecutor
from gluepot.jobs.scheduling.scheduler import DEFAULT_LEASE
from gluepot.jobs.workflows.calls import CallExecutor
from gluepot.launching import launch_settings

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gluepot.crawlers.model import Crawl, Crawler
    from gluepot.crawlers.reading.engine import Engine
    from gluepot.jobs.operations.stores import ApiStores
    from gluepot.jobs.runs.state import Run
    from gluepot.jobs.scheduling.scheduler import Executor
    from gluepot.services import Services

NEWEST_CRAWLS = 20
"""How many crawls are looked at for some whose processes are gone."""

_ENDS = {
    CrawlState.SUCCEEDED: RunState.SUCCEEDED,
    CrawlState.FAILED: RunState.FAILED,
    CrawlState.CANCELLED: RunState.STOPPED,
}


class CrawlExecutor:
    """Carries out the run of a stored crawler; the crawl's own record has the run's id."""

    def __init__(self, services: Services) -> None:
        self._services = services

    def execute(self, run: Run) -> None:
        """Crawl, and record how it ended.

        Raises:
            EntityNotFoundError: The crawler is not there any more.
        """
        crawl_in_run(self._services, run, self._services.crawlers.get_crawler(run.name))


def crawl_in_run(services: Services, run: Run, crawler: Crawler, engine: Engine = LOCAL) -> Crawl:
    """Carry out ``run`` with ``crawler`` and return the crawl's record.

    It stops before the next table when somebody wants that, and when its lease ran out: whoever
    took this process for dead may have begun another crawl.
    """
    close_dead_crawls(services, crawler.name)
    services.runs.begin(run.id, run.owner or services.owner(), lease=DEFAULT_LEASE)
    crawl = run_crawl(
        crawler,
        catalog=services.catalog,
        access=services.access,
        store=services.crawlers,
        clock=services.clock,
        crawl_id=run.id,
        engine=engine,
        stopped=lambda: services.runs.get(run.id).state is not RunState.RUNNING,
    )
    failed = crawl.state is CrawlState.FAILED
    services.runs.finish(
        run.id,
        _ENDS[crawl.state],
        error=RunError(message=crawl.error or "The crawl failed") if failed else None,
        metrics=crawl.summary,
    )
    return crawl


def close_dead_crawls(services: Services, name: str) -> None:
    """Record the crawls of a crawler as FAILED whose process was killed, or crashed.

    Its run is closed by its lease, or at once where the process was one of this machine. So is the
    run of a crawl that failed without room to record the end of its run.
    """
    services.runs.expire()
    for crawl in services.crawlers.list_crawls(name, limit=NEWEST_CRAWLS):
        if crawl.state not in {CrawlState.RUNNING, CrawlState.FAILED}:
            continue
        try:
            run = services.runs.get(crawl.id)
        except EntityNotFoundError:  # some program's own crawl: nothing tells whether it lives
            continue
        if not run.state.final and process_gone(run.owner):
            error = died(run) if crawl.error is None else RunError(message=crawl.error)
            run = services.runs.finish(run.id, RunState.FAILED, error=error)
        if run.state.final and crawl.state is CrawlState.RUNNING:
            error = died(run) if run.error is None else run.error
            failed = replace(
                crawl,
                state=CrawlState.FAILED,
                completed_at=run.completed_at,
                error=error.message,
            )
            services.crawlers.record_crawl(failed)


def build_executors(services: Services) -> Mapping[RunKind, Executor]:
    """Return the executor of each kind of run."""
    return {
        RunKind.CRAWL: CrawlExecutor(services),
        RunKind.JOB: JobExecutor(
            services.runs, lambda: launch_settings(services), services.job_book
        ),
        RunKind.MATCH: MatchExecutor(
            services.runs,
            lambda: launch_settings(services),
            services.jobs.definitions,
            module="gluepot.ml_task",
        ),
        RunKind.QUALITY: QualityExecutor(services.runs, lambda: launch_settings(services)),
        RunKind.CALL: CallExecutor(
            services.runs, partial(_connection_properties, services), services.owner()
        ),
        RunKind.BLUEPRINT: _blueprint_executor(services),
    }


def _blueprint_executor(services: Services) -> BlueprintExecutor:
    server = services.settings.server

    def stores() -> ApiStores:
        from gluepot.catalog.objects import ObjectStore  # noqa: PLC0415 - seldom used
        from gluepot.server.stores import api_stores  # noqa: PLC0415

        return api_stores(services, ObjectStore(services.engine, services.clock))

    def call(operation: str) -> Call:
        return Call(
            operation=operation,
            account_id=server.account_id,
            region=server.region,
            principal=f"arn:aws:iam::{server.account_id}:user/{services.owner()}",
            request_id=str(uuid.uuid4()),
            tokens=PageTokens(services.sealer.derive("page tokens")),
        )

    rights = None
    if services.settings.auth.required:
        from gluepot.blueprint_access import blueprint_rights  # noqa: PLC0415 - seldom used

        rights = blueprint_rights(services)
    files = partial(Stores, services.s3)
    return BlueprintExecutor(stores, files, call, services.owner(), rights)


def _connection_properties(services: Services, name: str) -> Mapping[str, str]:
    from gluepot.catalog.operations.connections import (  # noqa: PLC0415 - seldom used
        CONNECTIONS,
        login_parts,
    )

    found = services.jobs.definitions.get(CONNECTIONS.kind, name)
    return login_parts(services.sealer, found)[1]
