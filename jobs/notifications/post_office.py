"""The post office: from what happened to deliveries, and from deliveries to their addressees.

It works in threads of its own beside the scheduler, so a channel that hangs holds up nobody. Any
number may share a database: events are taken once, and deliveries are held under a lease.
"""

from __future__ import annotations

import logging
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Protocol

from gluepot.catalog.errors import GluepotError
from gluepot.jobs.notifications.messages import message_of, messages_of
from gluepot.jobs.notifications.model import read_notifications
from gluepot.jobs.notifications.senders import describe_failure
from gluepot.jobs.runs.tables import runs as run_rows

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Iterable, Sequence
    from concurrent.futures import Future
    from datetime import datetime
    from pathlib import Path

    import sqlalchemy as sa

    from gluepot.jobs.notifications.errors import NotificationError
    from gluepot.jobs.notifications.messages import Message
    from gluepot.jobs.notifications.model import Notification
    from gluepot.jobs.notifications.outbox import Delivery, Outbox
    from gluepot.jobs.notifications.senders import Senders
    from gluepot.jobs.runs.rows import RunEvent
    from gluepot.jobs.runs.state import Run
    from gluepot.jobs.runs.store import RunStore

LEASE = timedelta(minutes=3)
"""Longer than any attempt takes: channels answer within a minute."""

POLL = timedelta(milliseconds=500)
THREADS = 6
BATCH = 100

logger = logging.getLogger(__name__)


class Follower(Protocol):
    """What else follows from events of runs, such as lineage."""

    def follow(self, connection: sa.Connection, events: Sequence[tuple[RunEvent, Run]]) -> None:
        """Record what follows, in the transaction that takes the events."""


@dataclass(frozen=True, kw_only=True)
class Place:
    """What messages say of where they come from."""

    account_id: str
    region: str


class PostOffice:
    """Takes events, writes deliveries, and has them sent.

    Args:
        runs: Where events of runs are taken.
        outbox: Of the same database.
        senders: What sends a delivery.
        conf_dir: The folder of definitions; read at each batch of events.
        place: What messages say of where they come from.
        owner: The name under which deliveries are held; no two living processes share one.
        clock: Says when an attempt begins.
        followers: What else follows from events of runs.
    """

    def __init__(  # noqa: PLR0913
        self,
        runs: RunStore,
        outbox: Outbox,
        senders: Senders,
        *,
        conf_dir: Path,
        place: Place,
        owner: str,
        clock: Callable[[], datetime],
        followers: Sequence[Follower] = (),
    ) -> None:
        self._runs = runs
        self._outbox = outbox
        self._senders = senders
        self._conf_dir = conf_dir
        self._place = place
        self._owner = owner
        self._clock = clock
        self._followers = followers
        self._pool = ThreadPoolExecutor(THREADS, thread_name_prefix="gluepot-post")
        self._in_hand: dict[str, Future[None]] = {}
        self._known_faults: set[str] = set()

    def run(self, stop: threading.Event) -> None:
        """Work until ``stop`` is set, then let the attempts in hand end."""
        while not stop.is_set():
            try:
                self.step()
            except GluepotError as error:
                # Nothing was changed, and whatever was to be told is still recorded as such.
                logger.warning("The post office waits for the database: %s", error)
            stop.wait(POLL.total_seconds())
        self.close()

    def step(self) -> int:
        """Take what happened, begin attempts where threads are free; return how many began."""
        self.take()
        return self.dispatch()

    def close(self) -> None:
        """Let the attempts in hand end, and begin no more."""
        self._pool.shutdown(wait=True)
        self._let_go()

    def drain(self) -> None:
        """Take what happened and make every attempt that is due now."""
        self.take()
        while self.dispatch() or self._in_hand:
            wait(self._in_hand.values(), return_when=FIRST_COMPLETED)
            self._let_go()

    def take(self) -> None:
        """Turn what happened into deliveries, in one transaction a batch."""
        while self._take_runs():
            pass
        while self._take_announcements():
            pass

    def _take_runs(self) -> int:
        # Asked outside a transaction first: most looks find nothing.
        if not self._runs.any_events():
            return 0
        notifications = self._notifications()
        with self._runs.transaction() as connection:
            taken = self._runs.within(connection).take_events(limit=BATCH)
            if not taken or not (notifications or self._followers):
                return len(taken)
            ids = {event.run_id for event in taken}
            found = self._runs.within(connection).list(
                where=[run_rows.c.id.in_(ids)], limit=len(ids)
            )
            by_id = {run.id: run for run in found}
            events = [(one, by_id[one.run_id]) for one in taken if one.run_id in by_id]
            account = self._place.account_id
            told = (one for pair in events for one in messages_of(*pair, account))
            self._put(connection, told, notifications)
            for follower in self._followers:
                follower.follow(connection, events)
        return len(taken)

    def _take_announcements(self) -> int:
        if not self._outbox.any_announced():
            return 0
        notifications = self._notifications()
        with self._runs.transaction() as connection:
            taken = self._outbox.within(connection).take_announcements(BATCH)
            self._put(connection, map(message_of, taken), notifications)
        return len(taken)

    def _put(
        self,
        connection: sa.Connection,
        messages: Iterable[Message],
        notifications: Sequence[Notification],
    ) -> None:
        outbox = self._outbox.within(connection)
        place = self._place
        for message in messages:
            body = message.to_json(account_id=place.account_id, region=place.region)
            for one in notifications:
                if one.wants(message.occasion, message.subject, message.name):
                    outbox.put(one.name, message.title, body)

    def _notifications(self) -> list[Notification]:
        found, faults = read_notifications(self._conf_dir)
        self._say(faults)
        return found

    def _say(self, faults: Iterable[NotificationError]) -> None:
        for fault in map(str, faults):
            if fault not in self._known_faults:
                self._known_faults.add(fault)
                logger.error("A notification is not followed: %s", fault)

    def dispatch(self) -> int:
        """Begin an attempt for each free thread, at most one an addressee; return how many."""
        self._let_go()
        began = 0
        while len(self._in_hand) < THREADS:
            delivery = self._outbox.claim(self._owner, lease=LEASE, busy=self._in_hand)
            if delivery is None:
                break
            self._in_hand[delivery.addressee] = self._pool.submit(self._deliver, delivery)
            began += 1
        return began

    def _let_go(self) -> None:
        for addressee in [item for item, future in self._in_hand.items() if future.done()]:
            # Raises what recording the attempt raised: the database is in trouble.
            self._in_hand.pop(addressee).result()

    def _deliver(self, delivery: Delivery) -> None:
        at = self._clock()
        try:
            status = self._senders.send(delivery)
        except Exception as error:  # noqa: BLE001 - whatever a library raises, it failed
            failure = describe_failure(error)
            left = self._outbox.failed(delivery, failure, at=at)
            known = (delivery.id, delivery.addressee, left.state, failure)
            logger.warning("Delivery %s to %s is %s: %s", *known)
            return
        self._outbox.delivered(delivery, at=at, status=status)
