"""SQL that finds what is wrong, in both languages: rows there, their number here."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from gluepot.transforms.quality.dqdl.tree import Number, Operator
from gluepot.transforms.quality.suites.model import NotTheSameError

if TYPE_CHECKING:
    from gluepot.transforms.quality.dqdl.tree import Rule

_COUNTED = re.compile(
    r"\s*select\s+count\(\*\)\s+from\s+\((.*)\)\s+as\s+found\s*", re.IGNORECASE | re.DOTALL
)


def statement_of(query: str) -> str:
    """Return a query over ``{batch}`` as DQDL's SQL, which counts the rows that it finds.

    >>> statement_of("SELECT * FROM {batch} WHERE seats < 1")
    'select count(*) from (SELECT * FROM primary WHERE seats < 1) as found'
    """
    rows = query.strip().rstrip(";").format(batch="primary")
    return f"select count(*) from ({rows}) as found"  # noqa: S608 - the author's own SQL


def query_of(rule: Rule) -> str:
    """Return a rule on SQL that counts rows, of which there must be none, as a query for them.

    Raises:
        NotTheSameError: It is another kind of rule.
    """
    found = _COUNTED.fullmatch(rule.values[0])
    condition = rule.condition
    if found is None or condition is None or condition.operator is not Operator.EQUAL:
        raise NotTheSameError(
            "only SQL of the form `select count(*) from (...) as found` that must be 0 has a twin"
        )
    (bound,) = condition.operands
    if not isinstance(bound, Number) or float(bound.text) != 0:
        raise NotTheSameError("an expectation on SQL demands that no row is found, no other number")
    doubled = found[1].replace("{", "{{").replace("}", "}}")
    query = re.sub(r"\b(from|join)(\s+)primary\b", r"\1\2{batch}", doubled, flags=re.IGNORECASE)
    if re.search(r"\bprimary\b", query, re.IGNORECASE) or "{batch}" not in query:
        raise NotTheSameError("its SQL names `primary` elsewhere than after FROM or JOIN")
    return query
