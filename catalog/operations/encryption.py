"""The catalog's encryption settings, and security configurations."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from gluepot.catalog.operations import named

if TYPE_CHECKING:
    from gluepot.catalog.calls import Call, Document, Handler
    from gluepot.catalog.definitions import Definition, DefinitionStore
    from gluepot.catalog.objects import ObjectStore

_SETTINGS = "Data Catalog encryption settings"
_NONE: Document = {
    "EncryptionAtRest": {"CatalogEncryptionMode": "DISABLED"},
    "ConnectionPasswordEncryption": {"ReturnConnectionPasswordEncrypted": False},
}


def encryption_settings(definitions: DefinitionStore) -> Document:
    """Return the settings that were put, over those that stand without any.

    The catalog's own storage does not follow them: secrets are sealed whatever they say.
    """
    found = definitions.find(_SETTINGS, "")
    return _NONE if found is None else {**_NONE, **found.definition}


def get_data_catalog_encryption_settings(
    store: ObjectStore, call: Call, request: Document
) -> Document:
    """Return the settings; without any, encryption is off."""
    named.check_account(call, request)
    return {"DataCatalogEncryptionSettings": encryption_settings(store.definitions)}


def put_data_catalog_encryption_settings(store: ObjectStore, call: Call, request: Document) -> None:
    """Replace the settings that are given; the other one stays."""
    named.check_account(call, request)
    given = request["DataCatalogEncryptionSettings"]
    with store.transaction() as inside:
        inside.definitions.put(_SETTINGS, "", {**encryption_settings(inside.definitions), **given})


def _show_security_configuration(found: Definition) -> Document:
    return {
        "Name": found.name,
        "CreatedTimeStamp": found.created_at,
        "EncryptionConfiguration": found.definition,
    }


SECURITY_CONFIGURATIONS = named.Family(
    kind="Security configuration", show=_show_security_configuration
)


def create_security_configuration(store: ObjectStore, call: Call, request: Document) -> Document:
    """Add a security configuration."""
    definition = request["EncryptionConfiguration"]
    made = named.create(
        SECURITY_CONFIGURATIONS, store, call, request["Name"], definition=definition
    )
    return {"Name": made.name, "CreatedTimestamp": made.created_at}


def get_security_configuration(store: ObjectStore, _call: Call, request: Document) -> Document:
    """Return a security configuration."""
    return {"SecurityConfiguration": named.show(SECURITY_CONFIGURATIONS, store, request["Name"])}


def get_security_configurations(store: ObjectStore, call: Call, request: Document) -> Document:
    """Return security configurations by name."""
    return named.page(SECURITY_CONFIGURATIONS, store, call, request, "SecurityConfigurations")


def delete_security_configuration(store: ObjectStore, call: Call, request: Document) -> None:
    """Delete a security configuration."""
    named.delete_existing(SECURITY_CONFIGURATIONS, store, call, request["Name"])


def operations(store: ObjectStore) -> dict[str, Handler]:
    """Return the operations of this module."""
    return {
        "GetDataCatalogEncryptionSettings": partial(get_data_catalog_encryption_settings, store),
        "PutDataCatalogEncryptionSettings": partial(put_data_catalog_encryption_settings, store),
        "CreateSecurityConfiguration": partial(create_security_configuration, store),
        "GetSecurityConfiguration": partial(get_security_configuration, store),
        "GetSecurityConfigurations": partial(get_security_configurations, store),
        "DeleteSecurityConfiguration": partial(delete_security_configuration, store),
    }
