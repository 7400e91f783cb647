"""ML transforms of the Glue API: made, read, tuned and deleted."""

from __future__ import annotations

import secrets
from functools import partial
from typing import TYPE_CHECKING, Any

from gluepot.catalog.errors import AlreadyExistsError, EntityNotFoundError, InvalidInputError
from gluepot.catalog.limits import refuse_beyond
from gluepot.catalog.ml_store import KIND
from gluepot.catalog.operations.named import without
from gluepot.catalog.types import parse_type
from gluepot.jobs.runs.state import RunKind
from gluepot.jobs.runs.tables import runs as run_rows

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import sqlalchemy as sa

    from gluepot.catalog.calls import Call, Document, Handler
    from gluepot.catalog.definitions import Definition, DefinitionStore
    from gluepot.catalog.ml_store import MLState
    from gluepot.catalog.store import CatalogStore
    from gluepot.jobs.operations.stores import ApiStores

NAMES = "MLTransform name"
"""Definitions of this kind hold the names, each with its transform's id: a name is unique."""

PAGE = 1000
MOST_COLUMNS = 100
_WORKERS = ("WorkerType", "NumberOfWorkers")
_OPEN_PAGE = 1000


class TransformNotFoundError(EntityNotFoundError):
    """There is no such transform: ``TransformNotFoundError(account_id, transform_id)``."""

    def __str__(self) -> str:
        """Word it as AWS Glue does."""
        account_id, transform_id = self.args
        return f"Cannot find MLTransform in account {account_id} with handle {transform_id}."


class TransformExistsError(AlreadyExistsError):
    """A transform has the name already: ``TransformExistsError(KIND, name)``."""

    def __str__(self) -> str:
        """Word it as AWS Glue does."""
        return f"Transform with name {self.args[1]} already exists."


def create_transform(stores: ApiStores, call: Call, request: Document) -> Document:
    """Create a transform over one table.

    Raises:
        TransformExistsError: The name is taken.
        InvalidInputError: The definition is not right.
        ResourceNumberLimitExceededError: There are as many as may be.
    """
    document = without(request, "Tags")
    if len(document["InputRecordTables"]) != 1:
        raise InvalidInputError("Exactly one input record table must be provided.")
    document["Schema"] = schema_of(stores.catalog, document["InputRecordTables"][0])
    _check(document)
    transform_id = f"tfm-{secrets.token_hex(20)}"
    most = stores.catalog.scope.limits.ml_transforms
    with stores.runs.transaction() as connection:
        ml = stores.ml.within(connection)
        refuse_beyond(most, ml.count(), resource="ML transform", container="account")
        definitions = stores.objects.definitions.within(connection)
        _claim(definitions, document["Name"], transform_id)
        definitions.create(KIND, transform_id, document)
        ml.add(transform_id)
        tags = stores.objects.tags.within(connection)
        tags.tag(_arn(call, transform_id), request.get("Tags", {}))
    return {"TransformId": transform_id}


def get_transform(stores: ApiStores, call: Call, request: Document) -> Document:
    """Return a transform.

    Raises:
        TransformNotFoundError: There is none of that id.
    """
    found = find_transform(stores, call, request["TransformId"])
    return show(found, stores.ml.state(found.name))


def get_transforms(stores: ApiStores, call: Call, request: Document) -> Document:
    """Return a page of transforms, filtered and sorted as asked, else by id."""
    return _page(stores, call, request, "Transforms", lambda shown: shown)


def list_transforms(stores: ApiStores, call: Call, request: Document) -> Document:
    """Return a page of the ids of transforms, filtered and sorted as asked, else by id."""
    return _page(stores, call, request, "TransformIds", lambda shown: shown["TransformId"])


