"""Something that answers Glue's operations: a server far away, or those of this process."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

from gluepot.catalog.errors import GluepotError
from gluepot.catalog.service_model import glue_model

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from gluepot.catalog.calls import Document

Caller: TypeAlias = "Callable[[str, Document], Document]"
"""``(operation, request) -> reply``, both plain Glue JSON; raises a GluepotError."""


class RemoteError(GluepotError):
    """A server refused a call: ``RemoteError(code, sentence)``."""

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(code, sentence)
        self.code = code  # type: ignore[misc]  # each server's own, where other errors have one

    def __str__(self) -> str:
        """Return the server's sentence after the name of the fault."""
        code, sentence = self.args
        return f"{code}: {sentence}"


def pages(call: Caller, operation: str, request: Mapping[str, Any], member: str) -> Iterator[Any]:
    """Yield the items of a paged operation, one page in memory at a time."""
    token: str | None = None
    while True:
        paged = dict(request) if token is None else {**request, "NextToken": token}
        reply = call(operation, paged)
        yield from reply.get(member, ())
        token = reply.get("NextToken")
        if not token:
            return


def as_input(shape: str, document: Mapping[str, Any]) -> Document:
    """Return a document of a reply without the members that only replies have.

    >>> as_input("DatabaseInput", {"Name": "a", "CreateTime": 1.5})
    {'Name': 'a'}
    """
    shapes = glue_model().document["shapes"]
    found: Document = _cut(shapes, shape, document)
    return found


def _cut(shapes: Mapping[str, Any], name: str, value: Any) -> Any:  # noqa: ANN401
    shape = shapes[name]
    if shape["type"] == "structure" and not shape.get("document"):
        members = shape["members"]
        return {
            key: _cut(shapes, members[key]["shape"], item)
            for key, item in value.items()
            if key in members
        }
    if shape["type"] == "list":
        return [_cut(shapes, shape["member"]["shape"], item) for item in value]
    return value
