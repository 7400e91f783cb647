"""From S3 by way of a queue of SQS to a trigger: on moto, as boto3 sees them."""

from __future__ import annotations

import json
import logging
import shutil
import uuid
from typing import TYPE_CHECKING, Any

import boto3
import pytest

from gluepot.catalog.engine import open_engine
from gluepot.catalog.errors import OperationTimeoutError
from gluepot.jobs.triggers import event_queues
from gluepot.jobs.triggers.event_queues import Listener
from gluepot.jobs.triggers.model import Action, Trigger
from gluepot.jobs.triggers.store import TriggerStore

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from gluepot.crawlers.sources.config import S3Config
    from tests.jobs.scheduling.conftest import Clock

ACCOUNT = "123456789012"


class Queue:
    """A new queue of moto's."""

    def __init__(self, config: S3Config) -> None:
        self._options: dict[str, Any] = {
            "endpoint_url": config.endpoint_url,
            "region_name": "us-east-1",
            "aws_access_key_id": config.access_key_id,
            "aws_secret_access_key": config.secret_access_key,
        }
        self.client: Any = boto3.client("sqs", **self._options)
        name = f"q-{uuid.uuid4().hex}"
        self.url = self.client.create_queue(QueueName=name)["QueueUrl"]
        self.arn = f"arn:aws:sqs:us-east-1:{ACCOUNT}:{name}"

    def send(self, *bodies: str) -> None:
        """Put messages in."""
        for body in bodies:
            self.client.send_message(QueueUrl=self.url, MessageBody=body)

    def count(self) -> int:
        """Return how many messages it still has, hidden or not."""
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        found = self.client.get_queue_attributes(QueueUrl=self.url, AttributeNames=names)
        return sum(int(value) for value in found["Attributes"].values())

    def bucket(self) -> tuple[Any, str]:
        """Return a client of S3 and a new bucket whose new objects are told to the queue."""
        s3: Any = boto3.client("s3", **self._options)
        name = f"b-{uuid.uuid4().hex}"
        s3.create_bucket(Bucket=name)
        told = {"QueueArn": self.arn, "Events": ["s3:ObjectCreated:*"]}
        s3.put_bucket_notification_configuration(
            Bucket=name, NotificationConfiguration={"QueueConfigurations": [told]}
        )
        return s3, name


@pytest.fixture
def queue(moto_s3: S3Config) -> Queue:
    return Queue(moto_s3)


@pytest.fixture
def store(sqlite_template: Path, tmp_path: Path, clock: Clock) -> Iterator[TriggerStore]:
    """Yield triggers in a database of their own: what is tried here is the other side."""
    shutil.copy(sqlite_template, tmp_path / "catalog.db")
    engine = open_engine(f"sqlite:///{tmp_path / 'catalog.db'}")
    yield TriggerStore(engine, clock)
    engine.dispose()


@pytest.fixture
def listener(store: TriggerStore, moto_s3: S3Config, monkeypatch: pytest.MonkeyPatch) -> Listener:
    monkeypatch.setenv("AWS_ENDPOINT_URL_SQS", str(moto_s3.endpoint_url))
    return Listener(store, lambda: moto_s3)


def listening(arn: str, name: str = "arrived") -> Trigger:
    return Trigger(
        name=name,
        type="EVENT",
        state="ACTIVATED",
        event_queue=arn,
        actions=(Action(job_name="load"),),
    )


def bridged(event_id: str) -> str:
    event = {"id": event_id, "source": "ours", "detail-type": "Done", "detail": {}}
    return json.dumps(event)


def test_an_object_that_is_written_fires_the_trigger(
    store: TriggerStore, listener: Listener, queue: Queue, clock: Clock
) -> None:
    store.create(listening(queue.arn))
    s3, bucket = queue.bucket()
    s3.put_object(Bucket=bucket, Key="day=1/a b.csv", Body=b"x")

    found = listener.step()

    (due,) = store.take_due(clock.now, limit=10)
    (event,) = store.events("arrived", 10)
    assert found == 1
    assert len(due.fires) == 1
    assert event.body == {"uri": f"s3://{bucket}/day=1/a b.csv", "removed": False}
    assert queue.count() == 0


def test_many_messages_are_all_brought_and_known_ones_taken_away(
    store: TriggerStore, listener: Listener, queue: Queue
) -> None:
    store.create(listening(queue.arn))
    queue.send(*(bridged(str(number % 20)) for number in range(25)))

    assert listener.step() == 20
    assert listener.step() == 0
    assert queue.count() == 0
    assert len(store.events("arrived", 100)) == 20


def test_messages_stay_in_the_queue_until_their_events_are_recorded(
    store: TriggerStore, listener: Listener, queue: Queue, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.create(listening(queue.arn))
    queue.send(bridged("a"))

    def die(*_: object) -> int:
        raise OperationTimeoutError("the database has gone for a walk")

    monkeypatch.setattr(event_queues, "HIDDEN_SECONDS", 0)
    with monkeypatch.context() as patch:
        patch.setattr(store, "receive", die)
        with pytest.raises(OperationTimeoutError):
            listener.step()

    assert queue.count() == 1
    assert listener.step() == 1
    assert queue.count() == 0


def test_what_is_no_event_stays_for_the_queues_own_policy(
    store: TriggerStore, listener: Listener, queue: Queue, caplog: pytest.LogCaptureFixture
) -> None:
    store.create(listening(queue.arn))
    queue.send("hello", bridged("a"))

    with caplog.at_level(logging.WARNING):
        found = listener.step()

    assert found == 1
    assert queue.count() == 1
    assert "is no event" in caplog.text


def test_a_queue_that_is_not_there_holds_up_no_other(
    store: TriggerStore, listener: Listener, queue: Queue, caplog: pytest.LogCaptureFixture
) -> None:
    store.create(listening(f"arn:aws:sqs:us-east-1:{ACCOUNT}:nowhere", name="a first"))
    store.create(listening(queue.arn))
    queue.send(bridged("a"))

    with caplog.at_level(logging.WARNING):
        found = listener.step()

    assert found == 1
    assert "Trigger a first has no events meanwhile" in caplog.text


def test_the_queue_of_a_trigger_at_rest_is_left_alone(
    store: TriggerStore, listener: Listener, queue: Queue
) -> None:
    store.create(listening(queue.arn))
    store.deactivate("arrived")
    queue.send(bridged("a"))

    assert listener.step() == 0
    assert queue.count() == 1
