"""``gluepot trigger``: start jobs and crawls on a schedule, after one another, or by hand."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gluepot.cli.names import completed
from gluepot.cli.output import (
    OutputFormat,
    OutputOption,
    next_step,
    note,
    print_data,
    print_table,
    say,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gluepot.jobs.triggers.model import Action, Condition, EventBatchingCondition, Trigger

app = typer.Typer(
    help="Start jobs and crawls on a schedule or after one another.", no_args_is_help=True
)

NameArgument = Annotated[
    str, typer.Argument(help="The trigger's name.", autocompletion=completed("Trigger"))
]
Texts = list[str] | None
JobsOption = Annotated[
    Texts, typer.Option(help="Start this job; repeatable.", autocompletion=completed("Job"))
]
CrawlersOption = Annotated[
    Texts, typer.Option(help="Start this crawler; repeatable.", autocompletion=completed("Crawler"))
]


@app.command()
def create(  # noqa: PLR0913  one option a member of the definition
    name: NameArgument,
    *,
    schedule: Annotated[
        str | None,
        typer.Option(
            help="cron(15 12 * * ? *), rate(5 minutes) or at(2026-12-24T18:00:00), in UTC; a time"
            " zone and missed=skip, once or all may follow."
        ),
    ] = None,
    on_event: Annotated[
        bool, typer.Option("--on-event", help="By events of the webhook or of --queue.")
    ] = False,
    queue: Annotated[str | None, typer.Option(help="The ARN of a queue of events.")] = None,
    batch_size: Annotated[int | None, typer.Option(help="Fire at so many events.")] = None,
    batch_window: Annotated[
        int | None, typer.Option(help="Or so many seconds after the first.")
    ] = None,
    workflow: Annotated[str | None, typer.Option(help="The workflow it belongs to.")] = None,
    on_demand: Annotated[bool, typer.Option("--on-demand", help="Only started by hand.")] = False,
    when_crawler: Annotated[Texts, typer.Option(help="After this crawler; repeatable.")] = None,
    when_job: Annotated[Texts, typer.Option(help="After this job; repeatable.")] = None,
    state: Annotated[str, typer.Option(help="How those must end.")] = "SUCCEEDED",
    logical: Annotated[str, typer.Option(help="AND: after all of them; ANY: each.")] = "AND",
    job: JobsOption = None,
    crawler: CrawlersOption = None,
    argument: Annotated[Texts, typer.Option(help="KEY=VALUE for the jobs; repeatable.")] = None,
    description: Annotated[str | None, typer.Option(help="What it is for.")] = None,
    start: Annotated[bool, typer.Option("--start", help="Activate it at once.")] = False,
) -> None:
    """Create a trigger; without --start it rests until `gluepot trigger start`."""
    from gluepot.jobs.triggers.model import Predicate, Trigger, TriggerState  # noqa: PLC0415
    from gluepot.services import open_services  # noqa: PLC0415
    from gluepot.settings import load_settings  # noqa: PLC0415

    conditions = _conditions(when_job or (), when_crawler or (), state)
    kind = _only(
        SCHEDULED=schedule, CONDITIONAL=conditions, EVENT=on_event or queue, ON_DEMAND=on_demand
    )
    trigger = Trigger(
        name=name,
        type=kind,
        state=TriggerState.ACTIVATED if start else TriggerState.CREATED,
        schedule=schedule,
        predicate=Predicate(conditions=conditions, logical=logical) if conditions else None,
        actions=_actions(job or (), crawler or (), _pairs(argument or ())),
        description=description,
        workflow_name=workflow,
        event_batching_condition=_batching(batch_size, batch_window),
        event_queue=queue,
    )
    with open_services(load_settings()) as services:
        services.triggers.create(trigger)
        say(f"Trigger {name} is {trigger.state}")
        next_step("gluepot scheduler run" if start else f"gluepot trigger start {name}")
        if schedule:
            _tell_of_short_intervals(schedule, services.clock())


@app.command("ls")
def list_triggers(output: OutputOption = OutputFormat.table) -> None:
    """List triggers with the time of their next fire."""
    from gluepot.jobs.triggers.words import what_it_starts, when_it_fires  # noqa: PLC0415
    from gluepot.services import open_services  # noqa: PLC0415
    from gluepot.settings import load_settings  # noqa: PLC0415

    with open_services(load_settings()) as services:
        found = list(services.triggers.list())
    if output.is_data:
        print_data([_plain(trigger, fire) for trigger, fire in found], output)
        return
    columns = ("trigger", "type", "state", "fires", "next fire", "starts")
    rows = (
        (t.name, t.type, t.state, when_it_fires(t), _time(fire), what_it_starts(t))
        for t, fire in found
    )
    print_table(columns, rows)


@app.command()
def show(name: NameArgument, output: OutputOption = OutputFormat.table) -> None:
    """Show a trigger's definition and the time of its next fire."""
    from gluepot.jobs.triggers.words import what_it_starts, when_it_fires  # noqa: PLC0415
    from gluepot.services import open_services  # noqa: PLC0415
    from gluepot.settings import load_settings  # noqa: PLC0415

    with open_services(load_settings()) as services:
        trigger, fire = services.triggers.get(name), services.triggers.next_fire_at(name)
    if output.is_data:
        print_data(_plain(trigger, fire), output)
        return
    rows = [
        ("trigger", trigger.name),
        ("description", trigger.description),
        ("type", trigger.type),
        ("state", trigger.state),
        ("fires", when_it_fires(trigger)),
        ("next fire", _time(fire)),
        ("starts", what_it_starts(trigger)),
    ]
    print_table(("member", "value"), [row for row in rows if row[1]])


