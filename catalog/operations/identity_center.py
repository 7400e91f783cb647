"""The configuration of IAM Identity Center: there is one or none."""

from __future__ import annotations

import uuid
from functools import partial
from typing import TYPE_CHECKING

from gluepot.catalog.errors import EntityNotFoundError
from gluepot.catalog.operations import named

if TYPE_CHECKING:
    from gluepot.catalog.calls import Call, Document, Handler
    from gluepot.catalog.definitions import Definition
    from gluepot.catalog.objects import ObjectStore

_KIND = "Identity Center configuration"
_NAME = "of the account"


def create_configuration(store: ObjectStore, call: Call, request: Document) -> Document:
    """Keep the configuration; gluepot itself does not speak to the Identity Center.

    Raises:
        AlreadyExistsError: There is one.
    """
    arn = f"arn:aws:sso::{call.account_id}:application/gluepot/{uuid.uuid4().hex}"
    store.definitions.create(_KIND, _NAME, {**request, "ApplicationArn": arn})
    return {"ApplicationArn": arn}


def get_configuration(store: ObjectStore, _call: Call, _request: Document) -> Document:
    """Return the configuration."""
    return store.definitions.get(_KIND, _NAME).definition


def update_configuration(store: ObjectStore, _call: Call, request: Document) -> None:
    """Replace the members that are given."""

    def change(found: Definition) -> Document:
        return {**found.definition, **named.without(request, "InstanceArn")}

    store.definitions.change(_KIND, _NAME, change)


def delete_configuration(store: ObjectStore, _call: Call, _request: Document) -> None:
    """Forget the configuration."""
    if not store.definitions.delete(_KIND, _NAME):
        raise EntityNotFoundError(_KIND, _NAME)


def operations(store: ObjectStore) -> dict[str, Handler]:
    """Return the operations of this module."""
    return {
        "CreateGlueIdentityCenterConfiguration": partial(create_configuration, store),
        "GetGlueIdentityCenterConfiguration": partial(get_configuration, store),
        "UpdateGlueIdentityCenterConfiguration": partial(update_configuration, store),
        "DeleteGlueIdentityCenterConfiguration": partial(delete_configuration, store),
    }
