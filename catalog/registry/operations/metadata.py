"""PutSchemaVersionMetadata, QuerySchemaVersionMetadata, RemoveSchemaVersionMetadata."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from gluepot.catalog.errors import EntityNotFoundError, InvalidInputError
from gluepot.catalog.registry.operations.identity import find_version, time_text

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gluepot.catalog.calls import Call, Document, Handler
    from gluepot.catalog.registry.model import MetadataPair
    from gluepot.catalog.registry.store import RegistryStore

_PAGE_PAIRS = 50


def put_schema_version_metadata(store: RegistryStore, call: Call, request: Document) -> Document:
    """Hang a pair of key and value on a version."""
    key, value = _pair(request)
    store.metadata.put(find_version(store, call, request), key, value)
    return _echo(request, key, value)


def remove_schema_version_metadata(store: RegistryStore, call: Call, request: Document) -> Document:
    """Take a pair off a version."""
    key, value = _pair(request)
    version = find_version(store, call, request)
    if not store.metadata.remove(version, key, value):
        raise EntityNotFoundError(
            "Schema version metadata", f"{key}={value} of version {version.id}"
        )
    return _echo(request, key, value)


def query_schema_version_metadata(store: RegistryStore, call: Call, request: Document) -> Document:
    """Return a version's pairs by key."""
    version = find_version(store, call, request)
    wanted = [
        (pair.get("MetadataKey"), pair.get("MetadataValue"))
        for pair in request.get("MetadataList", ())
    ]
    page = call.tokens.page(
        request,
        "Pairs",
        partial(store.metadata.list, version, wanted),
        lambda pair: pair.number,
        most=_PAGE_PAIRS,
    )
    return {
        "MetadataInfoMap": _by_key(page["Pairs"]),
        "SchemaVersionId": version.id,
        "NextToken": page.get("NextToken"),
    }


def _pair(request: Document) -> tuple[str, str]:
    pair = request["MetadataKeyValue"]
    if "MetadataKey" not in pair or "MetadataValue" not in pair:
        raise InvalidInputError("MetadataKeyValue needs both a MetadataKey and a MetadataValue.")
    return pair["MetadataKey"], pair["MetadataValue"]


def _by_key(pairs: Iterable[MetadataPair]) -> dict[str, Document]:
    found: dict[str, Document] = {}
    for pair in pairs:
        shown = {"MetadataValue": pair.value, "CreatedTime": time_text(pair.created_at)}
        if pair.key in found:
            found[pair.key].setdefault("OtherMetadataValueList", []).append(shown)
        else:
            found[pair.key] = shown
    return found


def _echo(request: Document, key: str, value: str) -> Document:
    """Return the reply: what the request said, which is how AWS Glue answers here."""
    schema: dict[str, Any] = request.get("SchemaId", {})
    number: dict[str, Any] = request.get("SchemaVersionNumber", {})
    return {
        **schema,
        "LatestVersion": number.get("LatestVersion", False),
        "VersionNumber": number.get("VersionNumber", None if number else 0),
        "SchemaVersionId": request.get("SchemaVersionId"),
        "MetadataKey": key,
        "MetadataValue": value,
    }


def operations(store: RegistryStore) -> dict[str, Handler]:
    """Return the operations on metadata."""
    return {
        "PutSchemaVersionMetadata": partial(put_schema_version_metadata, store),
        "QuerySchemaVersionMetadata": partial(query_schema_version_metadata, store),
        "RemoveSchemaVersionMetadata": partial(remove_schema_version_metadata, store),
    }
