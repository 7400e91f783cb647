"""Requests that a client repeats under one token, and that are carried out once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gluepot.catalog.errors import AlreadyExistsError, IdempotentParameterMismatchError
from gluepot.catalog.operations.named import without

if TYPE_CHECKING:
    from collections.abc import Callable

    from gluepot.catalog.calls import Call, Document
    from gluepot.catalog.objects import ObjectStore

_KIND = "Client token"


def once(
    objects: ObjectStore,
    call: Call,
    request: Document,
    carry_out: Callable[[ObjectStore, Document], Document],
) -> Document:
    """Carry out a request, or return what it was answered when its ``ClientToken`` came before.

    Args:
        objects: Where tokens are kept, each for as long as the database lives.
        call: Tokens are those of its operation.
        request: Without a token it is always carried out.
        carry_out: Given the store of one transaction and the request without its token.

    Raises:
        IdempotentParameterMismatchError: The token came before, with other parameters.
    """
    token, rest = request.get("ClientToken"), without(request, "ClientToken")
    name = f"{call.operation} {token}"
    try:
        with objects.transaction() as inside:
            if token is not None:
                inside.definitions.create(_KIND, name, {"Request": rest})
            reply = carry_out(inside, rest)
            if token is not None:
                inside.definitions.update(_KIND, name, {"Request": rest, "Reply": reply})
            return reply
    except AlreadyExistsError as error:
        found = objects.definitions.find(_KIND, name)
        if error.args[0] != _KIND or found is None:
            raise
    if found.definition["Request"] != rest:
        raise IdempotentParameterMismatchError(
            f"ClientToken {token} was used before, with other parameters; use a new one"
        )
    earlier: Document = found.definition["Reply"]
    return earlier
