"""Which planner makes the plan of which type of rule."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gluepot.catalog.errors import GluepotError
from gluepot.transforms.quality.running.complying import complying
from gluepot.transforms.quality.running.custom_sql import custom_sql
from gluepot.transforms.quality.running.file_rules import file_rule
from gluepot.transforms.quality.running.judging import complete, judged, unique
from gluepot.transforms.quality.running.references import dataset_match, referential_integrity
from gluepot.transforms.quality.running.tables import (
    aggregate_match,
    column_exists,
    names_match,
    row_count_match,
    schema_match,
)
from gluepot.transforms.quality.running.verdict import Check, Verdict, undecided
from gluepot.transforms.quality.running.watching import detect_anomalies
from gluepot.transforms.spark_errors import SPARK_ERRORS, reason

if TYPE_CHECKING:
    from collections.abc import Callable

    from gluepot.transforms.quality.dqdl.tree import Rule
    from gluepot.transforms.quality.running.verdict import Planning

BAD_WHERE = "The provided where clause is invalid"


def plan_rule(planning: Planning, rule: Rule) -> Check | Verdict:
    """Return the plan of a rule, or the verdict that it cannot be decided."""
    planner = PLANNERS.get(rule.type, judged)
    try:
        return planner(planning, rule)
    except GluepotError as error:
        return undecided(str(error))
    except SPARK_ERRORS as error:
        why = BAD_WHERE if rule.where is not None else "Spark refuses it"
        return undecided(f"{why}: {reason(error)}")


PLANNERS: dict[str, Callable[[Planning, Rule], Check]] = {
    "ColumnExists": column_exists,
    "ColumnNamesMatchPattern": names_match,
    "CustomSql": custom_sql,
    "SchemaMatch": schema_match,
    "IsComplete": complete,
    "IsUnique": unique,
    "IsPrimaryKey": unique,
    "ColumnLength": complying,
    "ColumnValues": complying,
    "ColumnDataType": complying,
    "DataFreshness": complying,
    "DetectAnomalies": detect_anomalies,
    "ReferentialIntegrity": referential_integrity,
    "DatasetMatch": dataset_match,
    "RowCountMatch": row_count_match,
    "AggregateMatch": aggregate_match,
    "FileFreshness": file_rule,
    "FileSize": file_rule,
    "FileMatch": file_rule,
    "FileUniqueness": file_rule,
}
"""All types that are not a metric and a bound; a test sees that each type is planned."""
