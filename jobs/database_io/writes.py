"""One write to a database: once a pass, with its figures in the run's record."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from gluepot.jobs.run_context.script_run import find_run

if TYPE_CHECKING:
    from collections.abc import Callable

    from gluepot.transforms.frame import DynamicFrame


def write_rows(
    frame: DynamicFrame,
    write: Callable[[], int | None],
    *,
    kind: str,
    place: str,
    transformation_ctx: str,
) -> DynamicFrame:
    """Write rows unless a dead run whose pass is repeated had done so; return the failed records.

    A write that dies on the way is done again from its start: what it had written by then is
    there twice, unless the database itself tells equal records by their keys.

    Args:
        frame: What is written.
        write: Writes its records, and returns how many there were, if it knows.
        kind: What kind of database it is, for the run's record.
        place: The table; without a ``transformation_ctx`` it is the sink's name too.
        transformation_ctx: The sink's name.
    """
    run = find_run()
    if run is None:
        write()
        return frame.errorsAsDynamicFrame()
    began = time.monotonic()
    name = transformation_ctx or f"{kind}:{place}"
    counts: list[int | None] = []
    written = run.ledger.write_once(name, lambda: counts.append(write()))
    run.metrics.add_database_sink(
        name,
        f"{kind}:{place}",
        kind,
        rows=counts[0] if written else 0,
        seconds=time.monotonic() - began,
        skipped=not written,
    )
    return frame.errorsAsDynamicFrame()
