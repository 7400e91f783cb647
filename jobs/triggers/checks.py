"""What makes a trigger's definition a right one, in AWS Glue's terms and sentences."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gluepot.catalog.errors import InvalidInputError, did_you_mean
from gluepot.jobs.triggers.event_queues import check_queue_arn
from gluepot.jobs.triggers.model import Logical, TriggerState, TriggerType
from gluepot.jobs.triggers.schedule import parse_schedule

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gluepot.jobs.triggers.model import Action, Condition, Predicate, Trigger

MAX_NAME = 255
MAX_CONDITIONS = 500
MAX_CRAWLERS = 2
MAX_BATCH = 100
MAX_WINDOW = 900
"""Seconds."""

JOB_STATES = ("SUCCEEDED", "STOPPED", "FAILED", "TIMEOUT")
CRAWL_STATES = ("SUCCEEDED", "FAILED", "CANCELLED")


def check_trigger(trigger: Trigger) -> None:
    """Return when the definition is right.

    Raises:
        InvalidInputError: It is not; the sentence names the trigger, the member and what would be.

    Source: Glue API reference, CreateTrigger; sentences as the service words them.
    """
    try:
        check_definition(trigger)
    except InvalidInputError as error:
        raise InvalidInputError(f"Trigger {trigger.name!r}: {error}") from error


def check_definition(trigger: Trigger) -> None:
    """Do the same, with the sentence alone, as AWS Glue answers.

    Raises:
        InvalidInputError: The definition is not right.
    """
    _check_name(trigger.name)
    _check_word("Type", trigger.type, TriggerType)
    _check_word("State", trigger.state, TriggerState)
    _check_type(trigger)
    _check_actions(trigger.actions)


def _check_name(name: str) -> None:
    if not 1 <= len(name) <= MAX_NAME or not name.isprintable():
        raise InvalidInputError(f"a name is one line of 1 to {MAX_NAME} characters")


def _check_word(member: str, word: str, known: Iterable[str]) -> None:
    words = [str(item) for item in known]
    if word not in words:
        hint = did_you_mean(word, words)
        raise InvalidInputError(f"{member} is {word!r}; right are {', '.join(words)}.{hint}")


def _check_type(trigger: Trigger) -> None:
    scheduled = trigger.type == TriggerType.SCHEDULED
    conditional = trigger.type == TriggerType.CONDITIONAL
    if scheduled != bool(trigger.schedule):
        need = "needs a Schedule" if scheduled else "takes no Schedule"
        raise InvalidInputError(f"a trigger of type {trigger.type} {need}")
    if conditional != (trigger.predicate is not None):
        need = "needs a Predicate" if conditional else "takes no Predicate"
        raise InvalidInputError(f"a trigger of type {trigger.type} {need}")
    if trigger.type == TriggerType.ON_DEMAND and trigger.state == TriggerState.ACTIVATED:
        raise InvalidInputError("a trigger of type ON_DEMAND is started by hand, never activated")
    if trigger.schedule:
        parse_schedule(trigger.schedule)
    if trigger.predicate:
        _check_predicate(trigger.predicate)
    _check_events(trigger)


def _check_events(trigger: Trigger) -> None:
    batching, queue = trigger.event_batching_condition, trigger.event_queue
    if trigger.type != TriggerType.EVENT and (batching or queue):
        member = "EventBatchingCondition" if batching else "EventQueue"
        raise InvalidInputError(f"a trigger of type {trigger.type} takes no {member}")
    if queue is not None:
        check_queue_arn(queue)
    if batching is None:
        return
    for member, most, number in (
        ("BatchSize", MAX_BATCH, batching.batch_size),
        ("BatchWindow", MAX_WINDOW, batching.batch_window),
    ):
        if number is not None and not 1 <= number <= most:
            raise InvalidInputError(f"{member} is {number}; right is 1 to {most}")


def _check_predicate(predicate: Predicate) -> None:
    count = len(predicate.conditions)
    if not 1 <= count <= MAX_CONDITIONS:
        raise InvalidInputError(f"a Predicate has 1 to {MAX_CONDITIONS} Conditions, not {count}")
    if count > 1 and predicate.logical is None:
        raise InvalidInputError("Logical must be AND or ANY when there is more than one Condition")
    if predicate.logical is not None:
        _check_word("Logical", predicate.logical, Logical)
    for condition in predicate.conditions:
        _check_condition(condition)


def _check_condition(condition: Condition) -> None:
    if condition.logical_operator != "EQUALS":
        raise InvalidInputError("Logical operator cannot be null or empty; it is EQUALS")
    if condition.job_name:
        _check_state(condition.state, "job", JOB_STATES)
    elif condition.crawler_name:
        _check_state(condition.crawl_state, "crawler", CRAWL_STATES)
    else:
        raise InvalidInputError("JobName or CrawlerName in condition cannot be null or empty")


def _check_state(state: str | None, kind: str, known: tuple[str, ...]) -> None:
    if state not in known:
        raise InvalidInputError(
            f"State cannot be {state or 'null or empty'}, choose from one of the"
            f" following {kind} state: [{', '.join(known)}]"
        )


def _check_actions(actions: tuple[Action, ...]) -> None:
    if not actions:
        raise InvalidInputError("it has no Actions; name a job or a crawler to start")
    for action in actions:
        if action.job_name and action.crawler_name:
            raise InvalidInputError(
                "Both JobName and CrawlerName cannot be set together in an action"
            )
        if not action.job_name and not action.crawler_name:
            raise InvalidInputError("JobName or CrawlerName in an action must be set")
    crawlers = sum(1 for action in actions if action.crawler_name)
    if crawlers > MAX_CRAWLERS:
        raise InvalidInputError(f"it starts {crawlers} crawlers; at most {MAX_CRAWLERS} may be")
