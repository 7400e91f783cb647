"""Business glossaries and their terms, each with an identifier and a name that is taken once."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from gluepot.catalog.errors import AlreadyExistsError, ConflictError, EntityNotFoundError
from gluepot.catalog.operations import named

if TYPE_CHECKING:
    from gluepot.catalog.calls import Call, Document, Handler
    from gluepot.catalog.definitions import Definition
    from gluepot.catalog.objects import ObjectStore

_TOKEN = "ClientToken"  # noqa: S105  the name of a member


@dataclass(frozen=True, kw_only=True)
class Vocabulary:
    """Definitions by identifier, and a second row for each that holds its name.

    Attributes:
        kind: The word in messages.
        names: The kind of the second rows; they are named ``GLOSSARY/NAME``, so that they list by
            name and a name is taken once in its glossary.
        members: What an item of a list shows besides its identifier.
    """

    kind: str
    names: str
    members: tuple[str, ...]

    def key(self, definition: Document) -> str:
        """Return the name of the second row."""
        return f"{definition.get('GlossaryId', '')}/{definition['Name']}"


GLOSSARIES = Vocabulary(
    kind="Glossary", names="Name of a glossary", members=("Name", "Description")
)
TERMS = Vocabulary(
    kind="Glossary term",
    names="Name of a glossary term",
    members=("Name", "ShortDescription"),
)


def create_glossary(store: ObjectStore, _call: Call, request: Document) -> Document:
    """Add a glossary; the same request with the same token adds it once."""
    return _create(GLOSSARIES, store, request)


def create_glossary_term(store: ObjectStore, _call: Call, request: Document) -> Document:
    """Add a term to a glossary; the same request with the same token adds it once."""
    glossary = request["GlossaryIdentifier"]
    given = {"GlossaryId": glossary, **named.without(request, "GlossaryIdentifier")}
    with store.transaction() as inside:
        # The lock keeps the glossary from being deleted before the term is in it.
        inside.definitions.get(GLOSSARIES.kind, glossary, lock=True)
        return _create(TERMS, inside, given)


def delete_glossary(store: ObjectStore, _call: Call, request: Document) -> None:
    """Delete a glossary that has no terms; one that is not there is deleted already.

    Raises:
        ConflictError: It has terms.
    """
    glossary = request["Identifier"]
    with store.transaction() as inside:
        found = inside.definitions.find(GLOSSARIES.kind, glossary, lock=True)
        if found is None:
            return
        if inside.definitions.page(TERMS.names, limit=1, prefix=f"{glossary}/"):
            raise ConflictError(f"Glossary {glossary} has terms; delete them first")
        _delete(GLOSSARIES, inside, found)


def delete_glossary_term(store: ObjectStore, _call: Call, request: Document) -> None:
    """Delete a term, which leaves all assets; one that is not there is deleted already."""
    with store.transaction() as inside:
        found = inside.definitions.find(TERMS.kind, request["Identifier"], lock=True)
        if found is not None:
            _delete(TERMS, inside, found)


def get(vocabulary: Vocabulary, store: ObjectStore, _call: Call, request: Document) -> Document:
    """Return a glossary or a term."""
    return _show(store.definitions.get(vocabulary.kind, request["Identifier"]))


def update(vocabulary: Vocabulary, store: ObjectStore, _call: Call, request: Document) -> Document:
    """Replace the members that are given.

    Raises:
        EntityNotFoundError: There is none of that identifier.
        AlreadyExistsError: The new name is taken.
    """
    given = named.without(request, "Identifier", _TOKEN)
    with store.transaction() as inside:
        before = inside.definitions.get(vocabulary.kind, request["Identifier"], lock=True)
        definition = {**before.definition, **given}
        old, new = vocabulary.key(before.definition), vocabulary.key(definition)
        if old != new:
            _take_name(vocabulary, inside, definition, before.name)
            inside.definitions.delete(vocabulary.names, old)
        return _show(inside.definitions.update(vocabulary.kind, before.name, definition))


def page(vocabulary: Vocabulary, store: ObjectStore, call: Call, request: Document) -> Document:
    """Return glossaries, or the terms of a glossary, by name."""
    prefix = f"{request.get('GlossaryIdentifier', '')}/"

    def fetch(after: str | None, limit: int) -> list[Definition]:
        names = store.definitions.page(vocabulary.names, after=after, limit=limit, prefix=prefix)
        identifiers = [name.definition["Id"] for name in names]
        found = store.definitions.find_many(vocabulary.kind, identifiers)
        return [found[one] for one in identifiers if one in found]

    def show(found: Definition) -> Document:
        shown = _show(found)
        return {member: shown.get(member) for member in ("Id", *vocabulary.members)}

    return call.tokens.page(
        request,
        "Items",
        fetch,
        lambda found: vocabulary.key(found.definition),
        most=named.PAGE_ITEMS,
        show=show,
    )


def _create(vocabulary: Vocabulary, store: ObjectStore, given: Document) -> Document:
    identifier = uuid.uuid4().hex
    try:
        with store.transaction() as inside:
            _take_name(vocabulary, inside, given, identifier)
            return _show(inside.definitions.create(vocabulary.kind, identifier, given))
    except AlreadyExistsError:
        earlier = _of_name(vocabulary, store, given)
        if _TOKEN not in given or earlier is None or earlier.definition != given:
            raise
        return _show(earlier)


def _take_name(
    vocabulary: Vocabulary, store: ObjectStore, definition: Document, identifier: str
) -> None:
    try:
        store.definitions.create(vocabulary.names, vocabulary.key(definition), {"Id": identifier})
    except AlreadyExistsError:
        raise AlreadyExistsError(vocabulary.kind, definition["Name"]) from None


def _of_name(vocabulary: Vocabulary, store: ObjectStore, given: Document) -> Definition | None:
    row = store.definitions.find(vocabulary.names, vocabulary.key(given))
    return None if row is None else store.definitions.find(vocabulary.kind, row.definition["Id"])


def _delete(vocabulary: Vocabulary, store: ObjectStore, found: Definition) -> None:
    store.definitions.delete(vocabulary.names, vocabulary.key(found.definition))
    store.definitions.delete(vocabulary.kind, found.name)


def _show(found: Definition) -> Document:
    return {"Id": found.name, **named.without(found.definition, _TOKEN)}


def check_terms(store: ObjectStore, identifiers: list[str]) -> None:
    """See that terms are there.

    Raises:
        EntityNotFoundError: One is not.
    """
    found = store.definitions.find_many(TERMS.kind, identifiers)
    for identifier in identifiers:
        if identifier not in found:
            raise EntityNotFoundError(TERMS.kind, identifier)


def operations(store: ObjectStore) -> dict[str, Handler]:
    """Return the operations of this module."""
    return {
        "CreateGlossary": partial(create_glossary, store),
        "GetGlossary": partial(get, GLOSSARIES, store),
        "UpdateGlossary": partial(update, GLOSSARIES, store),
        "DeleteGlossary": partial(delete_glossary, store),
        "ListGlossaries": partial(page, GLOSSARIES, store),
        "CreateGlossaryTerm": partial(create_glossary_term, store),
        "GetGlossaryTerm": partial(get, TERMS, store),
        "UpdateGlossaryTerm": partial(update, TERMS, store),
        "DeleteGlossaryTerm": partial(delete_glossary_term, store),
        "ListGlossaryTerms": partial(page, TERMS, store),
    }
