"""A few rows that break rules, for people who read the report."""

from __future__ import annotations

import re
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING, Any

from pyspark.sql import functions as F  # noqa: N812

from gluepot.transforms.paths import quote
from gluepot.transforms.quality.dqdl.results import Result
from gluepot.transforms.quality.dqdl.tree import leaves
from gluepot.transforms.quality.values import MASK, json_value

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from pyspark.sql import Row

    from gluepot.transforms.quality.dqdl.tree import AnyRule
    from gluepot.transforms.quality.running.evaluate import Evaluation

MOST_EXAMPLES = 5
"""Rows that are shown of a rule."""
MOST_READ = 200
"""Broken rows that are looked at for all rules together; a rare fault may be in none of them."""
_BROKEN = "__gluepot_broken_{}"


def examples_of(
    evaluation: Evaluation, *, mask: Collection[str] = ()
) -> Mapping[str, Sequence[Mapping[str, Any]]]:
    """Return rows that break rules, by the rules' names, in one query; none asks for none.

    Of a row only the columns that the rule names are shown.

    Args:
        evaluation: What became of the rules.
        mask: Columns whose values are not shown.
    """
    marked = evaluation.marked()
    pairs = zip(evaluation.result.rules, evaluation.bare_rules(), strict=True)
    failed = [
        (result.name, rule, outcome)
        for result, rule in pairs
        if result.result is Result.FAIL and (outcome := marked.outcome(rule)) is not None
    ]
    if not failed:
        return {}
    broken = [(~outcome).alias(_BROKEN.format(at)) for at, (_, _, outcome) in enumerate(failed)]
    columns = evaluation.frame.dataframe.columns
    names = [_named(rule, columns) for _, rule, _ in failed]
    shown = [quote(name) for name in columns if any(name in some for some in names)]
    rows = marked.dataframe.select(*shown, *broken)
    any_broken = reduce(or_, (F.col(_BROKEN.format(at)) for at in range(len(failed))))
    found = rows.where(any_broken).limit(MOST_READ).collect()
    return {
        name: _examples(found, _BROKEN.format(at), names[at], mask)
        for at, (name, _, _) in enumerate(failed)
    }


def _examples(
    rows: Sequence[Row], mark: str, names: Sequence[str], mask: Collection[str]
) -> list[Mapping[str, Any]]:
    hidden = {name.casefold() for name in mask}
    shown: list[Mapping[str, Any]] = []
    for row in rows:
        values = {
            name: MASK if name.casefold() in hidden else json_value(row[name]) for name in names
        }
        if row[mark] and values and values not in shown:
            shown.append(values)
    return shown[:MOST_EXAMPLES]


def _named(rule: AnyRule, columns: Sequence[str]) -> list[str]:
    """Return the columns that a rule's parameters and filters speak of."""
    texts = [text for leaf in leaves(rule) for text in (*leaf.values, leaf.where or "")]
    told = "\n".join(texts)
    return [name for name in columns if re.search(rf"(?<!\w){re.escape(name)}(?!\w)", told)]
