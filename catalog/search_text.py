"""The words by which a search finds a table, kept beside it as one text.

AWS Glue splits what it searches at punctuation and compares whole words: ``link`` finds
``customer-link`` but not ``linked``. An underscore is no punctuation here, as in most search
engines. The text holds the words of each property in order, so that a phrase is a part of it,
and then each word again behind the name of its property:

>>> search_text("shop", {"Name": "customer-link", "Owner": "Anna"})
' shop | customer link | anna | databasename=shop name=customer name=link owner=anna '
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

SEARCHED_CHARACTERS = 1024
"""How much of a value is searched; a request can ask for no longer one."""

PROPERTIES = {
    "name": "Name",
    "description": "Description",
    "owner": "Owner",
    "tabletype": "TableType",
}
_WORD = re.compile(r"\w+")


def search_text(database: str, definition: Mapping[str, Any]) -> str:
    """Return the words of a table's definition."""
    pairs = [(key, words_of(value)) for key, value in _properties(database, definition)]
    phrases = " | ".join(" ".join(words) for _, words in pairs)
    of_property = dict.fromkeys(f"{key}={word}" for key, words in pairs for word in words)
    return f" {phrases} | {' '.join(of_property)} "


def words_of(text: str) -> list[str]:
    """Return the words of a text, in lower case.

    >>> words_of("Customer-Link:x_1")
    ['customer', 'link', 'x_1']
    """
    return _WORD.findall(text[:SEARCHED_CHARACTERS].lower())


def property_name(key: str) -> str:
    """Return the name of a property as the text has it.

    >>> property_name("skip.header.line.count"), property_name("DatabaseName")
    ('skip.header.line.count', 'databasename')
    """
    return ".".join(words_of(key))


def _properties(database: str, definition: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    yield "databasename", database
    for name, key in PROPERTIES.items():
        if key in definition:
            yield name, definition[key]
    storage = definition.get("StorageDescriptor", {})
    if "Location" in storage:
        yield "location", storage["Location"]
    for column in (*storage.get("Columns", ()), *definition.get("PartitionKeys", ())):
        yield "column", column["Name"]
        yield "column", column.get("Comment", "")
    for key, value in definition.get("Parameters", {}).items():
        yield property_name(key), value
