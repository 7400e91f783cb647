"""A lake of flights, a server over its catalog, and a worker that is this process."""

from __future__ import annotations

import contextlib
import threading
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import pytest
from pydantic import SecretStr

from gluepot.jobs.process.child import carry_out
from gluepot.jobs.quality.orders import Task, enqueue_task
from gluepot.jobs.run_context.stores import Stores
from gluepot.jobs.run_context.workshop import Workshop
from gluepot.jobs.runs.lease import LEASE, process_owner
from gluepot.jobs.runs.state import RunKind
from gluepot.services import open_services
from gluepot.settings import Settings
from tests.jobs.conftest import utc_now
from tests.servers.glue import thread_server

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pyspark.sql import SparkSession

    from gluepot.services import Services
    from tests.jobs.conftest import Lake
    from tests.servers.glue import GlueServer

FLIGHTS = {"GlueTable": {"DatabaseName": "raw", "TableName": "flights"}}


@dataclass(frozen=True, kw_only=True)
class Yard:
    """The lake, a client of the server, and what carries out runs of data quality."""

    lake: Lake
    glue: Any
    url: str

    def ruleset(self, name: str, *rules: str, analyzers: str = "") -> str:
        """Store a ruleset and return its name."""
        text = f"Rules = [ {', '.join(rules)} ]{analyzers}"
        self.glue.create_data_quality_ruleset(Name=name, Ruleset=text)
        return name

    def start(self, *rulesets: str, **request: Any) -> str:  # noqa: ANN401
        """Start an evaluation of rulesets on the flights, and return its id."""
        given = {"DataSource": FLIGHTS, "Role": "r", "RulesetNames": list(rulesets), **request}
        run_id: str = self.glue.start_data_quality_ruleset_evaluation_run(**given)["RunId"]
        return run_id

    def work(self, *, keys_required: bool = False) -> None:
        """Carry out every run of data quality that waits, in this process."""
        facts = replace(self.lake.facts, keys_required=keys_required)
        while True:
            run = self.lake.runs.claim("worker:1", lease=LEASE, kinds=[RunKind.QUALITY])
            if run is None:
                return
            begun = self.lake.runs.begin(run.id, process_owner(), lease=LEASE)
            carry_out(self.workshop(run.id), begun, facts, {})

    @contextlib.contextmanager
    def working(self) -> Iterator[None]:
        """Carry out what waits in a thread beside the block, as a worker does."""
        done = threading.Event()

        def look() -> None:
            while not done.wait(0.2):
                self.work()

        thread = threading.Thread(target=look)
        thread.start()
        try:
            yield
        finally:
            done.set()
            thread.join()

    def workshop(self, run_id: str, name: str = "raw.flights") -> Workshop:
        """Return the tools of a run."""
        lake = self.lake
        return Workshop(
            job_name=name,
            run_id=run_id,
            home=lake.home,
            catalog=lake.catalog,
            jobs=lake.jobs,
            runs=lake.runs,
            stores=Stores(lake.s3),
            clock=utc_now,
        )

    def begun(self) -> Workshop:
        """Return the tools of a new run that has begun."""
        runs, owner = self.lake.runs, process_owner()
        run = enqueue_task(runs, Task.EVALUATION, "raw.flights", {}, owner=owner, lease=LEASE)
        return self.workshop(runs.begin(run.id, owner, lease=LEASE).id)

    def evaluate(self, *rulesets: str, **request: Any) -> dict[str, Any]:  # noqa: ANN401
        """Evaluate rulesets on the flights, and return the run as it ended."""
        run_id = self.start(*rulesets, **request)
        self.work()
        return self.get(run_id)

    def get(self, run_id: str) -> dict[str, Any]:
        """Return an evaluation run."""
        found: dict[str, Any] = self.glue.get_data_quality_ruleset_evaluation_run(RunId=run_id)
        return found

    def results(self, run: dict[str, Any]) -> list[dict[str, Any]]:
        """Return the results of an evaluation run."""
        found: list[dict[str, Any]] = self.glue.batch_get_data_quality_result(
            ResultIds=run["ResultIds"]
        )["Results"]
        return found


@pytest.fixture
def yard(lake: Lake, spark: SparkSession, tmp_path: Path) -> Iterator[Yard]:
    """Yield a yard; its runs use the session of the tests."""
    _ = spark
    with thread_server(lake.url, tmp_path / "server") as server:
        yield Yard(lake=lake, glue=server.client(), url=server.url)


@pytest.fixture
def services(glue_server: GlueServer, tmp_path: Path) -> Iterator[Services]:
    """Yield the services that a command on the server's database would have."""
    url = SecretStr(glue_server.database_url)
    settings = Settings(home=tmp_path / "home", catalog_url=url, conf_dir=tmp_path / "conf")
    with open_services(settings) as found:
        yield found
