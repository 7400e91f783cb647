"""The work of a run of data quality: rulesets evaluated on rows, or one recommended for them."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import chain
from typing import TYPE_CHECKING, Any

from gluepot.catalog.access.resources import Place
from gluepot.catalog.errors import InvalidInputError
from gluepot.jobs.quality.model import Subject
from gluepot.jobs.quality.orders import (
    EVIDENCE,
    GATE,
    RECOMMENDED,
    RESULT_IDS,
    Task,
    request_of,
    table_source,
    task_of,
)
from gluepot.jobs.run_context.acting import act_as
from gluepot.transforms.operations.rulesets import RULESETS
from gluepot.transforms.quality.dqdl import parse_ruleset, print_ruleset

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

    from pyspark.sql import DataFrame, SparkSession

    from gluepot.jobs.parameters.facts import JobFacts
    from gluepot.jobs.quality.evaluating import Checked
    from gluepot.jobs.quality.orders import TableSource
    from gluepot.jobs.quality.rows import RowTarget
    from gluepot.jobs.quality.rulesets import Origin
    from gluepot.jobs.run_context.workshop import Workshop
    from gluepot.jobs.runs.state import Run
    from gluepot.transforms.quality.dqdl import Ruleset
    from gluepot.transforms.quality.profiling import FrameProfile
    from gluepot.transforms.quality.suites.reading import Suite


@dataclass(frozen=True, kw_only=True)
class Evaluation:
    """What is evaluated, and what is kept of it.

    Attributes:
        name: ``database.table``, or a path.
        rulesets: The rulesets by their names.
        suites: Suites of Great Expectations, which run as they are.
        stored: Those of them that have their names in the catalog.
        data_source: AWS Glue's DataSource; None for files.
        sources: Other tables that rules name, by alias, as AWS Glue's DataSources.
        method: How ``and`` and ``or`` join rules, in AWS Glue's words.
        observe: Whether anomalies are told.
        mask: Columns whose values nobody is to see.
        rows: Where rows go that broke a rule.
        results: A folder for results as JSON files.
        profile: What is known of the columns already, for the report.
    """

    name: str
    rulesets: Mapping[str, Ruleset]
    suites: Sequence[Suite] = ()
    stored: Collection[str] = ()
    data_source: Mapping[str, Any] | None = None
    sources: Mapping[str, Mapping[str, Any]]
    method: str = "COLUMN"
    observe: bool = True
    mask: Collection[str] = ()
    rows: RowTarget | None = None
    results: str | None = None
    profile: FrameProfile | None = None

    @property
    def table(self) -> TableSource | None:
        """Return the table; None for files."""
        return None if self.data_source is None else table_source(self.data_source)


def carry_out(
    session: Callable[[], SparkSession], workshop: Workshop, run: Run, facts: JobFacts
) -> None:
    """Do what a queued run asks for; what came of it is noted in the run's record.

    Args:
        session: Asked when it is clear that there is something to do.
        workshop: The run's tools.
        run: The run, RUNNING.
        facts: Where everything is.

    Raises:
        GluepotError: It cannot be done; the sentence says why.
        PySparkException: The rows cannot be read.
    """
    request = request_of(run)
    if GATE in request:
        from gluepot.jobs.quality_runs.gate_checks import check_again  # noqa: PLC0415 - imports Spark

        check_again(session, _acting(workshop, request, facts), request, facts.conf_dir)
        return
    workshop = _acting(replace(workshop, job_name=run.name), request, facts)
    if task_of(run) is Task.RECOMMENDATION:
        recommend(session, workshop, request)
        return
    evaluate(session, workshop, evaluation_of(workshop, run.name, request))


def evaluation_of(workshop: Workshop, name: str, request: Mapping[str, Any]) -> Evaluation:
    """Return what a request of AWS Glue's asks for, with the rulesets of the catalog.

    Raises:
        EntityNotFoundError: A ruleset is not there any more.
        InvalidRulesetError: One is no ruleset.
    """
    options = request.get("AdditionalRunOptions", {})
    names = request["RulesetNames"]
    return Evaluation(
        name=name,
        rulesets={each: stored_ruleset(workshop, each) for each in names},
        stored=names,
        data_source=request["DataSource"],
        sources=request.get("AdditionalDataSources", {}),
        method=options.get("CompositeRuleEvaluationMethod", "COLUMN"),
        observe=options.get("ObservationScope", "ALL") == "ALL",
        rows=row_target(options.get("RowLevelResults"), request["DataSource"]),
        results=options.get("ResultsS3Prefix"),
    )


def stored_ruleset(workshop: Workshop, name: str) -> Ruleset:
    """Return a ruleset of the catalog.

    Raises:
        EntityNotFoundError: There is none of that name.
        InvalidRulesetError: It is no ruleset.
    """
    found = workshop.jobs.definitions.get(RULESETS.kind, name)
    return parse_ruleset(found.definition["Ruleset"])


def row_target(
    wanted: Mapping[str, Any] | None, data_source: Mapping[str, Any]
) -> RowTarget | None:
    """Return AWS Glue's RowLevelResults as the place where rows go; None where none are wanted.

    Raises:
        InvalidInputError: It does not say where they go.
    """
    from gluepot.jobs.quality.rows import RowTarget, Which  # noqa: PLC0415 - it imports Spark

    if not wanted:
        return None
    config = wanted.get("CatalogTableConfig", {})
    if "S3Location" not in config:
        raise InvalidInputError("RowLevelResults.CatalogTableConfig.S3Location is missing")
    database = config.get("DatabaseName", table_source(data_source).database)
    named = config.get("TableName")
    return RowTarget(
        path=config["S3Location"],
        table=None if named is None else f"{database}.{named}",
        which=Which(wanted.get("ResultType", Which.ALL)),
        most=wanted.get("MaxRowsToWrite"),
    )


def evaluate(
    session: Callable[[], SparkSession], workshop: Workshop, wanted: Evaluation
) -> Sequence[Checked]:
    """Evaluate rulesets one after the other, keep their results, and return them.

    Of a table of which only new rows are wanted, and has none, there are no results.

    Raises:
        SourceError: A table or a path cannot be read.
        SinkError: Rows cannot be written.
        StorageError: A report or a result cannot be written.
        PySparkException: The rows cannot be read.
    """
    if wanted.rows is not None:
        from gluepot.jobs.quality.rows import check_row_target  # noqa: PLC0415

        check_row_target(workshop, wanted.rows)
    with _reading(session, workshop, wanted) as (rows, sources):
        if rows is None:
            workshop.note(**{RESULT_IDS: [], "nothing_new": True})
            return ()
        rulesets = (_checked(workshop, wanted, name, rows, sources) for name in wanted.rulesets)
        suites = (_suite_checked(workshop, wanted, suite, rows) for suite in wanted.suites)
        return [_noted(workshop, checked) for checked in chain(rulesets, suites)]


def recommend(
    session: Callable[[], SparkSession], workshop: Workshop, request: Mapping[str, Any]
) -> None:
    """Note a ruleset for a table, and store it where the request names one.

    The run's record has it twice: as the API shows it, and with the evidence in comments.

    Raises:
        SourceError: The table cannot be read.
        AlreadyExistsError: There is a ruleset of that name.
    """
    from gluepot.jobs.context import GlueContext  # noqa: PLC0415 - it imports Spark
    from gluepot.jobs.quality_runs.reading import read_table  # noqa: PLC0415
    from gluepot.jobs.run_context.script_run import ScriptRun, running  # noqa: PLC0415
    from gluepot.transforms.quality.profiling import profile_frame  # noqa: PLC0415
    from gluepot.transforms.quality.recommending import recommend as rules_for  # noqa: PLC0415

    source = table_source(request["DataSource"])
    with running(ScriptRun(workshop=workshop, bookmark=False)):
        rows = read_table(GlueContext(session()), source)
        text = rules_for(profile_frame(rows, now=workshop.clock()))
    # Clients that take rules apart, such as awswrangler, know no comments.
    plain = print_ruleset(parse_ruleset(text))
    workshop.note(**{RECOMMENDED: plain, EVIDENCE: text})
    name = request.get("CreatedRulesetName")
    if name is not None:
        table = {"DatabaseName": source.database, "TableName": source.table}
        made = {"Ruleset": plain, "TargetTable": table, "RecommendationRunId": workshop.run_id}
        workshop.jobs.definitions.create(RULESETS.kind, name, made)


@contextmanager
def _reading(
    session: Callable[[], SparkSession], workshop: Workshop, wanted: Evaluation
) -> Iterator[tuple[DataFrame | None, Mapping[str, DataFrame]]]:
    """Yield the rows and other data; what is new counts as read once the block has ended well."""
    from gluepot.jobs.context import GlueContext  # noqa: PLC0415 - it imports Spark
    from gluepot.jobs.quality_runs.reading import read_path, read_table  # noqa: PLC0415
    from gluepot.jobs.run_context.script_run import ScriptRun, running  # noqa: PLC0415

    table = wanted.table
    only_new = table is not None and table.only_new
    # The bookmark of a table and its rulesets is no job's.
    names = [*wanted.rulesets, *(suite.name for suite in wanted.suites)]
    bookmark = f"quality of {wanted.name}: {', '.join(names)}"
    reader = replace(workshop, job_name=bookmark) if only_new else workshop
    run = ScriptRun(workshop=reader, bookmark=only_new)
    with running(run):
        context = GlueContext(session())
        others = {alias: table_source(each) for alias, each in wanted.sources.items()}
        sources = {
            alias: read_table(context, replace(each, only_new=False))
            for alias, each in others.items()
        }
        if table is None:
            rows = read_path(context.spark_session, wanted.name)
        else:
            rows = read_table(context, table)
        yield (None if only_new and rows.isEmpty() else rows), sources
        run.commit()


def _checked(
    workshop: Workshop,
    wanted: Evaluation,
    name: str,
    rows: DataFrame,
    sources: Mapping[str, DataFrame],
) -> Checked:
    from gluepot.jobs.quality.evaluating import Check, check_rows  # noqa: PLC0415 - imports Spark
    from gluepot.jobs.quality.rulesets import options_of  # noqa: PLC0415
    from gluepot.transforms.quality.running import CompositeMethod  # noqa: PLC0415

    options = options_of(
        workshop,
        name,
        subject=_subject(wanted),
        sources=dict(sources),
        composite_method=CompositeMethod(wanted.method),
        observe=wanted.observe,
    )
    return check_rows(
        workshop,
        rows,
        Check(
            name=name,
            ruleset=wanted.rulesets[name],
            options=options,
            origin=_origin(wanted, name if name in wanted.stored else None),
            mask=wanted.mask,
            rows=wanted.rows,
            results=wanted.results,
            profile=wanted.profile,
        ),
    )


def _suite_checked(
    workshop: Workshop, wanted: Evaluation, suite: Suite, rows: DataFrame
) -> Checked:
    from gluepot.jobs.quality.evaluating import check_suite  # noqa: PLC0415 - it imports Spark

    return check_suite(workshop, rows, suite, _origin(wanted, None), wanted.mask)


def _noted(workshop: Workshop, checked: Checked) -> Checked:
    """Note a result in the run's record as soon as it is kept: the next one may fail."""
    workshop.note(**{RESULT_IDS: [*workshop.metrics.get(RESULT_IDS, ()), checked.kept.id]})
    return checked


def _subject(wanted: Evaluation) -> Subject:
    return Subject.FILE if wanted.table is None else Subject.TABLE


def _origin(wanted: Evaluation, ruleset: str | None) -> Origin:
    from gluepot.jobs.quality.rulesets import Origin  # noqa: PLC0415 - it imports Spark

    return Origin(
        shown=wanted.name,
        subject=_subject(wanted),
        table=None if wanted.table is None else wanted.table.name,
        ruleset=ruleset,
        data_source=wanted.data_source,
    )


def _acting(workshop: Workshop, request: Mapping[str, Any], facts: JobFacts) -> Workshop:
    """Return the tools of the role's user where requests must be signed, as jobs have them.

    What a command has queued has no role: whoever runs commands here may do all.
    """
    role = request.get("Role")
    if role is None or not facts.keys_required:
        return workshop
    user = role.rpartition("/")[2]
    return act_as(workshop, user, place=Place(account_id=facts.account_id, region=facts.region))