@app.command()
def start(
    name: NameArgument,
    *,
    now: Annotated[bool, typer.Option("--now", help="Fire once, at once, whatever it is.")] = False,
) -> None:
    """Fire a trigger that is ON_DEMAND; activate one of another type, as AWS Glue does."""
    from gluepot.jobs.scheduling.firing import Firing  # noqa: PLC0415
    from gluepot.jobs.triggers.model import TriggerType  # noqa: PLC0415
    from gluepot.services import open_services  # noqa: PLC0415
    from gluepot.settings import load_settings  # noqa: PLC0415

    with open_services(load_settings()) as services:
        store = services.triggers
        if not now and store.get(name).type != TriggerType.ON_DEMAND:
            store.activate(name)
            fire = store.next_fire_at(name)
            say(f"Trigger {name} is ACTIVATED" + (f"; it fires next at {_time(fire)}" * bool(fire)))
            return
        firing = Firing(
            clock=services.clock,
            runs=services.runs,
            triggers=store,
            workflows=services.workflows,
        )
        for run in firing.fire_now(name):
            say(f"{run.kind} {run.name} waits as run {run.id}")
    next_step("gluepot scheduler run, which carries out what waits")


@app.command()
def stop(name: NameArgument) -> None:
    """Let a trigger fire no more until it is started again."""
    from gluepot.services import open_services  # noqa: PLC0415
    from gluepot.settings import load_settings  # noqa: PLC0415

    with open_services(load_settings()) as services:
        services.triggers.deactivate(name)
    say(f"Trigger {name} is DEACTIVATED")


@app.command()
def delete(name: NameArgument) -> None:
    """Delete a trigger; the runs it started stay on record."""
    from gluepot.services import open_services  # noqa: PLC0415
    from gluepot.settings import load_settings  # noqa: PLC0415

    with open_services(load_settings()) as services:
        services.triggers.delete(name)
    say(f"Trigger {name} is not there any more")


@app.command("next")
def next_fires(
    trigger: Annotated[
        str,
        typer.Argument(
            help="A scheduled trigger, or a schedule: cron(15 12 * * ? *).",
            autocompletion=completed("Trigger"),
        ),
    ],
    *,
    count: Annotated[int, typer.Option("--count", "-n", min=1, help="How many.")] = 10,
    output: OutputOption = OutputFormat.table,
) -> None:
    """List the next times a trigger or a schedule fires; nothing is changed."""
    from gluepot.catalog.errors import InvalidInputError  # noqa: PLC0415
    from gluepot.jobs.triggers.schedule import next_fire, parse_schedule, upcoming  # noqa: PLC0415

    after, anchor = datetime.now(UTC), None
    text: str | None = trigger
    if "(" not in trigger:
        text, anchor = _stored_schedule(trigger)
        if text is None:
            raise InvalidInputError(f"Trigger {trigger} does not fire by the clock")
    schedule = parse_schedule(str(text))
    next_fire(schedule, after, anchor=anchor)  # Says why, when there is none.
    fires = itertools.islice(upcoming(schedule, after, anchor=anchor), count)
    if output.is_data:
        print_data([fire.isoformat() for fire in fires], output)
        return
    for fire in fires:
        local = "" if schedule.zone is None else f"  {fire.astimezone(schedule.zone):%a %H:%M %Z}"
        say(f"{fire:%a} {_time(fire)}{local}")


