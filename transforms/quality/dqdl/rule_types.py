"""Every type of rule and analyzer: how it is called, what it may say, what it measures.

The table is the reference for the parser, the planner and the documentation. Sources: AWS's
public rule configuration of DQDL and its guide; the last six rows are types that only deequ has.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

from gluepot.transforms.quality.dqdl.tree import Kind

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, kw_only=True)
class RuleType:
    """One way to call a type.

    Attributes:
        parameters: Their names in order; the last one of a type with ``repeats`` may come again.
        optional: How many of the last parameters may be left out.
        kinds: The conditions that it takes; the first is the one that messages name.
        where: Whether it takes a ``where`` clause.
        rows: Whether it has an outcome for each row.
        rows_in_composite: Whether it may stand in a composite that is evaluated by row.
        dynamic: Whether its bound may be computed from earlier values.
        threshold: Whether it takes ``with threshold``.
        rule: Whether it may stand in ``Rules``.
        analyzer: Whether it may stand in ``Analyzers``.
        tags: The tags that it knows; others are kept, and do nothing.
        metrics: What is reported, with ``{column}`` for the parameters.
        meaning: What it checks.
    """

    name: str
    parameters: tuple[str, ...] = ()
    repeats: bool = False
    optional: int = 0
    kinds: tuple[Kind, ...] = (Kind.NUMBER,)
    where: bool = False
    rows: bool = False
    rows_in_composite: bool = True
    dynamic: bool = False
    threshold: bool = False
    rule: bool = True
    analyzer: bool = False
    tags: tuple[str, ...] = ()
    metrics: tuple[str, ...] = ()
    meaning: str

    def takes(self, count: int) -> bool:
        """Return whether it takes so many parameters."""
        least, most = len(self.parameters) - self.optional, len(self.parameters)
        return count >= least and (self.repeats or count <= most)


_COLUMN = ("column",)
_ONE = "Column.{column}."


def _metric(name: str, meaning: str, *, rows: bool = False, in_rows: bool = True) -> RuleType:
    return RuleType(
        name=name,
        parameters=_COLUMN,
        where=True,
        rows=rows,
        rows_in_composite=in_rows,
        dynamic=True,
        analyzer=True,
        metrics=(f"{_ONE}{name}",),
        meaning=meaning,
    )


def _reference(name: str, parameters: tuple[str, ...], metric: str, meaning: str) -> RuleType:
    return RuleType(
        name=name, parameters=parameters, dynamic=True, metrics=(metric,), meaning=meaning
    )


_ABOUT_THE_TABLE = (
    RuleType(
        name="RowCount",
        where=True,
        dynamic=True,
        analyzer=True,
        metrics=("Dataset.*.RowCount",),
        meaning="How many rows there are",
    ),
    RuleType(
        name="ColumnCount",
        dynamic=True,
        analyzer=True,
        metrics=("Dataset.*.ColumnCount",),
        meaning="How many columns there are",
    ),
    RuleType(
        name="ColumnExists",
        parameters=_COLUMN,
        kinds=(Kind.BOOLEAN,),
        meaning="Whether the column is there",
    ),
    RuleType(
        name="ColumnNamesMatchPattern",
        parameters=("pattern",),
        kinds=(Kind.BOOLEAN,),
        metrics=("Dataset.*.ColumnNamesPatternMatchRatio",),
        meaning="Whether the pattern is found in the name of each column",
    ),
    RuleType(
        name="CustomSql",
        parameters=("statement",),
        kinds=(Kind.NUMBER, Kind.BOOLEAN),
        rows=True,
        dynamic=True,
        threshold=True,
        metrics=("Dataset.*.CustomSQL", "Dataset.*.CustomSQL.Compliance"),
        meaning="A number that SQL computes; without a condition, the rows that SQL returns pass",
    ),
    RuleType(
        name="SchemaMatch",
        parameters=("alias",),
        dynamic=True,
        metrics=("Dataset.{alias}.SchemaMatch",),
        meaning="The share of columns with the name and the type that the reference has",
    ),
)
_ABOUT_COLUMNS = (
    RuleType(
        name="Completeness",
        parameters=_COLUMN,
        where=True,
        rows=True,
        rows_in_composite=False,
        dynamic=True,
        analyzer=True,
        metrics=("Column.{column}.Completeness",),
        meaning="The share of rows where the column is not null",
    ),
    RuleType(
        name="IsComplete",
        parameters=_COLUMN,
        kinds=(Kind.BOOLEAN,),
        where=True,
        rows=True,
        metrics=("Column.{column}.Completeness",),
        meaning="Whether the column is never null",
    ),
    RuleType(
        name="Uniqueness",
        parameters=_COLUMN,
        repeats=True,
        where=True,
        rows=True,
        rows_in_composite=False,
        dynamic=True,
        analyzer=True,
        metrics=("Column.{column}.Uniqueness", "Multicolumn.{column}.Uniqueness"),
        meaning="The share of rows whose value no other row has; nulls are not unique",
    ),
    RuleType(
        name="IsUnique",
        parameters=_COLUMN,
        repeats=True,
        kinds=(Kind.BOOLEAN,),
        where=True,
        rows=True,
        metrics=("Column.{column}.Uniqueness", "Multicolumn.{column}.Uniqueness"),
        meaning="Whether no two rows have the same value",
    ),
    RuleType(
        name="IsPrimaryKey",
        parameters=_COLUMN,
        repeats=True,
        kinds=(Kind.BOOLEAN,),
        where=True,
        rows=True,
        metrics=("Column.{column}.Uniqueness", "Column.{column}.Completeness"),
        meaning="Whether values are unique and never null",
    ),
    _metric("UniqueValueRatio", "Of the distinct values, the share that one row alone has"),
    _metric("DistinctValuesCount", "How many different values there are; null is none"),
    _metric("Entropy", "Shannon's entropy of the values that are not null, in nats"),
    _metric("Mean", "The mean of the values that are not null"),
    _metric("Sum", "Their sum"),
    _metric("StandardDeviation", "Their standard deviation, of the whole and not of a sample"),
    _metric("Variance", "Their variance, of the whole and not of a sample"),
    RuleType(
        name="ColumnCorrelation",
        parameters=("column", "other"),
        where=True,
        dynamic=True,
        analyzer=True,
        metrics=("Multicolumn.{column}.ColumnCorrelation",),
        meaning="Pearson's correlation, over rows where both columns have a value",
    ),
    RuleType(
        name="ColumnLength",
        parameters=_COLUMN,
        where=True,
        rows=True,
        analyzer=True,
        metrics=(
            "Column.{column}.MinimumLength",
            "Column.{column}.MaximumLength",
            "Column.{column}.LengthCompliance",
        ),
        meaning="The number of characters, of every value",
    ),
    RuleType(
        name="ColumnValues",
        parameters=_COLUMN,
        kinds=(Kind.STRING, Kind.NUMBER, Kind.DATE),
        where=True,
        rows=True,
        threshold=True,
        analyzer=True,
        tags=("ignoreCase",),
        metrics=(
            "Column.{column}.Minimum",
            "Column.{column}.Maximum",
            "Column.{column}.ColumnValues.Compliance",
        ),
        meaning="What every value must be",
    ),
    RuleType(
        name="ColumnDataType",
        parameters=_COLUMN,
        kinds=(Kind.STRING,),
        where=True,
        rows=True,
        threshold=True,
        tags=("format",),
        metrics=("Column.{column}.ColumnDataType.Compliance",),
        meaning="Whether every value can be read as the type",
    ),
    RuleType(
        name="DataFreshness",
        parameters=_COLUMN,
        kinds=(Kind.DURATION,),
        where=True,
        rows=True,
        metrics=("Column.{column}.DataFreshness.Compliance",),
        meaning="How long ago every date or time is",
    ),
    RuleType(
        name="DetectAnomalies",
        parameters=("type", "parameter"),
        optional=1,
        repeats=True,
        kinds=(Kind.BOOLEAN,),
        meaning="Whether a metric is as its own history lets expect",
    ),
)
_ABOUT_OTHER_DATA = (
    RuleType(
        name="ReferentialIntegrity",
        parameters=("columns", "reference"),
        rows=True,
        rows_in_composite=False,
        dynamic=True,
        metrics=("Column.{alias}.ReferentialIntegrity",),
        meaning="The share of rows whose key the reference has",
    ),
    RuleType(
        name="DatasetMatch",
        parameters=("alias", "keys", "matches"),
        optional=1,
        rows=True,
        rows_in_composite=False,
        dynamic=True,
        metrics=("Dataset.{alias}.DatasetMatch",),
        meaning="The share of rows that are the same in the reference, joined by their keys",
    ),
    _reference(
        "RowCountMatch",
        ("alias",),
        "Dataset.{alias}.RowCountMatch",
        "The number of rows, divided by that of the reference",
    ),
    _reference(
        "AggregateMatch",
        ("first", "second"),
        "Column.{column}.AggregateMatch",
        "A sum or an average, divided by another",
    ),
)
_FILE_TAGS = ("dataFrame", "failFast", "filterOrder", "recentFiles", "timeZone", "uriRegex")
_ABOUT_FILES = (
    RuleType(
        name="FileFreshness",
        parameters=("path",),
        optional=1,
        kinds=(Kind.DATE,),
        threshold=True,
        tags=_FILE_TAGS,
        metrics=("Dataset.*.FileFreshness.Compliance", "Dataset.*.FileCount"),
        meaning="When every file was last changed",
    ),
    RuleType(
        name="FileSize",
        parameters=("path",),
        optional=1,
        kinds=(Kind.SIZE,),
        threshold=True,
        tags=_FILE_TAGS,
        metrics=(
            "Dataset.*.FileSize.Compliance",
            "Dataset.*.FileCount",
            "Dataset.*.MaximumFileSize",
            "Dataset.*.MinimumFileSize",
        ),
        meaning="How large every file is",
    ),
    RuleType(
        name="FileMatch",
        parameters=("path",),
        optional=1,
        kinds=(Kind.STRING,),
        tags=(*_FILE_TAGS, "hashAlgorithm"),
        metrics=("Dataset.*.FileCount",),
        meaning="Whether the checksum of every file is in the list",
    ),
    RuleType(
        name="FileMatch",
        parameters=("path", "other"),
        kinds=(Kind.BOOLEAN,),
        tags=(*_FILE_TAGS, "hashAlgorithm"),
        metrics=("Dataset.*.FileCount",),
        meaning="Whether the files of two paths have the same contents",
    ),
    RuleType(
        name="FileUniqueness",
        parameters=("path",),
        optional=1,
        tags=(*_FILE_TAGS, "hashAlgorithm"),
        metrics=("Dataset.*.FileUniquenessRatio", "Dataset.*.FileCount"),
        meaning="The share of files whose contents no other has",
    ),
)
_ANALYZERS_ALONE = (
    RuleType(
        name="AllStatistics",
        parameters=_COLUMN,
        rule=False,
        analyzer=True,
        metrics=(
            "Dataset.*.RowCount",
            "Column.{column}.Completeness",
            "Column.{column}.Uniqueness",
        ),
        meaning="The usual metrics of a column, or of AllColumns",
    ),
    RuleType(
        name="Distribution",
        parameters=_COLUMN,
        rule=False,
        analyzer=True,
        tags=("bins", "rebin"),
        metrics=("Column.{column}.Distribution",),
        meaning="A histogram of numbers, or the most frequent of other values",
    ),
)
_OF_DEEQU_ALONE = (
    _metric("ZerosCount", "How many values are zero"),
    RuleType(
        name="DuplicateRowCount",
        parameters=_COLUMN,
        optional=1,
        repeats=True,
        where=True,
        dynamic=True,
        analyzer=True,
        metrics=("Dataset.*.DuplicateRowCount", "Multicolumn.{column}.DuplicateRowCount"),
        meaning="How many rows repeat an earlier one, by some columns or by all",
    ),
    _metric("Range", "The greatest value less the least"),
    _metric("InterquartileRange", "The third quartile less the first, both exact"),
    _metric("Skewness", "The skewness of the values, of the whole and not of a sample"),
    _metric("Kurtosis", "Their excess kurtosis, 0 for a normal distribution"),
)

RULE_TYPES = (
    *_ABOUT_THE_TABLE,
    *_ABOUT_COLUMNS,
    *_ABOUT_OTHER_DATA,
    *_ABOUT_FILES,
    *_ANALYZERS_ALONE,
    *_OF_DEEQU_ALONE,
)

ANOMALY_TYPES = (
    "RowCount",
    "Completeness",
    "Uniqueness",
    "Mean",
    "Sum",
    "StandardDeviation",
    "Entropy",
    "DistinctValuesCount",
    "UniqueValueRatio",
    "ColumnLength",
    "ColumnValues",
    "ColumnCorrelation",
    "CustomSQL",
    "ColumnCount",
)
"""What DetectAnomalies may watch; CustomSQL is spelled so there."""


def _by_name() -> dict[str, tuple[RuleType, ...]]:
    found: dict[str, tuple[RuleType, ...]] = {}
    for each in RULE_TYPES:
        found[each.name] = (*found.get(each.name, ()), each)
    return found


BY_NAME: Mapping[str, tuple[RuleType, ...]] = MappingProxyType(_by_name())


def find_type(name: str, count: int) -> RuleType | None:
    """Return the type of that name that takes so many parameters, if there is one."""
    return next((each for each in BY_NAME.get(name, ()) if each.takes(count)), None)
