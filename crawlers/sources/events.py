"""Changes of a bucket as S3 tells them to a queue of SQS, instead of a listing.

Messages are only taken off the queue when their changes are in the catalog: until then they are
hidden from other readers, and come back when the crawl fails or dies.
"""

from __future__ import annotations

import logging
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from gluepot.catalog.errors import InvalidInputError
from gluepot.crawlers.sources.errors import (
    AccessRefusedError,
    PathNotFoundError,
    StoreUnavailableError,
)
from gluepot.crawlers.sources.event_messages import (
    ObjectChange,
    UnreadableMessageError,
    latest,
    read_message,
)
from gluepot.crawlers.sources.s3_client import client_config
from gluepot.crawlers.sources.s3_errors import REFUSED
from gluepot.crawlers.sources.sessions import open_session

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from gluepot.catalog.errors import StorageError
    from gluepot.crawlers.sources.config import S3Config

logger = logging.getLogger(__name__)

MOST_MESSAGES = 100_000
"""Most messages of one crawl; Glue's own bound."""

HIDDEN_SECONDS = 3_600
"""How long a crawl has before its messages come back to the queue by themselves."""

WAIT_SECONDS = 1
"""A request that waits asks all of SQS's machines; one that does not asks some."""

BATCH = 10
READERS = 16
MESSAGES_A_READER = 100
_GONE = frozenset({"AWS.SimpleQueueService.NonExistentQueue", "QueueDoesNotExist"})
_ARN_PARTS = 6


@dataclass(frozen=True, kw_only=True)
class ReceivedEvents:
    """What a queue told.

    Attributes:
        changes: The last change of each object, in the order of their URIs.
        handles: What ``acknowledge`` and ``release`` take.
        messages: How many messages were understood.
        problems: Of each message that was not, its id and why.
        more: The bound was reached: there may be further messages.
    """

    changes: tuple[ObjectChange, ...]
    handles: tuple[str, ...]
    messages: int
    problems: tuple[str, ...]
    more: bool


