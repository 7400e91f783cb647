"""``POST /api/v1/events``: events of EventBridge's shape, for a trigger or for a workflow."""

from __future__ import annotations

import hmac
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

import orjson

from gluepot.catalog.access.keys import user_arn
from gluepot.catalog.access.model import Attempt, Principal
from gluepot.catalog.errors import EntityNotFoundError, GluepotError, InvalidInputError
from gluepot.jobs.triggers.events import read_events
from gluepot.jobs.triggers.model import TriggerType
from gluepot.server.dispatch import HttpReply, refusal

if TYPE_CHECKING:
    from gluepot.catalog.access.model import Gate, HttpRequest
    from gluepot.jobs.triggers.store import TriggerStore
    from gluepot.services import Services

PATH = "/api/v1/events"
OPERATION = "NotifyEvent"
"""AWS Glue's name for the right to send events; here for logs and metrics."""

HEADER = "x-gluepot-event-token"
SENDER = "events"
"""Whose policies say what a sender with the token may start."""


@dataclass(frozen=True, kw_only=True)
class EventReceiver:
    """Records the events of a request; ``answer`` is safe in many threads.

    Whoever sends them needs the right to start the workflow, or the trigger. A sender that cannot
    sign has a ``token`` instead, if there is one; it is the user ``events``.
    """

    triggers: TriggerStore
    gate: Gate
    account_id: str
    region: str
    token: str | None = field(default=None, repr=False)

    def answer(self, request: HttpRequest, request_id: str) -> HttpReply:
        """Return how many events are new, and how many were known; every failure is typed."""
        try:
            principal = self._by_token(request) or self.gate.authenticate(request)
            operation, name = _addressee(request.query)
            attempt = Attempt(
                principal=principal,
                operation=operation,
                request={"Name": name},
                account_id=self.account_id,
                region=self.region,
                source=request.source,
                request_id=request_id,
            )
            found = self._record(attempt, request.body)
        except GluepotError as error:
            return refusal(error, OPERATION, request_id)
        body = orjson.dumps(found)
        return HttpReply(status=200, body=body, request_id=request_id, operation=OPERATION)

    def _by_token(self, request: HttpRequest) -> Principal | None:
        given = [value for name, value in request.headers if name == HEADER]
        if self.token is None or len(given) != 1:
            return None
        # The texts of a request are bytes as latin-1.
        if not hmac.compare_digest(given[0].encode("latin-1"), self.token.encode()):
            return None
        return Principal(arn=user_arn(self.account_id, SENDER))

    def _record(self, attempt: Attempt, body: bytes) -> dict[str, int | str]:
        name = attempt.request["Name"]
        code: str | None = GluepotError.code
        try:
            self.gate.authorize(attempt)
            events = read_events(body)
            trigger = self._event_trigger(name) if _of_workflow(attempt) else name
            new = self.triggers.receive(trigger, events)
            code = None
        except GluepotError as error:
            code = error.code
            raise
        finally:
            self.gate.ended(attempt, code)
        return {"trigger": trigger, "new": new, "known": len(events) - new}

    def _event_trigger(self, workflow: str) -> str:
        for trigger in self.triggers.of_workflow(workflow):
            if trigger.type == TriggerType.EVENT:
                return trigger.name
        raise EntityNotFoundError("Trigger of type EVENT of workflow", workflow)


def event_receiver(services: Services, gate: Gate) -> EventReceiver:
    """Return what records events in the services' database."""
    server, token = services.settings.server, services.settings.auth.event_token
    return EventReceiver(
        triggers=services.triggers,
        gate=gate,
        account_id=server.account_id,
        region=server.region,
        token=None if token is None else token.get_secret_value(),
    )


def _addressee(query: str) -> tuple[str, str]:
    """Return the operation of AWS Glue that stands for the right, and the name it is on."""
    found = parse_qs(query)
    names = {key: found[key] for key in ("trigger", "workflow") if key in found}
    if len(names) != 1 or any(len(values) != 1 for values in names.values()):
        raise InvalidInputError(f"Say whom the events are for: {PATH}?workflow=NAME or ?trigger=")
    ((kind, (name,)),) = names.items()
    return ("StartTrigger" if kind == "trigger" else "StartWorkflowRun"), name


def _of_workflow(attempt: Attempt) -> bool:
    return attempt.operation == "StartWorkflowRun"
