"""Channels: signatures, redirects, certificates, and that no secret is written down."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from typing import TYPE_CHECKING, Any

import boto3
import pytest

from gluepot.jobs.notifications.outbox import DeliveryState
from gluepot.jobs.runs.state import RunState
from tests.servers.hooks import hook_server
from tests.servers.smtp import MailServer, mail_server

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from gluepot.crawlers.sources.config import S3Config
    from gluepot.jobs.notifications.outbox import Attempt, Delivery
    from tests.jobs.notifications.conftest import Desk
    from tests.servers.hooks import Hook

SECRET = "k3y-of-the-hook"  # noqa: S105
PASSWORD = "p4ss-of-the-mail"  # noqa: S105


@pytest.fixture
def mail(tmp_path: Path) -> Iterator[MailServer]:
    with mail_server(tmp_path) as server:
        yield server


def _told(desk: Desk) -> tuple[Delivery, Attempt]:
    desk.office.drain()
    (delivery,) = desk.outbox.list()
    return delivery, desk.outbox.attempts(delivery.id)[-1]


def test_a_webhook_is_signed_so_that_the_receiver_can_check_it(
    local_desk: Desk, hook: Hook, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOOK_SECRET", f"whsec_{base64.b64encode(SECRET.encode()).decode()}")
    monkeypatch.setenv("HOOK_TOKEN", "t0ken")
    members = {
        "secret": "{{env:HOOK_SECRET}}",
        "headers": {"authorization": "Bearer {{env:HOOK_TOKEN}}"},
    }
    local_desk.hook("oncall", hook, "failure", channel=members)
    local_desk.run(RunState.FAILED)

    delivery, attempt = _told(local_desk)

    (posted,) = hook.got
    head = f"{posted.headers['webhook-id']}.{posted.headers['webhook-timestamp']}."
    digest = hmac.new(SECRET.encode(), head.encode() + posted.body, hashlib.sha256).digest()
    assert posted.headers["webhook-signature"] == f"v1,{base64.b64encode(digest).decode()}"
    assert posted.headers["webhook-id"] == delivery.id
    assert posted.headers["authorization"] == "Bearer t0ken"
    assert delivery.state is DeliveryState.DELIVERED
    assert (attempt.succeeded, attempt.status) == (True, 200)


def test_a_secret_that_is_not_there_is_named_and_not_sent_around(
    local_desk: Desk, hook: Hook
) -> None:
    local_desk.hook("oncall", hook, "failure", channel={"secret": "{{env:NO_SUCH_SECRET}}"})
    local_desk.run(RunState.FAILED)

    delivery, attempt = _told(local_desk)

    assert hook.got == []
    assert delivery.state is DeliveryState.PENDING
    assert "NO_SUCH_SECRET" in (attempt.error or "")


def test_a_redirect_is_not_followed(local_desk: Desk, hook: Hook) -> None:
    with hook_server() as elsewhere:
        hook.status, hook.location = 307, f"{elsewhere.url}/stolen"
        local_desk.hook("oncall", hook, "failure")
        local_desk.run(RunState.FAILED)

        delivery, attempt = _told(local_desk)

        assert elsewhere.got == []
    assert delivery.state is DeliveryState.DEAD
    assert attempt.status == 307


@pytest.mark.parametrize(
    ("status", "state"),
    [
        (500, DeliveryState.PENDING),
        (429, DeliveryState.PENDING),
        (410, DeliveryState.DEAD),
        (204, DeliveryState.DELIVERED),
    ],
)
def test_an_answer_says_whether_it_is_tried_again(
    local_desk: Desk, hook: Hook, status: int, state: DeliveryState
) -> None:
    hook.status = status
    local_desk.hook("oncall", hook, "failure")
    local_desk.run(RunState.FAILED)

    delivery, attempt = _told(local_desk)

    assert (delivery.state, attempt.status) == (state, status)


def test_a_delivery_that_failed_arrives_with_the_same_id_later(
    local_desk: Desk, hook: Hook
) -> None:
    hook.answers = [503]
    local_desk.hook("oncall", hook, "failure")
    local_desk.run(RunState.FAILED)
    delivery, _ = _told(local_desk)
    assert delivery.due_at is not None

    local_desk.clock.now = delivery.due_at
    delivery, attempt = _told(local_desk)

    assert {posted.headers["webhook-id"] for posted in hook.got} == {delivery.id}
    assert len(hook.got) == 2
    assert attempt.succeeded


def test_a_receiver_that_drips_is_hung_up_on_and_holds_up_nobody(
    local_desk: Desk, hook: Hook
) -> None:
    with hook_server() as slow:
        slow.drip_seconds = 20
        local_desk.hook("slow", slow, "failure", channel={"timeout_seconds": 0.5})
        local_desk.hook("quick", hook, "failure")
        local_desk.run(RunState.FAILED)
        began = time.monotonic()

        local_desk.office.drain()

        states = {one.addressee: one.state for one in local_desk.outbox.list()}
        assert states == {"slow": DeliveryState.PENDING, "quick": DeliveryState.DELIVERED}
        assert time.monotonic() - began < 10


def test_what_is_recorded_holds_no_address_and_no_secret(
    local_desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOOK_URL", f"http://user:{SECRET}@127.0.0.1:9/{SECRET}?key={SECRET}")
    channel = {"type": "webhook", "url": "{{env:HOOK_URL}}"}
    local_desk.define("oncall", events=["failure"], channel=channel)
    local_desk.run(RunState.FAILED)

    delivery, attempt = _told(local_desk)

    assert SECRET not in f"{delivery} {attempt}"
    assert attempt.error == "There was no answer: Connection refused"


def test_a_notification_that_is_gone_gives_its_deliveries_up(local_desk: Desk, hook: Hook) -> None:
    local_desk.hook("oncall", hook, "failure")
    local_desk.run(RunState.FAILED)
    local_desk.office.take()
    (local_desk.conf / "notifications" / "oncall.yaml").unlink()

    delivery, attempt = _told(local_desk)

    assert delivery.state is DeliveryState.DEAD
    assert "not defined any more" in (attempt.error or "")


def _mail(desk: Desk, mail: MailServer, **members: object) -> None:
    channel = {
        "type": "email",
        "host": "127.0.0.1",
        "port": mail.port,
        "ca_file": str(mail.ca_file),
        "sender": "gluepot@example.com",
        "to": ["a@example.com", "b@example.com"],
    }
    desk.define("mail", events=["failure"], channel=channel | members)


def test_a_mail_has_text_and_html_with_what_users_wrote_escaped(
    local_desk: Desk, mail: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MAIL_PASSWORD", PASSWORD)
    _mail(local_desk, mail, user="gluepot", password="{{env:MAIL_PASSWORD}}")  # noqa: S106
    run_id = local_desk.run(RunState.FAILED, "fl\r\nBcc: evil@x", message="<script>x</script>")

    delivery, attempt = _told(local_desk)

    assert (delivery.state, attempt.status) == (DeliveryState.DELIVERED, 250)
    (got,) = mail.mails
    assert mail.encrypted == [True]
    assert mail.logins == [("gluepot", PASSWORD)]
    assert got["subject"] == "Job fl Bcc: evil@x: FAILED"
    assert got["bcc"] is None
    text, html = (part.get_content() for part in got.iter_parts())
    assert "<script>x</script>" in text
    assert run_id in text
    assert "&lt;script&gt;" in html
    assert "<script>" not in html


def test_a_mail_server_that_cannot_be_trusted_gets_no_password(
    local_desk: Desk, mail: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MAIL_PASSWORD", PASSWORD)
    members = {"user": "gluepot", "password": "{{env:MAIL_PASSWORD}}", "ca_file": None}
    _mail(local_desk, mail, **members)
    local_desk.run(RunState.FAILED)

    delivery, attempt = _told(local_desk)

    assert mail.logins == []
    assert mail.mails == []
    assert delivery.state is DeliveryState.PENDING
    assert "not trusted" in (attempt.error or "")


@pytest.mark.parametrize(
    ("refuse", "state", "status"),
    [
        ({"a@example.com": "550 no", "b@example.com": "550 no"}, DeliveryState.DEAD, 550),
        ({"a@example.com": "451 later", "b@example.com": "550 no"}, DeliveryState.PENDING, 451),
        ({"a@example.com": "550 no"}, DeliveryState.DEAD, None),
    ],
)
def test_refused_recipients_are_tried_again_only_where_it_helps(
    local_desk: Desk,
    mail: MailServer,
    refuse: dict[str, str],
    state: DeliveryState,
    status: int | None,
) -> None:
    mail.refuse = refuse
    _mail(local_desk, mail)
    local_desk.run(RunState.FAILED)

    delivery, attempt = _told(local_desk)

    assert (delivery.state, attempt.status) == (state, status)


@pytest.fixture
def aws(moto_s3: S3Config, monkeypatch: pytest.MonkeyPatch) -> Any:  # noqa: ANN401
    """Return a function that makes clients of moto's services."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", str(moto_s3.access_key_id))
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", str(moto_s3.secret_access_key))
    return lambda service: boto3.client(
        service, endpoint_url=moto_s3.endpoint_url, region_name="us-east-1"
    )


