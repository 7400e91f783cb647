"""Everything a command needs, built once from the settings; what is dear is built on first use."""

from __future__ import annotations

import contextlib
import os
import socket
from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING

from gluepot.catalog.engine import open_engine
from gluepot.catalog.limits import Limits
from gluepot.catalog.migrate import migrate
from gluepot.catalog.store import CatalogStore

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from sqlalchemy import Engine

    from gluepot.catalog.sealing import Sealer
    from gluepot.crawlers.access import Access
    from gluepot.crawlers.sources.config import S3Config
    from gluepot.crawlers.store import CrawlerStore
    from gluepot.jobs.definitions.stored_jobs import JobBook
    from gluepot.jobs.run_context.store import JobStore
    from gluepot.jobs.runs.state import RunRules, Target
    from gluepot.jobs.runs.store import RunStore
    from gluepot.jobs.triggers.store import TriggerStore
    from gluepot.jobs.workflows.runs import WorkflowRunStore
    from gluepot.settings import Settings


def utc_now() -> datetime:
    """Return the time; the one clock that is handed to everything below."""
    return datetime.now(UTC)


class Services:
    """The stores over one database, and the S3 that ``s3://`` means."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.clock = utc_now
        self._exits = contextlib.ExitStack()

    @cached_property
    def engine(self) -> Engine:
        """Return the database, migrated to the newest schema."""
        self.settings.home.mkdir(parents=True, exist_ok=True)
        engine = open_engine(self.settings.database_url, connections=self.settings.server.threads)
        migrate(engine)
        self._exits.callback(engine.dispose)
        return engine

    @cached_property
    def catalog(self) -> CatalogStore:
        """Return the catalog."""
        return CatalogStore(
            self.engine,
            self.clock,
            account_id=self.settings.server.account_id,
            limits=Limits(**self.settings.limits.model_dump()),
        )

    @cached_property
    def crawlers(self) -> CrawlerStore:
        """Return crawlers and crawls."""
        from gluepot.crawlers.store import CrawlerStore  # noqa: PLC0415

        return CrawlerStore(self.engine, self.clock)

    @cached_property
    def runs(self) -> RunStore:
        """Return runs."""
        from gluepot.jobs.runs.state import retry_delay  # noqa: PLC0415
        from gluepot.jobs.runs.store import RunStore  # noqa: PLC0415

        return RunStore(
            self.engine,
            self.clock,
            max_retries=self._max_retries,
            rules=self._run_rules,
            retry_delay=retry_delay,
        )

    def _run_rules(self, targets: Collection[Target]) -> dict[Target, RunRules]:
        from gluepot.jobs.definitions.job_documents import rules_of  # noqa: PLC0415
        from gluepot.jobs.runs.state import RunRules  # noqa: PLC0415

        jobs = rules_of(self.job_book, {one.name for one in targets if one.kind == "job"})
        other = RunRules(max_retries=0)
        return {one: jobs[one.name] if one.kind == "job" else other for one in targets}

    def _max_retries(self, kind: str, name: str) -> int:
        return self.job_book.max_retries(name) if kind == "job" else 0

    @cached_property
    def job_book(self) -> JobBook:
        """Return where jobs are defined: files, and what the API has stored."""
        from gluepot.jobs.definitions.stored_jobs import JobBook  # noqa: PLC0415

        return JobBook(self.settings.conf_dir, self.jobs.definitions)

    @cached_property
    def jobs(self) -> JobStore:
        """Return job definitions, bookmarks and quality results."""
        from gluepot.jobs.run_context.store import JobStore  # noqa: PLC0415

        return JobStore(self.engine, self.clock)

    @cached_property
    def triggers(self) -> TriggerStore:
        """Return triggers."""
        from gluepot.jobs.triggers.store import TriggerStore  # noqa: PLC0415

        return TriggerStore(self.engine, self.clock)

    @cached_property
    def workflows(self) -> WorkflowRunStore:
        """Return runs of workflows."""
        from gluepot.jobs.workflows.runs import WorkflowRunStore  # noqa: PLC0415

        return WorkflowRunStore(self.engine, self.clock)

    @cached_property
    def sealer(self) -> Sealer:
        """Return what seals secrets; the key is made at the first use where none is set."""
        from gluepot.catalog.sealing import Sealer  # noqa: PLC0415
        from gluepot.sealing_key import load_sealing_key  # noqa: PLC0415

        return Sealer(load_sealing_key(self.settings))

    @property
    def s3_ends_with_us(self) -> bool:
        """Return whether ``s3`` is an embedded one that this process starts."""
        from gluepot.dev.shared_s3 import shared  # noqa: PLC0415

        return self.settings.s3.embedded and shared(self.settings) is None

    @cached_property
    def s3(self) -> S3Config:
        """Return how to reach S3: with ``s3.embedded`` the embedded one, which this starts.

        That of a ``gluepot dev`` at work in the same home is used in its place, and where no
        setting says which S3 is meant.
        """
        from gluepot.dev.shared_s3 import shared  # noqa: PLC0415

        found = shared(self.settings)
        if found is not None:
            return found
        if not self.settings.s3.embedded:
            return self.settings.s3_config
        from gluepot.embedded_s3 import embedded_s3  # noqa: PLC0415

        return self._exits.enter_context(embedded_s3(self.settings.home / "s3"))

    @cached_property
    def access(self) -> Access:
        """Return how a crawl reaches what it crawls."""
        from gluepot.crawl_access import crawl_access  # noqa: PLC0415

        return crawl_access(
            self.catalog,
            engine=self.engine,
            clock=self.clock,
            s3=self.s3,
            sealer=lambda: self.sealer,
        )

    def owner(self) -> str:
        """Return the name under which this process holds leases."""
        return f"{socket.gethostname()}:{os.getpid()}"

    def close(self) -> None:
        """Stop the embedded S3 and let the database go."""
        self._exits.close()


@contextlib.contextmanager
def open_services(settings: Settings) -> Iterator[Services]:
    """Yield the services of ``settings`` and close them after the block."""
    services = Services(settings)
    try:
        yield services
    finally:
        services.close()
