"""Rules run by Great Expectations on a Spark frame; this is the only module that imports it.

Nothing leaves the machine and nothing is written: the library's context lives in memory, has no
Data Docs, is told to send no analytics (release 1.24 has no code that would), and is asked for by
its class, so variables of the environment that name a cloud account are never looked at.
"""

from __future__ import annotations

from datetime import date, datetime, time
from enum import Enum
from typing import TYPE_CHECKING, Any

from great_expectations import ExpectationSuite
from great_expectations import __version__ as library_version
from great_expectations.data_context.data_context.context_factory import set_context
from great_expectations.data_context.data_context.ephemeral_data_context import (
    EphemeralDataContext,
)
from great_expectations.data_context.types.base import (
    DataContextConfig,
    InMemoryStoreBackendDefaults,
    ProgressBarsConfig,
)
from great_expectations.expectations.core.unexpected_rows_expectation import (
    UnexpectedRowsExpectation,
)
from great_expectations.expectations.registry import get_expectation_impl
from great_expectations.expectations.row_conditions import PassThroughCondition
from pyspark.sql.functions import lit

from gluepot.transforms.quality.outcomes import EXAMPLES, Outcome

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from great_expectations.datasource.fluent.interfaces import Batch
    from great_expectations.expectations.expectation import Expectation
    from pyspark.sql import DataFrame

    from gluepot.transforms.quality.rules import Rule

ENGINE = f"Great Expectations {library_version}"
SHAPES = frozenset(
    {
        "expect_column_to_exist",
        "expect_table_column_count_to_be_between",
        "expect_table_column_count_to_equal",
        "expect_table_columns_to_match_ordered_list",
        "expect_table_columns_to_match_set",
    }
)
"""Expectations about columns alone."""
_QUERY_VIEW = "tmp_view"
"""The temporary view that the library leaves behind when it runs a rule's SQL."""


class _Run(Enum):
    """Rules that are validated together."""

    ROWS = "rows"
    SHAPE = "shape"
    QUERY = "query"

    @property
    def result_format(self) -> str:
        """Return how much the library is to tell: it shows a query's rows only if asked for all."""
        return "COMPLETE" if self is _Run.QUERY else "BASIC"


def run_rules(dataframe: DataFrame, rules: Sequence[Rule]) -> list[Outcome]:
    """Return the outcome of each rule, in order; one that raises does not stop the others."""
    outcomes: dict[int, Outcome] = {}
    built: dict[_Run, list[Expectation]] = {run: [] for run in _Run}
    for number, rule in enumerate(rules):
        try:
            built[_run_of(rule)].append(_expectation(rule, number))
        except ValueError as error:  # pydantic's own, of the release that the library carries
            outcomes[number] = Outcome(passed=False, failure=f"parameters: {error}")
    for run, expectations in built.items():
        if expectations:
            outcomes |= _validate(
                _flat(dataframe) if run is _Run.SHAPE else dataframe, run, expectations
            )
    outcomes |= _with_examples(dataframe, built[_Run.ROWS], outcomes)
    if built[_Run.QUERY]:
        dataframe.sparkSession.catalog.dropTempView(_QUERY_VIEW)
    return [outcomes[number] for number in range(len(rules))]


def _run_of(rule: Rule) -> _Run:
    if issubclass(get_expectation_impl(rule.expectation), UnexpectedRowsExpectation):
        return _Run.QUERY
    # A member of a struct is found only where structs are.
    of_member = "." in str(rule.parameters.get("column", ""))
    return _Run.SHAPE if rule.expectation in SHAPES and not of_member else _Run.ROWS


def _flat(dataframe: DataFrame) -> DataFrame:
    """Return a frame without rows whose columns are the top-level ones.

    The library counts the members of structs as columns of the table; Spark does not.
    """
    columns = [lit(None).cast("string").alias(name) for name in dataframe.columns]
    return dataframe.limit(0).select(columns)


def _batch(dataframe: DataFrame) -> Batch:
    config = DataContextConfig(
        store_backend_defaults=InMemoryStoreBackendDefaults(),
        analytics_enabled=False,
        progress_bars=ProgressBarsConfig(globally=False, metric_calculations=False),
    )
    context = EphemeralDataContext(project_config=config)
    set_context(context)
    # The caller caches and lets go again; the library would only do the first.
    source = context.data_sources.add_spark("spark", persist=False)
    asset = source.add_dataframe_asset("frame")
    definition = asset.add_batch_definition_whole_dataframe("all")
    return definition.get_batch(batch_parameters={"dataframe": dataframe})


def _expectation(rule: Rule, number: int) -> Expectation:
    params = _ends_alike({name: _local_time(item) for name, item in rule.parameters.items()})
    # The library is to drop conditions as text, and their parser; Spark's SQL goes in as this.
    params.pop("condition_parser", None)
    if "row_condition" in params:
        params["row_condition"] = PassThroughCondition(pass_through_filter=params["row_condition"])
    return get_expectation_impl(rule.expectation)(**params, meta={"number": number})


def _with_examples(
    dataframe: DataFrame, expectations: Sequence[Expectation], outcomes: Mapping[int, Outcome]
) -> dict[int, Outcome]:
    """Return outcomes with examples, of the expectations that some value breaks.

    To look for examples is a scan of all rows for each expectation that nothing breaks; counts of
    all expectations together are one.
    """
    broken = [
        expectation
        for expectation in expectations
        if outcomes[_number(expectation.meta)].details.get("unexpected_count")
    ]
    return _validate(dataframe, _Run.ROWS, broken, examples=EXAMPLES) if broken else {}


def _validate(
    dataframe: DataFrame, run: _Run, expectations: Sequence[Expectation], *, examples: int = 0
) -> dict[int, Outcome]:
    found = _batch(dataframe).validate(
        ExpectationSuite(name="rules", expectations=list(expectations)),
        result_format={"result_format": run.result_format, "partial_unexpected_count": examples},
    )
    configs = [(result, result.expectation_config) for result in found.results]
    return {
        _number(config.meta if config else None): Outcome(
            passed=bool(result.success),
            details=dict(result.result),
            failure=_failure(result.exception_info),
        )
        for result, config in configs
    }


def _number(meta: Mapping[str, Any] | None) -> int:
    # Every expectation was given its number.
    assert meta is not None  # noqa: S101
    number: int = meta["number"]
    return number


def _failure(info: Mapping[str, Any]) -> str | None:
    """Return the first exception's message; the library nests them when metrics raise."""
    entries = [info] if "raised_exception" in info else list(info.values())
    raised = [entry for entry in entries if entry["raised_exception"]]
    return str(raised[0]["exception_message"]) if raised else None


def _local_time(value: object) -> object:
    """Return an aware time as Spark's Python side has it: without a zone, in this machine's."""
    if isinstance(value, datetime) and value.tzinfo is not None:
        return value.astimezone().replace(tzinfo=None)
    return value


def _ends_alike(params: dict[str, Any]) -> dict[str, Any]:
    """Return both ends of a range as times if one is: Python compares no day with a time."""
    ends = {name: params[name] for name in ("min_value", "max_value") if name in params}
    if any(isinstance(end, datetime) for end in ends.values()):
        days = {name: end for name, end in ends.items() if type(end) is date}
        params |= {name: datetime.combine(day, time.min) for name, day in days.items()}
    return params
