"""Firing triggers: the runs of a fire and the trigger's next time are recorded in one transaction.

A process killed between any two statements leaves either both or neither, and two schedulers
that decide the same fire start it once, because the key of each of its runs is unique.
"""

from __future__ import annotations

import json
import uuid
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from gluepot.catalog.wire import to_wire
from gluepot.jobs.runs.orders import RunOrder
from gluepot.jobs.runs.state import RunKind
from gluepot.jobs.triggers.crawler_schedules import crawl_after, crawl_key
from gluepot.jobs.triggers.model import TriggerType, conditional_fires, started_fire
from gluepot.jobs.workflows.runs import WorkflowNotFoundError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from datetime import datetime

    import sqlalchemy as sa

    from gluepot.crawlers.store import CrawlerStore, StoredCrawler
    from gluepot.jobs.runs.state import Run
    from gluepot.jobs.runs.store import RunStore
    from gluepot.jobs.triggers.model import Action, Fire, Trigger
    from gluepot.jobs.triggers.store import TriggerStore
    from gluepot.jobs.workflows.runs import WorkflowRun, WorkflowRunStore

_RUN_MEMBERS = frozenset({"Timeout", "SecurityConfiguration", "NotificationProperty"})
"""Members of an action that its run takes over."""

BATCH = 100
"""How many due triggers are served in one transaction."""


class Firing:
    """Fires the triggers of one database into its queue of runs."""

    def __init__(
        self,
        *,
        clock: Callable[[], datetime],
        runs: RunStore,
        triggers: TriggerStore,
        crawlers: CrawlerStore | None = None,
        workflows: WorkflowRunStore | None = None,
    ) -> None:
        self._clock = clock
        self._runs = runs
        self._triggers = triggers
        self._crawlers = crawlers
        self._workflows = workflows

    def fire_due(self) -> tuple[Run, ...]:
        """Fire every trigger whose time has come or events are there, and return the runs."""
        now = self._clock()
        found: list[Run] = []
        while self._triggers.any_due(now):
            with self._runs.transaction() as connection:
                taken = self._triggers.within(connection).take_due(now, limit=BATCH)
                fires = (fire for item in taken for fire in item.fires)
                orders = [order for fire in fires for order in self._begin(connection, fire)]
                found += self._runs.within(connection).enqueue_all(orders)
            if not taken:
                break  # Another scheduler is serving what is due.
        return tuple(found)

    def fire_crawlers(self) -> tuple[Run, ...]:
        """Start every crawler whose own schedule is due, unless it is at work; return the runs."""
        if self._crawlers is None:
            return ()
        now = self._clock()
        found: list[Run] = []
        while self._crawlers.any_due(now):
            with self._runs.transaction() as connection:
                crawlers, runs = self._crawlers.within(connection), self._runs.within(connection)
                due = crawlers.take_due(now, lambda item: crawl_after(item, now), limit=BATCH)
                found += (run for item in due if (run := _crawl(runs, item)) is not None)
            if not due:
                break  # Another scheduler is serving what is due.
        return tuple(found)

    def fire_followers(self) -> tuple[Run, ...]:
        """Ask the conditional triggers about every run that has ended, and return what follows."""
        found: list[Run] = []
        while self._runs.any_ended():
            with self._runs.transaction() as connection:
                runs = self._runs.within(connection)
                ended = runs.take_ended()
                if ended is None:
                    break  # Another scheduler has it in hand.
                flow = self._flow_of(connection, ended)
                for trigger in self._watching(connection, flow, ended):
                    found += _follow(runs, trigger, ended, flow)
                if flow is not None and self._workflows is not None:
                    self._workflows.within(connection).follow_end(flow)
        return tuple(found)

    def fire_now(self, name: str) -> tuple[Run, ...]:
        """Fire a trigger of any type and state at once, as the begin of a chain of its own.

        Raises:
            EntityNotFoundError: There is no such trigger.
        """
        trigger = self._triggers.get(name)
        with self._runs.transaction() as connection:
            fire = started_fire(trigger, str(uuid.uuid4()))
            orders = self._begin(connection, fire)
            return tuple(self._runs.within(connection).enqueue_all(orders))

    def start_workflow(
        self,
        name: str,
        properties: Mapping[str, str],
        *,
        given: Any = None,  # noqa: ANN401
    ) -> WorkflowRun:
        """Start a run of a workflow by those of its triggers that wait for no other.

        One that is a state machine begins with the JSON ``given``, or else with its properties.

        Raises:
            WorkflowNotFoundError: There is no such workflow.
            ConcurrentRunsError: As many runs of it as may be are under way.
        """
        if self._workflows is None:
            raise WorkflowNotFoundError("Workflow", name)
        with self._runs.transaction() as connection:
            triggers = self._triggers.within(connection).of_workflow(name)
            flow = self._workflows.within(connection).begin(name, properties, triggers, given=given)
            for trigger in triggers:
                if trigger.type != TriggerType.CONDITIONAL:
                    fire = started_fire(trigger, flow.id)
                    _record(self._runs.within(connection), replace(fire, chain_id=flow.id), flow)
        return flow

    def _begin(self, connection: sa.Connection, fire: Fire) -> list[RunOrder]:
        """Record the workflow run that a fire begins, and return what runs it asks for."""
        name = fire.trigger.workflow_name
        if self._workflows is None or name is None:
            return _orders(fire)
        try:
            flow = self._workflows.within(connection).begin(
                name,
                _properties(fire),
                self._triggers.within(connection).of_workflow(name),
                record_refusal=True,
                event_batch=_batch(fire),
            )
        except WorkflowNotFoundError:
            return _orders(fire)  # The workflow was deleted; its triggers stay.
        if flow.error is not None:
            return []
        return _orders(replace(fire, chain_id=flow.id), flow)

    def _flow_of(self, connection: sa.Connection, ended: Run) -> WorkflowRun | None:
        if self._workflows is None:
            return None
        return self._workflows.within(connection).find(ended.chain_id)

    def _watching(
        self, connection: sa.Connection, flow: WorkflowRun | None, ended: Run
    ) -> Iterable[Trigger]:
        target = ended.outcome.target
        if flow is not None:
            return flow.watching(target)
        found = self._triggers.within(connection).watching(target)
        # Source: Glue developer guide: what runs outside a workflow fires none of its triggers.
        return [trigger for trigger in found if not self._belongs(connection, trigger)]

    def _belongs(self, connection: sa.Connection, trigger: Trigger) -> bool:
        if self._workflows is None or trigger.workflow_name is None:
            return False
        try:
            self._workflows.within(connection).workflow(trigger.workflow_name)
        except WorkflowNotFoundError:
            return False
        return True


