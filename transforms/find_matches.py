# ruff: noqa: N803, PLR0913, PLR0917  (names are Glue's where it has them)
"""FindMatches: records that are the same thing, marked by a number they have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa
from pyspark.sql import functions as F  # noqa: N812
from pyspark.sql import types as T  # noqa: N812

from gluepot.catalog.errors import InvalidInputError
from gluepot.transforms.base import GlueTransform
from gluepot.transforms.join import united
from gluepot.transforms.match_rows import MATCH_ID, SCORE, SOURCE, to_driver, with_answers
from gluepot.transforms.paths import UnknownFieldError
from gluepot.transforms.registry import TRANSFORMS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import TypeAlias

    import numpy as np
    from pyspark.sql import DataFrame, SparkSession

    from gluepot.transforms.frame import DynamicFrame
    from gluepot.transforms.matching.incremental import Before
    from gluepot.transforms.matching.labelling.labels import Labels
    from gluepot.transforms.matching.local import Engine
    from gluepot.transforms.matching.matcher import Matches
    from gluepot.transforms.matching.records import Records

    Judge: TypeAlias = Callable[[Records, Engine | None], Matches]
    """Finds the matches among records: with a model that is known, or one that it learns.

    It is told what carries out the work; None for this process.
    """

    JudgeOfNew: TypeAlias = Callable[[Records, Before, Engine | None], Matches]
    """The same among known and new records, told what is known."""

MOST_HERE = 50_000
"""Records up to which one process is done before a cluster has begun."""

SIDES = ("left", "right")
"""What ``match_source`` says of records of the first frame, and of the second."""


class FindMatches(GlueTransform):
    """Number the records so that those of one thing, a person or a product, have one number.

    Nothing has to be taught: what matches look like is learned from the records themselves.
    """

    def __call__(
        self,
        frame: DynamicFrame,
        other: DynamicFrame | None = None,
        transformation_ctx: str = "",
        info: str = "",
        stageThreshold: int = 0,
        totalThreshold: int = 0,
        *,
        id_column: str,
        link: str = "auto",
        precision_recall: float = 0.5,
        accuracy_cost: float = 0.5,
        confidence: bool = False,
    ) -> DynamicFrame:
        """Return all records with one column more: ``match_id``, equal in records of one thing.

        Matching happens once, when the rows are first needed, in the driver's memory, which must
        hold the columns that are compared: all but the id and those that matching adds. The other
        rows and columns stay with Spark, as they are. Numbers do not depend on partitions.

        Args:
            frame: Records, duplicates among them.
            other: A second source, to link with the first: columns of the same name are compared.
                The result has the rows of both, as Union makes them, and ``match_source``:
                ``left`` or ``right``.
            transformation_ctx: See GlueTransform, as for the next three.
            info: Kept for messages.
            stageThreshold: Failed records of this transform that end the job.
            totalThreshold: Failed records so far that end the job.
            id_column: A top-level column, different in all records of a source and never null.
            link: For two sources: ``one-to-one``, ``many``, or ``auto`` to find it out.
            precision_recall: 0 to 1: the probability above which two records match.
            accuracy_cost: 0 to 1: more compares more pairs.
            confidence: Add ``match_confidence_score``, 0 to 1: how sure the records' group is.

        Raises:
            UnknownFieldError: There is no column of the id.
            InvalidInputError: What matching needs is not installed, an option has a wrong value,
                an id is null or not the only one, no column is left to compare, or a column of
                the new names is there already.
        """
        stage = self.stage(transformation_ctx, info, stageThreshold, totalThreshold)
        tuned = {"precision_recall": precision_recall, "accuracy_cost": accuracy_cost}
        told = {"id_column": id_column, "link": link, **tuned, "confidence": confidence}
        TRANSFORMS["FindMatches"].validate(told)
        check_installed("FindMatches")

        def find() -> DataFrame:
            judge = _learning(
                link=link, precision_recall=precision_recall, accuracy_cost=accuracy_cost
            )
            if other is None:
                return matched(frame, judge, id_column=id_column, confidence=confidence)
            return linked((frame, other), judge, id_column=id_column, confidence=confidence)

        others = () if other is None else (other,)
        return frame.derive(find, stage, *others, lazily=True)


def check_installed(where: str) -> None:
    """Check that there is what matching needs; it is an optional part.

    Raises:
        InvalidInputError: A package is missing.
    """
    try:
        import gluepot.transforms.matching.matcher  # noqa: F401, PLC0415
    except ModuleNotFoundError as error:
        raise InvalidInputError(
            f"{where} needs {error.name}: pip install 'gluepot[matching]'"
        ) from error


def _learning(*, link: str, precision_recall: float, accuracy_cost: float) -> Judge:
    """Return what learns from the records themselves."""
    from gluepot.transforms.matching import matcher, options  # noqa: PLC0415 - they import numpy

    wanted = options.MatchOptions(
        link=options.Link(link), precision_recall=precision_recall, accuracy_cost=accuracy_cost
    )
    return lambda records, engine: matcher.find_matches(records, wanted, engine=engine)


def _judged(judge: Judge, records: Records, spark: SparkSession) -> Matches:
    """Return what a judge finds: by the session's executors, where records are many."""
    if len(records) <= MOST_HERE:
        return judge(records, None)
    from gluepot.transforms.matching.cluster_engine import OnSpark  # noqa: PLC0415 - numpy

    return judge(records, OnSpark(spark=spark))