class EventQueue:
    """One queue of S3 events; its methods raise StorageError."""

    def __init__(self, config: S3Config, queue_arn: str, dlq_arn: str | None = None) -> None:
        """Take the queue by its ARN, and another for messages that cannot be understood.

        Raises:
            InvalidInputError: An ARN is not one of SQS.
        """
        self._config = config
        self._queue = _QueueName.parse(queue_arn)
        self._dead = None if dlq_arn is None else _QueueName.parse(dlq_arn)

    def receive(self, most: int = MOST_MESSAGES) -> ReceivedEvents:
        """Return what there is in the queue; its messages are hidden from others meanwhile.

        What cannot be understood goes to the other queue, if one is given; else it stays, and
        the queue's own redrive policy decides.
        """
        gathered = _Gathered(most)
        readers = min(self._waiting() // MESSAGES_A_READER + 1, READERS)
        with ThreadPoolExecutor(readers, thread_name_prefix="events") as pool:
            for done in [pool.submit(self._gather, gathered) for _ in range(readers)]:
                done.result()
        if gathered.unread:
            self._bury(gathered.unread)
        return ReceivedEvents(
            changes=tuple(latest(gathered.changes)),
            handles=tuple(gathered.handles),
            messages=len(gathered.handles),
            problems=tuple(f"message {item['MessageId']}: {why}" for item, why in gathered.unread),
            more=gathered.is_full,
        )

    def acknowledge(self, handles: Sequence[str]) -> None:
        """Take messages off the queue, once their changes are in the catalog.

        One that could not be taken off comes again, which changes nothing more; it is logged.
        """
        self._in_batches(
            handles,
            "delete_message_batch",
            lambda number, handle: {"Id": str(number), "ReceiptHandle": handle},
        )

    def release(self, handles: Sequence[str]) -> None:
        """Show messages to other readers again at once: the crawl has failed."""
        self._in_batches(
            handles,
            "change_message_visibility_batch",
            lambda number, handle: {
                "Id": str(number),
                "ReceiptHandle": handle,
                "VisibilityTimeout": 0,
            },
        )

    def _waiting(self) -> int:
        reply = self._ask("get_queue_attributes", AttributeNames=["ApproximateNumberOfMessages"])
        return int(reply.get("Attributes", {}).get("ApproximateNumberOfMessages", 0))

    def _gather(self, gathered: _Gathered) -> None:
        while wanted := gathered.reserve(BATCH):
            reply = self._ask(
                "receive_message",
                MaxNumberOfMessages=wanted,
                VisibilityTimeout=HIDDEN_SECONDS,
                WaitTimeSeconds=WAIT_SECONDS,
            )
            messages = reply.get("Messages", ())
            gathered.add(messages, reserved=wanted)
            if not messages:
                return

    def _bury(self, unread: Sequence[tuple[dict[str, Any], str]]) -> None:
        if self._dead is None:
            return
        url = self._url(self._dead)
        for message, _ in unread:
            self._call("send_message", self._dead.arn, QueueUrl=url, MessageBody=message["Body"])
            self._ask("delete_message", ReceiptHandle=message["ReceiptHandle"])

    def _in_batches(
        self, handles: Sequence[str], operation: str, entry: Callable[[int, str], dict[str, Any]]
    ) -> None:
        def send(start: int) -> None:
            batch = handles[start : start + BATCH]
            entries = [entry(number, handle) for number, handle in enumerate(batch)]
            for fault in self._ask(operation, Entries=entries).get("Failed", ()):
                logger.warning(
                    "A message of %s stays in the queue: %s",
                    self._queue.arn,
                    fault.get("Code"),
                    extra={"action": "event_kept", "code": fault.get("Code")},
                )

        with ThreadPoolExecutor(READERS, thread_name_prefix="events") as pool:
            for done in [pool.submit(send, at) for at in range(0, len(handles), BATCH)]:
                done.result()

    def _ask(self, operation: str, **options: Any) -> dict[str, Any]:  # noqa: ANN401
        return self._call(operation, self._queue.arn, QueueUrl=self._main_url, **options)

    def _call(self, operation: str, arn: str, **options: Any) -> dict[str, Any]:  # noqa: ANN401
        try:
            reply: dict[str, Any] = getattr(self._client, operation)(**options)
        except (BotoCoreError, ClientError) as error:
            raise _renamed(arn, error) from error
        return reply

    @cached_property
    def _main_url(self) -> str:
        return self._url(self._queue)

    def _url(self, queue: _QueueName) -> str:
        reply = self._call(
            "get_queue_url",
            queue.arn,
            QueueName=queue.name,
            QueueOwnerAWSAccountId=queue.account,
        )
        return str(reply["QueueUrl"])

    @cached_property
    def _client(self) -> Any:  # noqa: ANN401 - boto3 makes its classes while running
        session = open_session(self._config)
        return session.client(
            "sqs",
            endpoint_url=self._config.sqs_endpoint_url,
            region_name=self._queue.region,
            config=client_config(),
        )


@dataclass(frozen=True, kw_only=True)
class _QueueName:
    arn: str
    region: str
    account: str
    name: str

    @classmethod
    def parse(cls, arn: str) -> _QueueName:
        parts = arn.split(":")
        if len(parts) != _ARN_PARTS or parts[0] != "arn" or parts[2] != "sqs" or not all(parts):
            raise InvalidInputError(
                f"{arn!r} names no queue; write arn:aws:sqs:REGION:ACCOUNT:NAME"
            )
        return cls(arn=arn, region=parts[3], account=parts[4], name=parts[5])


class _Gathered:
    """What several readers have received, up to a bound."""

    def __init__(self, most: int) -> None:
        self.changes: list[ObjectChange] = []
        self.handles: list[str] = []
        self.unread: list[tuple[dict[str, Any], str]] = []
        self._left = most
        self._lock = threading.Lock()

    @property
    def is_full(self) -> bool:
        return self._left <= 0

    def reserve(self, most: int) -> int:
        """Return how many messages may be asked for now."""
        with self._lock:
            granted = min(most, self._left)
            self._left -= granted
            return granted

    def add(self, messages: Sequence[dict[str, Any]], *, reserved: int) -> None:
        """Keep what was received, and give back what was reserved beyond it."""
        with self._lock:
            self._left += reserved - len(messages)
            for message in messages:
                try:
                    self.changes += read_message(message["Body"])
                except UnreadableMessageError as error:
                    self.unread.append((message, str(error)))
                else:
                    self.handles.append(message["ReceiptHandle"])


def _renamed(arn: str, error: BotoCoreError | ClientError) -> StorageError:
    if not isinstance(error, ClientError):
        return StoreUnavailableError(f"Queue {arn}", str(error))
    code = str(error.response.get("Error", {}).get("Code", "unknown"))
    if code in _GONE:
        return PathNotFoundError(f"Queue {arn}", "check its ARN")
    if code in REFUSED or code == "AccessDeniedException":
        return AccessRefusedError(f"Queue {arn}", code)
    return StoreUnavailableError(f"Queue {arn}", str(error))
