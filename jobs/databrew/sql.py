"""Names, texts and tests of recipes as Spark SQL."""

from __future__ import annotations


def column(name: str) -> str:
    """Return a column's name as SQL has it.

    >>> column("a`b")
    '`a``b`'
    """
    return "`" + name.replace("`", "``") + "`"


def literal(text: str) -> str:
    r"""Return a text as SQL has it.

    >>> literal("it's \\d")
    "'it\\'s \\\\d'"
    """
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def text_of(name: str) -> str:
    """Return a column as text."""
    return f"CAST({column(name)} AS STRING)"


def number_of(name: str) -> str:
    """Return a column as a number: text that spells none is null."""
    return f"TRY_CAST({column(name)} AS DOUBLE)"


def missing(name: str) -> str:
    """Return the test for a value that is missing: null, or an empty text."""
    return f"({column(name)} IS NULL OR {text_of(name)} = '')"


def quoted_pattern(text: str) -> str:
    r"""Return a regular expression that finds a text as it is.

    >>> print(quoted_pattern("a.b"))
    \Qa.b\E
    """
    return "\\Q" + text.replace("\\E", "\\E\\\\E\\Q") + "\\E"
