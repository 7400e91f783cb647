"""ML transforms of the Glue API: definitions; what they match, a later part carries out."""

from __future__ import annotations

import secrets
from functools import partial
from typing import TYPE_CHECKING, Any

from gluepot.catalog.errors import AlreadyExistsError, EntityNotFoundError, InvalidInputError
from gluepot.catalog.operations.named import without

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from gluepot.catalog.calls import Call, Document, Handler
    from gluepot.catalog.definitions import Definition
    from gluepot.catalog.objects import ObjectStore
    from gluepot.catalog.store import CatalogStore

KIND = "MLTransform"
NAMES = "MLTransform name"
"""Definitions of this kind hold the names, each with its transform's id: a name is unique."""

PAGE = 1000
_WORKERS = ("WorkerType", "NumberOfWorkers")


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


def create_transform(
    objects: ObjectStore, catalog: CatalogStore, call: Call, request: Document
) -> Document:
    """Create a transform over one table.

    Raises:
        TransformExistsError: The name is taken.
        InvalidInputError: The definition is not right.
    """
    document = without(request, "Tags")
    if len(document["InputRecordTables"]) != 1:
        raise InvalidInputError("Exactly one input record table must be provided.")
    document["Schema"] = _schema(catalog, document["InputRecordTables"][0])
    _check(document)
    transform_id = f"tfm-{secrets.token_hex(20)}"
    with objects.transaction() as inside:
        _claim(inside, document["Name"], transform_id)
        inside.definitions.create(KIND, transform_id, document)
        inside.tags.tag(_arn(call, transform_id), request.get("Tags", {}))
    return {"TransformId": transform_id}


def get_transform(objects: ObjectStore, call: Call, request: Document) -> Document:
    """Return a transform.

    Raises:
        TransformNotFoundError: There is none of that id.
    """
    return show(_find(objects, call, request["TransformId"]))


def get_transforms(objects: ObjectStore, call: Call, request: Document) -> Document:
    """Return a page of transforms, filtered and sorted as asked, else by id."""
    return _page(objects, call, request, "Transforms", show)


def list_transforms(objects: ObjectStore, call: Call, request: Document) -> Document:
    """Return a page of the ids of transforms, filtered and sorted as asked, else by id."""
    return _page(objects, call, request, "TransformIds", lambda one: one.name)


def update_transform(objects: ObjectStore, call: Call, request: Document) -> Document:
    """Change the members that are given.

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

    with objects.transaction() as inside:
        old = _find(inside, call, transform_id)
        new = inside.definitions.change(KIND, transform_id, change)
        if new.definition["Name"] != old.definition["Name"]:
            inside.definitions.delete(NAMES, old.definition["Name"])
            _claim(inside, new.definition["Name"], transform_id)
    return {"TransformId": transform_id}


def delete_transform(objects: ObjectStore, call: Call, request: Document) -> Document:
    """Delete a transform.

    Raises:
        TransformNotFoundError: There is none of that id.
    """
    transform_id = request["TransformId"]
    with objects.transaction() as inside:
        found = _find(inside, call, transform_id)
        inside.definitions.delete(NAMES, found.definition["Name"])
        inside.definitions.delete(KIND, transform_id)
        inside.tags.drop(_arn(call, transform_id))
    return {"TransformId": transform_id}


def show(definition: Definition) -> Document:
    """Return a transform as GetMLTransform answers."""
    document = definition.definition
    capacity = {} if document.keys() & set(_WORKERS) else {"MaxCapacity": 10.0}
    return {
        **capacity,
        "MaxRetries": 0,
        "Timeout": 2880,
        **document,
        "TransformId": definition.name,
        # READY is what labels, and a model trained on them, make of it.
        "Status": "NOT_READY",
        "LabelCount": 0,
        "CreatedOn": definition.created_at,
        "LastModifiedOn": definition.updated_at,
    }


def _page(
    objects: ObjectStore,
    call: Call,
    request: Document,
    member: str,
    shown: Callable[[Definition], Any],
) -> Document:
    sort = request.get("Sort", {})
    value = _SORT.get(sort.get("Column", ""), _id)
    falls = sort.get("SortDirection") == "DESCENDING"
    wanted, tags = request.get("Filter", {}), request.get("Tags", {})

    def place(one: Definition) -> list[Any]:
        return [value(one), one.name]

    def fetch(after: list[Any] | None, limit: int) -> list[Definition]:
        found = [
            one
            for one in objects.definitions.all(KIND)
            if _passes(one, wanted)
            and (not tags or tags.items() <= objects.tags.tags(_arn(call, one.name)).items())
            and (after is None or (place(one) < after if falls else place(one) > after))
        ]
        return sorted(found, key=place, reverse=falls)[:limit]

    return call.tokens.page(request, member, fetch, place, most=PAGE, show=shown)


_SORT: Mapping[str, Callable[[Definition], Any]] = {
    "NAME": lambda one: one.definition["Name"],
    "TRANSFORM_TYPE": lambda one: one.definition["Parameters"]["TransformType"],
    "STATUS": lambda one: show(one)["Status"],
    "CREATED": lambda one: one.created_at.timestamp(),
    "LAST_MODIFIED": lambda one: one.updated_at.timestamp(),
}


def _id(one: Definition) -> str:
    return one.name


def _passes(one: Definition, wanted: Document) -> bool:
    shown = show(one)
    created, updated = one.created_at.timestamp(), one.updated_at.timestamp()
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


def _schema(catalog: CatalogStore, table: Mapping[str, str]) -> list[Document]:
    """Return the columns of a table; none where it is not there yet."""
    found = catalog.find_table(table["DatabaseName"], table["TableName"])
    if found is None or found.storage_descriptor is None:
        return []
    columns = (*(found.storage_descriptor.columns or ()), *(found.partition_keys or ()))
    return [{"Name": column.name, "DataType": column.type} for column in columns]


def _claim(inside: ObjectStore, name: str, transform_id: str) -> None:
    try:
        inside.definitions.create(NAMES, name, {"TransformId": transform_id})
    except AlreadyExistsError as error:
        raise TransformExistsError(KIND, name) from error


def _find(objects: ObjectStore, call: Call, transform_id: str) -> Definition:
    found = objects.definitions.find(KIND, transform_id)
    if found is None:
        raise TransformNotFoundError(call.account_id, transform_id)
    return found


def _arn(call: Call, transform_id: str) -> str:
    return call.arn(f"mlTransform/{transform_id}")


def operations(objects: ObjectStore, catalog: CatalogStore) -> dict[str, Handler]:
    """Return the operations on definitions of transforms."""
    return {
        "CreateMLTransform": partial(create_transform, objects, catalog),
        "DeleteMLTransform": partial(delete_transform, objects),
        "GetMLTransform": partial(get_transform, objects),
        "GetMLTransforms": partial(get_transforms, objects),
        "ListMLTransforms": partial(list_transforms, objects),
        "UpdateMLTransform": partial(update_transform, objects),
    }