def matched(
    frame: DynamicFrame,
    judge: Judge,
    *,
    id_column: str,
    columns: Sequence[str] | None = None,
    confidence: bool,
) -> DataFrame:
    """Return the rows of a frame with ``match_id`` and, if wanted, ``match_confidence_score``.

    Args:
        frame: Any frame.
        judge: Called once.
        id_column: The column that tells records apart.
        columns: What is compared; None for all columns.
        confidence: Whether the score is wanted.

    Raises:
        InvalidInputError: See FindMatches.
    """
    where = "FindMatches"
    _check_free(where, frame, confidence=confidence)
    source = frame.planned()
    table = to_driver(where, frame, id_column, _compared(source.columns, id_column, columns))
    found = _judged(judge, _records(table, id_column), source.sparkSession)
    answers = _answers(found.match_ids, found.confidences if confidence else None)
    return with_answers(source, id_column, table.column(id_column), answers)


def linked(
    frames: tuple[DynamicFrame, DynamicFrame],
    judge: Judge,
    *,
    id_column: str,
    confidence: bool,
) -> DataFrame:
    """Return the rows of two sources with ``match_id`` and ``match_source``; see FindMatches."""
    from gluepot.transforms.matching.records import Records  # noqa: PLC0415 - it imports numpy

    where = "FindMatches"
    tables = []
    for frame in frames:
        _check_free(where, frame, SOURCE, confidence=confidence)
        columns = _compared(frame.planned().columns, id_column, None)
        tables.append(to_driver(where, frame, id_column, columns))
    records = Records.link(tables[0], tables[1], id_column)
    found = _judged(judge, records, frames[0].planned().sparkSession)
    scores = found.confidences if confidence else None
    one, two = _answered(frames, tables, id_column, found.match_ids, scores)
    left, right = (F.lit(side) for side in SIDES)
    return united(one.withColumn(SOURCE, left), two.withColumn(SOURCE, right))


def matched_with_known(
    existing: DynamicFrame,
    new: DynamicFrame,
    judge: JudgeOfNew,
    *,
    id_column: str,
    columns: Sequence[str] | None = None,
    confidence: bool,
) -> DataFrame:
    """Return the rows of known and new records with ``match_id``; known ids stay.

    New records join known groups or found new ones: only they look for others, unless scores are
    wanted, which known groups have to get as well. Known records that were together stay
    together; where new ones show that two groups are one, it takes the id that most of their
    records had. Scores that the known records came with are replaced, or dropped where none are
    wanted: they told of groups as they were.

    Args:
        existing: Records with ``match_id``, a whole number and never null.
        new: Records with the same columns but for those that matching adds.
        judge: Called once, with all records.
        id_column: The column that tells the records of both apart.
        columns: What is compared; None for all columns.
        confidence: Whether the score is wanted.

    Raises:
        UnknownFieldError: The known records have no ``match_id``, or a column is not in both.
        InvalidInputError: See FindMatches; or a known ``match_id`` is null or no whole number.
    """
    import numpy as np  # noqa: PLC0415 - this part of gluepot is optional

    from gluepot.transforms.matching.grouping.confidence import cluster_confidence  # noqa: PLC0415
    from gluepot.transforms.matching.grouping.stable_ids import stable_ids  # noqa: PLC0415
    from gluepot.transforms.matching.incremental import Before  # noqa: PLC0415

    where = "FindIncrementalMatches"
    _check_free(where, new, confidence=confidence)
    _check_match_ids(where, existing)
    compared = _compared(existing.planned().columns, id_column, columns)
    known = to_driver(where, existing, id_column, [*compared, MATCH_ID])
    added = to_driver(where, new, id_column, compared)
    records = _records(_together(known.drop_columns([MATCH_ID]), added), id_column)
    old = np.zeros(len(records), np.int64)
    old[: len(known)] = _known_ids(where, known)
    is_known = np.arange(len(records)) < len(known)
    before = Before(known=is_known, match_ids=old, all_told=confidence)
    spark = existing.planned().sparkSession
    found = _judged(lambda all_of, engine: judge(all_of, before, engine), records, spark)
    stable = stable_ids(found.match_ids, old, is_known)
    scores = None
    if confidence:
        pairs = found.candidates
        scores = cluster_confidence(stable.ids, pairs.left, pairs.right, pairs.probability)
    one, two = _answered((existing, new), (known, added), id_column, stable.ids, scores)
    return united(one if confidence else one.drop(SCORE), two)


