"""How many rules the text of a ruleset holds; it must be a ruleset for that."""

from __future__ import annotations

from functools import lru_cache

from gluepot.transforms.quality.dqdl import parse_ruleset


@lru_cache(maxsize=1024)
def count_rules(text: str) -> int:
    """Return how many rules a ruleset holds; a composite is one, analyzers are none.

    >>> count_rules('Rules = [ IsComplete "a", ColumnValues "b" in [1, 2] ]')
    2

    Raises:
        InvalidRulesetError: The text is no ruleset; everything wrong is named.
    """
    return len(parse_ruleset(text).rules)
