"""Fifty rules over twenty columns, in DQDL and as expectations, and the rows they are asked of."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

KINDS = ("air", "sea", "road", "rail")
_KINDS = ", ".join(f"'{kind}'" for kind in KINDS)
COLUMNS = (
    "id",
    *(f"cast(pmod(hash(id, {at}), 1000) as int) AS n{at}" for at in range(6)),
    *(f"pmod(hash(id, {at}), 10000) / 7.0D AS x{at}" for at in range(5)),
    *(
        f"element_at(array({_KINDS}), cast(pmod(hash(id, {at}), 4) as int) + 1) AS k{at}"
        for at in range(4)
    ),
    "concat('N', pmod(hash(id), 9000) + 1000) AS tail",
    "concat('c', id) AS code",
    "date_add(date'2020-01-01', cast(id % 900 as int)) AS day",
    "if(id % 50 = 0, null, id % 90) AS gate",
)
"""Spark SQL over ``range``; one value in fifty of ``gate`` is missing."""
NAMES = tuple(column.rpartition(" ")[2] for column in COLUMNS)


@dataclass(frozen=True, kw_only=True)
class Rule:
    """One rule in both languages; no column but ``gate`` has nulls, so both mean the same."""

    dqdl: str
    expect: str
    parameters: dict[str, Any]


def _rule(dqdl: str, expect: str, **parameters: Any) -> Rule:  # noqa: ANN401
    return Rule(dqdl=dqdl, expect=f"expect_{expect}", parameters=parameters)


def _completeness() -> list[Rule]:
    return [
        _rule(f'IsComplete "{name}"', "column_values_to_not_be_null", column=name) for name in NAMES
    ]


def _uniqueness() -> list[Rule]:
    return [
        _rule(f'IsUnique "{name}"', "column_values_to_be_unique", column=name)
        for name in ("id", "code", "n0", "tail")
    ]


def _numbers() -> list[Rule]:
    found = []
    for at in range(6):
        low = -1 if at else 10
        found.append(
            _rule(
                f'ColumnValues "n{at}" between {low} and 1000',
                "column_values_to_be_between",
                column=f"n{at}",
                min_value=low + 1,
                max_value=999,
            )
        )
    for at in range(5):
        ends = {"strict_min": True, "strict_max": True}
        found += [
            _rule(
                f'ColumnValues "x{at}" between -0.5 and 1429.5',
                "column_values_to_be_between",
                column=f"x{at}",
                min_value=-0.5,
                max_value=1429.5,
                **ends,
            ),
            _rule(
                f'Mean "x{at}" between 600 and 800',
                "column_mean_to_be_between",
                column=f"x{at}",
                min_value=600,
                max_value=800,
                **ends,
            ),
        ]
    return found


def _texts() -> list[Rule]:
    kinds = ",".join(f'"{kind}"' for kind in KINDS)
    return [
        *(
            _rule(
                f'ColumnValues "k{at}" in [{kinds}]',
                "column_values_to_be_in_set",
                column=f"k{at}",
                value_set=list(KINDS),
            )
            for at in range(4)
        ),
        _rule(
            'ColumnValues "tail" matches "N[0-9]{4}"',
            "column_values_to_match_regex",
            column="tail",
            regex="^N[0-9]{4}$",
        ),
        _rule(
            'ColumnValues "code" matches "c[0-9]+"',
            "column_values_to_match_regex",
            column="code",
            regex="^c[0-9]+$",
        ),
        _rule('ColumnLength "tail" = 5', "column_value_lengths_to_equal", column="tail", value=5),
        _rule(
            'ColumnLength "code" between 1 and 20',
            "column_value_lengths_to_be_between",
            column="code",
            min_value=2,
            max_value=19,
        ),
    ]


RULES = (
    *_completeness(),
    *_uniqueness(),
    *_numbers(),
    *_texts(),
    _rule(
        'ColumnValues "day" >= "2020-01-01"',
        "column_values_to_be_between",
        column="day",
        min_value=dt.date(2020, 1, 1),
    ),
    _rule("RowCount > 0", "table_row_count_to_be_between", min_value=1),
)
"""Of the fifty three do not hold: ``gate`` has nulls, and ``n0`` and ``tail`` are not unique."""
RULESET = f"Rules = [ {', '.join(rule.dqdl for rule in RULES)} ]"
