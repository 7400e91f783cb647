"""Table optimizers: their configurations are kept; gluepot itself runs none."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from gluepot.catalog.errors import EntityNotFoundError, InvalidInputError
from gluepot.catalog.operations import table_settings

if TYPE_CHECKING:
    from gluepot.catalog.calls import Call, Document, Handler
    from gluepot.catalog.objects import ObjectStore
    from gluepot.catalog.operations.table_settings import Place
    from gluepot.catalog.store import CatalogStore

_KIND = "Table optimizer"
_ENTRY = ("catalogId", "databaseName", "tableName", "type")
_CONFIGURATIONS = {
    "compactionConfiguration": "compaction",
    "retentionConfiguration": "retention",
    "orphanFileDeletionConfiguration": "orphan_file_deletion",
}


@dataclass(frozen=True, kw_only=True)
class Stores:
    """What the operations of this module work on."""

    objects: ObjectStore
    catalog: CatalogStore

    def place(self, call: Call, request: Document) -> Place:
        """Return where the optimizer that a request names is kept."""
        return table_settings.place_of(
            self.catalog,
            call,
            _KIND,
            catalog_id=request["CatalogId"],
            database=request["DatabaseName"],
            table=request["TableName"],
            part=request["Type"],
        )


def create_table_optimizer(stores: Stores, call: Call, request: Document) -> None:
    """Add an optimizer to a table."""
    configuration = _checked(request)
    table_settings.create(stores.objects, stores.place(call, request), configuration)


def get_table_optimizer(stores: Stores, call: Call, request: Document) -> Document:
    """Return a table's optimizer of a type."""
    configuration = table_settings.get(stores.objects, stores.place(call, request))
    return {**_table(request), "TableOptimizer": _show(request["Type"], configuration)}


def batch_get_table_optimizer(stores: Stores, call: Call, request: Document) -> Document:
    """Return optimizers of several tables, and why others are not returned."""
    found, failures = [], []
    for entry in request["Entries"]:
        try:
            found.append(_get_entry(stores, call, entry))
        except (EntityNotFoundError, InvalidInputError) as error:
            reason = {"ErrorCode": error.code, "ErrorMessage": error.wire_message}
            failures.append({**entry, "error": reason})
    return {"TableOptimizers": found, "Failures": failures}


def update_table_optimizer(stores: Stores, call: Call, request: Document) -> None:
    """Replace the configuration of a table's optimizer."""
    configuration = _checked(request)
    place = stores.place(call, request)
    table_settings.change(stores.objects, place, lambda _before: configuration)


def delete_table_optimizer(stores: Stores, call: Call, request: Document) -> None:
    """Delete a table's optimizer."""
    table_settings.delete(stores.objects, stores.place(call, request))


def list_table_optimizer_runs(stores: Stores, call: Call, request: Document) -> Document:
    """Return the runs of an optimizer: none, as gluepot makes none."""
    table_settings.get(stores.objects, stores.place(call, request))
    return {**_table(request), "TableOptimizerRuns": []}


def _get_entry(stores: Stores, call: Call, entry: Document) -> Document:
    missing = [member for member in _ENTRY if member not in entry]
    if missing:
        raise InvalidInputError(f"The entry lacks {', '.join(missing)}")
    request = {member[0].upper() + member[1:]: entry[member] for member in _ENTRY}
    configuration = table_settings.get(stores.objects, stores.place(call, request))
    shown = _show(entry["type"], configuration)
    return {**{member: entry[member] for member in _ENTRY[:3]}, "tableOptimizer": shown}


def _checked(request: Document) -> Document:
    configuration: Document = request["TableOptimizerConfiguration"]
    for member, type_ in _CONFIGURATIONS.items():
        if member in configuration and type_ != request["Type"]:
            raise InvalidInputError(f"{member} does not belong to a {request['Type']} optimizer")
    return configuration


def _show(type_: str, configuration: Document) -> Document:
    return {"type": type_, "configuration": configuration, "configurationSource": "table"}


def _table(request: Document) -> Document:
    return {member: request[member] for member in ("CatalogId", "DatabaseName", "TableName")}


def operations(store: ObjectStore, catalog: CatalogStore) -> dict[str, Handler]:
    """Return the operations of this module."""
    stores = Stores(objects=store, catalog=catalog)
    return {
        "CreateTableOptimizer": partial(create_table_optimizer, stores),
        "GetTableOptimizer": partial(get_table_optimizer, stores),
        "BatchGetTableOptimizer": partial(batch_get_table_optimizer, stores),
        "UpdateTableOptimizer": partial(update_table_optimizer, stores),
        "DeleteTableOptimizer": partial(delete_table_optimizer, stores),
        "ListTableOptimizerRuns": partial(list_table_optimizer_runs, stores),
    }
