"""Pages of the console about a workflow, failing rows and clusters, over what the demo leaves."""

from __future__ import annotations

import json
import urllib.request
from typing import TYPE_CHECKING, Any

import boto3
import pytest

from gluepot.console.page import href
from tests.acceptance.test_console import browser, project, url
from tests.console.looking import check_page

if TYPE_CHECKING:
    from playwright.sync_api import Browser

__all__ = ["browser", "project", "url"]

PATHS = (
    "workflow",
    "workflow-run",
    "quality-rows",
    "matching-clusters",
    "matching-cluster",
)


def data_of(url: str, address: str) -> Any:  # noqa: ANN401 - JSON
    with urllib.request.urlopen(f"{url}{address}&format=json", timeout=60) as reply:  # noqa: S310
        return json.load(reply)


def begun_workflow(url: str) -> str:
    """Make a workflow that crawls what the demo has landed, start it, and return its run."""
    keys: dict[str, Any] = {"aws_access_key_id": "any", "aws_secret_access_key": "any"}
    glue: Any = boto3.client("glue", endpoint_url=url, region_name="us-east-1", **keys)
    glue.create_workflow(Name="landing", Description="Crawl what has landed")
    trigger = {"Name": "land", "WorkflowName": "landing", "Type": "ON_DEMAND"}
    glue.create_trigger(**trigger, Actions=[{"CrawlerName": "raw"}])
    run: str = glue.start_workflow_run(Name="landing")["RunId"]
    return run


@pytest.fixture(scope="module")
def addresses(url: str) -> dict[str, str]:
    """Return an address of each page that is walked."""
    run = begun_workflow(url)
    results = data_of(url, "/console/quality?")["results"]
    result = next(one for one in results if one["job"] == "flights")
    # The job has kept one record of each person: its clusters are of one.
    persons = {"database": "curated", "name": "customers"}
    rows = data_of(url, href("table-rows", **persons, show="yes"))
    at = [column["name"] for column in rows["columns"]].index("match_id")
    of_persons = {"table": "curated.customers", "show": "yes"}
    return {
        "workflow": href("workflow", name="landing"),
        "workflow-run": href("workflow-run", name="landing", id=run),
        "quality-rows": href("quality-rows", id=result["id"], rule=1, show="yes"),
        "matching-clusters": href("matching-clusters", **of_persons),
        "matching-cluster": href("matching-cluster", **of_persons, match_id=rows["rows"][0][at]),
    }


@pytest.mark.parametrize("path", PATHS)
def test_each_page_is_quiet_local_and_readable(
    browser: Browser, url: str, addresses: dict[str, str], path: str
) -> None:
    told = data_of(url, addresses[path])

    assert told.get("problem") is None
    check_page(browser, url, addresses[path], name=f"demo-{path}")
