"""``gluepot lineage``: what a table comes from, and what is made of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from gluepot.cli.names import completed
from gluepot.cli.output import OutputFormat, OutputOption, print_data, print_table, say

if TYPE_CHECKING:
    from gluepot.jobs.lineage.graph import Lineage

app = typer.Typer(help="What came from what: tables and columns.", no_args_is_help=True)


@app.callback()
def _noun() -> None:
    """Keep `show` a command of its own."""


@app.command()
def show(
    table: Annotated[
        str,
        typer.Argument(
            help="database.table, or an address: s3://bucket/path.",
            autocompletion=completed("Table"),
        ),
    ],
    *,
    up: Annotated[int, typer.Option(min=0, max=50, help="Steps towards the sources.")] = 3,
    down: Annotated[int, typer.Option(min=0, max=50, help="Steps towards what is made.")] = 3,
    columns: Annotated[bool, typer.Option("--columns", help="Also column by column.")] = False,
    output: OutputOption = OutputFormat.table,
) -> None:
    """Show what a table comes from and what is made of it, with the jobs that do it.

    What has happened and was taken by no scheduler yet is taken first.
    """
    from gluepot.lineage import lineage_graph  # noqa: PLC0415
    from gluepot.posting import post_office  # noqa: PLC0415
    from gluepot.services import open_services  # noqa: PLC0415
    from gluepot.settings import load_settings  # noqa: PLC0415

    with open_services(load_settings()) as services:
        office = post_office(services)
        office.take()
        office.close()
        found = lineage_graph(services).around(table, up=up, down=down, columns=columns)
    if output.is_data:
        print_data(_plain(found), output)
        return
    if not found.edges:
        say(f"{found.dataset.label} comes from nothing that a job told of, and nothing from it")
        return
    rows = [(one.source.label, one.job, one.target.label, one.at) for one in found.edges]
    print_table(("from", "job", "to", "last written"), rows)
    if columns:
        say("")
        print_table(
            ("from", "column", "how", "to", "column"),
            [
                (
                    *(one.source.label, one.source_column, one.kind.lower()),
                    *(one.target.label, one.target_column),
                )
                for one in found.columns
            ],
        )


def _plain(found: Lineage) -> dict[str, object]:
    nodes = {found.dataset.number: found.dataset}
    for edge in found.edges:
        nodes |= {edge.source.number: edge.source, edge.target.number: edge.target}
    for column in found.columns:
        nodes |= {column.source.number: column.source, column.target.number: column.target}
    return {
        "dataset": found.dataset.label,
        "datasets": [
            {"label": one.label, "namespace": one.namespace, "name": one.name, "table": one.table}
            for one in nodes.values()
        ],
        "edges": [
            {
                "from": one.source.label,
                "job": one.job,
                "to": one.target.label,
                "run": one.run_id,
                "at": one.at,
            }
            for one in found.edges
        ],
        "columns": [
            {
                "from": one.source.label,
                "from_column": one.source_column,
                "to": one.target.label,
                "to_column": one.target_column,
                "how": one.kind,
            }
            for one in found.columns
        ],
    }