@app.command()
def events(
    name: NameArgument,
    *,
    count: Annotated[int, typer.Option("--count", "-n", min=1, help="How many.")] = 20,
    output: OutputOption = OutputFormat.table,
) -> None:
    """List the latest events of a trigger, and whether they have fired it."""
    from gluepot.services import open_services  # noqa: PLC0415
    from gluepot.settings import load_settings  # noqa: PLC0415

    with open_services(load_settings()) as services:
        found = services.triggers.events(name, count)
    if output.is_data:
        print_data(
            [
                {
                    "id": event.id,
                    "received_at": event.received_at.isoformat(),
                    "fired": event.fire_key is not None,
                    "body": event.body,
                }
                for event in found
            ],
            output,
        )
        return
    rows = ((e.id, _time(e.received_at), "fired" if e.fire_key else "waits") for e in found)
    print_table(("event", "received", "state"), rows)


def _stored_schedule(name: str) -> tuple[str | None, datetime | None]:
    from gluepot.services import open_services  # noqa: PLC0415
    from gluepot.settings import load_settings  # noqa: PLC0415

    with open_services(load_settings()) as services:
        return services.triggers.get(name).schedule, services.triggers.next_fire_at(name)


def _batching(size: int | None, window: int | None) -> EventBatchingCondition | None:
    from gluepot.catalog.errors import InvalidInputError  # noqa: PLC0415
    from gluepot.jobs.triggers.model import EventBatchingCondition  # noqa: PLC0415

    if size is None and window is None:
        return None
    if size is None:
        raise InvalidInputError("--batch-window needs --batch-size, as in AWS Glue")
    return EventBatchingCondition(batch_size=size, batch_window=window)


def _only(**kinds: object) -> str:
    """Return the one type of trigger that options were given for."""
    from gluepot.catalog.errors import InvalidInputError  # noqa: PLC0415

    chosen = [kind for kind, given in kinds.items() if given]
    if len(chosen) != 1:
        raise InvalidInputError(
            "Say once when it fires: --schedule, --when-crawler/--when-job, --on-event, or"
            " --on-demand"
        )
    return chosen[0]


def _conditions(jobs: Sequence[str], crawlers: Sequence[str], state: str) -> tuple[Condition, ...]:
    from gluepot.jobs.triggers.model import Condition  # noqa: PLC0415

    return (
        *(Condition(job_name=name, state=state) for name in jobs),
        *(Condition(crawler_name=name, crawl_state=state) for name in crawlers),
    )


def _actions(
    jobs: Sequence[str], crawlers: Sequence[str], arguments: Mapping[str, str]
) -> tuple[Action, ...]:
    from gluepot.jobs.triggers.model import Action  # noqa: PLC0415

    return (
        *(Action(job_name=name, arguments=arguments or None) for name in jobs),
        *(Action(crawler_name=name) for name in crawlers),
    )


def _pairs(texts: Sequence[str]) -> dict[str, str]:
    from gluepot.catalog.errors import InvalidInputError  # noqa: PLC0415

    for text in texts:
        if "=" not in text:
            raise InvalidInputError(f"--argument is KEY=VALUE, as in --day=1, not {text!r}")
    pairs = (text.partition("=") for text in texts)
    return {key: value for key, _, value in pairs}


def _tell_of_short_intervals(schedule: str, now: datetime) -> None:
    from gluepot.jobs.triggers.schedule import SHORTEST_INTERVAL, parse_schedule, upcoming  # noqa: PLC0415

    fires = itertools.islice(upcoming(parse_schedule(schedule), now), 60)
    if any(later - fire < SHORTEST_INTERVAL for fire, later in itertools.pairwise(fires)):
        note("It fires more often than every 5 minutes, which AWS Glue itself would refuse")


def _plain(trigger: Trigger, fire: datetime | None) -> dict[str, Any]:
    from gluepot.catalog.wire import to_wire  # noqa: PLC0415

    found = to_wire(trigger)
    return found if fire is None else {**found, "NextFireAt": fire.isoformat()}


def _time(time: datetime | None) -> str:
    return "" if time is None else f"{time:%Y-%m-%d %H:%M:%S}Z"
