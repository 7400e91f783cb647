"""The operations on versions of schemas: register, get, list, compare, check, delete."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from gluepot.catalog.errors import InvalidInputError
from gluepot.catalog.registry.diff import syntax_diff
from gluepot.catalog.registry.errors import InvalidDefinitionError
from gluepot.catalog.registry.formats import parse
from gluepot.catalog.registry.operations.identity import (
    find_version,
    schema_arn,
    schema_key,
    time_text,
    version_number,
)
from gluepot.catalog.registry.operations.registries import PAGE_ITEMS

if TYPE_CHECKING:
    from gluepot.catalog.calls import Call, Document, Handler
    from gluepot.catalog.registry.model import SchemaVersion
    from gluepot.catalog.registry.store import RegistryStore

_MAX_ERROR = 5000


def register_schema_version(store: RegistryStore, call: Call, request: Document) -> Document:
    """Add a version; one that is not compatible is kept with the status FAILURE."""
    key = schema_key(call, request["SchemaId"])
    made = store.versions.register(key, request["SchemaDefinition"])
    return {"SchemaVersionId": made.id, "VersionNumber": made.number, "Status": made.status.value}


def get_schema_version(store: RegistryStore, call: Call, request: Document) -> Document:
    """Return a version with its definition."""
    found = find_version(store, call, request)
    return {
        **_listed(call, found),
        "SchemaDefinition": found.definition,
        "DataFormat": found.data_format,
    }


def get_schema_by_definition(store: RegistryStore, call: Call, request: Document) -> Document:
    """Return the version that says the same as a definition."""
    key = schema_key(call, request["SchemaId"])
    found = store.versions.find(key, request["SchemaDefinition"])
    shown = _listed(call, found)
    del shown["VersionNumber"]
    return {**shown, "DataFormat": found.data_format}


def list_schema_versions(store: RegistryStore, call: Call, request: Document) -> Document:
    """List the versions of a schema, the newest first."""
    key = schema_key(call, request["SchemaId"])
    return call.tokens.page(
        request,
        "Schemas",
        partial(store.versions.list, key),
        lambda version: version.number,
        most=PAGE_ITEMS,
        show=partial(_listed, call),
    )


def get_schema_versions_diff(store: RegistryStore, call: Call, request: Document) -> Document:
    """Return the JSON Patch that makes the second definition out of the first."""
    key = schema_key(call, request["SchemaId"])
    first, second = (
        store.versions.get_number(key, version_number(request[member]))
        for member in ("FirstSchemaVersionNumber", "SecondSchemaVersionNumber")
    )
    return {"Diff": syntax_diff(first.data_format, first.definition, second.definition)}


def check_schema_version_validity(
    _store: RegistryStore, _call: Call, request: Document
) -> Document:
    """Say whether a definition is a schema of its format, and if not, why."""
    try:
        parse(request["DataFormat"], request["SchemaDefinition"])
    except InvalidDefinitionError as error:
        return {"Valid": False, "Error": str(error)[:_MAX_ERROR]}
    return {"Valid": True}


def delete_schema_versions(store: RegistryStore, call: Call, request: Document) -> Document:
    """Delete a version or a range of them."""
    key = schema_key(call, request["SchemaId"])
    first, _, last = request["Versions"].partition("-")
    if int(first) > int(last or first):
        raise InvalidInputError(
            f"The range of versions {request['Versions']} ends before it begins"
        )
    left = store.versions.delete(key, int(first), int(last or first))
    return {
        "SchemaVersionErrors": [
            {
                "VersionNumber": number,
                "ErrorDetails": {"ErrorCode": fault.code, "ErrorMessage": str(fault)},
            }
            for number, fault in sorted(left.items())
        ]
    }


def _listed(call: Call, version: SchemaVersion) -> Document:
    return {
        "SchemaArn": schema_arn(call, version.registry, version.schema),
        "SchemaVersionId": version.id,
        "VersionNumber": version.number,
        "Status": version.status.value,
        "CreatedTime": time_text(version.created_at),
    }


def operations(store: RegistryStore) -> dict[str, Handler]:
    """Return the operations on versions."""
    return {
        "RegisterSchemaVersion": partial(register_schema_version, store),
        "GetSchemaVersion": partial(get_schema_version, store),
        "GetSchemaByDefinition": partial(get_schema_by_definition, store),
        "ListSchemaVersions": partial(list_schema_versions, store),
        "GetSchemaVersionsDiff": partial(get_schema_versions_diff, store),
        "CheckSchemaVersionValidity": partial(check_schema_version_validity, store),
        "DeleteSchemaVersions": partial(delete_schema_versions, store),
    }
