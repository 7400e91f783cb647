from __future__ import annotations

import csv
import os
import time
import uuid
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import boto3
import pytest

from gluepot.catalog.errors import InvalidInputError, StorageError
from gluepot.catalog.model import StorageDescriptor, Table
from gluepot.jobs.run_context.script_run import ScriptRun, running
from gluepot.jobs.run_context.stores import Stores
from gluepot.jobs.script_api import old_files
from gluepot.jobs.script_api.purge import purge_path, purge_table, transition_path, transition_table
from tests.jobs.conftest import CAUSE

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from gluepot.crawlers.sources.config import S3Config
    from tests.jobs.conftest import Lake

NOW = {"retentionPeriod": 0}
EIGHT_DAYS = 8 * 24 * 3_600


@pytest.fixture
def run(lake: Lake) -> Iterator[ScriptRun]:
    with running(ScriptRun(workshop=lake.workshop("upkeep"), bookmark=False)) as found:
        yield found


@pytest.fixture
def run_on(s3: S3Config, lake: Lake) -> Iterator[ScriptRun]:
    """A run whose S3 is each real one in turn."""
    workshop = replace(lake.workshop("upkeep"), stores=Stores(s3), s3=s3)
    with running(ScriptRun(workshop=workshop, bookmark=False)) as found:
        yield found


def put(client: Any, bucket: str, *keys: str) -> None:  # noqa: ANN401
    for key in keys:
        client.put_object(Bucket=bucket, Key=key, Body=b"rows")


def keys(client: Any, bucket: str) -> list[str]:  # noqa: ANN401
    return [item["Key"] for item in client.list_objects_v2(Bucket=bucket).get("Contents", ())]


def test_files_below_a_path_go_and_those_beside_it_stay(
    run_on: ScriptRun,  # noqa: ARG001 - its store is used
    s3_client: Any,  # noqa: ANN401
    bucket: str,
) -> None:
    put(s3_client, bucket, "a/b/1.csv", "a/b/c/2.csv", "a/bc/3.csv", "a/4.csv")

    kept = purge_path(f"s3://{bucket}/a/b", {})
    gone = purge_path(f"s3://{bucket}/a/b", NOW)

    assert (kept, gone) == (0, 2)  # they are younger than a week
    assert keys(s3_client, bucket) == ["a/4.csv", "a/bc/3.csv"]
    assert purge_path(f"s3://{bucket}/nothing/there", NOW) == 0


def test_a_bucket_can_be_emptied_but_an_empty_path_is_refused(
    run: ScriptRun,  # noqa: ARG001 - its store is used
    lake: Lake,
) -> None:
    for path in ("", "  ", "/", "file:///"):
        with pytest.raises(InvalidInputError):
            purge_path(path, NOW)
    assert lake.keys("") != []

    purge_path(lake.uri(""), NOW)

    assert lake.keys("") == []


def test_only_files_older_than_the_period_go(tmp_path: Path) -> None:
    old, new = tmp_path / "data" / "old.csv", tmp_path / "data" / "new.csv"
    for file in (old, new):
        file.parent.mkdir(exist_ok=True)
        file.write_text("rows")
    then = time.time() - EIGHT_DAYS
    os.utime(old, (then, then))

    assert purge_path(str(tmp_path / "data"), {"retentionPeriod": "200"}) == 0
    assert purge_path(str(tmp_path / "data"), {}) == 1
    assert (old.exists(), new.exists()) == (False, True)
    assert purge_path(str(tmp_path / "not there"), {}) == 0


def test_archived_files_stay_unless_they_are_asked_for(
    run: ScriptRun,  # noqa: ARG001 - its store is used
    lake: Lake,
) -> None:
    for kind in ("GLACIER", "STANDARD_IA"):
        key = f"cold/{kind}.csv"
        lake.client.put_object(Bucket=lake.bucket, Key=key, Body=b"x", StorageClass=kind)

    purge_path(lake.uri("cold/"), NOW)
    assert lake.keys("cold/") == ["cold/GLACIER.csv"]

    purge_path(lake.uri("cold/"), {**NOW, "excludeStorageClasses": ["STANDARD_IA"]})
    assert lake.keys("cold/") == []