def _queue(aws: Any, name: str) -> tuple[str, str, Any]:  # noqa: ANN401
    sqs = aws("sqs")
    url = sqs.create_queue(QueueName=name)["QueueUrl"]
    attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
    return url, attributes["Attributes"]["QueueArn"], sqs


def test_a_topic_gets_the_event_for_machines(
    local_desk: Desk,
    aws: Any,  # noqa: ANN401
    moto_s3: S3Config,
) -> None:
    url, queue_arn, sqs = _queue(aws, "told-by-topic")
    topic = aws("sns").create_topic(Name="told")["TopicArn"]
    aws("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue_arn)
    channel = {"type": "sns", "topic_arn": topic, "endpoint_url": moto_s3.endpoint_url}
    local_desk.define("topic", events=["failure"], channel=channel)
    run_id = local_desk.run(RunState.FAILED, "flüge")

    delivery, _ = _told(local_desk)

    assert delivery.state is DeliveryState.DELIVERED
    (message,) = sqs.receive_message(QueueUrl=url)["Messages"]
    envelope = json.loads(message["Body"])
    assert envelope["Subject"] == "Job fl?ge: FAILED"
    assert json.loads(envelope["Message"])["detail"]["jobRunId"] == run_id


def test_a_bus_gets_the_event_as_glue_would_put_it(
    local_desk: Desk,
    aws: Any,  # noqa: ANN401
    moto_s3: S3Config,
) -> None:
    url, queue_arn, sqs = _queue(aws, "told-by-bus")
    events = aws("events")
    events.put_rule(Name="told", EventPattern=json.dumps({"source": ["gluepot"]}))
    events.put_targets(Rule="told", Targets=[{"Id": "1", "Arn": queue_arn}])
    channel = {"type": "eventbridge", "region": "us-east-1", "endpoint_url": moto_s3.endpoint_url}
    local_desk.define("bus", events=["failure"], channel=channel)
    run_id = local_desk.run(RunState.FAILED)

    delivery, _ = _told(local_desk)

    assert delivery.state is DeliveryState.DELIVERED
    (message,) = sqs.receive_message(QueueUrl=url)["Messages"]
    event = json.loads(message["Body"])
    assert event["detail-type"] == "Glue Job State Change"
    assert event["detail"]["jobRunId"] == run_id


def test_a_topic_that_is_not_there_gives_the_delivery_up(
    local_desk: Desk,
    aws: Any,  # noqa: ANN401, ARG001 - its credentials
    moto_s3: S3Config,
) -> None:
    topic = "arn:aws:sns:us-east-1:123456789012:nowhere"
    channel = {"type": "sns", "topic_arn": topic, "endpoint_url": moto_s3.endpoint_url}
    local_desk.define("topic", events=["failure"], channel=channel)
    local_desk.run(RunState.FAILED)

    delivery, attempt = _told(local_desk)

    assert delivery.state is DeliveryState.DEAD
    assert attempt.error == "AWS answered NotFound"
