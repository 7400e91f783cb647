"""The audit log: who asked what, from where, and whether it was allowed. It only grows.

Reads have one entry, when they have ended. A change has its entry before it is made, so that
none is ever without; one that failed then has a second entry with the error's code. Entries name
resources and never hold a request's body or a secret.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

import sqlalchemy as sa

from gluepot.catalog.access.access_tables import access_keys, audit_log
from gluepot.catalog.scope import Scope

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import datetime

PAGE_ROWS = 500
MAX_RESOURCES = 100
"""An entry names so many resources; a batch may touch more, and then says how many."""

MAX_TEXT = 1024

PRUNE = "gluepot:PruneAuditLog"


@dataclass(frozen=True, kw_only=True, slots=True)
class AuditEntry:
    """What the log keeps of a call.

    Attributes:
        at: When.
        principal: The caller's ARN; None where nobody proved to be one.
        key_id: The key that signed, or is said to have.
        source: The caller's address.
        operation: Such as ``GetTable``.
        resources: ARNs.
        allowed: Whether the caller was let through.
        error_code: How it failed; None if it did not, or had not yet.
        request_id: That of the reply.
    """

    at: datetime
    principal: str | None
    key_id: str | None
    source: str
    operation: str
    resources: tuple[str, ...]
    allowed: bool
    error_code: str | None
    request_id: str


class AuditLog:
    """The log; there is no call that changes an entry, and the database refuses it too."""

    def __init__(self, engine: sa.Engine, clock: Callable[[], datetime]) -> None:
        self._scope = Scope(engine=engine, clock=clock)

    def write(self, entries: Sequence[AuditEntry]) -> None:
        """Add entries in one transaction, and note when their keys were last used."""
        used = {entry.key_id: entry.at for entry in entries if entry.principal and entry.key_id}
        with self._scope.writing() as connection:
            connection.execute(sa.insert(audit_log), [_row(entry) for entry in entries])
            for key_id, at in used.items():
                _note_use(connection, key_id, at)

    def list(
        self,
        *,
        since: datetime | None = None,
        principal: str | None = None,
        operation: str | None = None,
        refused: bool = False,
    ) -> Iterator[AuditEntry]:
        """Yield entries, the newest first.

        Args:
            since: None goes back to the beginning.
            principal: Only this ARN's.
            operation: Only this one's.
            refused: Only those that were not allowed.
        """
        conditions = [
            *([audit_log.c.at >= since] if since else ()),
            *([audit_log.c.principal == principal] if principal else ()),
            *([audit_log.c.operation == operation] if operation else ()),
            *([audit_log.c.allowed.is_(False)] if refused else ()),
        ]
        before: int | None = None
        while True:
            below = [audit_log.c.id < before] if before is not None else []
            query = (
                sa.select(audit_log)
                .where(*conditions, *below)
                .order_by(audit_log.c.id.desc())
                .limit(PAGE_ROWS)
            )
            with self._scope.reading() as connection:
                page = connection.execute(query).mappings().all()
            yield from map(_entry, page)
            if len(page) < PAGE_ROWS:
                return
            before = page[-1]["id"]

    def count_older(self, before: datetime) -> int:
        """Return how many entries ``prune`` would delete."""
        newer = sa.select(sa.func.min(audit_log.c.id)).where(audit_log.c.at >= before)
        with self._scope.reading() as connection:
            below = connection.scalar(newer)
            count = sa.select(sa.func.count()).select_from(audit_log)
            older = count if below is None else count.where(audit_log.c.id < below)
            return connection.scalar(older) or 0

    def prune(self, before: datetime, *, principal: str) -> int:
        """Delete entries that are older; the log then says who did it, and how far.

        Returns:
            How many entries are gone.
        """
        newer = sa.select(sa.func.min(audit_log.c.id)).where(audit_log.c.at >= before)
        with self._scope.writing() as connection:
            entry = AuditEntry(
                at=self._scope.clock(),
                principal=principal,
                key_id=None,
                source="local",
                operation=PRUNE,
                resources=(f"before {before.isoformat()}",),
                allowed=True,
                error_code=None,
                request_id="",
            )
            below = connection.scalar(newer)
            if below is None:
                below = (connection.scalar(sa.select(sa.func.max(audit_log.c.id))) or 0) + 1
            connection.execute(sa.insert(audit_log), {**_row(entry), "pruned_below": below})
            delete = sa.delete(audit_log).where(audit_log.c.id < below)
            return connection.execute(delete).rowcount


def _row(entry: AuditEntry) -> dict[str, object]:
    resources = entry.resources
    if len(resources) > MAX_RESOURCES:
        more = len(resources) - MAX_RESOURCES
        resources = (*resources[:MAX_RESOURCES], f"and {more} more")
    members = {
        name: _printable(value) if isinstance(value, str) else value
        for name, value in asdict(entry).items()
    }
    return {**members, "resources": [*map(_printable, resources)], "pruned_below": None}


def _printable(text: str) -> str:
    """Return a text as any database takes it; who is refused may have sent anything."""
    return "".join(char if char.isprintable() else "\ufffd" for char in text[:MAX_TEXT])


def _entry(row: sa.RowMapping) -> AuditEntry:
    members = {name: row[name] for name in AuditEntry.__slots__}
    return AuditEntry(**{**members, "resources": tuple(row["resources"])})


def _note_use(connection: sa.Connection, key_id: str, at: datetime) -> None:
    last = access_keys.c.last_used_at
    to_the_minute = at.replace(second=0, microsecond=0)
    update = sa.update(access_keys).where(
        access_keys.c.id == key_id, sa.or_(last.is_(None), last < to_the_minute)
    )
    connection.execute(update.values(last_used_at=to_the_minute))
