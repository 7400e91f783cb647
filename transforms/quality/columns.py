"""Columns that rules name, found in a frame's schema as Spark finds them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from gluepot.catalog.errors import did_you_mean
from gluepot.transforms.quality.result import Reason, RuleError
from gluepot.transforms.quality.signature import COLUMN_PARAMETERS, shown

if TYPE_CHECKING:
    from pyspark.sql import DataFrame
    from pyspark.sql.types import StructType

    from gluepot.transforms.quality.rules import Rule


@dataclass(frozen=True, kw_only=True)
class Columns:
    """The columns of a frame: top-level ones, and members of structs by their path."""

    names: frozenset[str]
    dotted: frozenset[str]
    case_sensitive: bool

    @classmethod
    def of(cls, dataframe: DataFrame) -> Columns:
        """Return the columns of ``dataframe``, and whether its session tells case apart."""
        sensitive = dataframe.sparkSession.conf.get("spark.sql.caseSensitive")
        return cls(
            names=frozenset(_paths(dataframe.schema)),
            dotted=frozenset(name for name in dataframe.columns if "." in name),
            case_sensitive=sensitive == "true",
        )

    def bind(self, rule: Rule) -> Rule | RuleError:
        """Return ``rule`` with its columns spelled as the frame has them, or why it cannot be."""
        for name in rule.columns:
            if name in self.dotted:
                return RuleError(
                    reason=Reason.NOT_SUPPORTED,
                    message=f"the name of column {shown(name)} has a dot in it, which reads as a"
                    " member of a struct; rename the column first",
                )
            if self._find(name) is None:
                hint = did_you_mean(name, sorted(self.names))
                return RuleError(
                    reason=Reason.UNKNOWN_COLUMN,
                    message=f"there is no column {shown(name)}.{hint}",
                )
        return replace(rule, parameters=self._spelled(rule))

    def _spelled(self, rule: Rule) -> Mapping[str, Any]:
        found = dict(rule.parameters)
        for key in COLUMN_PARAMETERS:
            value = found.get(key)
            if isinstance(value, str):
                found[key] = self._find(value) or value
            elif isinstance(value, Sequence):
                found[key] = [self._find(name) or name for name in value]
        return found

    def _find(self, name: str) -> str | None:
        if name in self.names or self.case_sensitive:
            return name if name in self.names else None
        same = [known for known in self.names if known.casefold() == name.casefold()]
        return same[0] if len(same) == 1 else None


def _paths(schema: StructType, prefix: str = "") -> Iterator[str]:
    for member in schema.fields:
        path = f"{prefix}{member.name}"
        yield path
        # A member's type is looked at by name: naming the class would import Spark here.
        if member.dataType.typeName() == "struct":
            yield from _paths(member.dataType, f"{path}.")  # type: ignore[arg-type]
