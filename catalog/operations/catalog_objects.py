"""All operations on catalogs, databases and what is in them in one table."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from gluepot.catalog.calls import join_operations
from gluepot.catalog.errors import EntityNotFoundError
from gluepot.catalog.operations import (
    catalogs,
    column_statistics,
    databases,
    functions,
    partition_indexes,
    partitions,
    search,
    tables,
    unfiltered,
    versions,
)

if TYPE_CHECKING:
    from gluepot.catalog.calls import Handler
    from gluepot.catalog.operations.tags import Taggable
    from gluepot.catalog.store import CatalogStore


def operations(store: CatalogStore) -> dict[str, Handler]:
    """Return the operations over a store."""
    modules = (
        *(catalogs, databases, tables, versions, search, unfiltered),
        *(partitions, partition_indexes, column_statistics, functions),
    )
    return join_operations(*(module.operations(store) for module in modules))


def taggable(store: CatalogStore) -> Taggable:
    """Return which of these resources can have tags, and how to see that one is there."""
    return {"database": partial(_has_database, store), "catalog": partial(_has_catalog, store)}


def _has_database(store: CatalogStore, path: str) -> bool:
    catalog, _, name = path.rpartition("/")
    try:
        store.in_catalog(catalog).databases.get(name)
    except EntityNotFoundError:
        return False
    return True


def _has_catalog(store: CatalogStore, name: str) -> bool:
    try:
        store.catalogs.get(name)
    except EntityNotFoundError:
        return False
    return True
