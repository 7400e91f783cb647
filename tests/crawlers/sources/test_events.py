"""A queue's messages become changed objects, and leave the queue only when that is said."""

from __future__ import annotations

import dataclasses
import json
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gluepot.catalog.errors import InvalidInputError
from gluepot.crawlers.sources import events
from gluepot.crawlers.sources.errors import PathNotFoundError, StoreUnavailableError
from gluepot.crawlers.sources.event_messages import (
    ObjectChange,
    UnreadableMessageError,
    latest,
    read_message,
)
from gluepot.crawlers.sources.events import EventQueue
from tests.crawlers.conftest import new_bucket

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gluepot.crawlers.sources.config import S3Config

ACCOUNT = "123456789012"


def record(key: str, name: str = "ObjectCreated:Put", sequencer: str = "1") -> dict[str, Any]:
    return {
        "eventSource": "aws:s3",
        "eventTime": "2026-01-02T03:04:05.000Z",
        "eventName": name,
        "s3": {"bucket": {"name": "raw"}, "object": {"key": key, "sequencer": sequencer}},
    }


def raw(*records: dict[str, Any]) -> str:
    return json.dumps({"Records": list(records)})


def bridged(key: str, type_: str = "Object Created", source: str = "aws.s3") -> str:
    detail = {"bucket": {"name": "raw"}, "object": {"key": key, "sequencer": "1"}}
    return json.dumps({"source": source, "detail-type": type_, "detail": detail, "time": "t"})


def told(changes: Sequence[ObjectChange]) -> list[tuple[str, bool]]:
    return [(change.uri, change.removed) for change in changes]


@pytest.mark.parametrize(
    ("body", "changes"),
    [
        (raw(record("t/a+b%2Bc.csv")), [("s3://raw/t/a b+c.csv", False)]),
        (raw(record("a", "s3:ObjectRemoved:Delete")), [("s3://raw/a", True)]),
        (raw(record("a", "LifecycleExpiration:Delete")), [("s3://raw/a", True)]),
        (raw(record("a", "ObjectRestore:Completed")), [("s3://raw/a", False)]),
        (raw(record("a", "ObjectTagging:Put"), record("b")), [("s3://raw/b", False)]),
        (
            json.dumps({"Type": "Notification", "Message": raw(record("a%20"))}),
            [("s3://raw/a ", False)],
        ),
        (bridged("a+b%2B"), [("s3://raw/a+b%2B", False)]),
        (bridged("a", "Object Deleted"), [("s3://raw/a", True)]),
        (bridged("a", "Object Tags Added"), []),
        (json.dumps({"Service": "Amazon S3", "Event": "s3:TestEvent", "Bucket": "raw"}), []),
    ],
)
def test_a_message_tells_what_changed(body: str, changes: list[tuple[str, bool]]) -> None:
    assert told(read_message(body)) == changes


@pytest.mark.parametrize(
    "body",
    [
        "hello",
        "[]",
        "3",
        "{}",
        '{"Message": "x"}',
        raw({"eventName": "ObjectCreated:Put"}),
        bridged("a", source="aws.ec2"),
        "[" * 100_000,
    ],
)
def test_a_message_that_is_no_event_is_named(body: str) -> None:
    with pytest.raises(UnreadableMessageError):
        read_message(body)


@given(st.text(max_size=200))
def test_no_message_raises_anything_else(body: str) -> None:
    with pytest.raises(UnreadableMessageError):
        read_message(body)


@given(st.permutations(["9", "a", "10", "ff"]))
def test_of_several_changes_the_one_with_the_greatest_sequencer_counts(order: list[str]) -> None:
    changes = [
        change
        for sequencer in order
        for name in ["ObjectRemoved:Delete" if sequencer == "ff" else "ObjectCreated:Put"]
        for change in read_message(raw(record("a", name, sequencer)))
    ]

    assert told(latest(changes)) == [("s3://raw/a", True)]


@dataclass(frozen=True, kw_only=True)
class Queues:
    """Two queues of moto's and a client of them."""

    config: S3Config
    client: Any
    arn: str
    url: str
    dead_arn: str
    dead_url: str

    def send(self, *bodies: str) -> None:
        """Put messages in the first."""
        for start in range(0, len(bodies), 10):
            entries = [
                {"Id": str(number), "MessageBody": body}
                for number, body in enumerate(bodies[start : start + 10])
            ]
            self.client.send_message_batch(QueueUrl=self.url, Entries=entries)

    def counts(self, url: str) -> tuple[int, int]:
        """Return how many messages are to be seen, and how many are hidden."""
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        found = self.client.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"]
        return int(found[names[0]]), int(found[names[1]])


