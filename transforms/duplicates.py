# ruff: noqa: N803, PLR0913, PLR0917  (names and signatures are Glue's)
"""DropDuplicates: one record of those that are equal, or nearly equal, in their keys."""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING

from pyspark.sql import Window
from pyspark.sql import functions as F  # noqa: N812
from pyspark.sql.types import (
    ArrayType,
    DataType,
    MapType,
    StringType,
    StructField,
    StructType,
    VariantType,
)

from gluepot.catalog.errors import InvalidInputError
from gluepot.transforms.base import GlueTransform
from gluepot.transforms.choices import is_choice
from gluepot.transforms.edits import key_column
from gluepot.transforms.matching.cluster import components
from gluepot.transforms.matching.comparing.normalize import normalized
from gluepot.transforms.matching.finding.blocking import near_pairs
from gluepot.transforms.paths import as_paths, quote
from gluepot.transforms.registry import TRANSFORMS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pyspark.sql import Column, DataFrame

    from gluepot.transforms.frame import DynamicFrame

_TEXT, _CLUSTER, _RANK = "__gluepot_text", "__gluepot_cluster", "__gluepot_rank"
_BETWEEN = "\x1f"
"""Between keys in a text; no key of people's data holds this control character."""
_NOT_A_KEY = "\0"
"""Begins the text of a record whose keys are all empty."""


@dataclass(frozen=True, kw_only=True)
class _Options:
    keys: tuple[str, ...]
    normalize: bool
    max_edits: int
    match_id_column: str | None
    keep: str


class DropDuplicates(GlueTransform):
    """Keep one record of each cluster of duplicates, or mark the clusters.

    The result is the same however the records are ordered and partitioned.
    """

    def __call__(
        self,
        frame: DynamicFrame,
        keys: str | Iterable[str] | None = None,
        transformation_ctx: str = "",
        info: str = "",
        stageThreshold: int = 0,
        totalThreshold: int = 0,
        *,
        normalize: bool = False,
        max_edits: int = 0,
        match_id_column: str | None = None,
        keep: str = "most_complete",
    ) -> DynamicFrame:
        """Return the frame without duplicates.

        Args:
            frame: Any frame.
            keys: Fields that are compared; None compares whole records.
            transformation_ctx: See GlueTransform, as for the next three.
            info: Kept for messages.
            stageThreshold: Failed records of this transform that end the job.
            totalThreshold: Failed records so far that end the job.
            normalize: Compare texts without case, accents, punctuation and white space.
            max_edits: Characters that may be added, dropped or changed over all keys together; a
                text is allowed one for each three characters it has, so short ones are compared
                more strictly. Clusters are transitive: if a is near b and b near c, all three are
                one cluster. Computed when the rows are first needed.
            match_id_column: Column that gets a number, the same for all records of a cluster and
                the same in each run.
            keep: Which record stays. ``most_complete``: the one with most fields that are neither
                null nor empty. ``lowest COLUMN`` or ``highest COLUMN``: the one with that value.
                ``all``: every record, marked only. What is still even is decided by the values of
                all fields, from left to right.

        Exact keys compare as Spark does: null equals null. With ``normalize`` or ``max_edits`` a
        record whose keys are all empty says nothing, so it is a duplicate of equal records only.

        Raises:
            UnknownFieldError: A key or the column of ``keep`` is not in the frame.
            InvalidInputError: An option has a wrong value, or ``match_id_column`` is taken.
        """
        wanted = None if keys is None else as_paths(keys)
        given = {"normalize": normalize, "max_edits": max_edits, "keep": keep}
        if wanted is not None:
            given["keys"] = wanted
        if match_id_column is not None:
            given["match_id_column"] = match_id_column
        TRANSFORMS["DropDuplicates"].validate(given)
        stage = self.stage(transformation_ctx, info, stageThreshold, totalThreshold)

        def drop() -> DataFrame:
            options = _Options(
                keys=wanted or tuple(map(quote, frame.planned().columns)),
                normalize=normalize,
                max_edits=max_edits,
                match_id_column=match_id_column,
                keep=keep,
            )
            return _drop(frame, options)

        return frame.derive(drop, stage, lazily=max_edits > 0)


