"""awswrangler (AWS SDK for pandas) against our endpoint and a real S3."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

import awswrangler as wr
import boto3
import pandas as pd
import pytest

from tests.servers.glue import REGION

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gluepot.crawlers.sources.config import S3Config
    from tests.servers.glue import GlueServer

FLIGHTS = pd.DataFrame({"id": [1, 2, 3], "carrier": ["AA", "UA", "AA"], "day": [1, 1, 2]})


# It still asks pandas to work in place.
pytestmark = pytest.mark.filterwarnings("ignore:The inplace keyword")


@pytest.fixture
def place(
    glue_server: GlueServer, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> Iterator[str]:
    """Yield the address of a new bucket while awswrangler speaks to our servers.

    Each database goes with another S3: what is tested here is between the client and us.
    """
    kind = "moto" if glue_server.database_url.startswith("sqlite") else "versitygw"
    s3: S3Config = request.getfixturevalue(f"{kind}_s3")
    bucket = f"wr-{uuid.uuid4().hex}"
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", str(s3.access_key_id))
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", str(s3.secret_access_key))
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    boto3.setup_default_session()
    wr.config.glue_endpoint_url = glue_server.url
    wr.config.s3_endpoint_url = s3.endpoint_url
    client = boto3.client("s3", endpoint_url=s3.endpoint_url)
    client.create_bucket(Bucket=bucket)
    client.close()
    wr.catalog.create_database("lake", description="for flights")
    yield f"s3://{bucket}/flights/"
    wr.config.reset()
    boto3.DEFAULT_SESSION = None


def write(place: str, frame: pd.DataFrame, mode: Any, **options: Any) -> None:  # noqa: ANN401
    wr.s3.to_parquet(
        frame,
        path=place,
        dataset=True,
        database="lake",
        table="flights",
        partition_cols=["day"],
        mode=mode,
        **options,
    )


def read() -> list[tuple[object, ...]]:
    frame = wr.s3.read_parquet_table(database="lake", table="flights", validate_schema=False)
    return sorted(zip(frame["id"], frame["carrier"], frame["day"].astype(int), strict=True))


def test_datasets_are_appended_to_and_overwritten_with_their_tables(place: str) -> None:
    write(place, FLIGHTS, "overwrite")
    assert read() == [(1, "AA", 1), (2, "UA", 1), (3, "AA", 2)]

    write(place, pd.DataFrame({"id": [4], "carrier": ["DL"], "day": [3]}), "append")
    assert read() == [(1, "AA", 1), (2, "UA", 1), (3, "AA", 2), (4, "DL", 3)]

    replaced = pd.DataFrame({"id": [9], "carrier": ["B6"], "day": [1]})
    write(place, replaced, "overwrite_partitions")
    assert read() == [(3, "AA", 2), (4, "DL", 3), (9, "B6", 1)]

    write(place, replaced, "overwrite")
    assert read() == [(9, "B6", 1)]
    partitions = wr.catalog.get_parquet_partitions("lake", "flights")
    assert partitions == {f"{place}day=1/": ["1"]}


def test_a_new_column_is_added_where_evolution_is_allowed(place: str) -> None:
    write(place, FLIGHTS, "overwrite")
    wider = FLIGHTS.assign(delay=[0.5, 1.5, 2.5])
    with pytest.raises(wr.exceptions.InvalidArgumentValue):
        write(place, wider, "append", schema_evolution=False)

    write(place, wider, "append", schema_evolution=True)

    types = wr.catalog.get_table_types("lake", "flights")
    assert types == {"id": "bigint", "carrier": "string", "delay": "double", "day": "bigint"}
    assert len(read()) == 6


def test_versions_of_a_table_are_kept_when_asked(place: str) -> None:
    write(place, FLIGHTS, "overwrite")
    before = wr.catalog.get_table_number_of_versions(database="lake", table="flights")
    write(
        place, FLIGHTS.assign(x=[1, 2, 3]), "append", schema_evolution=True, catalog_versioning=True
    )
    versions = list(wr.catalog.get_table_versions("lake", "flights"))

    assert len(versions) == before + 1
    newest, older = (item["Table"]["StorageDescriptor"]["Columns"] for item in versions[:2])
    assert [item["Name"] for item in newest] == ["id", "carrier", "x"]
    assert [item["Name"] for item in older] == ["id", "carrier"]


def test_the_catalog_is_read_and_searched(place: str) -> None:
    write(
        place,
        FLIGHTS,
        "overwrite",
        glue_table_settings={
            "description": "every flight",
            "parameters": {"owner": "ops"},
            "columns_comments": {"carrier": "two letters"},
        },
    )

    assert [item["Name"] for item in wr.catalog.get_databases()] == ["lake"]
    assert list(wr.catalog.databases()["Database"]) == ["lake"]
    assert [item["Name"] for item in wr.catalog.get_tables(database="lake")] == ["flights"]
    assert list(wr.catalog.tables(database="lake", name_prefix="fli")["Table"]) == ["flights"]
    assert list(wr.catalog.tables(name_contains="ligh")["Table"]) == ["flights"]
    assert [item["Name"] for item in wr.catalog.search_tables(text="flights")] == ["flights"]
    assert wr.catalog.does_table_exist("lake", "flights")
    assert not wr.catalog.does_table_exist("lake", "none")
    assert wr.catalog.get_table_location("lake", "flights") == place
    assert wr.catalog.get_table_description("lake", "flights") == "every flight"
    assert wr.catalog.get_columns_comments("lake", "flights")["carrier"] == "two letters"
    assert wr.catalog.get_table_parameters("lake", "flights")["owner"] == "ops"
    shown = wr.catalog.table("lake", "flights").set_index("Column Name")
    assert bool(shown.loc["day", "Partition"])


def test_parameters_comments_and_columns_are_changed(place: str) -> None:
    write(place, FLIGHTS, "overwrite")

    wr.catalog.upsert_table_parameters({"a": "1"}, "lake", "flights")
    wr.catalog.upsert_table_parameters({"b": "2"}, "lake", "flights")
    assert {"a": "1", "b": "2"}.items() <= wr.catalog.get_table_parameters(
        "lake", "flights"
    ).items()
    wr.catalog.overwrite_table_parameters({"c": "3"}, "lake", "flights")
    assert wr.catalog.get_table_parameters("lake", "flights") == {"c": "3"}
    wr.catalog.add_column("lake", "flights", "gate", "string", "where")
    assert wr.catalog.get_columns_comments("lake", "flights")["gate"] == "where"
    wr.catalog.delete_column("lake", "flights", "gate")
    assert "gate" not in (wr.catalog.get_table_types("lake", "flights") or {})


def test_partitions_are_added_filtered_and_deleted(place: str) -> None:
    wr.catalog.create_parquet_table(
        database="lake",
        table="flights",
        path=place,
        columns_types={"id": "bigint", "carrier": "string"},
        partitions_types={"day": "bigint"},
    )
    days = {f"{place}day={day}/": [str(day)] for day in range(1, 121)}
    wr.catalog.add_parquet_partitions(
        database="lake", table="flights", partitions_values=days, compression="snappy"
    )

    assert wr.catalog.get_partitions("lake", "flights") == days
    few = wr.catalog.get_parquet_partitions(
        "lake", "flights", expression="day > 117 AND day <> 119"
    )
    assert sorted(few.values()) == [["118"], ["120"]]
    wr.catalog.delete_partitions("flights", "lake", [["118"], ["120"]])
    assert len(wr.catalog.get_partitions("lake", "flights")) == 118
    wr.catalog.delete_all_partitions("flights", "lake")
    assert wr.catalog.get_partitions("lake", "flights") == {}


def test_csv_json_and_orc_tables_and_databases_come_and_go(place: str) -> None:
    wr.s3.to_csv(
        FLIGHTS, path=f"{place}csv/", dataset=True, database="lake", table="as_csv", index=False
    )
    wr.s3.to_json(FLIGHTS, path=f"{place}json/", dataset=True, database="lake", table="as_json")
    wr.s3.to_orc(FLIGHTS, path=f"{place}orc/", dataset=True, database="lake", table="as_orc")

    names = sorted(item["Name"] for item in wr.catalog.get_tables(database="lake"))
    assert names == ["as_csv", "as_json", "as_orc"]
    assert wr.s3.read_orc_table(database="lake", table="as_orc")["id"].sum() == 6
    assert wr.catalog.delete_table_if_exists("lake", "as_csv")
    assert not wr.catalog.delete_table_if_exists("lake", "as_csv")
    wr.catalog.delete_database("lake")
    assert list(wr.catalog.get_databases()) == []
