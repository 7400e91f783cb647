"""Policies: IAM's JSON documents, checked when they are written, and what they decide.

Source: AWS Identity and Access Management user guide, "IAM JSON policy elements reference" and
"Policy evaluation logic".
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from gluepot.catalog.access.patterns import compile_pattern, overlap

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gluepot.catalog.access.conditions import Condition, Facts

PREFIX = "glue:"


class Decision(StrEnum):
    """What policies say to one action on one resource."""

    ALLOWED = "allowed"
    DENIED = "explicit deny"
    NOT_ALLOWED = "no allow"


@dataclass(frozen=True, kw_only=True, slots=True)
class Question:
    """May this principal do this, to this?

    Attributes:
        action: Such as ``glue:GetTable``.
        resource: An ARN; with wildcards where a call reaches all that fit.
        principal: The caller's ARN.
        facts: The values of condition keys.
    """

    action: str
    resource: str
    principal: str
    facts: Facts


@dataclass(frozen=True, kw_only=True, slots=True)
class Principals:
    """Whom a statement of a resource policy is about.

    Attributes:
        everyone: Said as ``*``.
        arns: The principals by name.
        accounts: Accounts as a whole, by their twelve digits.
        negated: All but these.
    """

    everyone: bool = False
    arns: frozenset[str] = frozenset()
    accounts: frozenset[str] = frozenset()
    negated: bool = False

    def fit(self, principal: str, *, allow: bool) -> bool:
        """Tell whether a statement is about ``principal``.

        A whole account takes a deny, but no allow: to allow an account is to leave it to the
        policies of its users.
        """
        account = principal.split(":")[4] if principal.count(":") >= 5 else ""  # noqa: PLR2004
        found = self.everyone or principal in self.arns
        if not allow:
            found = found or account in self.accounts
        return found != self.negated


@dataclass(frozen=True, kw_only=True, slots=True)
class Statement:
    """One statement: what it is about, and that it allows or denies it."""

    allow: bool
    actions: tuple[str, ...]
    all_but_actions: bool
    resources: tuple[str, ...]
    all_but_resources: bool
    conditions: tuple[Condition, ...]
    principals: Principals | None = None

    def fits(self, question: Question) -> bool:
        """Tell whether the statement speaks about this call."""
        return (
            self._fits_action(question.action)
            and self._fits_resource(question.resource)
            and (
                self.principals is None or self.principals.fit(question.principal, allow=self.allow)
            )
            and all(condition.holds(question.facts) for condition in self.conditions)
        )

    def _fits_action(self, action: str) -> bool:
        found = any(
            compile_pattern(pattern, ignore_case=True).fullmatch(action) for pattern in self.actions
        )
        return found != self.all_but_actions

    def _fits_resource(self, resource: str) -> bool:
        covered = any(compile_pattern(item).fullmatch(resource) for item in self.resources)
        if "*" not in resource or self.allow != self.all_but_resources:
            return covered != self.all_but_resources
        # The call would reach everything that fits ``resource``: it is denied when a part of
        # that is, and not allowed when a part is left out.
        touched = any(overlap(item, resource) for item in self.resources)
        return touched != self.all_but_resources


@dataclass(frozen=True, kw_only=True, slots=True)
class Policy:
    """A document that was checked."""

    statements: tuple[Statement, ...]


def decide(policies: Iterable[Policy], question: Question) -> Decision:
    """Return what policies say together: one deny wins, else one allow is needed."""
    decision = Decision.NOT_ALLOWED
    for policy in policies:
        for statement in policy.statements:
            # An allow that is found already need not be found again.
            if statement.allow and decision is Decision.ALLOWED:
                continue
            if statement.fits(question):
                if not statement.allow:
                    return Decision.DENIED
                decision = Decision.ALLOWED
    return decision
