"""What a page is asked, by whom, and how it gets at what it shows: by Glue's own operations."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

import orjson

from gluepot.catalog.access.model import Attempt
from gluepot.catalog.errors import AccessDeniedError, InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from gluepot.catalog.access.model import Gate, Principal
    from gluepot.catalog.calls import Document, Operations
    from gluepot.services import Services


class Operating(Protocol):
    """What carries out the operations of the Glue API, as policies allow."""

    @property
    def gate(self) -> Gate:
        """Return who decides."""

    @property
    def account_id(self) -> str:
        """Return the account that answers."""

    @property
    def region(self) -> str:
        """Return the region that answers."""

    @property
    def operations(self) -> Operations:
        """Return what there is to call, by name."""

    def carry_out(self, attempt: Attempt) -> bytes:
        """Return the reply to a call, as JSON; raises the GluepotError that refuses it."""


@dataclass(frozen=True, kw_only=True)
class Ask:
    """One request to a page.

    Attributes:
        services: The stores, for what no operation of Glue tells; ask ``allow`` first.
        dispatcher: Carries out Glue's operations as policies allow.
        principal: Who asks.
        query: The parameters of the address, the last of each name.
        form: The fields of a posted form, the last of each name.
        fields: The same with all values of each name.
        request_id: Names the request in logs and in the audit log.
        source: The address of the caller.
    """

    services: Services
    dispatcher: Operating
    principal: Principal
    query: Mapping[str, str]
    form: Mapping[str, str] = field(default_factory=dict)
    fields: Mapping[str, list[str]] = field(default_factory=dict)
    request_id: str
    source: str

    @property
    def now(self) -> datetime:
        """Return the time, with its zone."""
        return self.services.clock()

    def need(self, name: str) -> str:
        """Return a field of the form, or else a parameter of the address.

        Raises:
            InvalidInputError: It is missing or empty.
        """
        value = self.option(name)
        if not value:
            raise InvalidInputError(f"The address lacks {name}; follow a link of the console")
        return value

    def option(self, name: str, default: str = "") -> str:
        """Return a field of the form, or else a parameter of the address, or else the default."""
        return self.form.get(name, self.query.get(name, default))

    def number(self, name: str, default: int, *, most: int) -> int:
        """Return a whole number from 0 on.

        Raises:
            InvalidInputError: The text is none, or it is more than ``most``.
        """
        text = self.option(name) or str(default)
        if not (text.isascii() and text.isdigit()) or int(text) > most:
            raise InvalidInputError(f"{name} must be a whole number from 0 to {most:,}")
        return int(text)

    def call(self, operation: str, request: Mapping[str, Any] | None = None) -> Document:
        """Return what an operation of the Glue API replies, asked in the name of the principal.

        Times in it are seconds since 1970, as they are on the wire.

        Raises:
            GluepotError: The operation refuses; AccessDeniedError where policies do.
        """
        body = self.dispatcher.carry_out(self._attempt(operation, request or {}))
        reply: Document = orjson.loads(body)
        return reply

    def allow(self, operation: str, request: Mapping[str, Any] | None = None) -> None:
        """Check that the principal may call an operation, whose right stands for what follows.

        Raises:
            AccessDeniedError: Policies do not allow it.
        """
        attempt = self._attempt(operation, request or {})
        try:
            self.dispatcher.gate.authorize(attempt)
        except AccessDeniedError as error:
            self.dispatcher.gate.ended(attempt, error.code)
            raise

    def allow_unnamed(self, what: str, operation: str, request: Mapping[str, Any]) -> None:
        """Check as ``allow`` does, and do not tell the name of what is refused.

        For what is asked for by an id: who has it need not learn whose it is.

        Raises:
            AccessDeniedError: Policies do not allow it.
        """
        try:
            self.allow(operation, request)
        except AccessDeniedError:
            raise AccessDeniedError(
                f"User: {self.principal.arn} may not see this {what}: no policy allows"
                f" glue:{operation} on what it is of"
            ) from None

    def may(self, operation: str, request: Mapping[str, Any] | None = None) -> bool:
        """Tell whether the principal may call an operation that only reads."""
        try:
            self.dispatcher.gate.authorize(self._attempt(operation, request or {}))
        except AccessDeniedError:
            return False
        return True

    def _attempt(self, operation: str, request: Mapping[str, Any]) -> Attempt:
        return Attempt(
            principal=self.principal,
            operation=operation,
            request=request,
            account_id=self.dispatcher.account_id,
            region=self.dispatcher.region,
            source=self.source,
            request_id=self.request_id,
        )
