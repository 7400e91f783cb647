"""The pages of matching: transforms, pairs to label, curves, clusters, and why records match."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit
from urllib.request import url2pathname

import pyarrow as pa
import pytest
from pyarrow import parquet

from gluepot.catalog.ml_store import MLStore
from gluepot.catalog.model import Cause, Column, Database, SerDeInfo, StorageDescriptor, Table
from gluepot.jobs.ml_tasks.process import run_task
from gluepot.jobs.runs.lease import LEASE
from gluepot.jobs.runs.state import RunKind
from gluepot.launching import launch_settings
from gluepot.sql.attach import read_table
from tests.console.looking import check_page, visit
from tests.jobs.ml_tasks.conftest import COLUMNS, PEOPLE, PERSON_OF
from tests.servers.glue import GlueServer
from tests.transforms.quality.pages import HOSTILE

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    from gluepot.catalog.ml_model import MLTransform
    from tests.console.conftest import ConsoleServer
    from tests.console.visitor import Visitor

CAUSE = Cause(kind="cli", id="test")
PARQUET = "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe"
LABEL = "/console/matching-label"


def add_table(console: ConsoleServer, folder: Path, name: str, rows: pa.Table) -> None:
    """Add a table of texts and numbers to the catalog, with its rows in a folder."""
    folder.mkdir(parents=True)
    parquet.write_table(rows, folder / "part.parquet")
    catalog = console.services.catalog
    catalog.create_database(Database(name="d"), exist_ok=True)
    kinds = {pa.string(): "string", pa.int64(): "bigint", pa.float64(): "double"}
    catalog.create_table(
        Table(
            database_name="d",
            name=name,
            storage_descriptor=StorageDescriptor(
                columns=tuple(Column(name=one.name, type=kinds[one.type]) for one in rows.schema),
                location=folder.as_uri(),
                serde_info=SerDeInfo(serialization_library=PARQUET),
            ),
            parameters={"classification": "parquet"},
        ),
        cause=CAUSE,
    )


@pytest.fixture
def transform(console: ConsoleServer, tmp_path: Path) -> str:
    """Return a transform over people, each of whom is there twice."""
    rows = pa.table({name: [row[name] for row in PEOPLE] for name in COLUMNS})
    add_table(console, tmp_path / "people", "people", rows)
    glue = GlueServer(url=console.url, database_url="", home=tmp_path).client()
    made: str = glue.create_ml_transform(
        Name="people",
        Role="r",
        InputRecordTables=[{"DatabaseName": "d", "TableName": "people"}],
        Parameters={
            "TransformType": "FIND_MATCHES",
            "FindMatchesParameters": {"PrimaryKeyColumnName": "id"},
        },
    )["TransformId"]
    return made


def work(console: ConsoleServer) -> str:
    """Carry out the task that waits, in this process, and return its id."""
    services = console.services

    def read(transform: MLTransform) -> pa.Table:
        return read_table(services.catalog, services.s3, transform.database, transform.table)

    run = services.runs.claim(services.owner(), lease=LEASE, kinds=[RunKind.MATCH])
    assert run is not None
    facts = launch_settings(services).facts
    done = run_task(facts, run.id, engine=services.engine, clock=services.clock, read=read)
    assert done == 0, services.runs.get(run.id).error
    return run.id


def writer(console: ConsoleServer, transform: str) -> Visitor:
    """Return a visitor who has opened the transform's page."""
    visitor = console.visitor()
    visitor.get("/console/matching-transform", id=transform)
    return visitor


def label_all(visitor: Visitor, transform: str, run: str) -> int:
    """Say of each pair whether it is one person, and return how many there are."""
    count = visitor.data(LABEL, id=transform, run=run)["count"]
    for at in range(count):
        found = visitor.data(LABEL, id=transform, run=run, at=str(at))
        (ids,) = [each for each in found["fields"] if each["name"] == "id"]
        one, other = ("".join(part["text"] for part in ids[side]) for side in ("left", "right"))
        word = "same" if PERSON_OF[one] == PERSON_OF[other] else "different"
        form = {"id": transform, "run": run, "at": at, "answer": word}
        assert visitor.post("/console/matching-answer", form).status == 200
    return int(count)


def sheet(console: ConsoleServer, run: str) -> list[dict[str, str]]:
    """Return the rows of the label file that a task has made."""
    uri = console.services.runs.get(run).metrics["uri"]
    text = Path(url2pathname(urlsplit(uri).path)).read_text()
    return list(csv.DictReader(io.StringIO(text)))


