"""What is wrong with the text of a ruleset, and where."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gluepot.catalog.errors import InvalidInputError

if TYPE_CHECKING:
    from gluepot.transforms.quality.dqdl.tree import Place

MOST_SHOWN = 20
"""Problems that one message names."""


@dataclass(frozen=True, kw_only=True)
class RulesetProblem:
    """One thing that is wrong.

    Attributes:
        message: What is wrong, in Glue's words where it has some.
        line: From 1.
        column: From 1.
        expected: What could stand there instead, if the text ends the grammar's patience.
    """

    message: str
    line: int
    column: int
    expected: tuple[str, ...] = ()

    @classmethod
    def at(cls, place: Place, message: str) -> RulesetProblem:
        """Return a problem of what stands at ``place``."""
        return cls(message=message, line=place.line, column=place.column)

    def __str__(self) -> str:
        """Say the message with its place."""
        return f"{self.message} (line {self.line}, column {self.column})"


class InvalidRulesetError(InvalidInputError):
    """A ruleset's text is not valid: ``InvalidRulesetError(problems)``.

    The sentence begins as Glue's own does, which it raises as
    ``InvalidDataQualityRulesetException``.
    """

    def __init__(self, problems: tuple[RulesetProblem, ...]) -> None:
        super().__init__(problems)
        self.problems = problems

    def __str__(self) -> str:
        """Name the problems, each with its place."""
        shown = ", ".join(map(str, self.problems[:MOST_SHOWN]))
        more = len(self.problems) - MOST_SHOWN
        return f"Parsing Error: {shown}" + (f", and {more:,} more" if more > 0 else "")
