"""The demo's story: land, crawl, trigger, transform, check; a second day; what to look at next."""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from typing import TYPE_CHECKING, Any

import boto3

from gluepot.cli.output import note, print_table, say
from gluepot.definitions import apply_definitions
from gluepot.demo.landing import RawFile, first_files, second_files
from gluepot.demo.project_folder import FOLDER, make_project
from gluepot.jobs.runs import Run, RunKind, RunState
from gluepot.jobs.scheduler import Scheduler
from gluepot.services import Services, open_services
from gluepot.settings import load_settings
from gluepot.sql.query import select

if TYPE_CHECKING:
    from collections.abc import Iterable

BUCKET = "demo"
TRIGGER = "nightly"
SUMMARY = "demo.json"
CURATED_COUNTS = """
SELECT 'curated.flights' AS "table", count(*) AS rows FROM curated.flights
UNION ALL SELECT 'curated.cancelled_flights', count(*) FROM curated.cancelled_flights
UNION ALL SELECT 'curated.customers', count(*) FROM curated.customers
"""
LATEST_AIRLINES = """
SELECT airline, count(*) AS flights, round(avg(arr_delay), 1) AS mean_arrival_delay_min
FROM curated.flights GROUP BY airline ORDER BY flights DESC LIMIT 5
"""


def run_demo(*, keep: bool) -> int:
    """Run the demo in ``./gluepot-demo`` and return the exit code."""
    started = time.monotonic()
    project = make_project(FOLDER, keep=keep)
    os.chdir(project)  # so that the demo reads its own gluepot.toml, and its child processes too
    with open_services(load_settings()) as services:
        summary: dict[str, Any] = {}
        _chapter("1. Raw files land on S3")
        _land(services, first_files())
        apply_definitions(services)
        _chapter("2. The trigger starts the crawl, and the crawl's success starts the jobs")
        summary["first"] = _night(services)
        _chapter("3. The next day's flights land; the second night reads only them")
        _land(services, second_files())
        summary["second"] = _night(services)
        _chapter("4. The result")
        summary["tables"] = _counts(services)
        (services.settings.home / SUMMARY).write_text(json.dumps(summary, indent=2, default=str))
        _show_next(services)
    note(f"\nThe demo took {time.monotonic() - started:.0f} s.")
    failed = [
        run
        for night in ("first", "second")
        for run in summary[night]
        if run["state"] != "SUCCEEDED"
    ]
    return 1 if failed else 0


def _chapter(title: str) -> None:
    say(f"\n{title}\n{'-' * len(title)}")
    sys.stdout.flush()


def _land(services: Services, files: Iterable[RawFile]) -> None:
    s3 = services.s3
    client = boto3.client(
        "s3",
        endpoint_url=s3.endpoint_url,
        region_name=s3.region,
        aws_access_key_id=s3.access_key_id,
        aws_secret_access_key=s3.secret_access_key,
    )
    if BUCKET not in {bucket["Name"] for bucket in client.list_buckets()["Buckets"]}:
        client.create_bucket(Bucket=BUCKET)
    count = size = 0
    for file in files:
        client.put_object(Bucket=BUCKET, Key=file.key, Body=file.data)
        count, size = count + 1, size + len(file.data)
    say(f"{count} objects, {size / 2**20:.1f} MiB, in s3://{BUCKET}/raw/")
