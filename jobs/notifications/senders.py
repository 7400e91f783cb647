"""From a delivery to the channel of its addressee, as it is defined now."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gluepot.catalog.errors import EntityNotFoundError, GluepotError, InvalidInputError
from gluepot.jobs.notifications.aws import send_event, send_sns
from gluepot.jobs.notifications.errors import DeliveryError, NotificationError
from gluepot.jobs.notifications.mails import send_mail
from gluepot.jobs.notifications.model import (
    EmailChannel,
    SnsChannel,
    WebhookChannel,
    find_notification,
)
from gluepot.jobs.notifications.webhooks import send_webhook
from gluepot.jobs.parameters.secret_references import SecretError, resolve

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime
    from pathlib import Path

    from gluepot.jobs.notifications.model import Notification
    from gluepot.jobs.notifications.outbox import Delivery

    Sender = Callable[[Delivery], int | None]


class Senders:
    """Sends deliveries; definitions and secrets are read at each attempt, and kept nowhere.

    Args:
        conf_dir: The folder of definitions.
        clock: Says when something is signed.
        own: Senders of gluepot's own addressees, by name.
    """

    def __init__(
        self,
        conf_dir: Path,
        clock: Callable[[], datetime],
        own: Mapping[str, Sender] | None = None,
    ) -> None:
        self._conf_dir = conf_dir
        self._clock = clock
        self._own = own or {}

    def send(self, delivery: Delivery) -> int | None:
        """Make one attempt and return the answer's status.

        Raises:
            DeliveryError: It failed.
        """
        if ":" in delivery.addressee:
            own = self._own.get(delivery.addressee)
            if own is None:
                raise DeliveryError(f"{delivery.addressee} is not set up here", final=True)
            return own(delivery)
        try:
            notification = find_notification(self._conf_dir, delivery.addressee)
        except EntityNotFoundError as error:
            gone = f"The notification {delivery.addressee} is not defined any more"
            raise DeliveryError(gone, final=True) from error
        except NotificationError as error:
            raise DeliveryError(str(error)) from error
        return self._send(delivery, notification)

    def _send(self, delivery: Delivery, notification: Notification) -> int:
        link, channel = link_of(notification, delivery.body), notification.channel
        try:
            if isinstance(channel, WebhookChannel):
                clock = self._clock
                return send_webhook(delivery, channel, link, secrets=open_secrets, clock=clock)
            if isinstance(channel, EmailChannel):
                return send_mail(delivery, channel, link, secrets=open_secrets)
        except SecretError as error:
            raise DeliveryError(str(error)) from None
        if isinstance(channel, SnsChannel):
            return send_sns(delivery, channel, link)
        return send_event(delivery, channel, link)


def link_of(notification: Notification, told: Mapping[str, str]) -> str | None:
    """Return where to look at what a message tells of, or None where nobody has said."""
    if notification.link is None:
        return None
    link = notification.link
    for name in ("kind", "name", "id"):
        link = link.replace(f"{{{name}}}", str(told[name]))
    return link


def open_secrets(text: str) -> str:
    """Return a text with the secrets that it refers to.

    Raises:
        SecretError: One cannot be had.
    """
    return resolve({"": text}, _no_connection)[0][""]


def _no_connection(name: str) -> Mapping[str, str]:
    raise InvalidInputError(f"Notifications do not know connection {name}: use env or file")


def describe_failure(error: Exception) -> DeliveryError:
    """Return what went wrong as the outbox records it."""
    if isinstance(error, DeliveryError):
        return error
    if isinstance(error, GluepotError):
        return DeliveryError(str(error))
    # What a library says of its arguments may hold an address or a secret.
    return DeliveryError(f"The attempt broke off: {type(error).__name__}")