def _drop(frame: DynamicFrame, options: _Options) -> DataFrame:
    source = frame.planned()
    if options.match_id_column in source.columns:
        raise InvalidInputError(
            f"DropDuplicates: the frame has a field {options.match_id_column!r} already;"
            " give match_id_column another name"
        )
    order = _order(frame, options.keep)
    columns = [key_column("DropDuplicates, keys", key, frame) for key in options.keys]
    if options.max_edits:
        rows, cluster = _near(source, columns, options)
    elif options.normalize:
        rows, cluster = source, [_text_or_row(source, columns, normalize=True)]
    else:
        rows, cluster = source, [_orderable(column, kind) for column, kind in columns]
    return _survivors(rows, cluster, order, options).drop(_TEXT, _CLUSTER, _RANK)


def _near(
    source: DataFrame, columns: list[tuple[Column, DataType]], options: _Options
) -> tuple[DataFrame, list[Column]]:
    text = _text_or_row(source, columns, normalize=options.normalize)
    rows = source.withColumn(_TEXT, text)
    texts = rows.select(F.col(_TEXT).alias("text")).distinct()
    comparable = texts.where(~F.startswith("text", F.lit(_NOT_A_KEY)))
    roots = components(near_pairs(comparable, options.max_edits))
    roots = roots.select(F.col("node").alias(_TEXT), F.col("root").alias(_CLUSTER))
    rows = rows.join(roots.hint("merge"), _TEXT, "left")
    return rows, [F.coalesce(F.col(_CLUSTER), F.col(_TEXT))]


def _text_or_row(
    source: DataFrame, columns: list[tuple[Column, DataType]], *, normalize: bool
) -> Column:
    """Return the keys as one text; the whole record, after a zero, where all keys are empty."""
    texts = [_text(column, kind, normalize=normalize) for column, kind in columns]
    joined = F.concat_ws(_BETWEEN, *texts)
    row = F.concat(F.lit(_NOT_A_KEY), F.to_json(F.struct(*map(quote, source.columns))))
    return F.when(F.replace(joined, F.lit(_BETWEEN), F.lit("")) == "", row).otherwise(joined)


def _text(column: Column, kind: DataType, *, normalize: bool) -> Column:
    nested = isinstance(kind, (StructType, ArrayType, MapType, VariantType))
    text = F.to_json(column) if nested else column.cast("string")
    return F.coalesce(normalized(text) if normalize else text, F.lit(""))


def _orderable(column: Column, kind: DataType) -> Column:
    """Return what Spark can group and sort by: maps and variants only as JSON.

    A choice whose members are all null is the null value.
    """
    if isinstance(kind, StructType) and is_choice(kind):
        present = (column.getField(name).isNotNull() for name in kind.names)
        column = F.when(reduce(or_, present), column)
    return F.to_json(column) if _has_map(kind) else column


def _has_map(kind: DataType) -> bool:
    if isinstance(kind, ArrayType):
        return _has_map(kind.elementType)
    if isinstance(kind, StructType):
        return any(_has_map(field.dataType) for field in kind.fields)
    return isinstance(kind, (MapType, VariantType))


def _order(frame: DynamicFrame, keep: str) -> list[Column | str]:
    # Texts for Spark to parse: a call into the JVM for each part would cost more than the sorting.
    fields = frame.planned().schema.fields
    full = " + ".join(f"int({_is_full(field)})" for field in fields) or "0"
    order: list[Column | str] = [F.expr(f"-({full})")]
    order += [
        F.to_json(quote(field.name)) if _has_map(field.dataType) else quote(field.name)
        for field in fields
    ]
    which, _, name = keep.partition(" ")
    if not name:
        return order
    column, kind = key_column("DropDuplicates, keep", name.strip(), frame)
    value = _orderable(column, kind)
    return [value.asc_nulls_last() if which == "lowest" else value.desc_nulls_last(), *order]


def _is_full(field: StructField) -> str:
    name = quote(field.name)
    if isinstance(field.dataType, StringType):
        return f"coalesce({name} <> '', false)"
    if isinstance(field.dataType, StructType) and is_choice(field.dataType):
        members = (f"{name}.{quote(member)} IS NOT NULL" for member in field.dataType.names)
        return " OR ".join(members)
    return f"{name} IS NOT NULL"


def _survivors(
    rows: DataFrame, cluster: list[Column], order: list[Column | str], options: _Options
) -> DataFrame:
    if options.match_id_column:
        # As JSON, because the hash of (null, 'a') is that of ('a', null).
        named = F.struct(*(column.alias(f"_{at}") for at, column in enumerate(cluster)))
        rows = rows.withColumns({options.match_id_column: F.xxhash64(F.to_json(named))})
    if options.keep == "all":
        return rows
    rank = F.row_number().over(Window.partitionBy(*cluster).orderBy(*order))
    return rows.withColumn(_RANK, rank).where(F.col(_RANK) == 1)
