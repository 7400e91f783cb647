"""What the operations on named definitions share: create, get, list, update and delete."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gluepot.catalog.errors import EntityNotFoundError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from gluepot.catalog.calls import Call, Document
    from gluepot.catalog.definitions import Definition
    from gluepot.catalog.objects import ObjectStore

PAGE_ITEMS = 1000
"""How many items a page has at most where the operation's own model does not say."""


@dataclass(frozen=True, kw_only=True)
class Family:
    """Definitions of one kind, whose operations differ in names only.

    Attributes:
        kind: The word in messages, such as ``Usage profile``.
        resource: The word in ARNs, such as ``usageProfile``; None where no tags are possible.
        show: A definition as the model's output has it.
        check: Raises for a definition that the model allows and Glue does not.
    """

    kind: str
    show: Callable[[Definition], Document]
    resource: str | None = None
    check: Callable[[Document], None] = lambda _definition: None

    def arn(self, call: Call, name: str) -> str | None:
        """Return the ARN of one of them, or None where they have none."""
        return None if self.resource is None else call.arn(f"{self.resource}/{name}")


def create(  # noqa: PLR0913  what an operation has at hand
    family: Family,
    store: ObjectStore,
    call: Call,
    name: str,
    *,
    definition: Document,
    tags: Mapping[str, str] | None = None,
) -> Definition:
    """Add a definition with its tags.

    Raises:
        AlreadyExistsError: The name is taken.
        InvalidInputError: The definition or a tag is not allowed.
    """
    family.check(definition)
    with store.transaction() as inside:
        made = inside.definitions.create(family.kind, name, definition)
        arn = family.arn(call, name)
        if arn is not None:
            inside.tags.tag(arn, tags or {})
        return made


def delete(family: Family, store: ObjectStore, call: Call, name: str) -> bool:
    """Delete a definition with its tags; return whether it was there."""
    with store.transaction() as inside:
        arn = family.arn(call, name)
        if arn is not None:
            inside.tags.drop(arn)
        return inside.definitions.delete(family.kind, name)


def delete_existing(family: Family, store: ObjectStore, call: Call, name: str) -> None:
    """Delete a definition with its tags.

    Raises:
        EntityNotFoundError: There is none of that name.
    """
    if not delete(family, store, call, name):
        raise EntityNotFoundError(family.kind, name)


def show(family: Family, store: ObjectStore, name: str) -> Document:
    """Return a definition as the model's output has it.

    Raises:
        EntityNotFoundError: There is none of that name.
    """
    return family.show(store.definitions.get(family.kind, name))


def page(  # noqa: PLR0913  the parts of a paged operation
    family: Family,
    store: ObjectStore,
    call: Call,
    request: Document,
    member: str,
    *,
    prefix: str = "",
    most: int = PAGE_ITEMS,
    keep: Callable[[Definition], bool] | None = None,
    show: Callable[[Definition], Any] | None = None,
) -> Document:
    """Return a page of definitions by name; ``keep`` passes over those that a filter refuses."""

    def fetch(after: str | None, limit: int) -> list[Definition]:
        if keep is None:
            return store.definitions.page(family.kind, after=after, limit=limit, prefix=prefix)
        found = []
        for one in store.definitions.all(family.kind, after=after, prefix=prefix):
            if keep(one):
                found.append(one)
            if len(found) == limit:
                break
        return found

    return call.tokens.page(
        request, member, fetch, lambda one: one.name, most=most, show=show or family.show
    )


def without(request: Document, *members: str) -> Document:
    """Return the request without some members."""
    return {key: value for key, value in request.items() if key not in members}


def check_account(call: Call, request: Document, member: str = "CatalogId") -> None:
    """See that a request means the account's own catalog, where these definitions are.

    Raises:
        EntityNotFoundError: It names another.
    """
    catalog_id = request.get(member, call.account_id)
    if catalog_id != call.account_id:
        raise EntityNotFoundError("Catalog", catalog_id)
