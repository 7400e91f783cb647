"""From an HTTP request to an operation and back: target, gate, model, handler, reply or error."""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import orjson
from structlog.contextvars import bound_contextvars

from gluepot.catalog.access.model import Attempt
from gluepot.catalog.calls import Call
from gluepot.catalog.errors import (
    GluepotError,
    InvalidInputError,
    OperationNotSupportedError,
    SerializationError,
    UnknownOperationError,
    did_you_mean,
)
from gluepot.catalog.nesting import MOST_LEVELS, is_too_deep
from gluepot.catalog.service_model import OperationModel, ServiceModel, glue_model
from gluepot.jobs.metrics.tracing import note, span
from gluepot.server.unsupported import NOT_YET, UNSUPPORTED

if TYPE_CHECKING:
    from gluepot.catalog.access.model import Gate, HttpRequest, Principal
    from gluepot.catalog.calls import Document, Operations
    from gluepot.catalog.paging import PageTokens

log = logging.getLogger(__name__)

TARGET_PREFIX = "AWSGlue."
CONTENT_TYPE = "application/x-amz-json-1.1"


@dataclass(frozen=True, kw_only=True, slots=True)
class HttpReply:
    """What goes back; ``operation``, ``error_code`` and ``principal`` are for logs and metrics.

    The operation is empty where the request named none of AWS Glue's.
    """

    status: int
    body: bytes
    request_id: str
    operation: str
    error_code: str | None = None
    principal: str | None = None


@dataclass(frozen=True, kw_only=True)
class Dispatcher:
    """Answers requests by the operations of all packages.

    ``answer`` is synchronous and safe in many threads: it works in the database.
    """

    operations: Operations
    gate: Gate
    tokens: PageTokens
    account_id: str
    region: str

    def answer(self, request: HttpRequest, request_id: str) -> HttpReply:
        """Return the reply to a request; every failure becomes a typed error in Glue's shape."""
        # Whatever is logged on the way tells of the request that it belongs to.
        parent = _header(request, "traceparent") or None
        with (
            bound_contextvars(request_id=request_id),
            span("glue request", parent=parent, request_id=request_id) as traced,
        ):
            reply = self._answer(request, request_id)
            note(traced, operation=reply.operation, error=reply.error_code, status=reply.status)
            return reply

    def _answer(self, request: HttpRequest, request_id: str) -> HttpReply:
        target = _header(request, "x-amz-target")
        operation = ""
        arn: str | None = None
        try:
            principal = self.gate.authenticate(request)
            arn = principal.arn
            model = _operation(target)
            operation = model.name
            document = model.read(_parse(request.body))
            attempt = self._attempt(principal, operation, document, request, request_id)
            body = self._carry_out(model, attempt)
        except GluepotError as error:
            return refusal(error, operation, request_id, principal=arn)
        except Exception:
            # The sentence may hold a caller's data or a secret: it goes to the log's trace only.
            log.exception("%s failed", operation, extra={"action": "request_failed"})
            hidden = GluepotError(f"Something is wrong inside gluepot; the log has {request_id}")
            return refusal(hidden, operation, request_id, status=500, principal=arn)
        return HttpReply(
            status=200, body=body, request_id=request_id, operation=operation, principal=arn
        )

    def _attempt(
        self,
        principal: Principal,
        operation: str,
        document: Document,
        request: HttpRequest,
        request_id: str,
    ) -> Attempt:
        return Attempt(
            principal=principal,
            operation=operation,
            request=document,
            account_id=self.account_id,
            region=self.region,
            source=request.source,
            request_id=request_id,
        )

    def carry_out(self, attempt: Attempt) -> bytes:
        """Return the reply to a call, as JSON; policies decide, and the audit log tells of it.

        Raises:
            GluepotError: The operation refuses, or policies do.
        """
        model = glue_model().operation(attempt.operation)
        if model is None:
            raise UnknownOperationError(f"{attempt.operation} is no operation of AWS Glue")
        return self._carry_out(model, replace(attempt, request=model.read(dict(attempt.request))))

    def _carry_out(self, model: OperationModel, attempt: Attempt) -> bytes:
        code: str | None = GluepotError.code
        try:
            self.gate.authorize(attempt)
            body = self._call(model, attempt)
            code = None
        except GluepotError as error:
            code = error.code
            raise
        finally:
            self.gate.ended(attempt, code)
        return body

    def _call(self, model: OperationModel, attempt: Attempt) -> bytes:
        handler = self.operations.get(model.name)
        if handler is None:
            reason = UNSUPPORTED.get(model.name, NOT_YET)
            raise OperationNotSupportedError(f"{model.name} is not supported: {reason}")
        call = Call(
            operation=model.name,
            account_id=self.account_id,
            region=self.region,
            principal=attempt.principal.arn,
            request_id=attempt.request_id,
            tokens=self.tokens,
            authorize=lambda request: self.gate.authorize(replace(attempt, request=request)),
        )
        return orjson.dumps(model.write(handler(call, dict(attempt.request))))


def _operation(target: str) -> OperationModel:
    model: ServiceModel = glue_model()
    name = target.removeprefix(TARGET_PREFIX)
    found = model.operation(name) if target.startswith(TARGET_PREFIX) else None
    if found is None:
        hint = did_you_mean(name, model.names)
        raise UnknownOperationError(
            f"X-Amz-Target {target!r} is not {TARGET_PREFIX}<Operation> of AWS Glue.{hint}"
        )
    return found


def _parse(body: bytes) -> Any:  # noqa: ANN401
    try:
        found = orjson.loads(body or b"{}")
    except orjson.JSONDecodeError as error:
        raise SerializationError(f"The request is not JSON: {error}") from None
    if body.count(b"[") + body.count(b"{") > MOST_LEVELS and is_too_deep(found):
        raise SerializationError(f"The request is nested deeper than {MOST_LEVELS} levels")
    if rb"\u0000" in body and _has_nul(found):
        raise InvalidInputError("A text in the request holds the character U+0000; remove it")
    return found


def _has_nul(value: object) -> bool:
    match value:
        case str():
            return "\0" in value
        case dict():
            return any(_has_nul(key) or _has_nul(item) for key, item in value.items())
        case list():
            return any(_has_nul(item) for item in value)
        case _:
            return False


def _header(request: HttpRequest, name: str) -> str:
    return next((value for key, value in request.headers if key == name), "")


def refusal(
    error: GluepotError,
    operation: str,
    request_id: str,
    *,
    status: int | None = None,
    principal: str | None = None,
) -> HttpReply:
    """Return an error as a reply in Glue's shape."""
    # Clients of both spellings exist: Glue's own errors write Message, some SDKs read message.
    text = error.wire_message
    body = {"__type": error.code, "Message": text, "message": text}
    return HttpReply(
        status=status or error.http_status,
        body=orjson.dumps(body),
        request_id=request_id,
        operation=operation,
        error_code=error.code,
        principal=principal,
    )
