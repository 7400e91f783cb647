"""Console: server time of every page over a large catalog, asked again and again.

    python bench/console.py                      the sizes of the documentation, on SQLite
    python bench/console.py --quick              a minute; the figures say little
    python bench/console.py --database URL       on an empty PostgreSQL database

The catalog gets 10,000 tables, a table of 100,000 partitions, 2,000 runs, a workflow of 500 nodes,
tables of 100,000 rows with what quality and matching found in them, and something of all else that
has a page. Each page is asked 30 times over HTTP by one visitor. Exits 1 where a page does not
answer, its 95th percentile is above 150 ms, or the graph of the workflow is not there within a
second.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
import urllib.error
import urllib.request
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from statistics import quantiles
from typing import TYPE_CHECKING, Any

from pydantic import SecretStr

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from consoling.filling import QUICK, Sizes, fill_catalog
from consoling.things import fill_things
from tests.servers.glue import GlueServer, process_server, thread_app

from gluepot.console.page import href
from gluepot.console.pages.site import PAGES
from gluepot.server.serve import application
from gluepot.services import Services, open_services
from gluepot.settings import ServerSettings, Settings

if TYPE_CHECKING:
    from collections.abc import Iterator

RESULTS = Path(__file__).parent / "results"
TIMES = 30
MOST_MS, MOST_GRAPH_MS = 150, 1000
LATER = ("matching-clusters", "matching-cluster", "matching-explain", "quality-rows")
READ = "what it reads later"
"""A page that takes its time is there at once; what it asks for then is held to no limit here."""
GRAPHS = ("workflow", "workflow-run")
OK = 200


def addresses(known: dict[str, dict[str, str]]) -> dict[str, str]:
    """Return the address of each page, and of some twice."""
    found = {}
    for page in PAGES:
        parameters = known.get(page.path)
        if parameters is None and page.path.startswith("table"):
            parameters = {"database": "db_0", "name": "large"}
        found[page.path or "home"] = href(page.path, **(parameters or {}))
    later = {f"{page}, {READ}": href(page, **known[page], show="yes") for page in LATER}
    return found | {
        **later,
        "catalog, a search": href("catalog", q="table_77"),
        "partitions, filtered": href(
            "table-partitions", database="db_0", name="large", filter="day = 'day-000100'"
        ),
    }


def measure(url: str, address: str, times: int) -> dict[str, Any]:
    """Return what a page answers and how long the server takes, in milliseconds."""
    took, status = [], 0
    for _ in range(times + 1):
        started = time.perf_counter()
        status, _ = _ask(url + address)
        took.append((time.perf_counter() - started) * 1000)
    ordered = quantiles(took[1:], n=20, method="inclusive")
    return {
        "status": status,
        "problem": _problem(url, address),
        "p50_ms": round(ordered[9], 1),
        "p95_ms": round(ordered[18], 1),
        "most_ms": round(max(took), 1),
    }


def _problem(url: str, address: str) -> str | None:
    """Return what a page says that it could not do, though it is there."""
    _, body = _ask(f"{url}{address}{'&' if '?' in address else '?'}format=json")
    try:
        told = json.loads(body)
    except ValueError:
        return None  # A document that is sent as it lies.
    found: str | None = told.get("problem") or told.get("error")
    return found


def _ask(address: str) -> tuple[int, bytes]:
    try:
        with urllib.request.urlopen(address, timeout=60) as reply:  # noqa: S310 - our own server
            return int(reply.status), reply.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read()


@contextmanager
def filling(home: Path, database: str) -> Iterator[tuple[str, Services]]:
    """Open an empty catalog, and run a server over it in this process."""
    settings = Settings(
        home=home,
        conf_dir=home / "conf",
        catalog_url=SecretStr(database),
        server=ServerSettings(log_requests=False),
    )
    with (
        open_services(settings) as services,
        thread_app(application(services), settings.server) as served,
    ):
        yield served, services


def serving(home: Path, database: str) -> AbstractContextManager[GlueServer]:
    """Run a server as it is run by users, over a catalog that is full."""
    settings = {"CONF_DIR": str(home / "conf"), "CONSOLE__FILE_ROOTS": json.dumps([str(home)])}
    environment = {f"GLUEPOT_{name}": value for name, value in settings.items()}
    quiet = {"GLUEPOT_SERVER__LOG_REQUESTS": "false"}
    return process_server(database, home, env=environment | quiet)


def main() -> int:
    """Fill, measure, print, and say whether every page answers and is fast enough."""
    parser = argparse.ArgumentParser(description="Server time of every page of the console.")
    parser.add_argument("--quick", action="store_true", help="a small catalog")
    parser.add_argument("--database", help="an empty database in place of SQLite")
    given = parser.parse_args()
    sizes = QUICK if given.quick else Sizes()
    found: dict[str, dict[str, Any]] = {}
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        database = given.database or f"sqlite:///{home}/catalog.db"
        with filling(home, database) as (url, services):
            known = fill_catalog(services, sizes)
            known |= fill_things(services, url, home, sizes.rows)
        with serving(home, database) as server:
            for name, address in addresses(known).items():
                found[name] = measure(server.url, address, TIMES)
    return report(found)


def report(found: dict[str, dict[str, Any]]) -> int:
    """Print the figures, keep them, and return the exit code."""
    faults = []
    for name, one in sorted(found.items(), key=lambda each: -each[1]["p95_ms"]):
        fault = _fault(name, one)
        faults += [f"{name}: {fault}"] if fault else []
        times = f"p50 {one['p50_ms']:7.1f}  p95 {one['p95_ms']:7.1f}  most {one['most_ms']:7.1f}"
        print(f"{name:38} {one['status']}  {times}  {fault}".rstrip())
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "console.json").write_text(json.dumps(found, indent=2))
    for fault in faults:
        print(f"Not right: {fault}", file=sys.stderr)
    return 1 if faults else 0


def _fault(name: str, one: dict[str, Any]) -> str:
    if one["status"] != OK:
        return f"answers {one['status']}"
    if one["problem"]:
        return f"says: {one['problem']}"
    if one["p95_ms"] > MOST_MS and READ not in name:
        return f"p95 above {MOST_MS} ms"
    if name in GRAPHS and one["most_ms"] > MOST_GRAPH_MS:
        return f"once above {MOST_GRAPH_MS} ms"
    return ""


if __name__ == "__main__":
    sys.exit(main())
