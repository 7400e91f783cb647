"""Write docs/reference/great-expectations.md: what is the same in DQDL and in suites."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gluepot.transforms.quality.dqdl import parse_ruleset, print_rule
from gluepot.transforms.quality.suites import exporting, importing
from gluepot.transforms.quality.suites.examples import COLUMNS, EXPECTATIONS, RULES, named
from gluepot.transforms.quality.suites.reading import suite_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gluepot.transforms.quality.suites.model import Expectation

PAGE = Path(__file__).resolve().parent.parent / "docs" / "reference" / "great-expectations.md"
NAMES = {name: name for name in COLUMNS}
HEAD = """# Great Expectations and DQDL

Made by `scripts/suite_docs.py` from the tables that convert them; do not edit it.

A suite of Great Expectations runs as it is, by the library itself (`pip install gluepot[quality]`):
its JSON, or Python that makes one suite. Expectations that such a file defines run too. A failed
expectation of the severity `warning` or `info` warns, and fails nothing.

`gluepot quality convert` turns rulesets of DQDL into suites and back where the meaning is the same,
and refuses the rest by name. A test evaluates each pair below by both on the same rows, with nulls,
NaN, unicode, dates, times and decimals.

Columns in the examples: `n` whole numbers, `x` doubles, `m` decimals, `t` texts, `d` dates, `at`
times. What a rule does with values of another type (a number in a text, say) differs.

Where they differ, and how that is bridged:

- **Nulls** fail most rules of DQDL, and expectations pass them over. So a rule becomes two
  expectations, and an expectation a rule with `where "column IS NOT NULL"`.
- **`mostly`** is a share of the rows with a value, and `with threshold` of all rows: they are the
  same where a `where` clause leaves nulls out.
- **`between`** of DQDL leaves out its ends, and an expectation's does not unless it is strict.
- **`matches`** is of the whole value, and an expectation's regular expression of any part.
- **Days**: DQDL compares times by their day in UTC.
- **No rows**: on a frame without rows most rules of DQDL fail; a `where` clause that leaves none
  passes. Expectations on values pass in both cases, those on a metric fail. Nothing bridges that.
"""


def page() -> str:
    """Return the page."""
    return "\n".join(
        (
            HEAD,
            *_table(
                "From DQDL to a suite",
                ("rule", "expectations"),
                {_code(named(rule, NAMES)): _exported(named(rule, NAMES)) for rule in RULES},
            ),
            *_table("Rules without a twin", ("type", "why"), _refused(exporting.WITHOUT)),
            *_table(
                "From a suite to DQDL",
                ("expectation", "rule"),
                {_told(each): _imported(each) for each in _expectations()},
            ),
            *_table("Expectations without a twin", ("type", "why"), _refused(importing.WITHOUT)),
        )
    )


def _expectations() -> tuple[Expectation, ...]:
    entries = [named(each, NAMES) for each in EXPECTATIONS]
    return suite_of({"expectations": entries}, "examples").expectations


def _exported(text: str) -> str:
    (rule,) = parse_ruleset(f"Rules = [ {text} ]").rules
    return "<br>".join(map(_told, exporting.expectations_of(rule)))


def _imported(expectation: Expectation) -> str:
    return _code(print_rule(importing.rule_of(expectation)))


def _told(expectation: Expectation) -> str:
    given = {key: value for key, value in expectation.kwargs.items() if key != "condition_parser"}
    shown = ", ".join(f"{key}={_value(value)}" for key, value in given.items())
    return _code(f"{expectation.type}({shown})")


def _value(value: Any) -> str:  # noqa: ANN401 - any JSON value
    if isinstance(value, dict) and "pass_through_filter" in value:
        value = value["pass_through_filter"]
    return json.dumps(value, ensure_ascii=False)


def _refused(reasons: Mapping[str, str]) -> dict[str, str]:
    return {_code(name): reason.replace("|", "\\|") for name, reason in reasons.items()}


def _table(title: str, head: tuple[str, str], rows: Mapping[str, str]) -> list[str]:
    lines = [f"| {left} | {right} |" for left, right in rows.items()]
    return [f"## {title}\n", f"| {head[0]} | {head[1]} |", "| --- | --- |", *lines, ""]


def _code(text: str) -> str:
    escaped = text.replace("|", "\\|")
    return f"`` {escaped} ``" if "`" in text else f"`{escaped}`"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
    print(PAGE)
