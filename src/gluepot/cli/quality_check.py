"""``gluepot quality check`` and ``run``: rulesets evaluated here, or by a worker."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from gluepot.cli.exit_codes import ExitCode
from gluepot.cli.names import completed
from gluepot.cli.output import (
    OutputFormat,
    OutputOption,
    next_step,
    note,
    print_data,
    say,
    tell_error,
)
from gluepot.cli.progress import working
from gluepot.cli.quality_results import print_result

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gluepot.jobs.quality.evaluating import Checked
    from gluepot.jobs.quality_runs.tasks import Evaluation
    from gluepot.jobs.runs.state import Run
    from gluepot.services import Services
    from gluepot.transforms.quality.profiling import FrameProfile

app = typer.Typer()

RulesetOption = Annotated[
    list[str] | None,
    typer.Option(
        "--ruleset",
        help="A file, or a ruleset of the catalog; often.",
        autocompletion=completed("Ruleset"),
    ),
]
SuiteOption = Annotated[
    list[str] | None,
    typer.Option("--suite", help="A suite of Great Expectations: .json, or .py; often."),
]
PredicateOption = Annotated[
    str | None, typer.Option("--predicate", help="Which partitions, in Spark SQL.")
]
OnlyNewOption = Annotated[
    bool, typer.Option("--only-new", help="Only what no earlier check has read.")
]
FailingRowsOption = Annotated[
    str | None, typer.Option("--failing-rows", help="Where rows go that break a rule.")
]
FailingTableOption = Annotated[
    str | None, typer.Option("--failing-table", help="The table they become: database.table.")
]
ResultsOption = Annotated[
    str | None, typer.Option("--results", help="A folder for the results as JSON files.")
]


@app.command()
def check(  # noqa: PLR0913 - one parameter is one option of the command
    target: Annotated[
        str,
        typer.Argument(
            metavar="TABLE|FILE", help="What is checked.", autocompletion=completed("Table")
        ),
    ],
    *,
    ruleset: RulesetOption = None,
    suite: SuiteOption = None,
    predicate: PredicateOption = None,
    only_new: OnlyNewOption = False,
    source: Annotated[
        list[str] | None,
        typer.Option("--source", help="Another table that rules name: alias=database.table."),
    ] = None,
    mask: Annotated[
        list[str] | None, typer.Option("--mask", help="A column whose values are not shown.")
    ] = None,
    failing_rows: FailingRowsOption = None,
    failing_table: FailingTableOption = None,
    results: ResultsOption = None,
    conf: Annotated[
        list[str] | None, typer.Option("--conf", help="A Spark setting: key=value.")
    ] = None,
    output: OutputOption = OutputFormat.table,
) -> None:
    """Check rules here and now; exit code 3 when one does not hold."""
    from gluepot.checking import check as carry_out  # noqa: PLC0415
    from gluepot.checking import subject_of  # noqa: PLC0415
    from gluepot.cli.job import pairs  # noqa: PLC0415
    from gluepot.services import open_services  # noqa: PLC0415
    from gluepot.settings import load_settings  # noqa: PLC0415

    given = pairs("--conf", conf)
    with open_services(load_settings()) as services:
        subject, name = subject_of(services, target)
        options = {
            "suites": suite or (),
            "predicate": predicate,
            "only_new": only_new,
            "sources": pairs("--source", source),
            "mask": tuple(mask or ()),
            "rows": (failing_rows, failing_table),
            "results": results,
        }
        wanted = _evaluation(services, subject, name, ruleset or (), options)
        with working(f"Checking {name}"):
            found = carry_out(services, wanted, subject, given)
    _print(found, output)
    if not all(one.report.passed for one in found):
        raise typer.Exit(ExitCode.GATE_FAILED)


@app.command()
def run(  # noqa: PLR0913 - one parameter is one option of the command
    table: Annotated[
        str, typer.Argument(help="The table: database.table.", autocompletion=completed("Table"))
    ],
    *,
    ruleset: Annotated[
        list[str],
        typer.Option(
            "--ruleset",
            help="A ruleset of the catalog; often.",
            autocompletion=completed("Ruleset"),
        ),
    ],
    predicate: PredicateOption = None,
    only_new: OnlyNewOption = False,
    failing_rows: FailingRowsOption = None,
    failing_table: FailingTableOption = None,
    results: ResultsOption = None,
    wait: Annotated[bool, typer.Option("--wait", help="Wait for a worker to end it.")] = False,
) -> None:
    """Queue an evaluation for a worker, and print the run's id."""
    from gluepot.checking import data_source, find_stored  # noqa: PLC0415
    from gluepot.jobs.quality.orders import Task, enqueue_task  # noqa: PLC0415
    from gluepot.services import open_services  # noqa: PLC0415
    from gluepot.settings import load_settings  # noqa: PLC0415

    with open_services(load_settings()) as services:
        services.catalog.get_table(*_table(table))
        find_stored(services, ruleset)
        request: dict[str, Any] = {
            "DataSource": data_source(table, predicate=predicate, only_new=only_new),
            "RulesetNames": list(ruleset),
            "AdditionalRunOptions": _run_options(failing_rows, failing_table, results),
        }
        queued = enqueue_task(services.runs, Task.EVALUATION, table, request)
        say(queued.id)
        if not wait:
            next_step("gluepot scheduler run", f"gluepot quality show {queued.id}")
        else:
            _wait(services, queued)


