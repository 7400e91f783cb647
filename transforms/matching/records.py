"""The records to match: one table, or two sources that are linked."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from gluepot.catalog.errors import InvalidInputError, did_you_mean


class MatchInputError(InvalidInputError):
    """The records cannot be matched as they are."""


@dataclass(frozen=True, kw_only=True)
class Records:
    """Records to match, in rows that are counted from 0.

    Attributes:
        values: The columns that are compared; neither ids nor match ids are among them.
        ids: A text a row, no two alike within a source.
        source: int8, 0 or 1 a row: which source it comes from; all 0 for one table.
        alone: By source the columns that the other has not, which are not compared; of one table
            nothing, so that two sources are two even if one has no records.
    """

    values: pa.Table
    ids: pa.Array
    source: np.ndarray
    alone: tuple[tuple[str, ...], ...] = ()

    def __len__(self) -> int:
        return len(self.source)

    @property
    def linked(self) -> bool:
        """Return whether two sources are linked, and not one table searched for duplicates."""
        return bool(self.alone) or bool(self.source.any())

    @classmethod
    def of(cls, table: pa.Table, id_column: str, *, without: tuple[str, ...] = ()) -> Records:
        """Return the records of one table.

        Args:
            table: The id column and what is compared.
            id_column: A column without nulls, no value twice; it is never compared.
            without: Columns that are not to be compared, such as earlier match ids.

        Raises:
            MatchInputError: There is no such column, it holds a null or a value twice, or no
                column is left to compare.
        """
        ids = _ids(table, id_column, "")
        values = _compared(table, (id_column, *without))
        return cls(values=values, ids=ids, source=np.zeros(len(ids), np.int8))

    @classmethod
    def link(
        cls, left: pa.Table, right: pa.Table, id_column: str, *, without: tuple[str, ...] = ()
    ) -> Records:
        """Return the records of two sources; columns of the same name are compared.

        Raises:
            MatchInputError: As of ``of``, or the sources have no other column in common.
        """
        ids = [_ids(left, id_column, "the first source"), _ids(right, id_column, "the second")]
        tables = [_compared(each, (id_column, *without)) for each in (left, right)]
        names = [name for name in tables[0].column_names if name in set(tables[1].column_names)]
        if not names:
            raise MatchInputError(
                f"the sources have no column in common beside {id_column!r}: one has"
                f" {', '.join(tables[0].column_names)}, the other"
                f" {', '.join(tables[1].column_names)}; rename those that mean the same"
            )
        values = pa.concat_tables([each.select(names) for each in tables], promote_options="none")
        sources = [np.full(len(each), at, np.int8) for at, each in enumerate(ids)]
        alone = tuple(
            tuple(name for name in each.column_names if name not in set(names)) for each in tables
        )
        return cls(
            values=values,
            ids=pa.concat_arrays(ids),
            source=np.concatenate(sources),
            alone=alone,
        )


def as_texts(column: pa.ChunkedArray) -> pa.Array:
    """Return a column as large texts, null where it is null; nested values as JSON-like text."""
    kind = column.type
    if pa.types.is_dictionary(kind):
        return as_texts(column.cast(kind.value_type))
    if pa.types.is_boolean(kind) or pa.types.is_nested(kind) or pa.types.is_binary(kind):
        texts = [None if each is None else str(each) for each in column.to_pylist()]
        return pa.array(texts, pa.large_string())
    return pa.concat_arrays(
        [pa.array([], pa.large_string()), *column.cast(pa.large_string()).chunks]
    )


def _compared(table: pa.Table, without: tuple[str, ...]) -> pa.Table:
    names = [name for name in table.column_names if name not in set(without)]
    if not names:
        raise MatchInputError(f"there is no column to compare beside {', '.join(without)}")
    return pa.table({name: as_texts(table.column(name)) for name in names})


def _ids(table: pa.Table, name: str, where: str) -> pa.Array:
    place = f" of {where}" if where else ""
    if name not in table.column_names:
        raise MatchInputError(
            f"there is no id column {name!r}{place}{did_you_mean(name, table.column_names)};"
            f" it has {', '.join(table.column_names)}"
        )
    ids = as_texts(table.column(name))
    if ids.null_count:
        row = int(np.argmax(ids.is_null().to_numpy(zero_copy_only=False))) + 1
        raise MatchInputError(f"the id column {name!r}{place} is null in row {row}")
    counts = pc.value_counts(ids)
    twice = counts.filter(pc.greater(counts.field("counts"), 1))
    if len(twice):
        raise MatchInputError(
            f"the id column {name!r}{place} has {twice[0]['values'].as_py()!r}"
            f" {twice[0]['counts'].as_py()} times; ids have to be different"
        )
    return ids