def update_transform(stores: ApiStores, call: Call, request: Document) -> Document:
    """Change the members that are given.

    With another primary key the columns that are compared are others: what was learnt is out of
    use until labels are imported again.

    Raises:
        TransformNotFoundError: There is none of that id.
        TransformExistsError: Another has the new name.
        InvalidInputError: The definition would not be right.
    """
    transform_id, members = request["TransformId"], without(request, "TransformId")

    def change(old: Definition) -> Document:
        kept = dict(old.definition)
        if "MaxCapacity" in members or members.keys() & set(_WORKERS):
            kept = without(kept, "MaxCapacity", *_WORKERS)
        new = {**kept, **members}
        _check(new)
        return new

    with stores.runs.transaction() as connection:
        definitions = stores.objects.definitions.within(connection)
        old = find_transform(stores, call, transform_id, connection)
        new = definitions.change(KIND, transform_id, change)
        if new.definition["Name"] != old.definition["Name"]:
            definitions.delete(NAMES, old.definition["Name"])
            _claim(definitions, new.definition["Name"], transform_id)
        if primary_key(new.definition) != primary_key(old.definition):
            stores.ml.within(connection).unlearn(transform_id)
    return {"TransformId": transform_id}


def delete_transform(stores: ApiStores, call: Call, request: Document) -> Document:
    """Delete a transform with its labels and models; its tasks that are at work are stopped.

    Raises:
        TransformNotFoundError: There is none of that id.
    """
    transform_id = request["TransformId"]
    still_open = run_rows.c.completed_at.is_(None)
    with stores.runs.transaction() as connection:
        found = find_transform(stores, call, transform_id, connection)
        runs = stores.runs.within(connection)
        for run in runs.list(
            kind=RunKind.MATCH, name=transform_id, where=[still_open], limit=_OPEN_PAGE
        ):
            runs.stop(run.id)
        definitions = stores.objects.definitions.within(connection)
        definitions.delete(NAMES, found.definition["Name"])
        definitions.delete(KIND, transform_id)
        stores.ml.within(connection).drop(transform_id)
        stores.objects.tags.within(connection).drop(_arn(call, transform_id))
    return {"TransformId": transform_id}


def show(definition: Definition, state: MLState) -> Document:
    """Return a transform as GetMLTransform answers."""
    document = definition.definition
    capacity = {} if document.keys() & set(_WORKERS) else {"MaxCapacity": 10.0}
    return {
        **capacity,
        "MaxRetries": 0,
        "Timeout": 2880,
        **document,
        "TransformId": definition.name,
        "Status": state.status.value,
        "LabelCount": state.label_count,
        "EvaluationMetrics": state.metrics,
        "CreatedOn": definition.created_at,
        "LastModifiedOn": max(definition.updated_at, state.updated_at),
    }


def find_transform(
    stores: ApiStores, call: Call, transform_id: str, connection: sa.Connection | None = None
) -> Definition:
    """Return a transform's definition; in a transaction it stays as it is until that ends.

    Raises:
        TransformNotFoundError: There is none of that id.
    """
    definitions = stores.objects.definitions
    if connection is not None:
        definitions = definitions.within(connection)
    found = definitions.find(KIND, transform_id, lock=connection is not None)
    if found is None:
        raise TransformNotFoundError(call.account_id, transform_id)
    return found


def primary_key(document: Document) -> str:
    """Return the column that tells the records of a transform apart."""
    name: str = document["Parameters"]["FindMatchesParameters"]["PrimaryKeyColumnName"]
    return name


def schema_of(catalog: CatalogStore, table: Mapping[str, str]) -> list[Document]:
    """Return the columns of a table; none where it is not there yet.

    Raises:
        InvalidInputError: There are more than AWS Glue takes, or the type of one is not a type.
    """
    found = catalog.find_table(table["DatabaseName"], table["TableName"])
    if found is None or found.storage_descriptor is None:
        return []
    columns = (*(found.storage_descriptor.columns or ()), *(found.partition_keys or ()))
    if len(columns) > MOST_COLUMNS:
        raise InvalidInputError(
            f"Table {found.database_name}.{found.name} has {len(columns)} columns; a transform"
            f" takes at most {MOST_COLUMNS}"
        )
    for column in columns:
        _check_type(column.name, column.type)
    return [{"Name": column.name, "DataType": column.type} for column in columns]


def _check_type(name: str, data_type: str | None) -> None:
    try:
        parse_type(data_type or "")
    except InvalidInputError as error:
        raise InvalidInputError(
            f"Input source column {name} has an invalid data type defined in the catalog."
        ) from error


