"""PyIceberg's GlueCatalog against our endpoint, commits by several writers included."""

from __future__ import annotations

import uuid
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import boto3
import pyarrow as pa
import pytest
from pyiceberg.catalog import load_catalog
from pyiceberg.exceptions import (
    CommitFailedException,
    NamespaceAlreadyExistsError,
    NoSuchTableError,
    TableAlreadyExistsError,
)
from pyiceberg.types import DoubleType

from tests.servers.glue import REGION

if TYPE_CHECKING:
    from pyiceberg.catalog import Catalog

    from gluepot.crawlers.sources.config import S3Config
    from tests.servers.glue import GlueServer

WRITERS = 8
COMMITS = 2
ROWS = pa.table({"id": pa.array([1, 2], pa.int64()), "name": ["a", "b"]})


@pytest.fixture
def place(moto_s3: S3Config) -> str:
    """Return the address of a new bucket."""
    bucket = f"py-{uuid.uuid4().hex}"
    client = boto3.client(
        "s3",
        endpoint_url=moto_s3.endpoint_url,
        region_name=REGION,
        aws_access_key_id=moto_s3.access_key_id,
        aws_secret_access_key=moto_s3.secret_access_key,
    )
    client.create_bucket(Bucket=bucket)
    client.close()
    return f"s3://{bucket}/warehouse"


def open_catalog(server: GlueServer, s3: S3Config, place: str) -> Catalog:
    settings: dict[str, Any] = {
        "type": "glue",
        "glue.endpoint": server.url,
        "glue.region": REGION,
        "glue.access-key-id": "test",
        "glue.secret-access-key": "test",
        "s3.endpoint": s3.endpoint_url,
        "s3.region": REGION,
        "s3.access-key-id": s3.access_key_id,
        "s3.secret-access-key": s3.secret_access_key,
        "warehouse": place,
    }
    return load_catalog("gluepot", **settings)


@pytest.fixture
def catalog(glue_server: GlueServer, moto_s3: S3Config, place: str) -> Catalog:
    found = open_catalog(glue_server, moto_s3, place)
    found.create_namespace("db", {"location": place})
    return found


def test_a_table_is_made_filled_changed_renamed_and_dropped(catalog: Catalog) -> None:
    table = catalog.create_table("db.t", ROWS.schema)
    table.append(ROWS)
    with table.update_schema() as change:
        change.add_column("price", DoubleType())
    table.append(ROWS.append_column("price", pa.array([1.5, 2.5])))

    again = catalog.load_table("db.t")
    assert sorted(again.scan().to_arrow()["id"].to_pylist()) == [1, 1, 2, 2]
    assert again.schema().column_names == ["id", "name", "price"]
    catalog.rename_table("db.t", "db.u")
    assert catalog.list_tables("db") == [("db", "u")]
    assert catalog.load_table("db.u").scan().to_arrow().num_rows == 4
    catalog.drop_table("db.u")
    catalog.drop_namespace("db")
    assert catalog.list_namespaces() == []


def test_errors_have_the_names_that_the_client_looks_for(catalog: Catalog) -> None:
    catalog.create_table("db.t", ROWS.schema)

    with pytest.raises(NamespaceAlreadyExistsError):
        catalog.create_namespace("db")
    with pytest.raises(TableAlreadyExistsError):
        catalog.create_table("db.t", ROWS.schema)
    with pytest.raises(NoSuchTableError):
        catalog.load_table("db.none")


def test_a_commit_on_an_old_version_is_refused(catalog: Catalog) -> None:
    catalog.create_table("db.t", ROWS.schema, properties={"commit.retry.num-retries": "0"})
    one, other = catalog.load_table("db.t"), catalog.load_table("db.t")
    one.append(ROWS)

    with pytest.raises(CommitFailedException):
        other.append(ROWS)


def test_no_commit_of_writers_at_the_same_time_is_lost(
    catalog: Catalog, glue_server: GlueServer, moto_s3: S3Config, place: str
) -> None:
    catalog.create_table("db.counted", pa.schema([("writer", pa.int64())]))

    def write(writer: int) -> None:
        own = open_catalog(glue_server, moto_s3, place)
        done = 0
        while done < COMMITS:
            try:
                own.load_table("db.counted").append(pa.table({"writer": [writer]}))
                done += 1
            except CommitFailedException:
                continue

    with ThreadPoolExecutor(WRITERS) as pool:
        list(pool.map(write, range(WRITERS)))

    table = catalog.load_table("db.counted")
    written = sorted(table.scan().to_arrow()["writer"].to_pylist())
    assert written == sorted(list(range(WRITERS)) * COMMITS)
    assert len(table.history()) == WRITERS * COMMITS
