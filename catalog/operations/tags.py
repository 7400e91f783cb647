"""Tags of any resource that is there; each package says which of its resources are."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, TypeAlias

from gluepot.catalog.errors import AlreadyExistsError, EntityNotFoundError, InvalidInputError

if TYPE_CHECKING:
    from gluepot.catalog.calls import Call, Document, Handler
    from gluepot.catalog.objects import ObjectStore

Taggable: TypeAlias = Mapping[str, Callable[[str], bool]]
"""By the first word of a resource in its ARN, such as ``job``: is there one of that name?

The name is what follows the first slash, so a table's is ``database/table``; that of the catalog
itself is empty.
"""

_ARN = re.compile(
    r"arn:aws[^:]*:glue:(?P<region>[^:]*):(?P<account>[^:]*):(?P<resource>.+)", re.DOTALL
)


def tag_resource(store: ObjectStore, taggable: Taggable, call: Call, request: Document) -> None:
    """Add tags to a resource, or give new values to those it has."""
    store.tags.tag(_existing(taggable, call, request), request["TagsToAdd"])


def untag_resource(store: ObjectStore, taggable: Taggable, call: Call, request: Document) -> None:
    """Remove tags from a resource."""
    store.tags.untag(_existing(taggable, call, request), request["TagsToRemove"])


def get_tags(store: ObjectStore, taggable: Taggable, call: Call, request: Document) -> Document:
    """Return a resource's tags."""
    return {"Tags": store.tags.tags(_existing(taggable, call, request))}


def _existing(taggable: Taggable, call: Call, request: Document) -> str:
    """Return the ARN of a request's resource.

    Raises:
        InvalidInputError: It is no ARN of a resource that can have tags.
        EntityNotFoundError: There is no such resource.
    """
    arn: str = request["ResourceArn"]
    found = _ARN.fullmatch(arn)
    if found is None:
        raise InvalidInputError(f"{arn} is not the ARN of a Glue resource")
    word, _, name = found["resource"].partition("/")
    exists = taggable.get(word)
    if exists is None:
        raise InvalidInputError(
            f"{arn} cannot have tags; these resources can: {', '.join(sorted(taggable))}"
        )
    here = (found["region"], found["account"]) == (call.region, call.account_id)
    if not here or not exists(name):
        raise EntityNotFoundError("Resource", arn)
    return arn


def definitions_of(store: ObjectStore, kind: str) -> Callable[[str], bool]:
    """Return what says whether there is a definition of a kind with a name."""
    return lambda name: store.definitions.find(kind, name) is not None


def join_taggable(*tables: Taggable) -> dict[str, Callable[[str], bool]]:
    """Return one table of all the packages' resources.

    Raises:
        AlreadyExistsError: Two packages have resources of the same word.
    """
    joined: dict[str, Callable[[str], bool]] = {}
    for table in tables:
        for word, exists in table.items():
            if word in joined:
                raise AlreadyExistsError("Resource", word)
            joined[word] = exists
    return joined


def operations(store: ObjectStore, taggable: Taggable) -> dict[str, Handler]:
    """Return the operations of this module."""
    return {
        "TagResource": partial(tag_resource, store, taggable),
        "UntagResource": partial(untag_resource, store, taggable),
        "GetTags": partial(get_tags, store, taggable),
    }
