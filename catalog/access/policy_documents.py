"""Reading a policy's JSON: every fault is named before the policy is stored."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, Literal

from gluepot.catalog.access.conditions import parse_conditions
from gluepot.catalog.access.patterns import compile_pattern
from gluepot.catalog.access.policy import PREFIX, Policy, Principals, Statement
from gluepot.catalog.access.resources import ACTIONS, RESOURCE_TYPES, fold_arn
from gluepot.catalog.errors import InvalidInputError, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

VERSIONS = ("2012-10-17", "2008-10-17")
MAX_BYTES = 10_240
"""Source: the size of a Glue resource policy, "Adding or updating the Data Catalog policy"."""

_ACCOUNT = re.compile(r"(?:arn:aws[a-z-]*:iam::)?(\d{12})(?::root)?", re.ASCII)
_ARN_PARTS = 6
_MEMBERS = {
    *("Sid", "Effect", "Action", "NotAction", "Resource", "NotResource", "Condition"),
    *("Principal", "NotPrincipal"),
}

Kind = Literal["identity", "resource"]


def parse_policy(text: str, *, kind: Kind = "identity") -> Policy:
    """Return a policy.

    Args:
        text: The document, JSON.
        kind: ``identity`` for one that is attached to a key or user, ``resource`` for the
            catalog's own, which says whom it is about.

    Raises:
        InvalidInputError: Something in it cannot be; the sentence says where and what.
    """
    if len(text.encode()) > MAX_BYTES:
        raise InvalidInputError(f"The policy is longer than {MAX_BYTES} bytes")
    try:
        document = json.loads(text, object_pairs_hook=_no_twins)
    except (json.JSONDecodeError, RecursionError) as error:
        raise InvalidInputError(f"The policy is not JSON: {error}") from None
    if not isinstance(document, dict):
        raise InvalidInputError("The policy must be a JSON object with Version and Statement")
    _only(document, {"Version", "Id", "Statement"}, "The policy")
    if document.get("Version", VERSIONS[0]) not in VERSIONS:
        raise InvalidInputError(
            f"The policy's Version must be {VERSIONS[0]!r}, not {document['Version']!r}"
        )
    statements: object = document.get("Statement")
    if isinstance(statements, dict):
        statements = [statements]
    if not isinstance(statements, list) or not statements:
        raise InvalidInputError("The policy has no Statement: give a list of at least one")
    return Policy(
        statements=tuple(
            _statement(item, number, kind) for number, item in enumerate(statements, start=1)
        )
    )


def _statement(item: object, number: int, kind: Kind) -> Statement:
    where = f"Statement {number}"
    if not isinstance(item, dict):
        raise InvalidInputError(f"{where} must be an object")
    if isinstance(item.get("Sid"), str):
        where += f" ({item['Sid']})"
    _only(item, _MEMBERS, where)
    if item.get("Effect") not in ("Allow", "Deny"):
        raise InvalidInputError(f"{where}: Effect must be 'Allow' or 'Deny'")
    actions, all_but_actions = _one_of(item, "Action", where)
    resources, all_but_resources = _one_of(item, "Resource", where)
    for action in actions:
        _check_action(action, where, known=kind == "identity")
    for resource in resources:
        _check_resource(resource, where)
    return Statement(
        allow=item["Effect"] == "Allow",
        actions=actions,
        all_but_actions=all_but_actions,
        resources=tuple(map(fold_arn, resources)),
        all_but_resources=all_but_resources,
        conditions=parse_conditions(item.get("Condition", {}), where),
        principals=_principals(item, where, kind),
    )


def _no_twins(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found: dict[str, object] = {}
    for key, value in pairs:
        if key in found:
            raise InvalidInputError(f"The policy has {key!r} twice in one object; keep one")
        found[key] = value
    return found


def _only(found: Mapping[str, object], known: set[str], where: str) -> None:
    for name in found:
        if name not in known:
            raise InvalidInputError(
                f"{where} has no member {name!r}.{did_you_mean(name, sorted(known))}"
                f" There are: {', '.join(sorted(known))}"
            )


def _one_of(item: Mapping[str, Any], name: str, where: str) -> tuple[tuple[str, ...], bool]:
    negated = f"Not{name}"
    if (name in item) == (negated in item):
        raise InvalidInputError(f"{where} must have one of {name} and {negated}")
    chosen = name if name in item else negated
    return _texts(item[chosen], f"{where}: {chosen}"), chosen == negated


def _texts(value: object, where: str) -> tuple[str, ...]:
    texts = tuple(value) if isinstance(value, list) else (value,)
    if not texts or not all(isinstance(text, str) and text for text in texts):
        raise InvalidInputError(f"{where} must be a text, or a list of texts, none of them empty")
    for text in texts:
        if "${" in text:
            raise InvalidInputError(
                f"{where}: policy variables (${{...}}) are not supported: {text!r}"
            )
    return texts


def _check_action(action: str, where: str, *, known: bool) -> None:
    """Check an action; the catalog's own policy may name one that is yet to come, as on AWS."""
    if action == "*":
        return
    if not re.fullmatch(r"[A-Za-z0-9-]+:[A-Za-z0-9*?]+", action, re.ASCII):
        raise InvalidInputError(f"{where}: action {action!r} is not SERVICE:Operation or *")
    if not action.lower().startswith(PREFIX) or not known:
        return  # Other services' actions stand in policies that serve there as well.
    pattern = compile_pattern(action[len(PREFIX) :], ignore_case=True)
    if not any(map(pattern.fullmatch, ACTIONS)):
        hint = did_you_mean(action[len(PREFIX) :], ACTIONS)
        raise InvalidInputError(f"{where}: action {action!r} is none of AWS Glue's.{hint}")


