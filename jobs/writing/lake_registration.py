"""Delta and Iceberg tables as a crawl registers them, so that neither undoes the other."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from gluepot.catalog.table_format import storage_parameters
from gluepot.crawlers.lakehouse.kinds import DELTA_LOG, ICEBERG_FOLDER, LakeKind
from gluepot.crawlers.lakehouse.tables import read_lake_table
from gluepot.crawlers.planning.definitions import (
    CRAWLER,
    RUN_ID,
    keep_what_people_set,
    table_definition,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gluepot.catalog.model import Table
    from gluepot.crawlers.grouping.found import FoundTable
    from gluepot.jobs.run_context.stores import Stores

_OF_CRAWLS = (CRAWLER, RUN_ID, "exclusions")
"""What only a crawl can say of a table."""


_LOGS = {LakeKind.DELTA: DELTA_LOG, LakeKind.ICEBERG: ICEBERG_FOLDER}


def read_by_log(uri: str, kind: LakeKind, stores: Stores) -> FoundTable:
    """Return a table by its log, as a crawl of it finds it.

    Raises:
        LakeTableError: The log is damaged, or larger than is read.
        StorageError: The store fails.
    """
    source = stores.open(uri)
    (found,) = read_lake_table(kind, source, uri, list(source.list(f"{uri}/{_LOGS[kind]}")))
    return found


def lake_definition(found: FoundTable, database: str, name: str, known: Table | None) -> Table:
    """Return the definition that a crawl would write, as far as a job can say it.

    Args:
        found: The table by its log.
        database: Where it goes.
        name: What it is called there.
        known: What the catalog has: what people and crawls set of it stays.
    """
    new = _with_marks(table_definition(found, database=database, name=name, crawler=""), known)
    return new if known is None else keep_what_people_set(new, known)


def _with_marks(table: Table, known: Table | None) -> Table:
    """Return a table with the marks of crawls that the known one has, and no others."""
    storage = table.storage_descriptor
    kept = {} if known is None else known.parameters or {}
    kept_below = {} if known is None else storage_parameters(known)
    return replace(
        table,
        parameters=_marked(table.parameters or {}, kept),
        storage_descriptor=storage
        and replace(storage, parameters=_marked(storage.parameters or {}, kept_below)),
    )


def _marked(parameters: Mapping[str, str], known: Mapping[str, str]) -> dict[str, str]:
    own = {key: value for key, value in parameters.items() if key not in _OF_CRAWLS}
    return own | {key: known[key] for key in _OF_CRAWLS if key in known}