@pytest.fixture
def queues(moto_s3: S3Config, monkeypatch: pytest.MonkeyPatch) -> Queues:
    """Return two new queues."""
    monkeypatch.setattr("gluepot.crawlers.sources.events.WAIT_SECONDS", 0)
    client = boto3.client(
        "sqs",
        endpoint_url=moto_s3.endpoint_url,
        region_name="us-east-1",
        aws_access_key_id=moto_s3.access_key_id,
        aws_secret_access_key=moto_s3.secret_access_key,
    )
    names = [f"q-{uuid.uuid4().hex}" for _ in range(2)]
    urls = [client.create_queue(QueueName=name)["QueueUrl"] for name in names]
    arns = [f"arn:aws:sqs:us-east-1:{ACCOUNT}:{name}" for name in names]
    return Queues(
        config=dataclasses.replace(moto_s3, sqs_endpoint_url=moto_s3.endpoint_url),
        client=client,
        arn=arns[0],
        url=urls[0],
        dead_arn=arns[1],
        dead_url=urls[1],
    )


def test_messages_stay_hidden_until_they_are_acknowledged_or_released(
    queues: Queues, monkeypatch: pytest.MonkeyPatch
) -> None:
    # moto gives a message twice to readers that ask at one moment, as SQS may; this one counts.
    monkeypatch.setattr(events, "READERS", 1)
    queues.send(*(raw(record(f"t/{number:03}")) for number in range(130)))
    queue = EventQueue(queues.config, queues.arn)

    found = queue.receive()

    assert told(found.changes) == [(f"s3://raw/t/{number:03}", False) for number in range(130)]
    assert (found.messages, found.problems, found.more) == (130, (), False)
    assert queues.counts(queues.url) == (0, 130)

    queue.acknowledge(found.handles[:100])
    queue.release(found.handles[100:])

    assert queues.counts(queues.url) == (30, 0)


def test_no_more_messages_are_taken_than_the_bound(queues: Queues) -> None:
    queues.send(*(raw(record(f"t/{number}")) for number in range(40)))

    found = EventQueue(queues.config, queues.arn).receive(most=25)

    assert (found.messages, found.more) == (25, True)
    assert queues.counts(queues.url) == (15, 25)


def test_what_is_not_understood_goes_to_the_other_queue_and_is_named(queues: Queues) -> None:
    queues.send("hello", raw(record("a")))
    queue = EventQueue(queues.config, queues.arn, queues.dead_arn)

    found = queue.receive()
    queue.acknowledge(found.handles)

    assert told(found.changes) == [("s3://raw/a", False)]
    assert len(found.problems) == 1
    assert "no event of S3" in found.problems[0]
    assert queues.counts(queues.url) == (0, 0)
    (buried,) = queues.client.receive_message(QueueUrl=queues.dead_url)["Messages"]
    assert buried["Body"] == "hello"


def test_what_is_not_understood_stays_where_there_is_no_other_queue(queues: Queues) -> None:
    queues.send("hello")
    queue = EventQueue(queues.config, queues.arn)

    found = queue.receive()
    queue.acknowledge(found.handles)

    assert len(found.problems) == 1
    assert queues.counts(queues.url) == (0, 1)


def test_changes_that_a_store_itself_tells_are_read(queues: Queues) -> None:
    place = new_bucket(queues.config)
    bucket = place.root.removeprefix("s3://")
    client: Any = boto3.client(
        "s3",
        endpoint_url=queues.config.endpoint_url,
        region_name="us-east-1",
        aws_access_key_id=queues.config.access_key_id,
        aws_secret_access_key=queues.config.secret_access_key,
    )
    client.put_bucket_notification_configuration(
        Bucket=bucket,
        NotificationConfiguration={
            "QueueConfigurations": [{"QueueArn": queues.arn, "Events": ["s3:ObjectCreated:*"]}]
        },
    )
    uri = place.put("t/x=1/a b+c.csv", b"1")

    found = EventQueue(queues.config, queues.arn).receive()

    assert told(found.changes) == [(uri, False)]


def test_a_queue_that_is_not_there_is_named(queues: Queues) -> None:
    arn = f"arn:aws:sqs:us-east-1:{ACCOUNT}:none"

    with pytest.raises(PathNotFoundError, match=f"Queue {arn}"):
        EventQueue(queues.config, arn).receive()


def test_a_queue_that_does_not_answer_is_named(
    queues: Queues, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gluepot.crawlers.sources.s3_client.RETRIES", 0)
    config = dataclasses.replace(queues.config, sqs_endpoint_url="http://127.0.0.1:9")

    with pytest.raises(StoreUnavailableError, match=f"Queue {queues.arn}"):
        EventQueue(config, queues.arn).receive()


@pytest.mark.parametrize(
    "arn", ["", "https://sqs/q", "arn:aws:sns:us-east-1:1:q", "arn:aws:sqs:::q"]
)
def test_what_names_no_queue_is_refused(arn: str, moto_s3: S3Config) -> None:
    with pytest.raises(InvalidInputError, match="names no queue"):
        EventQueue(moto_s3, arn)
