"""``gluepot notification``: who hears of what, what was told them, and what could not be."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from gluepot.cli.exit_codes import ExitCode
from gluepot.cli.names import completed
from gluepot.cli.output import OutputFormat, OutputOption, print_data, print_table, say, tell_error

if TYPE_CHECKING:
    from gluepot.jobs.notifications.outbox import Delivery, Outbox
    from gluepot.services import Services

app = typer.Typer(help="Who is told of what happens to runs.", no_args_is_help=True)

_COLUMNS = ("name", "events", "about", "channel", "to")
_DELIVERY = ("id", "to", "what", "state", "attempts", "created", "next")


@app.command("ls")
def list_all(output: OutputOption = OutputFormat.table) -> None:
    """List the notifications of conf/notifications; a faulty one ends this with code 1."""
    from gluepot.jobs.notifications.model import read_notifications  # noqa: PLC0415
    from gluepot.settings import load_settings  # noqa: PLC0415

    found, faults = read_notifications(load_settings().conf_dir)
    rows = []
    for one in found:
        about = {"jobs": one.jobs, "crawlers": one.crawlers, "workflows": one.workflows}
        said = [f"{kind} {', '.join(names)}" for kind, names in about.items() if names is not None]
        told = (one.channel.type, one.channel.place)
        rows.append((one.name, ", ".join(one.events), "; ".join(said) or "everything", *told))
    if output.is_data:
        print_data([dict(zip(_COLUMNS, row, strict=True)) for row in rows], output)
    else:
        print_table(_COLUMNS, rows)
    for fault in faults:
        tell_error(str(fault))
    if faults:
        raise typer.Exit(ExitCode.ERROR)


@app.command()
def test(
    name: Annotated[
        str,
        typer.Argument(
            help="A file of conf/notifications.", autocompletion=completed("Notification")
        ),
    ],
) -> None:
    """Send a message that is marked as a test, now, and say what came back."""
    from gluepot.jobs.notifications.model import find_notification  # noqa: PLC0415
    from gluepot.posting import send_test  # noqa: PLC0415
    from gluepot.services import open_services  # noqa: PLC0415
    from gluepot.settings import load_settings  # noqa: PLC0415

    known = load_settings()
    found = find_notification(known.conf_dir, name)
    with open_services(known) as services:
        status = send_test(services, found)
    say(f"{name}: {found.channel.type} {found.channel.place} answered {status}")


@app.command()
def deliveries(
    *,
    name: Annotated[str | None, typer.Option(help="Only of this notification.")] = None,
    state: Annotated[
        str | None, typer.Option(help="Only PENDING, DELIVERED or DEAD (given up).")
    ] = None,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, help="How many.")] = 20,
    output: OutputOption = OutputFormat.table,
) -> None:
    """List what was told or is to be, newest first."""
    from gluepot.catalog.errors import InvalidInputError  # noqa: PLC0415
    from gluepot.jobs.notifications.outbox import DeliveryState  # noqa: PLC0415
    from gluepot.services import open_services  # noqa: PLC0415
    from gluepot.settings import load_settings  # noqa: PLC0415

    if state is not None and state.upper() not in list(DeliveryState):
        raise InvalidInputError(f"--state is PENDING, DELIVERED or DEAD, not {state!r}")
    wanted = None if state is None else DeliveryState(state.upper())
    with open_services(load_settings()) as services:
        found = _outbox(services).list(addressee=name, state=wanted, limit=limit)
    if output.is_data:
        print_data([asdict(one) for one in found], output)
        return
    print_table(_DELIVERY, [_row(one) for one in found])


@app.command()
def show(
    delivery_id: Annotated[str, typer.Argument(metavar="DELIVERY", help="Its id.")],
    output: OutputOption = OutputFormat.table,
) -> None:
    """Show one delivery, and every attempt at it."""
    from gluepot.services import open_services  # noqa: PLC0415
    from gluepot.settings import load_settings  # noqa: PLC0415

    with open_services(load_settings()) as services:
        outbox = _outbox(services)
        found, tried = outbox.get(delivery_id), outbox.attempts(delivery_id)
    if output.is_data:
        print_data({**asdict(found), "tries": [asdict(one) for one in tried]}, output)
        return
    print_table(_DELIVERY, [_row(found)])
    say("")
    rows = [(one.at, f"{one.seconds:.2f}", one.status, one.error or "taken") for one in tried]
    print_table(("attempt", "seconds", "answer", "result"), rows)


@app.command()
def retry(
    delivery_id: Annotated[
        str | None, typer.Argument(metavar="[DELIVERY]", help="A delivery that was given up.")
    ] = None,
    *,
    name: Annotated[
        str | None, typer.Option(help="Every one of this notification that was given up.")
    ] = None,
) -> None:
    """Make deliveries that were given up due again; a scheduler sends them."""
    from gluepot.services import open_services  # noqa: PLC0415
    from gluepot.settings import load_settings  # noqa: PLC0415

    if (delivery_id is None) == (name is None):
        raise typer.BadParameter("name one delivery, or the notification by --name")
    with open_services(load_settings()) as services:
        count = _outbox(services).retry(delivery_id=delivery_id, addressee=name)
    say(f"{count} deliveries are due again")


def _outbox(services: Services) -> Outbox:
    from gluepot.jobs.notifications.outbox import Outbox  # noqa: PLC0415

    return Outbox(services.engine, services.clock)


def _row(found: Delivery) -> tuple[object, ...]:
    head = (found.id, found.addressee, found.subject, found.state, found.attempts)
    return (*head, found.created_at, found.due_at)
