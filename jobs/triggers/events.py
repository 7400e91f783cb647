"""Events as they come in: EventBridge's shape, or what S3 itself writes to a queue. Pure.

An event has an id; the same id again is the same event, which is what makes a second delivery
harmless. S3's own messages carry none, so that theirs is made of the object and the order of its
changes.

Sources: EventBridge user guide, "Event structure"; Amazon S3 user guide, "Event message structure".
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from gluepot.catalog.errors import InvalidInputError
from gluepot.crawlers.sources.event_messages import UnreadableMessageError, read_message

if TYPE_CHECKING:
    from collections.abc import Mapping

MOST_AT_ONCE = 100
"""How many events one request brings at most."""

MAX_ID = 200
_REQUIRED = ("id", "detail-type", "source")


@dataclass(frozen=True, kw_only=True)
class Event:
    """Something that happened; ``body`` is what its sender wrote of it."""

    id: str
    body: Mapping[str, Any] = field(hash=False)


def read_events(text: str | bytes) -> tuple[Event, ...]:
    """Read one event of EventBridge's shape, or a list of them.

    Raises:
        InvalidInputError: It is neither; the sentence says what is missing.
    """
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        raise InvalidInputError("The body is not JSON; send one event of EventBridge's") from None
    items = found if isinstance(found, list) else [found]
    if not 1 <= len(items) <= MOST_AT_ONCE:
        raise InvalidInputError(f"The body has {len(items)} events; send 1 to {MOST_AT_ONCE}")
    return tuple(_bridged(item) for item in items)


def read_queued(text: str) -> tuple[Event, ...]:
    """Read the events of a message of a queue; none where S3 only tries whether it is there.

    Raises:
        UnreadableMessageError: It is an event neither of EventBridge nor of S3.
    """
    try:
        found = json.loads(text)
        if isinstance(found, dict) and "Message" in found and "Records" not in found:
            found = json.loads(found["Message"])  # as SNS wraps it
    except (ValueError, TypeError, RecursionError) as error:
        raise UnreadableMessageError(f"it is not JSON: {error!r:.200}") from error
    if isinstance(found, dict) and "detail-type" in found:
        try:
            return (_bridged(found),)
        except InvalidInputError as error:
            raise UnreadableMessageError(str(error)) from error
    return tuple(
        Event(
            id=sha256(f"{change.uri}\n{change.order}\n{change.removed}".encode()).hexdigest(),
            body={"uri": change.uri, "removed": change.removed},
        )
        for change in read_message(text)
    )


def _bridged(item: object) -> Event:
    if not isinstance(item, dict):
        raise InvalidInputError("An event is a JSON object with id, source, detail-type and detail")
    for key in _REQUIRED:
        if not isinstance(item.get(key), str) or not item[key]:
            raise InvalidInputError(f"An event has a text {key!r}, as EventBridge writes it")
    if len(item["id"]) > MAX_ID:
        raise InvalidInputError(f"An event's id has at most {MAX_ID} characters")
    return Event(id=item["id"], body=item)
