"""What one expectation takes and says: the row of the table that is in signatures.py."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gluepot.catalog.errors import did_you_mean

if TYPE_CHECKING:
    from gluepot.transforms.parameters import Parameter

Agree = Callable[[Mapping[str, Any]], str | None]
"""Looks at parameters together; returns what is wrong, or None."""

COLUMN_PARAMETERS = ("column", "column_A", "column_B", "column_list")


def agreed(_params: Mapping[str, Any]) -> str | None:
    """Find nothing wrong."""
    return None


@dataclass(frozen=True, kw_only=True)
class Signature:
    """One expectation: its parameters, and how a rule made of it is told in words.

    Attributes:
        claim: What is said of the column or the table; ``{name}`` is a parameter,
            ``{range}`` the bounds in words, and ``{of_range}`` the same after a noun.
        counts: What ``mostly`` is a share of: ``rows`` or, where nulls are passed over, ``values``.
        reads_columns: Whether the columns that it names must be there.
        unsupported: Why it cannot run on Spark, and what can; None when it can.
    """

    expectation: str
    claim: str
    parameters: Mapping[str, Parameter]
    counts: str = "values"
    agree: Agree = agreed
    reads_columns: bool = True
    unsupported: str | None = None

    def problems(self, params: Mapping[str, Any]) -> list[str]:
        """Return everything that is wrong with ``params``, as sentences."""
        if self.unsupported:
            return [f"it cannot run on Spark: {self.unsupported}"]
        found = [*self._unknown(params), *self._missing(params), *self._wrong(params)]
        together = None if found else self.agree(params)
        return [*found, *([together] if together else [])]

    def columns(self, params: Mapping[str, Any]) -> tuple[str, ...]:
        """Return the columns that ``params`` name and the expectation reads."""
        named: list[str] = []
        for key in COLUMN_PARAMETERS if self.reads_columns else ():
            value = params.get(key, ())
            named += [value] if isinstance(value, str) else value
        return tuple(named)

    def _unknown(self, params: Mapping[str, Any]) -> list[str]:
        takes = "It takes: " + ", ".join(self.parameters)
        return [
            f"unknown parameter {name!r}.{did_you_mean(str(name), self.parameters)} {takes}"
            for name in params
            if name not in self.parameters
        ]

    def _missing(self, params: Mapping[str, Any]) -> list[str]:
        return [
            f"parameter {name!r} is missing: {parameter.meaning}"
            for name, parameter in self.parameters.items()
            if parameter.required and params.get(name) is None
        ]

    def _wrong(self, params: Mapping[str, Any]) -> list[str]:
        return [
            f"parameter {name!r} must be {right}, but is {shown(params[name])}"
            for name, parameter in self.parameters.items()
            if params.get(name) is not None and (right := parameter.check(params[name]))
        ]


def shown(value: object) -> str:
    """Return a value as it is written in an error, cut where it is long."""
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:77]}..."  # noqa: PLR2004
