"""What a message says of changed objects: S3's own words, or wrapped by SNS or EventBridge.

Sources: Amazon S3 user guide, "Event message structure" and "EventBridge event message structure".
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote_plus

if TYPE_CHECKING:
    from collections.abc import Iterable

TEST_EVENT = "s3:TestEvent"
"""What S3 sends when notifications are set up."""

_REMOVED = ("ObjectRemoved:", "LifecycleExpiration:")
_CHANGED = (
    "ObjectCreated:",
    "ObjectRestore:Completed",
    "ObjectRestore:Delete",
    "LifecycleTransition",
    "IntelligentTiering",
)
_BRIDGED = {
    "Object Created": False,
    "Object Deleted": True,
    "Object Restore Completed": False,
    "Object Restore Expired": False,
    "Object Storage Class Changed": False,
    "Object Access Tier Changed": False,
}
_SEQUENCER_DIGITS = 64
_UNDERSTOOD = (KeyError, TypeError, ValueError, AttributeError, RecursionError)


class UnreadableMessageError(ValueError):
    """A message that says nothing of S3; the text says why."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ObjectChange:
    """An object that was written, became readable or otherwise changed, or was removed.

    Attributes:
        uri: ``s3://bucket/key``, the key raw.
        removed: It is gone, as far as the message knows.
        order: Of two changes of one object the later one has the greater.
    """

    uri: str
    removed: bool
    order: tuple[str, str]


def read_message(body: str) -> list[ObjectChange]:
    """Return the changes that a message of a queue tells; none where it tells of tags and the like.

    Raises:
        UnreadableMessageError: It is no event of S3.
    """
    try:
        found = json.loads(body)
        if "Message" in found and "Records" not in found:  # as SNS wraps it
            found = json.loads(found["Message"])
        if found.get("Event") == TEST_EVENT:
            return []
        if "detail-type" in found:
            return list(_bridged(found))
        return [change for record in found["Records"] for change in _record(record)]
    except _UNDERSTOOD as error:
        raise UnreadableMessageError(f"it is no event of S3: {error!r:.200}") from error


def latest(changes: Iterable[ObjectChange]) -> list[ObjectChange]:
    """Return the last change of each object, in the order of their URIs: queues do not keep it."""
    last: dict[str, ObjectChange] = {}
    for change in changes:
        known = last.get(change.uri)
        if known is None or known.order <= change.order:
            last[change.uri] = change
    return [last[uri] for uri in sorted(last)]


def _record(record: dict[str, Any]) -> Iterable[ObjectChange]:
    name = str(record["eventName"]).removeprefix("s3:")
    if not name.startswith((*_REMOVED, *_CHANGED)):
        return
    thing = record["s3"]["object"]
    yield ObjectChange(
        uri=f"s3://{record['s3']['bucket']['name']}/{unquote_plus(thing['key'])}",
        removed=name.startswith(_REMOVED),
        order=_order(thing, record.get("eventTime")),
    )


def _bridged(event: dict[str, Any]) -> Iterable[ObjectChange]:
    if event["source"] != "aws.s3":
        raise UnreadableMessageError(f"it comes from {event['source']}, not from S3")
    removed = _BRIDGED.get(event["detail-type"])
    if removed is None:
        return
    thing = event["detail"]["object"]
    yield ObjectChange(
        uri=f"s3://{event['detail']['bucket']['name']}/{thing['key']}",  # not escaped here
        removed=removed,
        order=_order(thing, event.get("time")),
    )


def _order(thing: dict[str, Any], time: object) -> tuple[str, str]:
    """Return what compares as S3 says: sequencers as hexadecimal numbers, else by their times."""
    sequencer = str(thing.get("sequencer", "")).rjust(_SEQUENCER_DIGITS, "0")
    return sequencer, str(time or "")
