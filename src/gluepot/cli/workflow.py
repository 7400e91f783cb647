"""``gluepot workflow``: graphs of triggers and state machines, run and looked at."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gluepot.cli.names import completed
from gluepot.cli.output import (
    OutputFormat,
    OutputOption,
    next_step,
    print_data,
    print_json,
    print_table,
    say,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gluepot.jobs.runs.state import Chain, Run
    from gluepot.jobs.workflows.runs import WorkflowRun
    from gluepot.services import Services

app = typer.Typer(
    help="Graphs of triggers and state machines that run jobs and crawlers.", no_args_is_help=True
)

NameArgument = Annotated[
    str, typer.Argument(help="The workflow's name.", autocompletion=completed("Workflow"))
]
RunArgument = Annotated[
    str,
    typer.Argument(
        help="The run's id, or a workflow's name for its newest run.",
        autocompletion=completed("Workflow"),
    ),
]
Texts = list[str] | None


@app.command()
def create(
    name: NameArgument,
    *,
    description: Annotated[str | None, typer.Option(help="What it is for.")] = None,
    run_property: Annotated[
        Texts, typer.Option("--property", help="KEY=VALUE that its runs begin with; repeatable.")
    ] = None,
    max_concurrent: Annotated[
        int | None, typer.Option(min=1, help="Runs of it under way at once.")
    ] = None,
) -> None:
    """Create a workflow of triggers; they join it by `gluepot trigger create --workflow`."""
    from gluepot.jobs.workflows.runs import KIND  # noqa: PLC0415

    members = {
        "Description": description,
        "DefaultRunProperties": _pairs(run_property or ()) or None,
        "MaxConcurrentRuns": max_concurrent,
    }
    given = {key: value for key, value in members.items() if value is not None}
    with _services() as services:
        services.jobs.definitions.create(KIND, name, given)
    say(f"Workflow {name} is there; give it triggers")
    next_step(f"gluepot trigger create NAME --workflow {name} ...")


@app.command()
def delete(name: NameArgument) -> None:
    """Delete a workflow; its triggers and its runs stay."""
    from gluepot.jobs.workflows.runs import KIND, MACHINE_KIND  # noqa: PLC0415

    with _services() as services, services.runs.transaction() as connection:
        inside = services.jobs.definitions.within(connection)
        inside.delete(MACHINE_KIND, name)
        inside.delete(KIND, name)
    say(f"Workflow {name} is not there any more")


@app.command("import")
def import_machine(
    file: Annotated[Path, typer.Argument(help="A document in the Amazon States Language.")],
    *,
    name: Annotated[str, typer.Option(help="The workflow's name.")],
    resource: Annotated[
        Texts, typer.Option(help="ARN=job:NAME or ARN=https://..., what it stands for; repeatable.")
    ] = None,
    description: Annotated[str | None, typer.Option(help="What it is for.")] = None,
    max_concurrent: Annotated[
        int | None, typer.Option(min=1, help="Runs of it under way at once.")
    ] = None,
) -> None:
    """Store a state machine as a workflow; every fault of its document is named with its place."""
    from gluepot.jobs.workflows.documents import (  # noqa: PLC0415
        MachineWorkflow,
        read_document,
        store_machine,
    )

    members = {"Description": description, "MaxConcurrentRuns": max_concurrent}
    workflow = MachineWorkflow(
        name=name,
        document=read_document(_content(file)),
        resources=_pairs(resource or ()),
        members={key: value for key, value in members.items() if value is not None},
    )
    with _services() as services, services.runs.transaction() as connection:
        changed = store_machine(services.jobs.definitions.within(connection), workflow)
    say(f"Workflow {name} is stored" if changed else f"Workflow {name} is stored already")
    next_step(f"gluepot workflow run {name}")


@app.command("export")
def export_machine(name: NameArgument) -> None:
    """Print a workflow as a document of the Amazon States Language."""
    from gluepot.jobs.workflows.from_triggers import machine_of  # noqa: PLC0415

    with _services() as services:
        services.workflows.workflow(name)
        machine = services.workflows.machine(name)
        triggers = services.triggers.of_workflow(name)
    print_json(machine_of(name, triggers) if machine is None else machine.document)


@app.command("ls")
def list_workflows(output: OutputOption = OutputFormat.table) -> None:
    """List workflows with the state of their last runs."""
    from gluepot.jobs.workflows.runs import KIND  # noqa: PLC0415

    with _services() as services:
        found = []
        for each in services.jobs.definitions.all(KIND):
            machine = services.workflows.machine(each.name)
            last = services.workflows.page(each.name, None, 1)
            found.append(
                {
                    "workflow": each.name,
                    "kind": "triggers" if machine is None else "state machine",
                    "last_run": last[0].id if last else None,
                    "status": _status(services, last[0])[0] if last else None,
                    "description": each.definition.get("Description"),
                }
            )
    if output.is_data:
        print_data(found, output)
        return
    columns = ("workflow", "kind", "last run", "status", "description")
    print_table(columns, [list(row.values()) for row in found])


@app.command()
def run(
    name: NameArgument,
    *,
    given: Annotated[
        str | None, typer.Option("--input", help="JSON that a state machine begins with.")
    ] = None,
    run_property: Annotated[
        Texts, typer.Option("--property", help="KEY=VALUE for the jobs in it; repeatable.")
    ] = None,
) -> None:
    """Start a run of a workflow."""
    from gluepot.catalog.errors import InvalidInputError  # noqa: PLC0415
    from gluepot.jobs.scheduling.firing import Firing  # noqa: PLC0415
    from gluepot.jobs.workflows.documents import read_document  # noqa: PLC0415

    with _services() as services:
        if given is not None and services.workflows.machine(name) is None:
            raise InvalidInputError(
                f"Workflow {name} is a graph of triggers, which takes --property, not --input"
            )
        firing = Firing(
            clock=services.clock,
            runs=services.runs,
            triggers=services.triggers,
            workflows=services.workflows,
        )
        begun = firing.start_workflow(
            name,
            _pairs(run_property or ()),
            given=None if given is None else read_document(given),
        )
    say(begun.id)
    next_step("gluepot scheduler run", f"gluepot workflow status {begun.id}")


@app.command()
def status(run_id: RunArgument, output: OutputOption = OutputFormat.table) -> None:
    """Show where a run stands, what came out, and the runs of jobs and crawlers in it."""
    from gluepot.jobs.workflows.edges import open_places  # noqa: PLC0415

    with _services() as services:
        flow = _flow(services, run_id)
        standing, chain = _status(services, flow)
        stored = services.workflows.executions.find(flow.id)
    members: dict[str, Any] = {
        "workflow": flow.workflow_name,
        "run": flow.id,
        "status": standing,
        "error": flow.error,
        "started": flow.started_at,
        "resumes": flow.previous_run_id,
        "properties": dict(flow.properties),
    }
    if stored is not None:
        members |= {"at": open_places(stored.execution.root), "due": stored.due_at}
        members["output"] = stored.execution.root.output
    if output.is_data:
        print_data({**members, "runs": [_plain(each) for each in chain.runs]}, output)
        return
    shown = [(key, _cell(value)) for key, value in members.items() if value not in (None, {}, "")]
    print_table(("member", "value"), shown)
    print_table(("run", "kind", "name", "state"), [list(_plain(r).values()) for r in chain.runs])


@app.command()
def history(run_id: RunArgument, output: OutputOption = OutputFormat.table) -> None:
    """List everything that happened in a run, the oldest first."""
    from gluepot.jobs.workflows.history import history as happened  # noqa: PLC0415

    with _services() as services:
        found = happened(services.runs, services.workflows, _flow(services, run_id))
    if output.is_data:
        print_data([asdict(event) for event in found], output)
        return
    rows = ((e.at, e.event, e.state, e.branch, _cell(dict(e.detail))) for e in found)
    print_table(("at", "event", "state", "branch", "detail"), rows)


@app.command()
def stop(run_id: RunArgument) -> None:
    """Stop what a run has at work; nothing more follows in it."""
    from gluepot.jobs.workflows.control import stop_run  # noqa: PLC0415

    with _services() as services:
        flow = _flow(services, run_id)
        stop_run(services.runs, services.workflows, flow.workflow_name, flow.id)
        standing, _ = _status(services, _flow(services, flow.id))
    say(f"Run {flow.id} is {standing}")


@app.command()
def resume(
    run_id: RunArgument,
    *,
    node: Annotated[
        Texts, typer.Option(help="job:NAME or crawler:NAME to start again; repeatable.")
    ] = None,
) -> None:
    """Go on from nodes of a graph, or from the state in which a state machine failed."""
    from gluepot.jobs.workflows.control import resume_machine, resume_nodes  # noqa: PLC0415

    with _services() as services:
        flow = _flow(services, run_id)
        runs, workflows, name = services.runs, services.workflows, flow.workflow_name
        if node:
            nodes = [_node_id(one) for one in node]
            begun, _ = resume_nodes(runs, workflows, name, flow.id, nodes)
        else:
            begun = resume_machine(runs, workflows, name, flow.id)
    say(begun.id)
    next_step("gluepot scheduler run", f"gluepot workflow status {begun.id}")


@app.command()
def graph(name: NameArgument, output: OutputOption = OutputFormat.table) -> None:
    """Show what leads to what in a workflow."""
    from gluepot.jobs.workflows.edges import state_edges, trigger_edges  # noqa: PLC0415

    with _services() as services:
        services.workflows.workflow(name)
        machine = services.workflows.machine(name)
        triggers = services.triggers.of_workflow(name)
    found = trigger_edges(triggers) if machine is None else state_edges(machine.document)
    edges = list(found)
    if output.is_data:
        print_data(
            [{"from": each.start, "to": each.end, "when": each.when} for each in edges], output
        )
        return
    print_table(("from", "to", "when"), [(each.start, each.end, each.when) for each in edges])


def _services() -> Any:  # noqa: ANN401  a context manager of Services
    from gluepot.services import open_services  # noqa: PLC0415
    from gluepot.settings import load_settings  # noqa: PLC0415

    return open_services(load_settings())


def _content(file: Path) -> bytes:
    from gluepot.catalog.errors import InvalidInputError  # noqa: PLC0415

    try:
        return file.read_bytes()
    except OSError as error:
        raise InvalidInputError(f"{file} cannot be read: {error.strerror}") from None


def _pairs(texts: Sequence[str]) -> dict[str, str]:
    from gluepot.catalog.errors import InvalidInputError  # noqa: PLC0415

    for text in texts:
        if "=" not in text:
            raise InvalidInputError(f"{text!r} is not of the form KEY=VALUE")
    return {key: value for key, _, value in (text.partition("=") for text in texts)}


def _flow(services: Services, run_id: str) -> WorkflowRun:
    from gluepot.catalog.errors import EntityNotFoundError  # noqa: PLC0415

    found = services.workflows.find(run_id)
    newest = [found] if found is not None else services.workflows.page(run_id, None, 1)
    if not newest:
        raise EntityNotFoundError("Workflow run", run_id)
    return newest[0]


def _status(services: Services, flow: WorkflowRun) -> tuple[str, Chain]:
    from gluepot.jobs.runs.state import Chain  # noqa: PLC0415
    from gluepot.jobs.workflows.runs import status_of  # noqa: PLC0415

    chain = services.runs.chains([flow.id]).get(flow.id, Chain(runs=(), open=False))
    return status_of(flow, chain), chain


def _plain(one: Run) -> dict[str, Any]:
    return {"run": one.id, "kind": one.kind, "name": one.name, "state": one.state}


def _cell(value: object) -> str:
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False, default=str)
    return str(value)


def _node_id(text: str) -> str:
    from gluepot.catalog.errors import InvalidInputError  # noqa: PLC0415
    from gluepot.jobs.triggers.workflow_paths import unique_id  # noqa: PLC0415

    kind, colon, name = text.partition(":")
    if not colon or kind not in {"job", "crawler"}:
        raise InvalidInputError(f"--node is job:NAME or crawler:NAME, not {text!r}")
    return unique_id(kind.upper(), name)
