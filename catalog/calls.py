"""One call of the Glue API as an operation sees it: who calls, and what is passed through.

A request and a reply are plain Glue JSON. The server has checked a request against AWS Glue's
service model before an operation sees it: members are known, required ones are there, types,
lengths, enums and patterns hold, times are seconds since 1970 as numbers, blobs are base64 text,
and members that were null are absent. In a reply a time may be an aware datetime, and members
that are None are left out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from gluepot.catalog.errors import AlreadyExistsError
from gluepot.catalog.model import Cause

if TYPE_CHECKING:
    from gluepot.catalog.paging import PageTokens

Document: TypeAlias = dict[str, Any]
"""Glue JSON: the members of a structure by their names on the wire."""


def _allow(_request: Document) -> None:
    """Allow everything: for calls within the process, which no gate stands before."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Call:
    """Who calls which operation, on whose account.

    Attributes:
        operation: Its name, such as ``GetTable``.
        account_id: Twelve digits: the catalog's account.
        region: Such as ``us-east-1``, for ARNs.
        principal: The ARN of the caller.
        request_id: A UUID that the reply and the logs carry.
        tokens: Makes and reads the tokens of paged operations.
        authorize: Raises AccessDeniedError unless the caller may make the same call with another
            request: what a resource link leads to needs rights of its own.
    """

    operation: str
    account_id: str
    region: str
    principal: str
    request_id: str
    tokens: PageTokens
    authorize: Callable[[Document], None] = _allow

    @property
    def cause(self) -> Cause:
        """Return who made a version of a table that this call makes."""
        return Cause(kind="api", id=self.principal)

    def arn(self, resource: str) -> str:
        """Return the ARN of a resource such as ``table/db/name``."""
        return f"arn:aws:glue:{self.region}:{self.account_id}:{resource}"


Handler: TypeAlias = Callable[[Call, Document], Document | None]
"""An operation: request in, reply out; None is the empty reply."""

Operations: TypeAlias = Mapping[str, Handler]
"""Operations by their names in AWS Glue's service model."""


def join_operations(*tables: Operations) -> dict[str, Handler]:
    """Return one table of all the packages' operations.

    Raises:
        AlreadyExistsError: Two packages have an operation of the same name.
    """
    joined: dict[str, Handler] = {}
    for table in tables:
        for name, handler in table.items():
            if name in joined:
                raise AlreadyExistsError("Operation", name)
            joined[name] = handler
    return joined
