"""The frame that rules are asked of: its columns by name, and their types."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from pyspark.sql import functions as F  # noqa: N812
from pyspark.sql.types import NumericType, StringType, StructType

from gluepot.catalog.errors import InvalidInputError, did_you_mean
from gluepot.transforms.paths import quote

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame
    from pyspark.sql.types import DataType

    from gluepot.transforms.quality.running.measures import Measure


class UndecidableError(InvalidInputError):
    """A rule cannot be decided, and why: it becomes the rule's message."""


@dataclass(frozen=True)
class Frame:
    """A DataFrame whose columns are found as Spark finds them; a struct's member by its path."""

    dataframe: DataFrame

    @cached_property
    def _case_sensitive(self) -> bool:
        return self.dataframe.sparkSession.conf.get("spark.sql.caseSensitive") == "true"

    @cached_property
    def _types(self) -> dict[str, DataType]:
        return {field.name: field.dataType for field in self.dataframe.schema.fields}

    @cached_property
    def _columns(self) -> dict[str, Column]:
        return {}

    @cached_property
    def measures(self) -> dict[object, Measure]:
        """Return what was asked already: thousands of rules may ask the same."""
        return {}

    def has(self, name: str) -> bool:
        """Return whether there is such a column."""
        return self._found(name) is not None

    def column(self, name: str) -> Column:
        """Return a column.

        Raises:
            UndecidableError: It is not there.
        """
        if name not in self._columns:
            self._columns[name] = F.col(".".join(map(quote, self._path(name))))
        return self._columns[name]

    def type_of(self, name: str) -> DataType:
        """Return a column's type.

        Raises:
            UndecidableError: It is not there.
        """
        first, *inner = self._path(name)
        found = self._types[first]
        for step in inner:
            if isinstance(found, StructType):
                found = found[step].dataType
        return found

    def number(self, name: str) -> Column:
        """Return a numeric column.

        Raises:
            UndecidableError: It is not there, or not numeric.
        """
        found = self.type_of(name)
        if not isinstance(found, NumericType):
            kind = type(found).__name__
            raise UndecidableError(
                f"Expected type of column {name} to be one of (LongType, IntegerType, ShortType,"
                f" ByteType, FloatType, DoubleType, DecimalType), but found {kind} instead!"
            )
        return self.column(name)

    def is_numeric(self, name: str) -> bool:
        """Return whether a column holds numbers."""
        return isinstance(self.type_of(name), NumericType)

    def is_text(self, name: str) -> bool:
        """Return whether a column holds texts."""
        return isinstance(self.type_of(name), StringType)

    def _path(self, name: str) -> tuple[str, ...]:
        found = self._found(name)
        if found is None:
            hint = did_you_mean(name, self._types)
            raise UndecidableError(f"Input data does not include column {name}!{hint}")
        return found

    def _found(self, name: str) -> tuple[str, ...] | None:
        own = self._spelled(name, self._types)
        if own is not None:
            return (own,)
        first, *steps = name.split(".")
        top = self._spelled(first, self._types)
        if top is None or not steps:
            return None
        path, at = [top], self._types[top]
        for step in steps:
            member = self._spelled(step, at.names) if isinstance(at, StructType) else None
            if member is None or not isinstance(at, StructType):
                return None
            path.append(member)
            at = at[member].dataType
        return tuple(path)

    def _spelled(self, name: str, known: object) -> str | None:
        names = list(known)  # type: ignore[call-overload]
        if name in names:
            return name
        if self._case_sensitive:
            return None
        same = [each for each in names if each.lower() == name.lower()]
        return same[0] if len(same) == 1 else None
