"""What a conversion makes, and what it refuses."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from gluepot.catalog.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Mapping


class NotTheSameError(InvalidInputError):
    """The other language has nothing that means the same; the sentence says why."""


@dataclass(frozen=True, kw_only=True)
class Expectation:
    """One entry of a suite.

    Attributes:
        type: The library's name of what is checked.
        kwargs: Its parameters, as JSON.
        meta: What a suite keeps beside them.
        severity: ``critical``, or one that fails nothing.
    """

    type: str
    kwargs: Mapping[str, Any] = field(default_factory=dict)
    meta: Mapping[str, Any] = field(default_factory=dict)
    severity: str = "critical"

    def to_json(self) -> dict[str, Any]:
        """Return it as a suite's JSON has it."""
        return {
            "type": self.type,
            "kwargs": dict(self.kwargs),
            "meta": dict(self.meta),
            "severity": self.severity,
        }


@dataclass(frozen=True, kw_only=True)
class Refused:
    """A rule or an expectation that was not converted, and why."""

    text: str
    reason: str
