"""Connection types: those that gluepot can connect to, and those that were registered."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from gluepot.catalog.errors import EntityNotFoundError, ValidationError
from gluepot.catalog.operations import named

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from gluepot.catalog.calls import Call, Document, Handler
    from gluepot.catalog.definitions import Definition
    from gluepot.catalog.objects import ObjectStore

_PREFIX = "REST-"
_PAGE_ITEMS = 100

_URL = ("JDBC_CONNECTION_URL", "jdbc:postgresql://HOST:PORT/DATABASE or jdbc:sqlite:/PATH", True)
_HOST = ("HOST", "The name or address of the host", True)
_PORT = ("PORT", "The TCP port", False)
_LOGIN = (
    ("USERNAME", "Who logs in", False),
    ("PASSWORD", "The password; it is sealed at rest", False),
    ("JDBC_ENFORCE_SSL", "true: only with TLS", False),
)

_BUILT_IN: Mapping[str, tuple[str, tuple[tuple[str, str, bool], ...]]] = {
    "JDBC": ("A database by its JDBC URL: PostgreSQL or SQLite", (_URL, *_LOGIN)),
    "NETWORK": ("A host and a port", (_HOST, ("PORT", "The TCP port", True))),
    "POSTGRESQL": (
        "A PostgreSQL server",
        (_HOST, _PORT, ("DATABASE", "The name of the database", True), *_LOGIN),
    ),
}
"""What TestConnection really connects to, with name, meaning and need of each property."""


def _show_brief(found: Definition) -> Document:
    return {
        "ConnectionType": found.name,
        "DisplayName": found.name[:128],
        "Vendor": "registered",
        "Description": found.definition.get("Description"),
        "Capabilities": _capabilities(
            found.definition["ConnectorAuthenticationConfiguration"]["AuthenticationTypes"]
        ),
    }


TYPES = named.Family(kind="Connection type", resource="connectionType", show=_show_brief)


def register_connection_type(store: ObjectStore, call: Call, request: Document) -> Document:
    """Keep the description of a REST source; gluepot itself does not call it.

    Raises:
        ValidationError: The name does not begin with ``REST-``.
        AlreadyExistsError: The name is taken.
    """
    name = request["ConnectionType"]
    if not name.startswith(_PREFIX):
        raise ValidationError(f"ConnectionType {name} does not begin with {_PREFIX}")
    definition = named.without(request, "Tags")
    named.create(TYPES, store, call, name, definition=definition, tags=request.get("Tags"))
    return {"ConnectionTypeArn": TYPES.arn(call, name)}


def delete_connection_type(store: ObjectStore, call: Call, request: Document) -> None:
    """Delete a registered type; those that gluepot has itself stay."""
    named.delete_existing(TYPES, store, call, request["ConnectionType"])


def list_connection_types(store: ObjectStore, call: Call, request: Document) -> Document:
    """Return the types by name."""

    def fetch(after: str | None, limit: int) -> list[Document]:
        built_in = [_brief(name) for name in sorted(_BUILT_IN) if name > (after or "")]
        found = store.definitions.page(TYPES.kind, after=after, limit=limit)
        both = built_in + [TYPES.show(one) for one in found]
        return sorted(both, key=_type_of)[:limit]

    return call.tokens.page(request, "ConnectionTypes", fetch, _type_of, most=_PAGE_ITEMS)


def describe_connection_type(store: ObjectStore, _call: Call, request: Document) -> Document:
    """Return a type with its properties."""
    name = request["ConnectionType"]
    if name in _BUILT_IN:
        return _describe_built_in(name)
    found = store.definitions.find(TYPES.kind, name)
    if found is None:
        raise EntityNotFoundError(TYPES.kind, name)
    return _describe_registered(found)


def _type_of(brief: Document) -> str:
    name: str = brief["ConnectionType"]
    return name


def _capabilities(authentication_types: list[str]) -> Document:
    # Jobs and crawlers do not read through connections, so no data operation is claimed.
    return {
        "SupportedAuthenticationTypes": authentication_types,
        "SupportedDataOperations": [],
        "SupportedComputeEnvironments": [],
    }


def _brief(name: str) -> Document:
    return {
        "ConnectionType": name,
        "DisplayName": name,
        "Vendor": "gluepot",
        "Description": _BUILT_IN[name][0],
        "Capabilities": _capabilities([] if name == "NETWORK" else ["BASIC"]),
    }


def _describe_built_in(name: str) -> Document:
    description, properties = _BUILT_IN[name]
    shown = {
        key: {
            "Name": key,
            "Description": meaning,
            "Required": required,
            "PropertyTypes": ["SECRET" if key == "PASSWORD" else "USER_INPUT"],
        }
        for key, meaning, required in properties
    }
    return {
        "ConnectionType": name,
        "Description": description,
        "Capabilities": _brief(name)["Capabilities"],
        "ConnectionProperties": shown,
    }


def _describe_registered(found: Definition) -> Document:
    definition = found.definition
    properties = definition["ConnectionProperties"]
    url = [properties["Url"]] if "Url" in properties else []
    authentication = definition["ConnectorAuthenticationConfiguration"]
    basic = authentication.get("BasicAuthenticationProperties")
    custom = authentication.get("CustomAuthenticationProperties")
    oauth = authentication.get("OAuth2Properties")
    return {
        "ConnectionType": found.name,
        "Description": definition.get("Description"),
        "Capabilities": TYPES.show(found)["Capabilities"],
        "ConnectionProperties": _properties(
            [*url, *properties.get("AdditionalRequestParameters", ())]
        ),
        "AuthenticationConfiguration": {
            "AuthenticationType": _authentication_type(authentication["AuthenticationTypes"]),
            "OAuth2Properties": None if oauth is None else _properties(_oauth_properties(oauth)),
            "BasicAuthenticationProperties": basic and _properties(basic.values()),
            "CustomAuthenticationProperties": custom
            and _properties(custom["AuthenticationParameters"]),
        },
        "RestConfiguration": definition["RestConfiguration"],
    }


def _authentication_type(types: list[str]) -> Document:
    return {
        "Name": "AuthenticationType",
        "Description": "",
        "Required": True,
        "PropertyTypes": ["USER_INPUT"],
        "AllowedValues": [{"Value": one} for one in types],
    }


def _oauth_properties(oauth: Document) -> list[Document]:
    """Return the properties of every flow; other members of a flow are texts and lists of them."""
    found: list[Document] = []
    for flow in oauth.values():
        if isinstance(flow, dict):
            found += [one for one in flow.values() if isinstance(one, dict)]
            found += flow.get("TokenUrlParameters", ())
    return found


def _properties(given: Iterable[Document]) -> Document:
    return {one["Name"]: _property(one) for one in given}


def _property(given: Document) -> Document:
    return {
        "Name": given["Name"],
        "Description": "",
        "Required": given["Required"],
        "DefaultValue": given.get("DefaultValue"),
        "PropertyTypes": [given["PropertyType"]],
        "AllowedValues": [{"Value": value} for value in given.get("AllowedValues", ())],
        "KeyOverride": given.get("KeyOverride"),
        "PropertyLocation": given.get("PropertyLocation"),
    }


def operations(store: ObjectStore) -> dict[str, Handler]:
    """Return the operations of this module."""
    return {
        "RegisterConnectionType": partial(register_connection_type, store),
        "DeleteConnectionType": partial(delete_connection_type, store),
        "ListConnectionTypes": partial(list_connection_types, store),
        "DescribeConnectionType": partial(describe_connection_type, store),
    }
