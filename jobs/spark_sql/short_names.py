"""Names of tables as scripts for AWS Glue write them: ``database.table``, ``glue_catalog.…``.

In AWS Glue the catalog is what Spark itself looks into, so that scripts name no catalog, or one of
the names that AWS's documents give to it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from gluepot.jobs.spark_sql.text import CATALOG, Edit, named_tables, splice

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

ALIASES = ("glue_catalog", "awsdatacatalog")
"""What AWS's documents call the catalog in Iceberg's settings of Spark, and what Athena does."""

_PAIR = re.compile(
    r"(?i)(?:\b(?:from|join|into|table|update|using|exists|overwrite)\s+|[,(]\s*)"
    r"(?:`((?:[^`]|``)+)`|(\w+))\s*[.]\s*(?=[`\w])"
)
"""What may be a table's name of more than one part; the parser is asked when it is."""

_SHORT, _FULL = 2, 3


def in_full(
    text: str,
    *,
    aliases: Collection[str] = ALIASES,
    mask: Callable[[str], str] = str,
    is_database: Callable[[str], bool],
    knows_table: Callable[[str, str], bool],
) -> str:
    """Return a statement with the catalog's tables as ``gluepot.database.table``.

    Args:
        text: The statement, of any kind; what is no table of the catalog stays letter by letter.
        aliases: The other names of the catalog, those left out that are Spark's own catalogs.
        mask: Makes of the text what the parser can read, of the same length.
        is_database: Whether the catalog has a database of that name, in lower case.
        knows_table: Whether Spark has a table ``database.table`` of its own, which goes before the
            catalog's.

    Raises:
        SqlError: It has an open quote or comment.
        SqlglotMissingError: It names one of the catalog's databases and the parser is missing.
    """
    before = {(quoted or plain).lower() for quoted, plain in _PAIR.findall(text)}
    if not any(name in aliases or is_database(name) for name in before):
        return text
    edits = []
    for parts in named_tables(mask(text)):
        names = [part.text.lower() for part in parts]
        start, end = parts[0].start, parts[0].end + 1
        if names[0] in aliases and len(names) >= _FULL:
            edits.append(Edit(start=start, end=end, text=CATALOG))
        elif len(names) == _SHORT and is_database(names[0]) and not knows_table(*names):
            edits.append(Edit(start=start, end=start, text=f"{CATALOG}."))
    return splice(text, edits)
