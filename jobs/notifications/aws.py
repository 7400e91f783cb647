"""Messages to Amazon's own services: topics of SNS, buses of EventBridge."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson

from gluepot.jobs.notifications.errors import DeliveryError
from gluepot.jobs.notifications.webhooks import event_with

if TYPE_CHECKING:
    from gluepot.jobs.notifications.model import EventBridgeChannel, SnsChannel
    from gluepot.jobs.notifications.outbox import Delivery

_OK = 200
_SERVER_FAULT = 500
_LONGEST_SUBJECT = 99
"""Source: the reference of SNS's Publish: fewer than 100 ASCII characters, no control ones."""


def send_sns(delivery: Delivery, channel: SnsChannel, link: str | None) -> int:
    """Publish a message: JSON for machines, text for mails and phones.

    Raises:
        DeliveryError: It was not taken.
    """
    told = delivery.body
    look = f"\n{link}" if link else ""
    event = orjson.dumps(event_with(told, channel.source, link)).decode()
    machines = dict.fromkeys(("http", "https", "sqs", "lambda", "firehose"), event)
    text = f"{told['title']}\n\n{told['cause']}\n{told['id']}{look}"
    client = _client("sns", channel.topic_arn.split(":")[3], channel)
    line = " ".join(str(told["title"]).split()).encode("ascii", "replace").decode()
    return _call(
        client.publish,
        TopicArn=channel.topic_arn,
        Subject=line[:_LONGEST_SUBJECT],
        Message=orjson.dumps({"default": text, **machines}).decode(),
        MessageStructure="json",
        MessageAttributes={
            name: {"DataType": "String", "StringValue": str(told[name])}
            for name in ("occasion", "kind", "name")
        },
    )


def send_event(delivery: Delivery, channel: EventBridgeChannel, link: str | None) -> int:
    """Put the event on the bus.

    Raises:
        DeliveryError: It was not taken.
    """
    event = event_with(delivery.body, channel.source, link)
    entry = {
        "Source": event["source"],
        "DetailType": event["detail-type"],
        "Detail": orjson.dumps(event["detail"]).decode(),
        "Time": event["time"],
        "Resources": event["resources"],
        "EventBusName": channel.bus,
    }
    return _call(_client("events", channel.region, channel).put_events, Entries=[entry])


def _client(service: str, region: str | None, channel: Any) -> Any:  # noqa: ANN401
    import boto3  # noqa: PLC0415 - it takes a third of a second
    from botocore.config import Config  # noqa: PLC0415

    seconds = channel.timeout_seconds
    # The outbox tries again by itself, and keeps a record of each attempt.
    config = Config(
        connect_timeout=seconds, read_timeout=seconds, retries={"total_max_attempts": 1}
    )
    # A session of its own: the default one is not safe in threads.
    session: Any = boto3.session.Session()
    return session.client(
        service, region_name=region, endpoint_url=channel.endpoint_url, config=config
    )


def _call(act: Any, **request: Any) -> int:  # noqa: ANN401
    from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415

    try:
        answer = act(**request)
    except ClientError as error:
        code = error.response["Error"]["Code"]
        status = error.response["ResponseMetadata"]["HTTPStatusCode"]
        fault = status < _SERVER_FAULT and "Throttl" not in code
        raise DeliveryError(f"AWS answered {code}", status, fault) from None
    except BotoCoreError as error:
        raise DeliveryError(f"AWS could not be asked: {type(error).__name__}") from None
    if answer.get("FailedEntryCount"):
        code = answer["Entries"][0]["ErrorCode"]
        raise DeliveryError(f"EventBridge refused the event: {code}", _OK)
    return int(answer["ResponseMetadata"]["HTTPStatusCode"])
