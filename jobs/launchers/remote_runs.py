"""Runs whose work goes on elsewhere after whoever followed them died: another follows them on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from gluepot.jobs.launchers.following import FOLLOWER_MARK, REMOTE_LEASE, follower_name
from gluepot.jobs.runs.lease import LEASE
from gluepot.jobs.runs.tables import runs as table

if TYPE_CHECKING:
    from gluepot.jobs.runs.state import Run
    from gluepot.jobs.runs.store import RunStore


def take_over(runs: RunStore, owner: str) -> Run | None:
    """Return a run that nobody follows any more, held by ``owner`` now; None when there is none.

    A follower renews the lease every few seconds, and it lasts for an hour: whoever has not done
    so for as long as other leases last is dead, and the run is not.
    """
    quiet = runs.clock() + REMOTE_LEASE - LEASE
    lost = (
        sa.select(table.c.number, table.c.id)
        .where(table.c.lease_expires_at < quiet, table.c.lease_expires_at >= runs.clock())
        .where(table.c.owner.endswith(FOLLOWER_MARK, autoescape=True))
        .order_by(table.c.number)
        .limit(1)
    )
    with runs.transaction() as connection:
        row = connection.execute(lost.with_for_update(skip_locked=True)).first()
        if row is None:
            return None
        values = {
            "owner": follower_name(owner),
            "lease_expires_at": runs.clock() + REMOTE_LEASE,
        }
        connection.execute(sa.update(table).where(table.c.number == row.number).values(values))
    return runs.get(row.id)
