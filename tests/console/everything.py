"""A console that holds something of every kind, and an address for each of its pages."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlencode

from gluepot.catalog.model import Cause, Column, StorageDescriptor, Table
from gluepot.console.pages.site import PAGES
from gluepot.jobs.runs.state import RunError, RunState
from tests.console.flowing import ended_run, write_job, write_log
from tests.console.lake import fill_lake
from tests.console.test_crawlers import crawl_now, shop
from tests.console.test_quality import NULLS, keep, planes
from tests.console.test_triggers import mornings
from tests.console.test_workflows import firing, nightly

if TYPE_CHECKING:
    from pathlib import Path

    from tests.console.conftest import ConsoleServer

PAYLOAD = '"\'><img src=x onerror="window.hacked=1"><script>window.hacked=1</script>'
NAMES = ("orders", "clean_sales", "shop", "mornings", "nightly", "known planes", "secret_column")
"""Of what the console holds: who has no rights must read none of them."""
_TABLE = {"database": "sales", "name": "orders"}


def fill(console: ConsoleServer, folder: Path) -> dict[str, str]:
    """Fill a console; return for each of its pages an address that shows something.

    Whatever may hold any text holds one that runs as a script where it is not escaped.
    """
    services = console.services
    fill_lake(services, folder)
    columns = (Column(name=PAYLOAD.lower(), type="string", comment=PAYLOAD),)
    hostile = Table(
        database_name="sales",
        name=PAYLOAD.lower(),
        description=PAYLOAD,
        owner=PAYLOAD,
        parameters={"secret_column": PAYLOAD},
        storage_descriptor=StorageDescriptor(columns=columns, location="s3://b/x/"),
    )
    services.catalog.create_table(hostile, Cause(kind="cli", id=PAYLOAD))
    write_job(services)
    (folder / "shop").mkdir()
    shop(services, folder / "shop")
    crawl_id = crawl_now(services)
    mornings(services)
    nightly(services)
    flow_id = firing(services).start_workflow("nightly", {"day": PAYLOAD}).id
    error = RunError(message=PAYLOAD, file="x.py", line=1, source_line=PAYLOAD, advice=PAYLOAD)
    failed = ended_run(services, state=RunState.FAILED, error=error, arguments={"--day": PAYLOAD})
    write_log(services, failed.id, f"{PAYLOAD}\n" * 3)
    kept = keep(console, planes(NULLS), folder)
    return _addresses(
        {
            "crawl": {"id": crawl_id},
            "crawler": {"name": "shop"},
            "job": {"name": "clean_sales"},
            "run": {"id": failed.id},
            "run-log": {"id": failed.id},
            "workflow": {"name": "nightly"},
            "workflow-run": {"name": "nightly", "id": flow_id},
            "trigger": {"name": "mornings"},
            "trigger-preview": {"expression": "cron(0 8 * * ? *)"},
            "quality-result": {"id": kept.id},
            "quality-rows": {"id": kept.id, "rule": "1", "show": "yes"},
            "quality-report": {"id": kept.id},
            "ruleset": {"table": "sales.orders"},
            "recipe": {"job": "clean_sales"},
        }
    )


def _addresses(known: dict[str, dict[str, str]]) -> dict[str, str]:
    found = {}
    for page in PAGES:
        query = known.get(page.path)
        if query is None and page.path.startswith("table"):
            query = _TABLE
        address = f"/console/{page.path}".rstrip("/")
        found[page.path] = f"{address}?{urlencode(query)}" if query else address
    return found
