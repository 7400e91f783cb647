"""Custom classifiers: each is of one kind, and is kept for the crawlers that name it."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from gluepot.catalog.classifier_rules import CHECKS
from gluepot.catalog.errors import InvalidInputError
from gluepot.catalog.operations import named

if TYPE_CHECKING:
    from gluepot.catalog.calls import Call, Document, Handler
    from gluepot.catalog.definitions import Definition
    from gluepot.catalog.objects import ObjectStore


def _show(found: Definition) -> Document:
    kind, classifier = _kind(found.definition)
    times = {"CreationTime": found.created_at, "LastUpdated": found.updated_at}
    return {kind: {**classifier, **times, "Version": found.version}}


def _check(definition: Document) -> None:
    kind, classifier = _kind(definition)
    CHECKS[kind](classifier)


CLASSIFIERS = named.Family(kind="Classifier", show=_show, check=_check)
"""A definition has one member, the kind, as the request has it."""


def create_classifier(store: ObjectStore, call: Call, request: Document) -> None:
    """Add a classifier."""
    _kind_name, classifier = _kind(request)
    named.create(CLASSIFIERS, store, call, classifier["Name"], definition=request)


def get_classifier(store: ObjectStore, _call: Call, request: Document) -> Document:
    """Return a classifier."""
    return {"Classifier": named.show(CLASSIFIERS, store, request["Name"])}


def get_classifiers(store: ObjectStore, call: Call, request: Document) -> Document:
    """Return classifiers by name."""
    return named.page(CLASSIFIERS, store, call, request, "Classifiers")


def update_classifier(store: ObjectStore, _call: Call, request: Document) -> None:
    """Replace the members that are given; the others stay, and the version goes up.

    Raises:
        EntityNotFoundError: There is no classifier of that name.
        InvalidInputError: It is of another kind, or would not be allowed.
    """
    kind, given = _kind(request)

    def change(found: Definition) -> Document:
        kind_now, classifier = _kind(found.definition)
        if kind_now != kind:
            raise InvalidInputError(f"Classifier {found.name} is a {kind_now}, not a {kind}")
        changed = {kind: {**classifier, **given}}
        _check(changed)
        return changed

    store.definitions.change(CLASSIFIERS.kind, given["Name"], change)


def delete_classifier(store: ObjectStore, call: Call, request: Document) -> None:
    """Delete a classifier."""
    named.delete_existing(CLASSIFIERS, store, call, request["Name"])


def _kind(definition: Document) -> tuple[str, Document]:
    """Return the one kind that a document has, and the classifier.

    Raises:
        InvalidInputError: It has none or several.
    """
    if len(definition) != 1:
        raise InvalidInputError(
            f"Exactly one of {', '.join(CHECKS)} must be given, not {len(definition)}"
        )
    kind, classifier = next(iter(definition.items()))
    return kind, classifier


def operations(store: ObjectStore) -> dict[str, Handler]:
    """Return the operations of this module."""
    return {
        "CreateClassifier": partial(create_classifier, store),
        "GetClassifier": partial(get_classifier, store),
        "GetClassifiers": partial(get_classifiers, store),
        "UpdateClassifier": partial(update_classifier, store),
        "DeleteClassifier": partial(delete_classifier, store),
    }
