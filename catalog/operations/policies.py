"""Resource policies: the documents that say who may do what, kept by the ARN they stand on."""

from __future__ import annotations

import hashlib
from functools import partial
from typing import TYPE_CHECKING

from gluepot.catalog.access.policy_documents import parse_policy
from gluepot.catalog.errors import (
    AlreadyExistsError,
    ConditionCheckFailureError,
    EntityNotFoundError,
)
from gluepot.catalog.operations import named

if TYPE_CHECKING:
    from gluepot.catalog.calls import Call, Document, Handler
    from gluepot.catalog.definitions import Definition, DefinitionStore
    from gluepot.catalog.objects import ObjectStore


def _show(found: Definition) -> Document:
    return {
        **found.definition,
        "CreateTime": found.created_at,
        "UpdateTime": found.updated_at,
    }


POLICIES = named.Family(kind="Resource policy", show=_show)
"""The name of one is the ARN it stands on; that of the catalog's own is the catalog's ARN."""


def resource_policy_texts(definitions: DefinitionStore) -> list[str]:
    """Return every policy as it was written."""
    return [found.definition["PolicyInJson"] for found in definitions.all(POLICIES.kind)]


def put_resource_policy(store: ObjectStore, call: Call, request: Document) -> Document:
    """Set a policy, if what the caller says of the one before holds.

    Raises:
        InvalidInputError: The text is not a policy, or is too long.
        EntityNotFoundError: One must be there, and is not.
        ConditionCheckFailureError: One is there that should not be, or it is another one.
    """
    text = request["PolicyInJson"]
    parse_policy(text, kind="resource")
    arn = _arn(call, request)
    policy_hash = _hash(text)
    with store.transaction() as inside:
        found = inside.definitions.find(POLICIES.kind, arn, lock=True)
        _check_conditions(arn, found, request)
        policy = {"PolicyInJson": text, "PolicyHash": policy_hash}
        if found is None and request.get("PolicyExistsCondition") == "NOT_EXIST":
            _create(inside, arn, policy)
        else:
            inside.definitions.put(POLICIES.kind, arn, policy)
    return {"PolicyHash": policy_hash}


def get_resource_policy(store: ObjectStore, call: Call, request: Document) -> Document:
    """Return a policy; without an ARN the catalog's."""
    return named.show(POLICIES, store, _arn(call, request))


def get_resource_policies(store: ObjectStore, call: Call, request: Document) -> Document:
    """Return every policy, by ARN."""
    return named.page(POLICIES, store, call, request, "GetResourcePoliciesResponseList")


def delete_resource_policy(store: ObjectStore, call: Call, request: Document) -> None:
    """Delete a policy.

    Raises:
        EntityNotFoundError: There is none.
        ConditionCheckFailureError: It is another one than the caller says.
    """
    arn = _arn(call, request)
    with store.transaction() as inside:
        found = inside.definitions.get(POLICIES.kind, arn, lock=True)
        _check_hash(found, request)
        inside.definitions.delete(POLICIES.kind, arn)


def _arn(call: Call, request: Document) -> str:
    arn: str = request.get("ResourceArn", call.arn("catalog"))
    return arn


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def _create(store: ObjectStore, arn: str, policy: Document) -> None:
    try:
        store.definitions.create(POLICIES.kind, arn, policy)
    except AlreadyExistsError:
        raise _exists(arn) from None


def _exists(arn: str) -> ConditionCheckFailureError:
    return ConditionCheckFailureError(f"{arn} has a resource policy already")


def _check_conditions(arn: str, found: Definition | None, request: Document) -> None:
    condition = request.get("PolicyExistsCondition", "NONE")
    if condition == "MUST_EXIST" and found is None:
        raise EntityNotFoundError(POLICIES.kind, arn)
    if condition == "NOT_EXIST" and found is not None:
        raise _exists(arn)
    if found is not None:
        _check_hash(found, request)
    elif "PolicyHashCondition" in request:
        raise ConditionCheckFailureError(
            f"{arn} has no resource policy; leave PolicyHashCondition out"
        )


def _check_hash(found: Definition, request: Document) -> None:
    current = found.definition["PolicyHash"]
    if request.get("PolicyHashCondition", current) != current:
        raise ConditionCheckFailureError(
            f"The resource policy of {found.name} was changed since; read it again"
        )


def operations(store: ObjectStore) -> dict[str, Handler]:
    """Return the operations of this module."""
    return {
        "PutResourcePolicy": partial(put_resource_policy, store),
        "GetResourcePolicy": partial(get_resource_policy, store),
        "GetResourcePolicies": partial(get_resource_policies, store),
        "DeleteResourcePolicy": partial(delete_resource_policy, store),
    }