def test_manifests_name_what_went_and_what_could_not(
    run: ScriptRun, lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    lake.put("old/1.csv", "rows")
    lake.put("old/2.csv", "rows")
    store = run.workshop.stores.open(lake.uri(""))
    delete = store.delete

    def refuse(uris: Any) -> None:  # noqa: ANN401
        if lake.uri("old/2.csv") in (found := list(uris)):
            raise StorageError("2.csv is locked")
        delete(found)

    monkeypatch.setattr(store, "delete", refuse)

    with pytest.raises(StorageError, match=r"1 files could not be deleted, and 1 were.*locked"):
        purge_path(lake.uri("old/"), {**NOW, "manifestFilePath": lake.uri("notes/")})

    assert lake.keys("old/") == ["old/2.csv"]
    notes = {name: _rows(lake, f"notes/{name}.csv") for name in ("Success", "Failed")}
    assert [row[0] for row in notes["Success"]] == [lake.uri("old/1.csv")]
    assert notes["Failed"] == [[lake.uri("old/2.csv"), "2.csv is locked"]]


def _rows(lake: Lake, key: str) -> list[list[str]]:
    body = lake.client.get_object(Bucket=lake.bucket, Key=key)["Body"].read().decode()
    return list(csv.reader(body.splitlines()))


def test_many_files_go_in_batches(
    run: ScriptRun,  # noqa: ARG001 - its store is used
    lake: Lake,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(old_files, "BATCH", 2)
    for number in range(5):
        lake.put(f"many/{number}", "x")

    assert purge_path(lake.uri("many/"), NOW) == 5
    assert lake.keys("many/") == []


def test_a_partition_without_files_leaves_the_catalog(
    run: ScriptRun,  # noqa: ARG001 - its catalog is used
    lake: Lake,
) -> None:
    purge_table("raw", "flights", {**NOW, "partitionPredicate": "day = 1"})

    assert lake.keys("raw/flights/") == ["raw/flights/year=2013/day=2/flights.csv"]
    left = [item.values for item in lake.catalog.partitions.list("raw", "flights")]
    assert left == [("2013", "2")]

    assert purge_table("raw", "flights", {}) == 0
    assert [item.values for item in lake.catalog.partitions.list("raw", "flights")] == left


def test_a_table_without_partitions_loses_its_files_and_stays(
    run: ScriptRun,  # noqa: ARG001 - its catalog is used
    lake: Lake,
) -> None:
    with pytest.raises(InvalidInputError, match="no partitions"):
        purge_table("raw", "airlines", {**NOW, "partitionPredicate": "day = 1"})

    assert purge_table("raw", "airlines", NOW) == 1
    assert lake.keys("raw/airlines/") == []
    assert lake.catalog.get_table("raw", "airlines").name == "airlines"


def test_files_that_a_log_lists_are_not_purged(
    run: ScriptRun,  # noqa: ARG001 - its catalog is used
    lake: Lake,
) -> None:
    lake.put("lake/part-0.parquet", "rows")
    table = Table(
        database_name="raw",
        name="logged",
        storage_descriptor=StorageDescriptor(location=lake.uri("lake/")),
        parameters={"classification": "delta"},
    )
    lake.catalog.create_table(table, CAUSE)

    with pytest.raises(InvalidInputError, match="has a log of its files"):
        purge_table("raw", "logged", NOW)
    assert lake.keys("lake/") == ["lake/part-0.parquet"]


def test_files_move_to_another_storage_class(
    run: ScriptRun,  # noqa: ARG001 - its store is used
    lake: Lake,
) -> None:
    assert transition_path(lake.uri("raw/airlines/"), "STANDARD_IA", {}) == 0
    assert transition_path(lake.uri("raw/airlines/"), "STANDARD_IA", NOW) == 1
    assert transition_path(lake.uri("raw/airlines/"), "STANDARD_IA", NOW) == 0
    assert (
        transition_table("raw", "flights", "GLACIER", {**NOW, "partitionPredicate": "day=2"}) == 1
    )

    listed = lake.client.list_objects_v2(Bucket=lake.bucket)["Contents"]
    assert {item["Key"].rpartition("raw/")[2]: item["StorageClass"] for item in listed} == {
        "airlines/airlines.csv": "STANDARD_IA",
        "flights/year=2013/day=1/flights.csv": "STANDARD",
        "flights/year=2013/day=2/flights.csv": "GLACIER",
    }


def test_a_store_without_storage_classes_says_so_and_keeps_the_files(
    versitygw_s3: S3Config, lake: Lake
) -> None:
    client = boto3.client(
        "s3",
        endpoint_url=versitygw_s3.endpoint_url,
        region_name=versitygw_s3.region,
        aws_access_key_id=versitygw_s3.access_key_id,
        aws_secret_access_key=versitygw_s3.secret_access_key,
    )
    bucket = f"b-{uuid.uuid4().hex}"
    client.create_bucket(Bucket=bucket)
    put(client, bucket, "a/1.csv")
    workshop = replace(lake.workshop("upkeep"), stores=Stores(versitygw_s3))

    with (
        running(ScriptRun(workshop=workshop, bookmark=False)),
        pytest.raises(StorageError, match="does not have the storage class STANDARD_IA"),
    ):
        transition_path(f"s3://{bucket}/a/", "STANDARD_IA", NOW)

    assert client.get_object(Bucket=bucket, Key="a/1.csv")["Body"].read() == b"rows"


def test_a_class_that_there_is_not_and_a_folder_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError, match="Did you mean 'GLACIER'"):
        transition_path("s3://bucket/x", "GLACIERS", NOW)
    with pytest.raises(InvalidInputError, match="only S3 has storage classes"):
        transition_path(str(tmp_path), "GLACIER", NOW)


def test_an_unknown_option_is_logged_with_the_nearest(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    purge_path(str(tmp_path), {"retentionperiod": 0})

    assert "Did you mean 'retentionPeriod'?" in caplog.text
    with pytest.raises(InvalidInputError, match="a number of hours, not 'a week'"):
        purge_path(str(tmp_path), {"retentionPeriod": "a week"})
