"""Queues of SQS whose messages are the events of triggers.

A message is taken off its queue once its events are recorded, and no sooner: whoever dies between
the two leaves it to the next, for whom the events are not new any more.
"""

from __future__ import annotations

import contextlib
import logging
import re
from typing import TYPE_CHECKING, Any

from gluepot.catalog.errors import (
    EntityNotFoundError,
    GluepotError,
    InvalidInputError,
    InvalidStateError,
)
from gluepot.crawlers.sources.event_messages import UnreadableMessageError
from gluepot.jobs.triggers.events import Event, read_queued

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Iterator
    from datetime import timedelta

    from gluepot.crawlers.sources.config import S3Config
    from gluepot.jobs.triggers.store import TriggerStore

logger = logging.getLogger(__name__)

BATCH = 10
"""Messages that one request gets at most; SQS's own bound."""

MOST_IN_A_PASS = 1_000
"""Messages of one queue before the next has its turn."""

HIDDEN_SECONDS = 60
"""How long a message is hidden from others while its events are recorded."""

_ARN = re.compile(r"arn:aws[a-z-]*:sqs:([a-z0-9-]+):(\d{12}):([A-Za-z0-9_-]{1,80}(?:\.fifo)?)")


class QueueError(GluepotError):
    """A queue cannot be read: ``QueueError(arn, reason)``."""

    def __init__(self, arn: str, reason: str) -> None:
        super().__init__(arn, reason)

    def __str__(self) -> str:
        """Say which and why."""
        arn, reason = self.args
        return f"The queue {arn} cannot be read: {reason}"


def check_queue_arn(arn: str) -> tuple[str, str, str]:
    """Return the region, the account and the name of a queue.

    Raises:
        InvalidInputError: The text is not the ARN of one.
    """
    found = _ARN.fullmatch(arn)
    if found is None:
        raise InvalidInputError(f"{arn!r} names no queue; write arn:aws:sqs:REGION:ACCOUNT:NAME")
    return found.group(1), found.group(2), found.group(3)


class Listener:
    """Brings the messages of queues to the triggers they are for.

    Args:
        triggers: Which queues there are, and where their events go.
        config: How SQS is reached; asked at the first use.
    """

    def __init__(self, triggers: TriggerStore, config: Callable[[], S3Config]) -> None:
        self._triggers = triggers
        self._config = config
        self._clients: dict[str, Any] = {}

    def listen(self, stop: threading.Event, *, poll: timedelta) -> None:
        """Make passes until ``stop`` is set; what goes wrong is logged, and tried again."""
        while not stop.is_set():
            try:
                self.step()
            except GluepotError as error:
                logger.warning("The queues of events could not be asked: %s", error)
            stop.wait(poll.total_seconds())

    def step(self) -> int:
        """Make one pass over all queues, and return how many new events it brought.

        One that cannot be read holds up no other.
        """
        found = 0
        for name, arn in self._triggers.queues().items():
            try:
                found += self._empty(name, arn)
            except QueueError as error:
                logger.warning("Trigger %s has no events meanwhile: %s", name, error)
            except (EntityNotFoundError, InvalidStateError) as error:
                # Stopped or deleted meanwhile: its messages stay in the queue.
                logger.info("The events of trigger %s are left in its queue: %s", name, error)
        return found

    def _empty(self, name: str, arn: str) -> int:
        found = taken = 0
        with _renamed(arn):
            client, url = self._open(arn)
            while taken < MOST_IN_A_PASS:
                reply = client.receive_message(
                    QueueUrl=url, MaxNumberOfMessages=BATCH, VisibilityTimeout=HIDDEN_SECONDS
                )
                messages = reply.get("Messages", ())
                if not messages:
                    break
                taken += len(messages)
                events, done = _read(arn, messages)
                found += self._triggers.receive(name, events) if events else 0
                _remove(client, url, done)
        return found

    def _open(self, arn: str) -> tuple[Any, str]:
        from gluepot.crawlers.sources.s3_client import client_config  # noqa: PLC0415
        from gluepot.crawlers.sources.sessions import open_session  # noqa: PLC0415

        region, account, queue = check_queue_arn(arn)
        client = self._clients.get(region)
        if client is None:
            config = self._config()
            client = self._clients[region] = open_session(config).client(
                "sqs",
                endpoint_url=config.sqs_endpoint_url,
                region_name=region,
                config=client_config(),
            )
        reply = client.get_queue_url(QueueName=queue, QueueOwnerAWSAccountId=account)
        return client, str(reply["QueueUrl"])


def _read(arn: str, messages: list[dict[str, Any]]) -> tuple[list[Event], list[dict[str, Any]]]:
    """Return the events of messages, and the messages that were understood."""
    events: list[Event] = []
    done: list[dict[str, Any]] = []
    for message in messages:
        try:
            events += read_queued(message["Body"])
        except UnreadableMessageError as error:
            # It comes again until the queue's own redrive policy takes it away.
            logger.warning("A message of %s is no event: %s: %s", arn, message["MessageId"], error)
        else:
            done.append(message)
    return events, done


def _remove(client: Any, url: str, messages: list[dict[str, Any]]) -> None:  # noqa: ANN401
    entries = [
        {"Id": str(number), "ReceiptHandle": message["ReceiptHandle"]}
        for number, message in enumerate(messages)
    ]
    if entries:
        # What stays in the queue comes again, and is not new then.
        client.delete_message_batch(QueueUrl=url, Entries=entries)


@contextlib.contextmanager
def _renamed(arn: str) -> Iterator[None]:
    from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415

    try:
        yield
    except (BotoCoreError, ClientError) as error:
        raise QueueError(arn, str(error)) from error