def _page(
    stores: ApiStores,
    call: Call,
    request: Document,
    member: str,
    shown: Callable[[Document], Any],
) -> Document:
    sort = request.get("Sort", {})
    value = _SORT.get(sort.get("Column", ""), _id)
    falls = sort.get("SortDirection") == "DESCENDING"
    wanted, tags = request.get("Filter", {}), request.get("Tags", {})

    def place(one: Document) -> list[Any]:
        return [value(one), one["TransformId"]]

    def is_tagged(one: Document) -> bool:
        of_it = stores.objects.tags.tags(_arn(call, one["TransformId"])) if tags else {}
        return bool(tags.items() <= of_it.items())

    def fetch(after: list[Any] | None, limit: int) -> list[Document]:
        states = stores.ml.states()
        every = (
            show(one, states[one.name])
            for one in stores.objects.definitions.all(KIND)
            if one.name in states  # else it was made or deleted just now
        )
        found = [
            one
            for one in every
            if _passes(one, wanted)
            and is_tagged(one)
            and (after is None or (place(one) < after if falls else place(one) > after))
        ]
        return sorted(found, key=place, reverse=falls)[:limit]

    return call.tokens.page(request, member, fetch, place, most=PAGE, show=shown)


_SORT: Mapping[str, Callable[[Document], Any]] = {
    "NAME": lambda one: one["Name"],
    "TRANSFORM_TYPE": lambda one: one["Parameters"]["TransformType"],
    "STATUS": lambda one: one["Status"],
    "CREATED": lambda one: one["CreatedOn"].timestamp(),
    "LAST_MODIFIED": lambda one: one["LastModifiedOn"].timestamp(),
}


def _id(one: Document) -> str:
    found: str = one["TransformId"]
    return found


def _passes(shown: Document, wanted: Document) -> bool:
    created, updated = shown["CreatedOn"].timestamp(), shown["LastModifiedOn"].timestamp()
    checks: dict[str, Callable[[Any], bool]] = {
        "Name": lambda name: bool(shown["Name"] == name),
        "TransformType": lambda kind: bool(shown["Parameters"]["TransformType"] == kind),
        "Status": lambda status: bool(shown["Status"] == status),
        "GlueVersion": lambda version: bool(shown.get("GlueVersion") == version),
        "CreatedBefore": lambda time: bool(created < time),
        "CreatedAfter": lambda time: bool(created > time),
        "LastModifiedBefore": lambda time: bool(updated < time),
        "LastModifiedAfter": lambda time: bool(updated > time),
        "Schema": lambda schema: bool(shown["Schema"] == schema),
    }
    return all(checks[member](value) for member, value in wanted.items())


def _check(document: Document) -> None:
    """Return when a definition is right.

    Raises:
        InvalidInputError: It is not.

    Source: Glue API reference, CreateMLTransform; sentences as the service words them.
    """
    parameters = document["Parameters"].get("FindMatchesParameters")
    if parameters is None:
        raise InvalidInputError("Find Matches parameters have not been set.")
    key = parameters.get("PrimaryKeyColumnName")
    if not key:
        raise InvalidInputError("A primary key must be specified in Find Matches parameters.")
    columns = [column["Name"] for column in document["Schema"]]
    if columns and key not in columns:
        raise InvalidInputError(f"Schema should contain given primary key: {key}.")
    workers = document.keys() & set(_WORKERS)
    if "MaxCapacity" in document and workers:
        raise InvalidInputError("Cannot set Max Capacity and Worker Num/Type at the same time.")
    if workers and len(workers) != len(_WORKERS):
        raise InvalidInputError("Both WorkerType and NumberOfWorkers should be set.")
    if document.get("MaxRetries", 0) < 0:
        raise InvalidInputError("Max retries should be non-negative.")


def _claim(definitions: DefinitionStore, name: str, transform_id: str) -> None:
    try:
        definitions.create(NAMES, name, {"TransformId": transform_id})
    except AlreadyExistsError as error:
        raise TransformExistsError(KIND, name) from error


def _arn(call: Call, transform_id: str) -> str:
    return call.arn(f"mlTransform/{transform_id}")


def operations(stores: ApiStores) -> dict[str, Handler]:
    """Return the operations on definitions of transforms."""
    return {
        "CreateMLTransform": partial(create_transform, stores),
        "DeleteMLTransform": partial(delete_transform, stores),
        "GetMLTransform": partial(get_transform, stores),
        "GetMLTransforms": partial(get_transforms, stores),
        "ListMLTransforms": partial(list_transforms, stores),
        "UpdateMLTransform": partial(update_transform, stores),
    }
