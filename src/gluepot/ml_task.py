"""The process of one task run of an ML transform; a worker starts it.

python -m gluepot.ml_task FACTS --JOB_NAME TRANSFORM --JOB_RUN_ID RUN
"""

from __future__ import annotations

import logging
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from gluepot.catalog.engine import open_engine
from gluepot.catalog.store import CatalogStore
from gluepot.jobs.ml_tasks.process import read_facts, run_task
from gluepot.jobs.parameters.arguments import pairs
from gluepot.jobs.process.lifeline import watch_of_process
from gluepot.services import utc_now
from gluepot.sql.attach import read_table

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pyarrow as pa

    from gluepot.catalog.ml_model import MLTransform


def main(args: Sequence[str]) -> int:
    """Carry out the run that ``args`` name, and return the exit code."""
    watch_of_process()
    logging.basicConfig(format="%(asctime)s %(levelname)s %(message)s", level=logging.INFO)
    facts = read_facts(Path(args[0]))
    engine = open_engine(facts.catalog_url)
    catalog = CatalogStore(engine, utc_now, account_id=facts.account_id)

    def read(transform: MLTransform) -> pa.Table:
        return read_table(
            catalog,
            facts.s3,
            transform.database,
            transform.table,
            expression=transform.expression,
        )

    run_id = pairs(args[1:])["JOB_RUN_ID"]
    return run_task(facts, run_id, engine=engine, clock=utc_now, read=read)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
