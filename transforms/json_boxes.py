"""A field of JSON texts opened by Spark itself; texts that are no JSON set apart."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from pyspark.sql import functions as F  # noqa: N812
from pyspark.sql import types as T  # noqa: N812

from gluepot.transforms import gluetypes as G  # noqa: N812
from gluepot.transforms.json_values import JSON_OPTIONS, infer_json, json_schema
from gluepot.transforms.variants import from_variant, resolved

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame

_OPENED = "__gluepot_opened"
_BAD = "__gluepot_bad"
_OPTIONS = {**JSON_OPTIONS, "columnNameOfCorruptRecord": _BAD}


@dataclass(frozen=True, kw_only=True)
class JsonBox:
    """JSON texts in a column of a DataFrame.

    Attributes:
        source: The rows.
        text: The texts; a blank one is no value.
        strange: Whether the field holds something that is no text.
        declared: The type of the values; None for the one that is found in a pass.
    """

    source: DataFrame
    text: Column
    strange: Column
    declared: G.DataType | None

    @cached_property
    def kind(self) -> G.DataType:
        """Return the type of the values; the pass that finds it is made once."""
        if self.declared is not None:
            return self.declared
        return infer_json(self.source.select(self.text.alias("text")), "text")

    def good(self) -> tuple[DataFrame, Column]:
        """Return the rows whose texts are JSON, and the value in each; drop ``_OPENED`` after."""
        rows = self._opened(bad=False)
        return rows, self._value(F.col(_OPENED))

    def bad(self) -> DataFrame:
        """Return the other rows, as they came."""
        return self._opened(bad=True).drop(_OPENED)

    def _opened(self, *, bad: bool) -> DataFrame:
        # A filter would be pushed below the parsing and parse again; a generator is not.
        def wanted(parsed: Column) -> Column:
            return self._is_bad(parsed) if bad else ~self._is_bad(parsed)

        opened = F.explode(F.filter(F.array(self._parsed()), wanted))
        return self.source.select("*", opened.alias(_OPENED))

    @property
    def _members(self) -> G.StructType | None:
        kind = self.kind
        return kind if isinstance(kind, G.StructType) and kind.fields else None

    def _parsed(self) -> Column:
        members = self._members
        if members is None:
            return F.from_json(self.text, "variant", JSON_OPTIONS)
        schema = T.StructType([*json_schema(members).fields, T.StructField(_BAD, T.StringType())])
        return F.from_json(self.text, schema, _OPTIONS)

    def _is_bad(self, parsed: Column) -> Column:
        if self._members is None:
            filled = F.coalesce(F.trim(self.text), F.lit("")) != ""
            return self.strange | (parsed.isNull() & filled)
        # Spark takes the JSON null, which is no object, for a bad one.
        failed = parsed[_BAD].isNotNull() & (F.trim(self.text) != "null")
        return self.strange | F.coalesce(failed, F.lit(False))  # noqa: FBT003

    def _value(self, parsed: Column) -> Column:
        members = self._members
        if members is None:
            return from_variant(parsed, self.kind)
        parts = [
            resolved(parsed.getField(each.name), each.dataType).alias(each.name) for each in members
        ]
        return F.when(parsed.isNotNull() & parsed[_BAD].isNull(), F.struct(*parts))


def without_opened(rows: DataFrame) -> DataFrame:
    """Return rows of ``JsonBox.good`` without the column that the values came from."""
    return rows.drop(_OPENED)