def _evaluation(
    services: Services,
    subject: str,
    name: str,
    ruleset: Sequence[str],
    options: Mapping[str, Any],
) -> Evaluation:
    """Return what a command's options ask for.

    Raises:
        InvalidInputError: They do not fit together.
        EntityNotFoundError: A ruleset is not there.
    """
    from gluepot.catalog.errors import InvalidInputError  # noqa: PLC0415
    from gluepot.checking import data_source, find_rulesets  # noqa: PLC0415
    from gluepot.jobs.quality.model import Subject  # noqa: PLC0415
    from gluepot.jobs.quality.rows import RowTarget  # noqa: PLC0415
    from gluepot.jobs.quality_runs.tasks import Evaluation  # noqa: PLC0415
    from gluepot.transforms.quality.suites.reading import read_suite  # noqa: PLC0415

    predicate, only_new = options["predicate"], options["only_new"]
    is_table = subject == Subject.TABLE
    if not is_table and (predicate is not None or only_new):
        raise InvalidInputError(f"{name} is no table: --predicate and --only-new are for tables")
    if not ruleset and not options["suites"]:
        raise InvalidInputError("What must hold? Name rules by --ruleset or --suite")
    rulesets, stored = find_rulesets(services, ruleset)
    path, table = options["rows"]
    _check_failing(path, table)
    return Evaluation(
        name=name,
        rulesets=rulesets,
        suites=[read_suite(each) for each in options["suites"]],
        stored=stored,
        data_source=(
            data_source(name, predicate=predicate, only_new=only_new) if is_table else None
        ),
        sources={
            alias: data_source(each, predicate=None, only_new=False)
            for alias, each in options["sources"].items()
        },
        mask=options["mask"],
        rows=None if path is None else RowTarget(path=path, table=table),
        results=options["results"],
        profile=_profile(services, name),
    )


def _profile(services: Services, name: str) -> FrameProfile | None:
    """Return the last profile of a table or of files, for the report's histograms."""
    from gluepot.catalog.errors import EntityNotFoundError  # noqa: PLC0415
    from gluepot.profiling import Profiled  # noqa: PLC0415

    try:
        return Profiled(services, name).last()
    except EntityNotFoundError:
        return None


def _check_failing(path: str | None, table: str | None) -> None:
    from gluepot.catalog.errors import InvalidInputError  # noqa: PLC0415

    if table is not None and path is None:
        raise InvalidInputError("--failing-table needs --failing-rows, which says where they lie")
    if table is not None:
        _table(table)


def _table(name: str) -> tuple[str, str]:
    from gluepot.catalog.errors import InvalidInputError  # noqa: PLC0415

    database, dot, table = name.partition(".")
    if not (dot and database and table):
        raise InvalidInputError(f"{name} is no table: write database.table")
    return database, table


def _run_options(path: str | None, table: str | None, results: str | None) -> dict[str, Any]:
    _check_failing(path, table)
    options: dict[str, Any] = {}
    if results is not None:
        options["ResultsS3Prefix"] = results
    if path is not None:
        config = {"S3Location": path}
        if table is not None:
            config["DatabaseName"], config["TableName"] = _table(table)
        options["RowLevelResults"] = {"ResultType": "FAILED_ONLY", "CatalogTableConfig": config}
    return options


def _print(found: Sequence[Checked], output: OutputFormat) -> None:
    if output.is_data:
        print_data([_json(one) for one in found], output)
        return
    if not found:
        note("Nothing new to check")
    for number, one in enumerate(found):
        if number:
            say("")
        print_result(one.report, one.kept.html_report)
        if one.kept.failing_path is not None:
            count = one.kept.failing_rows
            rows = "Rows" if count is None else f"{count:,} rows"
            say(f"\n{rows} that break a rule: {one.kept.failing_path}")


def _json(one: Checked) -> dict[str, Any]:
    kept = one.kept
    return {
        "ruleset": kept.gate,
        "result_id": kept.id,
        "run_id": kept.run_id,
        "verdict": one.report.verdict,
        "failing_rows": kept.failing_rows,
        "failing_path": kept.failing_path,
        "html_report": kept.html_report,
        "json_report": kept.json_report,
        **(one.report if one.result is None else one.result).to_json(),
    }


def _wait(services: Services, queued: Run) -> None:
    """Wait for the end of a run, show its results, and exit as ``check`` does."""
    import time  # noqa: PLC0415

    from gluepot.jobs.runs.state import RunState  # noqa: PLC0415
    from gluepot.transforms.quality import QualityResult  # noqa: PLC0415

    with working(f"Waiting for the check of {queued.name}"):
        while not (ended := services.runs.get(queued.id)).state.final:
            time.sleep(1)
    if ended.state is not RunState.SUCCEEDED:
        tell_error(f"{ended.state}: {ended.error.message if ended.error else ''}")
        raise typer.Exit(ExitCode.ERROR)
    found = services.jobs.list_gates(run_id=ended.id)
    for one in reversed(found):
        print_result(QualityResult.from_json(one.result), one.html_report)
    if not all(one.passed for one in found):
        raise typer.Exit(ExitCode.GATE_FAILED)
