"""Views with a text in each of several dialects: changing one of them by UpdateTable.

Source: AWS Glue's API reference, ``ViewUpdateAction`` of UpdateTable.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gluepot.catalog.errors import AlreadyExistsError, EntityNotFoundError

if TYPE_CHECKING:
    from gluepot.catalog.calls import Document


def with_view_action(action: str, current: Document, new: Document) -> Document:
    """Return a new definition whose view has the dialects of the current one, changed as asked.

    Args:
        action: ``ADD``, ``REPLACE``, ``ADD_OR_REPLACE`` or ``DROP``: what is done with the
            dialects of the new definition.
        current: The table's definition.
        new: The definition that was given.

    Raises:
        AlreadyExistsError: A dialect to add is there.
        EntityNotFoundError: A dialect to replace or drop is not.
    """
    kept = _by_dialect(current)
    changed = _by_dialect(new)
    for dialect in changed:
        if action == "ADD" and dialect in kept:
            raise AlreadyExistsError("View dialect", dialect)
        if action in {"REPLACE", "DROP"} and dialect not in kept:
            raise EntityNotFoundError("View dialect", dialect)
    if action == "DROP":
        together = {key: item for key, item in kept.items() if key not in changed}
    else:
        together = kept | changed
    view = {**current.get("ViewDefinition", {}), **new.get("ViewDefinition", {})}
    return {**new, "ViewDefinition": {**view, "Representations": list(together.values())}}


def _by_dialect(definition: Document) -> dict[str, Document]:
    representations = definition.get("ViewDefinition", {}).get("Representations", ())
    return {item.get("Dialect", ""): item for item in representations}