def _crawl(runs: RunStore, due: StoredCrawler) -> Run | None:
    # Source: Glue developer guide: a crawler that is at work when its time comes skips it.
    if runs.count_open(RunKind.CRAWL, due.name):
        return None
    return runs.enqueue(RunKind.CRAWL, due.name, unique_key=crawl_key(due))


def _follow(runs: RunStore, trigger: Trigger, ended: Run, flow: WorkflowRun | None) -> list[Run]:
    targets = {condition.outcome.target for condition in trigger.conditions}
    outcomes = Counter(runs.outcomes(ended.chain_id, targets))
    outcomes.update(runs.get(run_id).outcome for run_id in (flow.kept_runs if flow else ()))
    found: list[Run] = []
    for fire in conditional_fires(trigger, ended, outcomes):
        started = _record(runs, fire, flow)
        if not started:
            break  # This fire is recorded already, and so are the earlier ones.
        found += started
    return found


def _properties(fire: Fire) -> dict[str, str]:
    # Source: Glue developer guide, "Viewing the EventBridge events that started a workflow".
    return {} if fire.events is None else {"aws:eventIds": json.dumps(fire.events.ids)}


def _batch(fire: Fire) -> dict[str, int] | None:
    """Return AWS Glue's StartingEventBatchCondition: only the member that was met is there."""
    if fire.events is None:
        return None
    if fire.events.full:
        return {"BatchSize": len(fire.events.ids)}
    return {"BatchWindow": int(fire.trigger.batch_window.total_seconds())}


def _settings(action: Action) -> dict[str, Any]:
    members = to_wire(action)
    return {key: value for key, value in members.items() if key in _RUN_MEMBERS}


def _arguments(fire: Fire, action: Action, flow: WorkflowRun | None) -> dict[str, str]:
    of_flow = flow.arguments if flow is not None and action.target.kind is RunKind.JOB else {}
    return {**fire.arguments(action), **of_flow}


def _orders(fire: Fire, flow: WorkflowRun | None = None) -> list[RunOrder]:
    return [
        RunOrder(
            target=action.target,
            arguments=_arguments(fire, action, flow),
            settings=_settings(action),
            trigger_name=fire.trigger.name,
            chain_id=fire.chain_id,
            unique_key=fire.run_key(number),
        )
        for number, action in enumerate(fire.trigger.actions)
    ]


def _record(runs: RunStore, fire: Fire, flow: WorkflowRun | None = None) -> list[Run]:
    return runs.enqueue_all(_orders(fire, flow))
