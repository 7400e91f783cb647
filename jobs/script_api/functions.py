# ruff: noqa: N802, N803  (names and signatures are Glue's)
"""Functions of columns that Glue has beside Spark's.

Source: the awsglue library's ``functions`` module.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyspark.sql import functions as F  # noqa: N812

from gluepot.catalog.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Collection

    from pyspark.sql import Column

    ColumnOrName = Column | str


def replaceArrayElement(srcCol: ColumnOrName, replaceCol: ColumnOrName, idx: int) -> Column:
    """Return the arrays of ``srcCol`` with the value of ``replaceCol`` at ``idx``, from 0.

    An array that has no such element stays as it is.
    """
    new = _column(replaceCol)
    return F.transform(
        _column(srcCol), lambda item, at: F.when(at == F.lit(idx), new).otherwise(item)
    )


def namedStruct(*cols: ColumnOrName | Collection[ColumnOrName]) -> Column:
    """Return a struct of names and values by turns: ``namedStruct(lit("a"), col("x"), ...)``.

    Raises:
        InvalidInputError: A name has no value.
    """
    given = list(cols[0]) if len(cols) == 1 and isinstance(cols[0], (list, set)) else list(cols)
    if len(given) % 2:
        raise InvalidInputError(
            f"namedStruct takes names and values by turns, but {len(given)} columns were given"
        )
    parts = [_column(each) for each in given]  # type: ignore[arg-type]
    return F.call_function("named_struct", *parts)


def explodeWithIndex(col: ColumnOrName) -> Column:
    """Return a row for each element of an array: its ``index``, from 0, and the element ``val``."""
    return F.posexplode(_column(col)).alias("index", "val")


def _column(column: ColumnOrName) -> Column:
    return F.col(column) if isinstance(column, str) else column