def _check_resource(resource: str, where: str) -> None:
    if resource == "*":
        return
    parts = resource.split(":", _ARN_PARTS - 1)
    if "*" in parts[0] and len(parts) < _ARN_PARTS:
        return
    if parts[0] != "arn" or len(parts) < _ARN_PARTS:
        raise InvalidInputError(
            f"{where}: resource {resource!r} is not * or"
            " arn:aws:glue:REGION:ACCOUNT:TYPE/NAME; * and ? may stand for any text"
        )
    if parts[2] != PREFIX.rstrip(":"):
        return
    kind = compile_pattern(parts[5].partition("/")[0])
    if not any(map(kind.fullmatch, RESOURCE_TYPES)):
        hint = did_you_mean(parts[5].partition("/")[0], RESOURCE_TYPES)
        raise InvalidInputError(
            f"{where}: resource {resource!r} is of no type that AWS Glue has.{hint}"
        )


def _principals(item: Mapping[str, Any], where: str, kind: Kind) -> Principals | None:
    given = [name for name in ("Principal", "NotPrincipal") if name in item]
    if kind == "identity":
        if given:
            raise InvalidInputError(
                f"{where}: {given[0]} has no place here: the policy is about whom it is attached to"
            )
        return None
    if len(given) != 1:
        raise InvalidInputError(f"{where} must have one of Principal and NotPrincipal")
    negated = given == ["NotPrincipal"]
    if negated and item["Effect"] == "Allow":
        raise InvalidInputError(
            f"{where}: NotPrincipal with Allow would let in everybody else; name the principals"
        )
    return _read_principals(item[given[0]], f"{where}: {given[0]}", negated=negated)


def _read_principals(value: object, where: str, *, negated: bool) -> Principals:
    if value == "*":
        return Principals(everyone=True, negated=negated)
    if not isinstance(value, dict) or not value:
        raise InvalidInputError(f'{where} must be "*" or an object such as {{"AWS": "ARN"}}')
    _only(value, {"AWS", "Service", "Federated", "CanonicalUser"}, where)
    # Services and other identities never call gluepot, so they are nobody here.
    names = _texts(value["AWS"], where) if "AWS" in value else ()
    accounts = [found[1] for name in names if (found := _ACCOUNT.fullmatch(name))]
    _check_principals(names, where)
    return Principals(
        everyone="*" in names,
        arns=frozenset(names),
        accounts=frozenset(accounts),
        negated=negated,
    )


def _check_principals(names: Iterable[str], where: str) -> None:
    for name in names:
        if name == "*" or _ACCOUNT.fullmatch(name):
            continue
        if not re.fullmatch(r"arn:aws[a-z-]*:(iam|sts)::\d{12}:[^*?]+", name):
            raise InvalidInputError(
                f"{where}: {name!r} is not *, an account, or the whole ARN of a user or role"
            )
