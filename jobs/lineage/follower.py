"""From events of runs to events of OpenLineage: into the graph, and out to whoever is told."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gluepot.catalog.errors import EntityNotFoundError, GluepotError
from gluepot.jobs.lineage.events import EVENT_TYPES, crawled_datasets, run_event
from gluepot.jobs.lineage.facets import facet
from gluepot.jobs.runs.state import RunKind, RunState

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import sqlalchemy as sa

    from gluepot.crawlers.store import CrawlerStore
    from gluepot.jobs.definitions.model import JobDefinition
    from gluepot.jobs.lineage.graph import LineageGraph
    from gluepot.jobs.lineage.notes import Dataset, LineageNotes
    from gluepot.jobs.notifications.outbox import Outbox
    from gluepot.jobs.runs.rows import RunEvent
    from gluepot.jobs.runs.state import Run


_TOLD = (RunKind.JOB, RunKind.CRAWL, RunKind.MATCH)
"""Other kinds are steps of something that is told of itself."""


class LineageFollower:
    """Follows events of runs, in the transaction that takes them.

    Args:
        graph: What is told is kept here.
        notes: What runs say of what they read and write.
        crawlers: Whose crawls tell which tables they made.
        outbox: What is told to others goes through it.
        addressees: Who is told, such as ``lineage:http``.
        namespace: Of the jobs of this installation.
        load_job: Returns a job's definition.
    """

    def __init__(  # noqa: PLR0913
        self,
        graph: LineageGraph,
        notes: LineageNotes,
        crawlers: CrawlerStore,
        outbox: Outbox,
        *,
        addressees: Sequence[str],
        namespace: str,
        load_job: Callable[[str], JobDefinition],
    ) -> None:
        self._graph = graph
        self._notes = notes
        self._crawlers = crawlers
        self._outbox = outbox
        self._addressees = addressees
        self._namespace = namespace
        self._load_job = load_job

    def follow(self, connection: sa.Connection, events: Sequence[tuple[RunEvent, Run]]) -> None:
        """Record what follows from events of runs."""
        graph, outbox = self._graph.within(connection), self._outbox.within(connection)
        facets: dict[str, dict[str, Any]] = {}
        for event, run in events:
            if event.event not in EVENT_TYPES or run.kind not in _TOLD:
                continue
            # Definitions are read once a batch: it holds the database's writer meanwhile.
            if run.kind is RunKind.JOB and run.name not in facets:
                facets[run.name] = self._job_facets(run.name)
            inputs, outputs = self._datasets(connection, event, run)
            told = run_event(
                event,
                run,
                namespace=self._namespace,
                inputs=inputs,
                outputs=outputs,
                job_facets=facets.get(run.name) if run.kind is RunKind.JOB else None,
            )
            graph.accept(told)
            for addressee in self._addressees:
                outbox.put(addressee, f"{told['eventType']} of {run.kind} {run.name}", told)

    def _datasets(
        self, connection: sa.Connection, event: RunEvent, run: Run
    ) -> tuple[list[Dataset], list[Dataset]]:
        if not RunState(event.event).final:
            return [], []
        if run.kind is not RunKind.CRAWL:
            return self._notes.within(connection).of(run.id)
        try:
            return crawled_datasets(self._crawlers.within(connection).get_crawl(run.id))
        except EntityNotFoundError:  # it failed before it began
            return [], []

    def _job_facets(self, name: str) -> dict[str, Any]:
        try:
            job = self._load_job(name)
        except GluepotError:  # it was deleted, or is faulty: the run says so itself
            return {}
        place = str(job.script or job.file)
        url = place if "://" in place else f"file://{place}"
        facets = facet("sourceCodeLocation", type="file", url=url)
        texts = [_sql(step.parameters) for step in job.pipeline.steps] if job.pipeline else []
        query = ";\n".join(text for text in texts if text)
        return facets | facet("sql", query=query, dialect="spark") if query else facets


def _sql(parameters: Any) -> str | None:  # noqa: ANN401
    found = parameters.get("sqlQuery") or parameters.get("query") or parameters.get("sql")
    return found if isinstance(found, str) else None
