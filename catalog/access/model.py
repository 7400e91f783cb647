"""A request as it came over the wire, who sent it, and the gate that lets it through."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol
from urllib.parse import urlsplit

from gluepot.catalog.errors import AccessDeniedError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any


@dataclass(frozen=True, kw_only=True, slots=True)
class HttpRequest:
    """An HTTP request, complete; its texts are bytes as latin-1, one character each.

    Attributes:
        method: In capitals.
        path: As it was sent, still percent-encoded.
        query: What follows the ``?``, as it was sent.
        headers: Names in lower case, in the order in which they came; names may repeat.
        body: All of it.
        source: The address of the caller.
    """

    method: str
    path: str
    query: str
    headers: tuple[tuple[str, str], ...]
    body: bytes
    source: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Principal:
    """Who calls.

    Attributes:
        arn: Such as ``arn:aws:iam::000000000000:user/anna``.
        key_id: The access key that signed, if one did.
    """

    arn: str
    key_id: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Attempt:
    """A call that is about to be made, as a policy sees it."""

    principal: Principal
    operation: str
    request: Mapping[str, Any]
    account_id: str
    region: str
    source: str
    request_id: str


class Gate(Protocol):
    """Decides who a caller is and what a caller may do."""

    def authenticate(self, request: HttpRequest) -> Principal:
        """Return who signed a request; raises a GluepotError for one that nobody did."""

    def authorize(self, attempt: Attempt) -> None:
        """Raise AccessDeniedError unless the call is allowed."""

    def ended(self, attempt: Attempt, error_code: str | None) -> None:
        """Take note of how a call that was authorized or refused ended."""

    def close(self) -> None:
        """Finish what is under way, when the last call has ended."""


class OpenGate:
    """Lets everybody do everything: for loopback, where only this machine's users call."""

    def __init__(self, account_id: str) -> None:
        self._owner = Principal(arn=f"arn:aws:iam::{account_id}:root")

    def authenticate(self, request: HttpRequest) -> Principal:
        """Return the owner, whoever calls.

        Raises:
            AccessDeniedError: A browser sends the request for a page from elsewhere, which would
                act in the name of whoever looks at it.
        """
        for name, value in request.headers:
            if name == "origin" and not _is_local(value):
                raise AccessDeniedError(
                    f"Without keys only pages of this machine may call, and not {value}"
                )
        return self._owner

    def authorize(self, attempt: Attempt) -> None:
        """Allow the call."""

    def ended(self, attempt: Attempt, error_code: str | None) -> None:
        """Keep no record."""

    def close(self) -> None:
        """Have nothing to finish."""


def _is_local(origin: str) -> bool:
    try:
        host = urlsplit(origin).hostname or ""
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
