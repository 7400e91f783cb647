"""A frame's profile in at most three passes over its rows.

One aggregation asks everything of each column by itself, by partition; one pass of Arrow batches
gives all correlations; one aggregation by values counts the columns that may be keys.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from pyspark.sql import functions as F  # noqa: N812

from gluepot.catalog.errors import InvalidInputError, did_you_mean
from gluepot.transforms.quality.profiling.asking import Question
from gluepot.transforms.quality.profiling.correlating import MOST_COLUMNS, correlate, part_of
from gluepot.transforms.quality.profiling.keys import count_keys, likely_keys
from gluepot.transforms.quality.profiling.model import NO_ROWS, FrameProfile, Profile, merged

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

    from pyspark.sql import DataFrame, Row

    from gluepot.transforms.quality.profiling.model import Part

_PAIR = 2
MOST_ASKED = 400
"""Aggregates of one query: Spark's plan of more takes longer than reading other columns again."""


def profile_frame(
    dataframe: DataFrame, *, now: datetime, partitioned_by: Sequence[str] = ()
) -> FrameProfile:
    """Return what a frame's rows are.

    A frame with more columns than one aggregation should have (about 30) is asked in several, each
    of other columns; no column is read more than three times.

    Args:
        dataframe: The rows.
        now: Aware; kept as the time of the profile.
        partitioned_by: Columns by whose values parts are profiled; the whole is merged of them.

    Raises:
        InvalidInputError: There is no such column, or two have the same name.
        PySparkException: The frame cannot be read.
    """
    _check(dataframe.columns, partitioned_by)
    questions = [Question(name=f.name, type=f.dataType) for f in dataframe.schema.fields]
    shares = list(_shares(questions))
    parts: dict[Part, Profile] = {}
    for some in shares:
        for part, found in _asked(dataframe, some, partitioned_by):
            before = parts.get(part, replace(found, columns=()))
            parts[part] = replace(before, columns=(*before.columns, *found.columns))
    correlated = _correlated(dataframe, questions, parts, partitioned_by)
    whole = merged(parts.values()) if parts else _empty(questions)
    return FrameProfile(
        profiled_at=now,
        whole=whole,
        partitioned_by=tuple(partitioned_by),
        parts=parts if partitioned_by else {},
        keys=count_keys(dataframe, whole),
        passes=len(shares) + correlated + bool(likely_keys(whole)),
    )


def _correlated(
    dataframe: DataFrame,
    questions: Sequence[Question],
    parts: dict[Part, Profile],
    partitioned_by: Sequence[str],
) -> bool:
    """Add the pairs of columns to the parts; return whether the rows were read for that."""
    numbers = [each for each in questions if each.kind.is_number][:MOST_COLUMNS]
    if len(numbers) < _PAIR or not any(part.rows for part in parts.values()):
        return False
    whole = merged(parts.values())
    moments = {each.name: whole.column(each.name).moments for each in numbers}
    for part, pairs in correlate(dataframe, numbers, moments, partitioned_by).items():
        parts[part] = replace(parts[part], pairs=pairs)
    return True


def _check(columns: Sequence[str], partitioned_by: Sequence[str]) -> None:
    twice = sorted({name for name in columns if columns.count(name) > 1})
    if twice:
        raise InvalidInputError(f"The frame has more than one column {', '.join(twice)}")
    for name in partitioned_by:
        if name not in columns:
            raise InvalidInputError(f"There is no column {name}.{did_you_mean(name, columns)}")


def _empty(questions: Sequence[Question]) -> Profile:
    """Return the profile of no rows, which a grouping by partitions says nothing of."""
    none = [each.answered(0, {"present": 0}) for each in questions]
    return replace(NO_ROWS, columns=tuple(none))


def _shares(questions: Sequence[Question]) -> Iterator[list[Question]]:
    """Yield the columns in as few parts as there may be; one of none, for rows without columns."""
    some: list[Question] = []
    asked = 0
    for question in questions:
        count = len(question.asked())
        if some and asked + count > MOST_ASKED:
            yield some
            some, asked = [], 0
        some.append(question)
        asked += count
    yield some


def _asked(
    dataframe: DataFrame, questions: Sequence[Question], partitioned_by: Sequence[str]
) -> Iterator[tuple[Part, Profile]]:
    columns = [F.count(F.lit(1)).alias("rows")]
    for at, question in enumerate(questions):
        columns += [value.alias(f"{name}{at}") for name, value in question.asked().items()]
    if not partitioned_by:
        row = dataframe.agg(*columns).collect()[0]
        yield (), _profile(row, questions)
        return
    grouped = dataframe.groupBy(part_of(partitioned_by).alias("part")).agg(*columns)
    for row in grouped.toLocalIterator():
        yield tuple(json.loads(row["part"])), _profile(row, questions)


def _profile(row: Row, questions: Sequence[Question]) -> Profile:
    found = row.asDict()
    answers = [_answers(found, question, at) for at, question in enumerate(questions)]
    rows = found["rows"]
    columns = [
        question.answered(rows, answer) for question, answer in zip(questions, answers, strict=True)
    ]
    return Profile(rows=rows, columns=tuple(columns))


def _answers(found: Mapping[str, Any], question: Question, at: int) -> dict[str, Any]:
    return {name: found[f"{name}{at}"] for name in question.asked()}
