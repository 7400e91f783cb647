"""Write docs/reference/dqdl.md: the language of rules, and every type of rule with an example."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from gluepot.transforms.quality.dqdl.rule_types import RULE_TYPES
from gluepot.transforms.quality.dqdl.tree import Kind

if TYPE_CHECKING:
    from gluepot.transforms.quality.dqdl.rule_types import RuleType

PAGE = Path(__file__).resolve().parent.parent / "docs" / "reference" / "dqdl.md"

HEAD = """# DQDL

Made by `scripts/dqdl_docs.py` from the table that the parser checks rules by; do not edit it.

Rules are AWS Glue's Data Quality Definition Language. They are checked before Spark starts; every
problem is told with its line and column.

```dqdl
Metadata = { "Version": "1.0" }
DataSources = { "Primary": "trips", "AdditionalDataSources": [ "zones" ] }
kinds = ["cash", "card"]
DefaultLabels = [ "team" = "data" ]
Rules = [
    RowCount > 0,                                       # a comment to the end of the line
    ColumnValues "payment" in $kinds with threshold > 0.99,
    (IsComplete "id") and ((IsUnique "id") or (RowCount < 2)),
    Mean "fare" between 5 and 50 where "payment = 'card'",
    RowCount > 0.5 * avg(last(7)) labels=["why"="a day is missing"]
]
Analyzers = [ AllStatistics "fare", Distribution "payment" ]
```

## Operators

| written | meaning |
| --- | --- |
| `=` `!=` `>` `>=` `<` `<=` | as they look; metrics are equal if they differ by at most 0.00001 |
| `between a and b` | more than `a` and less than `b`: the ends are not in it |
| `not between a and b` | at most `a` or at least `b` |
| `in [a, b]`, `not in [a, b]` | one of them, none of them |
| `matches "pattern"`, `not matches` | the whole value, by Java's regular expressions |
| `where "sql"` | only rows where it is true; without any, the rule passes |
| `with threshold > 0.9` | the share of rows that must comply, instead of all |

Values beside texts and numbers: `NULL`, `EMPTY`, `WHITESPACES_ONLY`; days as `"2024-01-31"`, times
of today as `"09:30"` or `"9:30 AM"`, `now()` and `(now() - 3 days)`; lengths of time in `days`,
`hours` or `minutes`; sizes in `B`, `KB`, `MB`, `GB` or `TB`.

A null row fails ColumnValues, but for `!=` and `not in`, which it passes; where NULL is among the
operands it is a value like others. NaN is greater than every number, as Spark holds it. Days are
compared in UTC.

## Dynamic rules

A bound may be computed of earlier values of the same metric in the same job and context:
`last()` is the newest, `last(k)` a list of up to `k`, which `avg`, `median`, `max`, `min`, `sum`,
`std`, `abs` or `index(last(k), i)` make one number of. Without history, `last()` is 0.

## Labels, variables, composites

At most 10 labels a rule, default ones counted; a rule's own override them. A variable is a text or
a list of texts, and stands for a parameter, an operand or a whole list. `and` binds tighter than
`or`. A composite's parts are judged on the whole frame and then joined; with
`compositeRuleEvaluation.method = ROW` they are joined on each row, and all rows must pass.

