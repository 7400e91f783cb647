"""Values that no result may show: masked columns, in whatever form a rule would show them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gluepot.transforms.quality.values import MASK, json_value

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from gluepot.transforms.quality.rules import Rule

_PLAIN_QUERY = re.compile(r"\s*select\s+[\w\s,.*]+?\s+from\s", re.IGNORECASE)
"""A query that shows columns as they are, under their own names or others."""


@dataclass(frozen=True, kw_only=True)
class Masking:
    """The columns that are masked; a column that one rule masks is masked in all of them."""

    columns: frozenset[str]

    @classmethod
    def of(cls, rules: Iterable[Rule]) -> Masking:
        """Return the masks of all rules together, without regard to case."""
        return cls(columns=frozenset(name.casefold() for rule in rules for name in rule.mask))

    def hides(self, rule: Rule) -> bool:
        """Return whether a rule would show values of a masked column under no name of its own."""
        if not self.columns:
            return False
        query = rule.parameters.get("unexpected_rows_query")
        if query is None:
            return any(map(self.covers, rule.columns))
        words = set(re.findall(r"\w+", query.casefold()))
        return not _PLAIN_QUERY.match(query) or any(
            name.split(".")[-1] in words for name in self.columns
        )

    def covers(self, column: str) -> bool:
        """Return whether a column, a struct around it or a member of it is masked.

        >>> masking = Masking(columns=frozenset({"person"}))
        >>> masking.covers("Person.Name"), masking.covers("age")
        (True, False)
        """
        path = column.casefold().split(".")
        others = [name.split(".") for name in self.columns]
        return any(path[: len(other)] == other[: len(path)] for other in others)

    def examples(self, rule: Rule, broken: Sequence[Any]) -> tuple[Any, ...]:
        """Return different values or rows that break a rule as JSON, masked where they must be."""
        if self.hides(rule) and len(rule.columns) <= 1:
            return ()
        shown: list[Any] = []
        # That a value is null is already what such a rule says.
        for value in broken if any(item is not None for item in broken) else ():
            found = json_value(self._covered(_labelled(rule, value)))
            if found not in shown:
                shown.append(found)
        return tuple(shown)

    def _covered(self, value: object) -> object:
        if not isinstance(value, Mapping):
            return value
        return {name: MASK if self.covers(str(name)) else item for name, item in value.items()}


def _labelled(rule: Rule, value: object) -> object:
    """Return the values of a pair of columns with the columns' names, as those of a row are."""
    if isinstance(value, tuple) and len(value) == len(rule.columns) > 1:
        return dict(zip(rule.columns, value, strict=True))
    return value
