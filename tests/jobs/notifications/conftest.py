"""A post office over each database, a clock that tests move, and receivers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
import yaml

from gluepot.catalog.engine import open_engine
from gluepot.jobs.notifications.outbox import Outbox
from gluepot.jobs.notifications.post_office import Place, PostOffice
from gluepot.jobs.notifications.senders import Senders
from gluepot.jobs.runs.state import RunError, RunKind, RunState
from gluepot.jobs.runs.store import RunStore
from tests.servers.hooks import Hook, hook_server

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import sqlalchemy as sa

LEASE = timedelta(seconds=60)


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        """Return the time."""
        return self.now


@dataclass(frozen=True, kw_only=True)
class Desk:
    """A post office with its stores."""

    engine: sa.Engine
    clock: Clock
    runs: RunStore
    outbox: Outbox
    conf: Path
    office: PostOffice

    def define(self, name: str, **members: object) -> None:
        """Write a definition's file."""
        folder = self.conf / "notifications"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{name}.yaml").write_text(yaml.safe_dump(members))

    def hook(self, name: str, hook: Hook, *events: str, **members: object) -> None:
        """Define a notification to a webhook."""
        channel = {"type": "webhook", "url": f"{hook.url}/{name}"}
        channel |= members.pop("channel", {})  # type: ignore[call-overload]
        self.define(name, events=list(events), channel=channel, **members)

    def run(
        self,
        state: RunState,
        name: str = "flights",
        kind: RunKind = RunKind.JOB,
        *,
        message: str = "boom",
        **members: object,
    ) -> str:
        """Let a run of something end in a state, and return its id."""
        made = self.runs.enqueue(kind, name, owner="w", lease=LEASE)
        assert made is not None
        self.runs.begin(made.id, "w", lease=LEASE)
        failed = state in {RunState.FAILED, RunState.TIMEOUT}
        error = RunError(message=message) if failed else None
        self.runs.finish(made.id, state, error=error, metrics=members)
        return made.id


def make_desk(engine: sa.Engine, clock: Clock, conf: Path, owner: str = "p1") -> Desk:
    runs, outbox = RunStore(engine, clock), Outbox(engine, clock)
    office = PostOffice(
        runs,
        outbox,
        Senders(conf, clock),
        conf_dir=conf,
        place=Place(account_id="123456789012", region="eu-west-1"),
        owner=owner,
        clock=clock,
    )
    return Desk(engine=engine, clock=clock, runs=runs, outbox=outbox, conf=conf, office=office)


@pytest.fixture
def engine(database_url: str) -> Iterator[sa.Engine]:
    """Yield each database in turn."""
    made = open_engine(database_url)
    yield made
    made.dispose()


@pytest.fixture
def desk(engine: sa.Engine, tmp_path: Path) -> Iterator[Desk]:
    """Yield a post office over each database in turn."""
    made = make_desk(engine, Clock(), tmp_path / "conf")
    yield made
    made.office.close()


@pytest.fixture
def local_desk(sqlite_catalog: str, tmp_path: Path) -> Iterator[Desk]:
    """Yield a post office over SQLite, for what has nothing to do with the database."""
    engine = open_engine(sqlite_catalog)
    made = make_desk(engine, Clock(), tmp_path / "conf")
    yield made
    made.office.close()
    engine.dispose()


@pytest.fixture
def hook() -> Iterator[Hook]:
    """Yield a receiver of webhooks."""
    with hook_server() as made:
        yield made