def test_pairs_are_asked_labelled_taught_measured_and_explained(
    console: ConsoleServer, transform: str
) -> None:
    visitor = writer(console, transform)
    visitor.post("/console/matching-ask", {"id": transform})
    run = work(console)
    count = label_all(visitor, transform, run)
    assert count > 20
    rows = sheet(console, run)
    assert [row["labeling_set_id"] for row in rows[:4]] == ["1", "1", "2", "2"]
    same = {row["label"] for row in rows if row["labeling_set_id"] == "1"} == {"1"}
    assert same == (PERSON_OF[rows[0]["id"]] == PERSON_OF[rows[1]["id"]])

    visitor.post("/console/matching-teach", {"id": transform, "run": run})
    work(console)
    visitor.post("/console/matching-evaluate", {"id": transform})
    work(console)

    (listed,) = visitor.data("/console/matching")["transforms"]
    assert (listed["status"], listed["labels"]) == ("READY", 2 * count)
    assert listed["f1"] > 0.8
    found = visitor.data("/console/matching-transform", id=transform)
    assert found["card"]["columns"]["surname"]["kind"]
    assert found["curve"][-1][2] == 1.0
    assert "At 0.50" in found["plot"]["label"]
    pairs = [row["id"] for row in PEOPLE if row["person"] == "0"]
    asked = {"id": transform, "left": pairs[0], "show": "yes"}
    why = visitor.data("/console/matching-explain", **asked, right=pairs[1])
    assert why["found"]["accepted"]
    assert {each["column"] for each in why["found"]["fields"]} >= {"surname", "born"}
    stranger = next(row["id"] for row in PEOPLE if row["person"] == "1")
    why = visitor.data("/console/matching-explain", **asked, right=stranger)
    assert not why["found"]["accepted"]


def test_one_kind_of_answers_alone_teaches_nothing(console: ConsoleServer, transform: str) -> None:
    visitor = writer(console, transform)
    visitor.post("/console/matching-ask", {"id": transform})
    run = work(console)
    form = {"id": transform, "run": run, "at": 0}
    visitor.post("/console/matching-answer", {**form, "answer": "same"})

    refused = visitor.post("/console/matching-teach", {"id": transform, "run": run})

    assert "learns from both kinds" in refused.text
    visitor.post("/console/matching-answer", {**form, "answer": "clear"})
    assert visitor.data(LABEL, id=transform, run=run)["answered"] == 0


def test_a_sheet_is_read_under_the_id_of_its_own_task_only(
    console: ConsoleServer, transform: str
) -> None:
    visitor = writer(console, transform)
    visitor.post("/console/matching-evaluate", {"id": transform})
    for name in ("../../etc/passwd", "tsk-none"):
        assert visitor.get(LABEL, id=transform, run=name).status == 400


def test_clusters_are_listed_largest_or_least_sure_first(
    console: ConsoleServer, transform: str, tmp_path: Path
) -> None:
    rows = pa.table(
        {
            "id": ["1", "2", "3", "4", "5", "6"],
            "name": [HOSTILE, "b", "c", "d", "e", "f"],
            "match_id": [7, 7, 7, 8, 8, 9],
            "match_confidence_score": [0.9, 0.9, 0.9, 0.6, 0.6, 1.0],
        }
    )
    add_table(console, tmp_path / "found", "found", rows)
    visitor = console.visitor()

    largest = visitor.data("/console/matching-clusters", table="d.found", id=transform, show="yes")
    unsure = visitor.data(
        "/console/matching-clusters", table="d.found", order="least sure", show="yes"
    )

    assert (largest["records"], largest["clusters"], largest["matched"]) == (6, 2, 5)
    assert [each["match_id"] for each in largest["found"]] == ["7", "8"]
    assert [each["match_id"] for each in unsure["found"]] == ["8", "7"]
    seen = visitor.get(largest["found"][0]["address"], show="yes")
    assert "<script>alert" not in seen.text
    assert "left=1&amp;right=2" in seen.text
    refused = visitor.data("/console/matching-clusters", table="d.people", show="yes")
    assert "has no column match_id" in refused["problem"]


def test_the_pages_are_right_in_a_browser_and_pairs_are_labelled_by_one_key(
    browser: Browser, console: ConsoleServer, transform: str, tmp_path: Path
) -> None:
    visitor = writer(console, transform)
    visitor.post("/console/matching-ask", {"id": transform})
    run = work(console)
    with visit(browser, f"{console.url}{LABEL}?id={transform}&run={run}") as page:
        page.keyboard.press("y")
        page.get_by_text("Pair 2 of").wait_for()
        page.keyboard.press("s")
        page.get_by_text("Pair 3 of").wait_for()
        page.keyboard.press("n")
        page.get_by_text("Pair 4 of").wait_for()
        page.keyboard.press("b")
        page.get_by_text("you said different").wait_for()
    labels = [row["label"] for row in sheet(console, run)[:6]]
    assert labels == ["1", "1", "", "", "1", "2"]
    label_all(visitor, transform, run)
    visitor.post("/console/matching-teach", {"id": transform, "run": run})
    work(console)
    visitor.post("/console/matching-evaluate", {"id": transform})
    work(console)
    assert MLStore(console.services.engine, console.services.clock).model_of(transform)
    left, right = (row["id"] for row in PEOPLE if row["person"] == "0")
    rows = pa.table({"id": ["1", "2"], "match_id": [7, 7]})
    add_table(console, tmp_path / "found", "found", rows)

    for path in (
        "matching",
        f"matching-transform?id={transform}",
        f"matching-label?id={transform}&run={run}&at=0",
        f"matching-explain?id={transform}&left={left}&right={right}&show=yes",
        f"matching-clusters?table=d.found&id={transform}&show=yes",
        f"matching-cluster?table=d.found&match_id=7&id={transform}&show=yes",
    ):
        check_page(browser, console.url, f"/console/{path}")
