"""Webhooks: EventBridge's JSON posted, signed so that the receiver knows who sent it.

Source: the Standard Webhooks specification (headers ``webhook-id``, ``webhook-timestamp`` and
``webhook-signature``), which has libraries for receivers in many languages.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from typing import TYPE_CHECKING, Any

import orjson

from gluepot.jobs.notifications.errors import DeliveryError
from gluepot.jobs.notifications.http_post import post

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from gluepot.jobs.notifications.model import WebhookChannel
    from gluepot.jobs.notifications.outbox import Delivery

SECRET_PREFIX = "whsec_"  # noqa: S105 - the standard's mark of a secret in base64


def sign(secret: str, delivery_id: str, timestamp: int, body: bytes) -> str:
    """Return the signature of a body: ``v1,`` and HMAC-SHA256 in base64.

    A secret that begins with ``whsec_`` is base64 behind that; another is taken as it is.

    Raises:
        DeliveryError: It is said to be base64 and is not.
    """
    key = secret.encode()
    if secret.startswith(SECRET_PREFIX):
        try:
            key = base64.b64decode(secret.removeprefix(SECRET_PREFIX), validate=True)
        except binascii.Error:
            raise DeliveryError(
                f"The secret begins with {SECRET_PREFIX} and is no base64"
            ) from None
    signed = b".".join([delivery_id.encode(), str(timestamp).encode(), body])
    return f"v1,{base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()}"


def event_with(told: Mapping[str, Any], source: str, link: str | None) -> dict[str, Any]:
    """Return the event of a message: its ``source`` as wanted, its link among the resources."""
    event: dict[str, Any] = {**told["event"], "source": source}
    return event | {"resources": [link]} if link else event


def send_webhook(
    delivery: Delivery,
    channel: WebhookChannel,
    link: str | None,
    *,
    secrets: Callable[[str], str],
    clock: Callable[[], datetime],
) -> int:
    """Post a message and return the answer's status.

    Args:
        delivery: What is told.
        channel: Where.
        link: Where to look at what happened.
        secrets: Returns a text with what it refers to.
        clock: Says when it is signed.

    Raises:
        DeliveryError: It was not taken.
    """
    told = {name: delivery.body[name] for name in ("title", "cause", "name", "id", "occasion")}
    event = event_with(delivery.body, channel.source, link) | {"gluepot": {**told, "link": link}}
    body = orjson.dumps(event)
    timestamp = int(clock().timestamp())
    headers = {
        "content-type": "application/json",
        "user-agent": "gluepot",
        "webhook-id": delivery.id,
        "webhook-timestamp": str(timestamp),
        **{name: secrets(value) for name, value in channel.headers.items()},
    }
    if channel.secret is not None:
        secret = secrets(channel.secret)
        headers["webhook-signature"] = sign(secret, delivery.id, timestamp, body)
    return post(secrets(channel.url), body, headers, seconds=channel.timeout_seconds)
