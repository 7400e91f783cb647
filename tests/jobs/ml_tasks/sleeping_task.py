"""A task's process that takes its run over, says so, and never ends by itself."""

from __future__ import annotations

import sys
import time
from pathlib import Path

from gluepot.catalog.engine import open_engine
from gluepot.jobs.ml_tasks.process import read_facts
from gluepot.jobs.parameters.arguments import pairs
from gluepot.jobs.runs.lease import LEASE, process_owner
from gluepot.jobs.runs.store import RunStore
from gluepot.services import utc_now

if __name__ == "__main__":
    facts = read_facts(Path(sys.argv[1]))
    run_id = pairs(sys.argv[2:])["JOB_RUN_ID"]
    runs = RunStore(open_engine(facts.catalog_url), utc_now)
    runs.begin(run_id, process_owner(), lease=LEASE)
    time.sleep(600)
