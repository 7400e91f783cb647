"""The post office over the services' database, and its thread beside a scheduler."""

from __future__ import annotations

import contextlib
import threading
import uuid
from typing import TYPE_CHECKING

from gluepot.jobs.notifications.messages import JOB_STATE, Message
from gluepot.jobs.notifications.model import Subject
from gluepot.jobs.notifications.outbox import Delivery, DeliveryState, Outbox
from gluepot.jobs.notifications.post_office import Place, PostOffice
from gluepot.jobs.notifications.senders import Senders
from gluepot.lineage import lineage_follower, lineage_senders

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gluepot.jobs.notifications.model import Notification
    from gluepot.services import Services


def post_office(services: Services) -> PostOffice:
    """Return what turns events of the services' database into deliveries, and sends them."""
    settings = services.settings
    return PostOffice(
        services.runs,
        Outbox(services.engine, services.clock),
        Senders(settings.conf_dir, services.clock, lineage_senders(settings.lineage)),
        conf_dir=settings.conf_dir,
        place=Place(account_id=settings.server.account_id, region=settings.server.region),
        owner=services.owner(),
        clock=services.clock,
        followers=(lineage_follower(services),),
    )


@contextlib.contextmanager
def posting(services: Services, stop: threading.Event, *, once: bool) -> Iterator[None]:
    """Tell of what happens in a thread until ``stop`` is set, or ``once`` after the block."""
    office = post_office(services)
    if once:
        yield
        office.drain()
        office.close()
        return
    # A receiver may take as long as its time-out: the clock must not wait for that.
    thread = threading.Thread(target=office.run, args=(stop,), name="gluepot-post", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def send_test(services: Services, notification: Notification) -> int | None:
    """Send a message of a run that never was, by no outbox, and return the answer's status.

    Raises:
        DeliveryError: It was not taken.
    """
    settings, now = services.settings, services.clock()
    place = {"account_id": settings.server.account_id, "region": settings.server.region}
    message = Message(
        id=str(uuid.uuid4()),
        occasion=notification.events[0],
        subject=Subject.JOB,
        name="test",
        thing_id="test",
        title=f"Test of the notification {notification.name}",
        cause="Somebody has asked for this message: nothing has happened",
        detail_type=JOB_STATE,
        detail={"jobName": "test", "severity": "INFO", "state": "TEST", "jobRunId": "test"},
        at=now,
    )
    delivery = Delivery(
        id=uuid.uuid4().hex,
        addressee=notification.name,
        subject=message.title,
        body=message.to_json(**place),
        state=DeliveryState.PENDING,
        attempts=0,
        created_at=now,
        due_at=None,
        completed_at=None,
    )
    return Senders(settings.conf_dir, services.clock).send(delivery)
