"""Which table of the catalog is the one that was found, and what new ones are called."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from gluepot.crawlers.names import table_name, with_hash
from gluepot.crawlers.planning.definitions import CRAWLER, location_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gluepot.catalog.model import Table
    from gluepot.crawlers.findings import Found
    from gluepot.crawlers.grouping.found import FoundTable
    from gluepot.crawlers.model import Crawler

_Identity = tuple[str, ...]
_CONNECTION = "connectionName"


def assign_names(
    crawler: Crawler, found: Sequence[Found], known: Mapping[str, Table], *, partial: bool = False
) -> dict[str, Found]:
    """Return the found tables by name.

    A table keeps the name under which this crawler knows it, or the one that any crawler would
    give it. Where all at a place is of another format than before, that table has changed; where
    there is more than one, the new format is a table of its own. A new table is called like its
    folder; where that name belongs to another place or format, a hash of its own is added, which
    is the same in every crawl.

    Args:
        crawler: Whose prefix and whose tables count.
        found: In an order that does not change from crawl to crawl.
        known: The tables of the crawler's database by name.
        partial: Not all was looked at, so a table of another format is one of its own.
    """
    naming = _Naming(crawler=crawler, known=known)
    rest = [item for item in found if not naming.same(item)]
    if not partial:
        at: dict[str, list[Found]] = defaultdict(list)
        for item in rest:
            at[_place(item.table.location)].append(item)
        rest = [
            item
            for items in at.values()
            for item in items
            if len(items) > 1 or not naming.changed(item)
        ]
    for item in rest:
        naming.new(item)
    return naming.named


@dataclass(kw_only=True)
class _Naming:
    """Names as they are given away."""

    crawler: Crawler
    known: Mapping[str, Table]
    named: dict[str, Found] = field(default_factory=dict)
    _mine: dict[_Identity, str] = field(default_factory=dict)
    _places: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))

    def __post_init__(self) -> None:
        for name in sorted(self.known):
            table = self.known[name]
            if (table.parameters or {}).get(CRAWLER) == self.crawler.name:
                self._mine.setdefault(_identity(table), name)
                self._places[_place(location_of(table))].append(name)

    def same(self, item: Found) -> bool:
        """Name a table that is known with the same place, format and compression."""
        wanted = _found_identity(item.table)
        names = (self._mine.get(wanted), *self._usual(item))
        name = next((name for name in names if name is not None and self._is(name, wanted)), None)
        return self._take(name, item)

    def changed(self, item: Found) -> bool:
        """Name the one table that is known at a place, whatever its format was."""
        place = _place(item.table.location)
        mine = [name for name in self._places.get(place, ()) if name not in self.named]
        if len(mine) == 1:
            return self._take(mine[0], item)
        name = self._usual(item)[0]
        there = self.known.get(name)
        at_place = there is not None and _place(location_of(there)) == place
        return self._take(name if at_place else None, item)

    def new(self, item: Found) -> None:
        """Name a table that is not known."""
        usual, hashed = self._usual(item)
        taken = usual in self.named or usual in self.known
        self.named[hashed if taken else usual] = item

    def _usual(self, item: Found) -> tuple[str, str]:
        name = table_name(self.crawler.table_prefix, item.table.folder)
        told = (*_found_identity(item.table), repr(item.table.compatibility.traits))
        return name, with_hash(name, "\n".join(told))

    def _is(self, name: str, wanted: _Identity) -> bool:
        table = self.known.get(name)
        return name not in self.named and table is not None and _identity(table) == wanted

    def _take(self, name: str | None, item: Found) -> bool:
        if name is None or name in self.named:
            return False
        self.named[name] = item
        return True


def _place(location: str) -> str:
    return location.rstrip("/")


def _identity(table: Table) -> _Identity:
    parameters = table.parameters or {}
    return (
        _place(location_of(table)),
        parameters.get("classification", ""),
        parameters.get("compressionType", "none"),
        parameters.get("delimiter", ""),
        parameters.get(_CONNECTION, ""),
    )


def _found_identity(found: FoundTable) -> _Identity:
    return (
        _place(found.location),
        found.compatibility.format,
        found.compatibility.codec,
        "" if found.delimited is None else found.delimited.delimiter,
        found.parameters.get(_CONNECTION, ""),
    )