def enforced_labels(frame: DynamicFrame, columns: Sequence[str], id_column: str) -> Labels:
    """Return what a frame in the shape of a label file says of records.

    Args:
        frame: ``labeling_set_id``, ``label`` and columns of the data.
        columns: What is compared.
        id_column: The column of the ids, which the frame may lack.

    Raises:
        InvalidInputError: The frame has not that shape, or none of the columns.
    """
    from gluepot.transforms.matching.labelling.sheets import LabelSheet  # noqa: PLC0415 - numpy

    return LabelSheet.of_table(frame.toDF().toArrow(), "enforcedMatches").pairs(columns, id_column)


def _check_free(where: str, frame: DynamicFrame, *more: str, confidence: bool) -> None:
    for name in (MATCH_ID, *([SCORE] if confidence else []), *more):
        if name in frame.planned().columns:
            raise InvalidInputError(
                f"{where}: the frame has a field {name!r} already; rename or drop it"
            )


def _check_match_ids(where: str, existing: DynamicFrame) -> None:
    source = existing.planned()
    if MATCH_ID not in source.columns:
        raise UnknownFieldError(where, MATCH_ID, existing.name, tuple(source.columns))
    kind = source.schema[MATCH_ID].dataType
    if not isinstance(kind, T.IntegralType):
        raise InvalidInputError(
            f"{where}: {MATCH_ID!r} of the existing records is {kind.simpleString()}, not long"
        )


def _compared(there: Sequence[str], id_column: str, wanted: Sequence[str] | None) -> list[str]:
    ours = {id_column, MATCH_ID, SCORE, SOURCE}
    return [name for name in (there if wanted is None else wanted) if name not in ours]


def _records(table: pa.Table, id_column: str) -> Records:
    from gluepot.transforms.matching.records import Records  # noqa: PLC0415 - it imports numpy

    return Records.of(table, id_column)


def _together(known: pa.Table, added: pa.Table) -> pa.Table:
    """Return both as texts, which is how they are compared: their types may differ."""
    from gluepot.transforms.matching.records import as_texts  # noqa: PLC0415 - it imports numpy

    tables = [
        pa.table({name: as_texts(each.column(name)) for name in known.column_names})
        for each in (known, added)
    ]
    return pa.concat_tables(tables)


def _known_ids(where: str, known: pa.Table) -> np.ndarray:
    ids = known.column(MATCH_ID)
    if ids.null_count:
        raise InvalidInputError(
            f"{where}: {MATCH_ID!r} is null in {ids.null_count} of {len(ids)} existing records;"
            " new records belong in the other frame"
        )
    found: np.ndarray = ids.cast(pa.int64()).to_numpy()
    return found


def _answers(match_ids: np.ndarray, scores: np.ndarray | None) -> dict[str, pa.Array]:
    told = {MATCH_ID: pa.array(match_ids, pa.int64())}
    return told if scores is None else {**told, SCORE: pa.array(scores, pa.float64())}


def _answered(
    frames: Sequence[DynamicFrame],
    tables: Sequence[pa.Table],
    id_column: str,
    match_ids: np.ndarray,
    scores: np.ndarray | None,
) -> tuple[DataFrame, DataFrame]:
    """Return the rows of two frames, with the answers to the rows of both tables in turn."""
    first = len(tables[0])
    parts = (slice(None, first), slice(first, None))
    one, two = (
        with_answers(
            frame.planned(),
            id_column,
            table.column(id_column),
            _answers(match_ids[part], None if scores is None else scores[part]),
        )
        for frame, table, part in zip(frames, tables, parts, strict=True)
    )
    return one, two
