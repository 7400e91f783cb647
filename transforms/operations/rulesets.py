"""Data quality rulesets of the Glue API."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from gluepot.catalog.operations.named import Family, create, delete_existing, page, show, without
from gluepot.transforms.operations.client_tokens import once
from gluepot.transforms.quality.ruleset_text import count_rules

if TYPE_CHECKING:
    from collections.abc import Callable

    from gluepot.catalog.calls import Call, Document, Handler
    from gluepot.catalog.definitions import Definition
    from gluepot.catalog.objects import ObjectStore

PAGE = 1000


def _show(definition: Definition) -> Document:
    return {
        "Name": definition.name,
        **definition.definition,
        "CreatedOn": definition.created_at,
        "LastModifiedOn": definition.updated_at,
    }


RULESETS = Family(kind="DataQualityRuleset", resource="dataQualityRuleset", show=_show)


def create_ruleset(objects: ObjectStore, call: Call, request: Document) -> Document:
    """Create a ruleset.

    Raises:
        AlreadyExistsError: The name is taken.
        IdempotentParameterMismatchError: The client's token came before with other parameters.
        InvalidInputError: The text is no ruleset; everything wrong is named.
    """
    count_rules(request["Ruleset"])

    def carry_out(inside: ObjectStore, rest: Document) -> Document:
        name, document = rest["Name"], without(rest, "Name", "Tags")
        create(RULESETS, inside, call, name, definition=document, tags=rest.get("Tags"))
        return {"Name": name}

    return once(objects, call, request, carry_out)


def get_ruleset(objects: ObjectStore, _call: Call, request: Document) -> Document:
    """Return a ruleset.

    Raises:
        EntityNotFoundError: There is none of that name.
    """
    return show(RULESETS, objects, request["Name"])


def list_rulesets(objects: ObjectStore, call: Call, request: Document) -> Document:
    """Return a page of rulesets by name, of those that a filter and tags let through."""
    wanted = request.get("Filter", {})
    tags = request.get("Tags", {})

    def keep(one: Definition) -> bool:
        if not _passes(one, wanted):
            return False
        found = objects.tags.tags(call.arn(f"dataQualityRuleset/{one.name}")) if tags else {}
        return bool(tags.items() <= found.items())

    filters = keep if wanted or tags else None
    return page(RULESETS, objects, call, request, "Rulesets", most=PAGE, keep=filters, show=_listed)


def update_ruleset(objects: ObjectStore, _call: Call, request: Document) -> Document:
    """Change the members that are given.

    Raises:
        EntityNotFoundError: There is none of that name.
        InvalidInputError: The text is no ruleset; everything wrong is named.
    """
    name, members = request["Name"], without(request, "Name")
    if "Ruleset" in members:
        count_rules(members["Ruleset"])
    new = objects.definitions.change(
        RULESETS.kind, name, lambda old: {**old.definition, **members}
    ).definition
    return {"Name": name, "Description": new.get("Description"), "Ruleset": new["Ruleset"]}


def delete_ruleset(objects: ObjectStore, call: Call, request: Document) -> None:
    """Delete a ruleset; the results of its evaluations stay.

    Raises:
        EntityNotFoundError: There is none of that name.
    """
    delete_existing(RULESETS, objects, call, request["Name"])


def _listed(one: Definition) -> Document:
    shown = without(_show(one), "Ruleset", "DataQualitySecurityConfiguration")
    return {**shown, "RuleCount": count_rules(one.definition["Ruleset"])}


def _passes(one: Definition, wanted: Document) -> bool:
    created, updated = one.created_at.timestamp(), one.updated_at.timestamp()
    checks: dict[str, Callable[[], bool]] = {
        "Name": lambda: one.name == wanted["Name"],
        "Description": lambda: one.definition.get("Description") == wanted["Description"],
        "CreatedBefore": lambda: created < wanted["CreatedBefore"],
        "CreatedAfter": lambda: created > wanted["CreatedAfter"],
        "LastModifiedBefore": lambda: updated < wanted["LastModifiedBefore"],
        "LastModifiedAfter": lambda: updated > wanted["LastModifiedAfter"],
        "TargetTable": lambda: (
            wanted["TargetTable"].items() <= one.definition.get("TargetTable", {}).items()
        ),
    }
    return all(checks[member]() for member in wanted)


def operations(objects: ObjectStore) -> dict[str, Handler]:
    """Return the operations on rulesets."""
    return {
        "CreateDataQualityRuleset": partial(create_ruleset, objects),
        "DeleteDataQualityRuleset": partial(delete_ruleset, objects),
        "GetDataQualityRuleset": partial(get_ruleset, objects),
        "ListDataQualityRulesets": partial(list_rulesets, objects),
        "UpdateDataQualityRuleset": partial(update_ruleset, objects),
    }
