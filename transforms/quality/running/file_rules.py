"""Rules on files: those that the frame was read from, or those at a path."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING
from urllib.parse import unquote

from gluepot.transforms.quality.dqdl.results import Result
from gluepot.transforms.quality.dqdl.tree import Condition, DateText, Number, Operator, Size, Text
from gluepot.transforms.quality.running.complying import share_verdict
from gluepot.transforms.quality.running.frame import UndecidableError
from gluepot.transforms.quality.running.tables import bounded
from gluepot.transforms.quality.running.times import moment_of, zone_of
from gluepot.transforms.quality.running.verdict import Check, Verdict, unmet

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from gluepot.transforms.quality.dqdl.tree import Rule
    from gluepot.transforms.quality.running.options import FileFacts, Files
    from gluepot.transforms.quality.running.verdict import Planning

NO_PATH = "Unable to parse file path from DataFrame"
NO_STORE = "File rules need a store of files, and this evaluation has none"
_UNITS = {"B": 0, "KB": 1, "MB": 2, "GB": 3, "TB": 4}
_ALGORITHMS = {
    "MD5": "md5",
    "SHA-1": "sha1",
    "SHA1": "sha1",
    "SHA-256": "sha256",
    "SHA256": "sha256",
}
_ORDER = ("uriRegex", "recentFiles")


def file_rule(planning: Planning, rule: Rule) -> Check:
    """Return the plan of a rule on files; the rows are not read."""
    decide = _DECIDERS[rule.type]

    def run(_: object) -> Verdict:
        if planning.options.files is None:
            raise UndecidableError(NO_STORE)
        return decide(_FileRule(planning=planning, rule=rule, store=planning.options.files))

    return Check(decide=run)


@dataclass(frozen=True, kw_only=True)
class _FileRule:
    planning: Planning
    rule: Rule
    store: Files

    def tag(self, name: str) -> str | None:
        """Return the one value of a tag as text."""
        found = next((tag for tag in self.rule.tags if tag.name == name), None)
        if found is None:
            return None
        value = found.values[0]
        return value.text if isinstance(value, Number) else value.value

    def files(self, place: int = 0) -> list[FileFacts]:
        """Return the files of a parameter, or of the frame; filtered by the rule's tags."""
        paths: Sequence[str] = self.rule.values[place : place + 1]
        if not paths:
            known = self.planning.options.input_files
            uris = self.planning.frame.dataframe.inputFiles() if known is None else known
            # Blanks and the like are escaped in URIs.
            paths = [unquote(uri) for uri in uris]
            if not paths:
                raise UndecidableError(NO_PATH)
        found = [facts for path in paths for facts in self.store.found(path)]
        for name in self._order():
            found = self._filtered(name, found)
        return found

    def checksums(self, place: int = 0) -> list[str]:
        """Return the checksum of each file."""
        name = self.tag("hashAlgorithm") or "MD5"
        algorithm = _ALGORITHMS.get(name.upper())
        if algorithm is None:
            raise UndecidableError(f"Hash algorithm {name!r} is not supported: MD5 or SHA-256")
        return [self.store.checksum(facts.path, algorithm) for facts in self.files(place)]

    def _order(self) -> Sequence[str]:
        given = next((tag.values for tag in self.rule.tags if tag.name == "filterOrder"), None)
        if given is None:
            return _ORDER
        names = [each.value for each in given if isinstance(each, Text)]
        return [*names, *(name for name in _ORDER if name not in names)]

    def _filtered(self, name: str, found: list[FileFacts]) -> list[FileFacts]:
        value = self.tag(name)
        if value is None:
            return found
        if name == "recentFiles":
            if not value.isdigit():
                raise UndecidableError(f"recentFiles is a number of files, not {value!r}")
            newest = sorted(found, key=lambda facts: (facts.modified, facts.path), reverse=True)
            return newest[: int(value)]
        if name != "uriRegex":
            return found
        try:
            pattern = re.compile(value)
        except re.error as error:
            raise UndecidableError(f"{value!r} is no regular expression: {error}") from error
        return [facts for facts in found if pattern.search(facts.path)]


def _complying(
    asked: _FileRule, metric: str, complies: Callable[[FileFacts], bool]
) -> tuple[Verdict, list[FileFacts]]:
    files = asked.files()
    if not files:
        raise UndecidableError("There are no files to evaluate")
    fail_fast = (asked.tag("failFast") or "").lower() == "true"
    complied = 0
    for facts in files:
        if complies(facts):
            complied += 1
        elif fail_fast:
            break
    share = complied / len(files)
    why = unmet(share, sign=".")
    verdict = share_verdict(asked.planning, asked.rule, metric, share, why)
    count = {"Dataset.*.FileCount": float(len(files))}
    return replace(verdict, metrics={**verdict.metrics, **count}), files


