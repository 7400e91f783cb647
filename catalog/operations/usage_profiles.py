"""Usage profiles: what the parameters of jobs and sessions may be for those who carry one."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from gluepot.catalog.errors import InvalidInputError
from gluepot.catalog.operations import named

if TYPE_CHECKING:
    from gluepot.catalog.calls import Call, Document, Handler
    from gluepot.catalog.definitions import Definition
    from gluepot.catalog.objects import ObjectStore

_PAGE_ITEMS = 200


def _show(found: Definition) -> Document:
    return {
        "Name": found.name,
        **found.definition,
        "CreatedOn": found.created_at,
        "LastModifiedOn": found.updated_at,
    }


def _check(definition: Document) -> None:
    """See that a default is one of the allowed values, and lies between the bounds."""
    for part, parameters in definition["Configuration"].items():
        for name, parameter in parameters.items():
            fault = _fault(parameter)
            if fault is not None:
                raise InvalidInputError(f"{part} {name}: {fault}")


def _fault(parameter: Document) -> str | None:
    default, allowed = parameter.get("DefaultValue"), parameter.get("AllowedValues", [])
    if default is not None and allowed and default not in allowed:
        return f"the default {default!r} is not one of the allowed values"
    bounds = [parameter.get(word) for word in ("MinValue", "DefaultValue", "MaxValue")]
    numbers = [float(text) for text in bounds if text is not None and _is_number(text)]
    if numbers != sorted(numbers):
        return "MinValue, DefaultValue and MaxValue are not in this order"
    return None


def _is_number(text: str) -> bool:
    return text.removeprefix("-").replace(".", "", 1).isdecimal()


PROFILES = named.Family(kind="Usage profile", resource="usageProfile", show=_show, check=_check)


def create_usage_profile(store: ObjectStore, call: Call, request: Document) -> Document:
    """Add a profile."""
    definition = named.without(request, "Name", "Tags")
    made = named.create(
        PROFILES, store, call, request["Name"], definition=definition, tags=request.get("Tags")
    )
    return {"Name": made.name}


def get_usage_profile(store: ObjectStore, _call: Call, request: Document) -> Document:
    """Return a profile."""
    return named.show(PROFILES, store, request["Name"])


def list_usage_profiles(store: ObjectStore, call: Call, request: Document) -> Document:
    """Return profiles by name, without their configuration."""

    def show(found: Definition) -> Document:
        return named.without(_show(found), "Configuration")

    return named.page(PROFILES, store, call, request, "Profiles", most=_PAGE_ITEMS, show=show)


def update_usage_profile(store: ObjectStore, _call: Call, request: Document) -> Document:
    """Replace a profile's description and configuration."""
    definition = named.without(request, "Name")
    _check(definition)
    return {"Name": store.definitions.update(PROFILES.kind, request["Name"], definition).name}


def delete_usage_profile(store: ObjectStore, call: Call, request: Document) -> None:
    """Delete a profile; one that is not there is deleted already."""
    named.delete(PROFILES, store, call, request["Name"])


def operations(store: ObjectStore) -> dict[str, Handler]:
    """Return the operations of this module."""
    return {
        "CreateUsageProfile": partial(create_usage_profile, store),
        "GetUsageProfile": partial(get_usage_profile, store),
        "ListUsageProfiles": partial(list_usage_profiles, store),
        "UpdateUsageProfile": partial(update_usage_profile, store),
        "DeleteUsageProfile": partial(delete_usage_profile, store),
    }
