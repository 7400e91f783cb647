"""What every format of files gives: rows planned now or later, and records that failed."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pyspark.sql import functions as F  # noqa: N812
from pyspark.sql import types as T  # noqa: N812

from gluepot.transforms.failed_rows import error_records
from gluepot.transforms.packing import Origin
from gluepot.transforms.paths import quote

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pyspark.sql import Column, DataFrame

BROKEN = "__gluepot_broken"
"""Where Spark's readers are told to put the text of a record that they cannot read."""

_NOTHING = "__gluepot_nothing"
_OURS = ("gluepot.", "awsglue.")


@dataclass(frozen=True, kw_only=True, eq=False)
class Opened:
    """Files that can be read.

    Attributes:
        plan: Returns the rows.
        errors: Returns error records; None where no record can fail.
        lazily: ``plan`` computes (types are found in a pass), so it waits until it must.
    """

    plan: Callable[[], DataFrame]
    errors: Callable[[], DataFrame] | None = None
    lazily: bool = False


def with_broken(fields: Sequence[T.StructField]) -> T.StructType:
    """Return the schema for a reader that puts what it cannot read into BROKEN."""
    ours = [T.StructField(name, T.StringType()) for name in (BROKEN, _NOTHING)]
    return T.StructType([*fields, *ours])


def is_broken(fields: Sequence[T.StructField] = ()) -> Column:
    """Return whether a row read by ``with_broken`` is none.

    Args:
        fields: Those whose values decide: Spark reads no value that nobody asks for, and so does
            not see whether it is of its type. None where all values are.
    """
    # Spark refuses a query over the broken texts alone, such as a count of them; a column that
    # is never there makes it another one.
    nothing = F.col(_NOTHING)
    found = F.coalesce(F.col(BROKEN), nothing).isNotNull()
    if not fields:
        return found
    asked = F.to_json(F.struct(*(F.col(quote(field.name)) for field in fields)))
    return found | (nothing.isNotNull() & (asked == ""))


def origin_of_source(name: str) -> Origin:
    """Return what error records of a source say about where they come from."""
    return Origin(site=_script_line(), info="", source=name)


def broken(rows: DataFrame, text: Column, message: str, origin: Origin) -> DataFrame:
    """Return rows that were not read as error records, by the text that each was."""
    return error_records(
        rows,
        message=F.lit(message),
        text=text,
        record=F.struct(text.alias("input")),
        origin=origin,
    )


def _script_line() -> str:
    frame = sys._getframe(1)  # noqa: SLF001
    while frame.f_back is not None and str(frame.f_globals.get("__name__")).startswith(_OURS):
        frame = frame.f_back
    return f"{frame.f_code.co_filename}:{frame.f_lineno}"