def _freshness(asked: _FileRule) -> Verdict:
    condition = _condition(asked.rule)
    zone = zone_of(asked.tag("timeZone"))
    now = asked.planning.options.now
    bounds = [moment_of(operand, now, zone) for operand in condition.operands]
    of_days = all(
        isinstance(each, DateText) and ":" not in each.text for each in condition.operands
    )

    def complies(facts: FileFacts) -> bool:
        changed: datetime = facts.modified.astimezone(zone)
        if of_days and condition.operator in _EQUALITIES:
            days = [bound.date() for bound in bounds]
            return _ordered(condition.operator, changed.date(), days)
        return _ordered(condition.operator, changed, bounds)

    return _complying(asked, "Dataset.*.FileFreshness.Compliance", complies)[0]


def _size(asked: _FileRule) -> Verdict:
    condition = _condition(asked.rule)
    bounds = [
        each.amount * 1024 ** _UNITS[each.unit]
        for each in condition.operands
        if isinstance(each, Size)
    ]
    verdict, files = _complying(
        asked,
        "Dataset.*.FileSize.Compliance",
        lambda facts: _ordered(condition.operator, facts.size, bounds),
    )
    sizes = [float(facts.size) for facts in files]
    ends = {"Dataset.*.MaximumFileSize": max(sizes), "Dataset.*.MinimumFileSize": min(sizes)}
    return replace(verdict, metrics={**verdict.metrics, **ends})


def _match(asked: _FileRule) -> Verdict:
    found = asked.checksums()
    if not found:
        raise UndecidableError("There are no files to evaluate")
    metrics = {"Dataset.*.FileCount": float(len(found))}
    if asked.rule.condition is None:
        same = Counter(found) == Counter(asked.checksums(1))
        message = None if same else "The files of the two paths have different checksums"
        return Verdict(result=_result(holds=same), message=message, metrics=metrics)
    operands = asked.rule.condition.operands
    known = {each.value.lower() for each in operands if isinstance(each, Text)}
    negated = asked.rule.condition.operator in (Operator.NOT_EQUAL, Operator.NOT_IN)
    wrong = sum((checksum in known) == negated for checksum in found)
    word = "are" if negated else "are not"
    message = f"{wrong} of {len(found)} checksums {word} in the list" if wrong else None
    return Verdict(result=_result(holds=not wrong), message=message, metrics=metrics)


def _uniqueness(asked: _FileRule) -> Verdict:
    counts = Counter(asked.checksums())
    if not counts:
        raise UndecidableError("There are no files to evaluate")
    share = sum(count == 1 for count in counts.values()) / counts.total()
    verdict = bounded(asked.planning, asked.rule, "Dataset.*.FileUniquenessRatio", share)
    count = {"Dataset.*.FileCount": float(counts.total())}
    return replace(verdict, metrics={**verdict.metrics, **count})


def _condition(rule: Rule) -> Condition:
    if rule.condition is None:
        raise AssertionError(f"{rule.type} has no condition")
    return rule.condition


def _result(*, holds: bool) -> Result:
    return Result.PASS if holds else Result.FAIL


_EQUALITIES = (Operator.EQUAL, Operator.NOT_EQUAL, Operator.IN, Operator.NOT_IN)


def _ordered(operator: Operator, value: object, bounds: Sequence[object]) -> bool:
    tests: dict[Operator, Callable[[], bool]] = {
        Operator.EQUAL: lambda: value == bounds[0],
        Operator.NOT_EQUAL: lambda: value != bounds[0],
        Operator.GREATER: lambda: value > bounds[0],  # type: ignore[operator]
        Operator.GREATER_OR_EQUAL: lambda: value >= bounds[0],  # type: ignore[operator]
        Operator.LESS: lambda: value < bounds[0],  # type: ignore[operator]
        Operator.LESS_OR_EQUAL: lambda: value <= bounds[0],  # type: ignore[operator]
        Operator.BETWEEN: lambda: bounds[0] < value < bounds[1],  # type: ignore[operator]
        Operator.NOT_BETWEEN: lambda: value <= bounds[0] or value >= bounds[1],  # type: ignore[operator]
        Operator.IN: lambda: value in bounds,
        Operator.NOT_IN: lambda: value not in bounds,
    }
    return bool(tests[operator]())


_DECIDERS: dict[str, Callable[[_FileRule], Verdict]] = {
    "FileFreshness": _freshness,
    "FileSize": _size,
    "FileMatch": _match,
    "FileUniqueness": _uniqueness,
}
