"""Whoever may create tables does not see the server's files, in no page that shows rows."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pytest
from pyarrow import parquet

from gluepot.catalog.model import Cause, Column, Database, Partition, StorageDescriptor, Table
from gluepot.crawlers.sources.roots import FileRootError
from gluepot.settings import ConsoleSettings, Settings
from tests.console.conftest import console_at
from tests.console.test_quality import NULLS, keep, planes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.console.conftest import ConsoleServer

SECRET = "not for the eyes of guests"  # noqa: S105
CAUSE = Cause(kind="cli", id="test")
SETTING = "file_roots"


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a lake in it, secrets beside it, and links from the one to the other."""
    folder = tmp_path_factory.mktemp("machine")
    for name in ("lake/fine", "lake/linked", "lake/.git", "etc", "home/conf"):
        (folder / name).mkdir(parents=True)
    for name in ("etc/passwd.csv", "lake/.git/config.csv", "lake/.env.csv", "home/conf/a.csv"):
        (folder / name).write_text(f"plane\n{SECRET}\n")
    (folder / "lake/fine/a.csv").write_text("plane\nN1\n")
    (folder / "lake/linked/a.csv").symlink_to(folder / "etc/passwd.csv")
    (folder / "lake/folder").symlink_to(folder / "etc")
    (folder / "lake/within.csv").symlink_to(folder / "lake/fine/a.csv")
    return folder


@pytest.fixture(scope="module")
def server(place: Path) -> Iterator[ConsoleServer]:
    """Return a console that shows the files of the lake, and of the folder that has its state."""
    roots = ConsoleSettings(file_roots=(place / "lake", place / "home"))
    with console_at(place / "home", conf_dir=place / "home/conf", console=roots) as server:
        server.services.catalog.create_database(Database(name="d"))
        yield server


def add(
    server: ConsoleServer, name: str, location: str, *, keyed: bool = False, column: str = "plane"
) -> None:
    """Add a delimited table at a location."""
    server.services.catalog.create_table(
        Table(
            database_name="d",
            name=name,
            parameters={"classification": "csv", "skip.header.line.count": "1"},
            partition_keys=(Column(name="day", type="string"),) if keyed else (),
            storage_descriptor=StorageDescriptor(
                location=location, columns=(Column(name=column, type="string"),)
            ),
        ),
        CAUSE,
    )


OUTSIDE = {
    "beside": "{0}/etc/",
    "dots": "file://{0}/lake/../etc/",
    "a_file": "file://{0}/etc/passwd.csv",
    "linked_file": "{0}/lake/linked/",
    "linked_folder": "{0}/lake/folder/",
    "hidden_file": "{0}/lake/.env.csv",
    "hidden_folder": "{0}/lake/.git/",
    "settings": "{0}/home/conf/",
    "key": "{0}/home/sealing.key",
    "catalog": "{0}/home/catalog.db",
    "like_it": "{0}/lakeside/",
}


@pytest.mark.parametrize("name", OUTSIDE)
def test_rows_and_sql_read_nothing_outside_of_the_folders(
    server: ConsoleServer, place: Path, name: str
) -> None:
    add(server, name, OUTSIDE[name].format(place))
    visitor = server.visitor()
    visitor.get("/console/sql")

    asked = visitor.post("/console/sql?format=json", {"query": f"FROM d.{name}"}).json
    sample = visitor.data("/console/table-rows", database="d", name=name, show="yes")

    assert asked["result"] is None
    assert SETTING in asked["error"]["sentence"]
    assert SETTING in sample["error"]
    assert sample["rows"] == []


@pytest.mark.parametrize("location", ["{0}/lake/fine", "file://{0}/lake/within.csv"])
def test_what_lies_in_the_folders_is_read(
    server: ConsoleServer, place: Path, location: str
) -> None:
    name = f"t{len(location)}"
    add(server, name, location.format(place))

    found = server.visitor().data("/console/table-rows", database="d", name=name, show="yes")

    assert (found["error"], found["rows"]) == (None, [["N1"]])


def test_a_partition_elsewhere_is_not_read(server: ConsoleServer, place: Path) -> None:
    add(server, "keyed", f"{place}/lake/fine/", keyed=True)
    location = StorageDescriptor(location=f"file://{place}/etc/")
    parts = [Partition(values=("1",), storage_descriptor=location)]
    server.services.catalog.partitions.create("d", "keyed", parts)
    visitor = server.visitor()
    visitor.get("/console/sql")

    seen = visitor.post("/console/sql?format=json", {"query": "SELECT * FROM d.keyed"})

    assert SETTING in seen.json["error"]["sentence"]
    assert SECRET not in seen.text


def test_failing_rows_are_not_read_elsewhere(server: ConsoleServer, place: Path) -> None:
    add(server, "flights", f"{place}/etc/")
    kept = keep(server, planes(NULLS), place / "home", table="d.flights", job_name="d.flights")
    now = server.visitor().data("/console/quality-rows", id=kept.id, rule="1", show="yes")

    rows = place / "kept" / "data_quality_run=jr_1"
    rows.mkdir(parents=True)
    parquet.write_table(pa.table({"plane": [SECRET]}), rows / "a.parquet")
    (place / "lake" / "kept").symlink_to(place / "kept")
    for folder in ("kept", "lake/kept"):
        kept = keep(server, planes(NULLS), place / "home", failing_path=f"{place}/{folder}")
        earlier = server.visitor().data("/console/quality-rows", id=kept.id, show="yes")
        assert SETTING in earlier["problem"]
        assert earlier["rows"] == []

    assert SETTING in now["problem"]
    assert now["rows"] == []


def test_clusters_are_not_read_elsewhere(server: ConsoleServer, place: Path) -> None:
    add(server, "found", f"{place}/etc/", column="match_id")

    seen = server.visitor().get("/console/matching-clusters", table="d.found", show="yes")

    assert SETTING in seen.text
    assert SECRET not in seen.text


def test_a_download_is_refused_with_the_name_of_the_setting(
    server: ConsoleServer, place: Path
) -> None:
    add(server, "loot", f"{place}/etc/")
    visitor = server.visitor()
    visitor.get("/console/sql")

    seen = visitor.post("/console/sql?format=json", {"query": "FROM d.loot", "as": "csv"})

    assert seen.status == FileRootError.http_status
    assert seen.json["error"] == "AccessDeniedException"
    assert SETTING in seen.json["message"]


def test_a_project_shows_its_own_folder_and_others_show_none(tmp_path: Path) -> None:
    project = Settings(home=tmp_path / ".gluepot", conf_dir=tmp_path / "conf").file_roots
    apart = Settings(home=tmp_path / "state", conf_dir=tmp_path / "etc" / "conf").file_roots
    top = Settings(home=Path("/.gluepot"), conf_dir=Path("/conf")).file_roots

    project.check(f"{tmp_path}/lake/a.csv")
    for hidden in (".gluepot/catalog.db", ".gluepot/lake/a.csv", "conf/jobs/a.yaml", "../a.csv"):
        with pytest.raises(FileRootError, match=SETTING):
            project.check(f"{tmp_path}/{hidden}")
    assert (apart.allowed, top.allowed) == ((), ())