"""
_MARKS = {True: "yes", False: ""}
_SHAPES = {
    Kind.NUMBER: "> 0.5",
    Kind.STRING: '= "a"',
    Kind.DATE: "> (now() - 1 days)",
    Kind.DURATION: "<= 24 hours",
    Kind.SIZE: "between 1 KB and 1 GB",
    Kind.BOOLEAN: "",
}
EXAMPLES = {
    "RowCount": ["RowCount > 1000"],
    "ColumnCount": ["ColumnCount = 12"],
    "ColumnNamesMatchPattern": ['ColumnNamesMatchPattern "^[a-z_]+$"'],
    "CustomSql": [
        'CustomSql "select count(*) from primary where fare < 0" = 0',
        'CustomSql "select id from primary where fare >= tip" with threshold > 0.99',
    ],
    "ColumnCorrelation": ['ColumnCorrelation "fare" "tip" > 0.4'],
    "ColumnDataType": [
        'ColumnDataType "id" = "Long"',
        'ColumnDataType "day" = "Date" with format = "dd-MM-yyyy"',
    ],
    "ColumnValues": [
        'ColumnValues "fare" between 0 and 500',
        'ColumnValues "kind" in ["a", NULL]',
        'ColumnValues "code" matches "[A-Z]{3}"',
        'ColumnValues "day" > "2024-01-01"',
    ],
    "IsPrimaryKey": ['IsPrimaryKey "vendor" "id"'],
    "ReferentialIntegrity": ['ReferentialIntegrity "zone,kind" "zones.{id,kind}" = 1.0'],
    "DatasetMatch": ['DatasetMatch "old" "id->key" "fare->amount,tip" >= 0.99'],
    "SchemaMatch": ['SchemaMatch "old" = 1.0'],
    "RowCountMatch": ['RowCountMatch "old" between 0.9 and 1.1'],
    "AggregateMatch": ['AggregateMatch "sum(fare)" "sum(old.amount)" >= 0.99'],
    "DetectAnomalies": ['DetectAnomalies "Mean" "fare"', "DetectAnomalies of RowCount"],
    "FileFreshness": ['FileFreshness "s3://bucket/in/" > (now() - 1 days) with recentFiles = 5'],
    "FileMatch": [
        'FileMatch "s3://bucket/a.csv" in ["9e107d9d372bb6826bd81d3542a419d6"]',
        'FileMatch "s3://bucket/a/" "s3://bucket/b/" with hashAlgorithm = "SHA-256"',
    ],
    "Distribution": ['Distribution "fare" with bins = 10'],
    "AllStatistics": ["AllStatistics AllColumns"],
}
"""Where an example says more than the pattern of the type does."""


def page() -> str:
    """Return the page."""
    rows = "\n".join(map(_row, RULE_TYPES))
    names = list(dict.fromkeys(kind.name for kind in RULE_TYPES))
    lines = "\n".join(f"{line}" for name in names for line in _examples(name))
    return (
        f"{HEAD}## Types\n\n"
        "| type | parameters | bound | what it checks | `where` | rows | dynamic | threshold |"
        " analyzer |\n| --- | --- | --- | --- | --- | --- | --- | --- | --- |\n"
        f"{rows}\n\nThe last six are deequ's, and no types of AWS Glue. `rows` are types with an"
        " outcome for each row.\n\n## Metrics\n\n| type | reported as |\n| --- | --- |\n"
        + "\n".join(map(_metrics, RULE_TYPES))
        + f"\n\n## Examples\n\nEach is parsed by a test.\n\n```dqdl-rules\n{lines}\n```\n"
    )


def _row(kind: RuleType) -> str:
    parameters = [
        f"[{name}]" if at >= len(kind.parameters) - kind.optional else name
        for at, name in enumerate(kind.parameters)
    ]
    more = " …" if kind.repeats else ""
    marks = (kind.where, kind.rows, kind.dynamic, kind.threshold, kind.analyzer)
    kinds = ", ".join("none" if each is Kind.BOOLEAN else str(each) for each in kind.kinds)
    name = f"`{kind.name}`" if kind.rule else f"`{kind.name}` (analyzer only)"
    cells = (name, " ".join(parameters) + more, kinds if kind.rule else "", f"{kind.meaning}.")
    return f"| {' | '.join((*cells, *(_MARKS[mark] for mark in marks)))} |"


def _metrics(kind: RuleType) -> str:
    return f"| `{kind.name}` | {', '.join(f'`{name}`' for name in kind.metrics) or 'nothing'} |"


def _examples(name: str) -> list[str]:
    if name in EXAMPLES:
        return EXAMPLES[name]
    kind = next(each for each in RULE_TYPES if each.name == name)
    least = len(kind.parameters) - kind.optional
    called = " ".join([name, *(f'"{each}"' for each in kind.parameters[: max(least, 0)])])
    shape = _SHAPES[kind.kinds[0]] if kind.rule else ""
    return [f"{called} {shape}".strip()]


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
    print(PAGE)
