"""Scripts in the manner of AWS's samples, run as they are."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

from gluepot.catalog.model import Column, Database, SerDeInfo
from gluepot.jobs.definitions.model import JobDefinition
from gluepot.jobs.parameters.glue_names import glue_names
from gluepot.jobs.process.scripts import run_script
from tests.jobs.conftest import CAUSE, csv_table
from tests.jobs.database_io.conftest import jdbc_options
from tests.jobs.script_api.conftest import MEDICARE, lay_payments, with_connections

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pyspark.sql import Row, SparkSession

    from gluepot.jobs.run_context.workshop import Workshop
    from tests.jobs.conftest import Lake

SAMPLES = Path(__file__).parent / "samples"
JSON_SERDE = "org.openx.data.jsonserde.JsonSerDe"

PERSONS: list[dict[str, Any]] = [
    {
        "id": "p1",
        "given_name": "Ada",
        "contact_details": [{"type": "phone", "value": "1"}, {"type": "email", "value": "a@x"}],
        "links": [{"note": "home", "url": "u1"}],
    },
    {"id": "p2", "given_name": "Bob", "contact_details": [{"type": "fax", "value": "3"}]},
    {"id": "p3", "given_name": "Cyd"},
]
MEMBERSHIPS = [
    {"person_id": "p1", "organization_id": "o1", "start_date": "2001"},
    {"person_id": "p1", "organization_id": "o2", "start_date": "2005"},
    {"person_id": "p2", "organization_id": "o2", "start_date": "2006"},
    {"person_id": "p9", "organization_id": "o2", "start_date": "2007"},
]
ORGANIZATIONS: list[dict[str, Any]] = [
    {"id": "o1", "name": "Senate", "seats": 10, "other_names": [{"name": "S"}], "identifiers": []},
    {"id": "o2", "name": "House", "seats": 40, "other_names": [], "identifiers": [{"x": 1}]},
]


def run_sample(lake: Lake, name: str, workshop: Workshop | None = None, **given: str) -> None:
    script = SAMPLES / f"{name}.py"
    job = JobDefinition(name=name, kind="script", file=script, script=script)
    run_script(job, workshop or lake.workshop(name), {"output": lake.uri("out"), **given})


def lay_json(lake: Lake, database: str, name: str, rows: Sequence[Mapping[str, Any]]) -> None:
    lake.put(f"{database}/{name}/a.json", "\n".join(json.dumps(row) for row in rows))
    table = csv_table(name, lake.uri(f"{database}/{name}/"), "")
    assert table.storage_descriptor is not None
    serde = SerDeInfo(serialization_library=JSON_SERDE)
    columns = tuple(Column(name=column, type="string") for column in rows[0])
    storage = replace(table.storage_descriptor, serde_info=serde, columns=columns)
    made = replace(
        table,
        database_name=database,
        storage_descriptor=storage,
        parameters={"classification": "json"},
    )
    lake.catalog.create_table(made, CAUSE)


def by_name(rows: Sequence[Row], key: str) -> dict[str, dict[str, Any]]:
    return {row[key]: row.asDict(recursive=True) for row in rows}


def test_nested_json_is_joined_and_laid_out_for_a_database(
    lake: Lake, spark: SparkSession, postgres_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    lake.catalog.create_database(Database(name="council"))
    lay_json(lake, "council", "persons", PERSONS)
    lay_json(lake, "council", "memberships", MEMBERSHIPS)
    lay_json(lake, "council", "organizations", ORGANIZATIONS)
    workshop = with_connections(lake, "council-db", jdbc_options(postgres_url))
    database = sa.make_url(postgres_url).database or ""

    run_sample(lake, "join_and_relationalize", workshop, connection="council-db", dbname=database)

    printed = capsys.readouterr().out
    assert "Count:  3" in printed
    assert "['root', 'root_contact_details', 'root_links']" in printed
    history = spark.read.parquet(lake.uri("out/history"))
    assert {(row.given_name, row.org_name) for row in history.collect()} == {
        ("Ada", "Senate"),
        ("Ada", "House"),
        ("Bob", "House"),
    }
    assert not {"person_id", "org_id", "other_names", "identifiers"} & set(history.columns)
    assert len([key for key in lake.keys("out/single/") if key.endswith(".parquet")]) == 1
    part = spark.read.parquet(lake.uri("out/part/org_name=House"))
    assert sorted(row.given_name for row in part.collect()) == ["Ada", "Bob"]
    engine = sa.create_engine(postgres_url)
    with engine.connect() as connection:
        details = connection.execute(
            sa.text(
                'SELECT r.given_name, d."index", d."contact_details.val.type" FROM root r JOIN'
                " root_contact_details d ON r.contact_details = d.id WHERE r.org_name = 'House'"
            )
        ).all()
        links = connection.execute(sa.text('SELECT "links.val.url" FROM root_links')).all()
    engine.dispose()
    assert sorted(map(tuple, details)) == [
        ("Ada", 0, "phone"),
        ("Ada", 1, "email"),
        ("Bob", 0, "fax"),
    ]
    assert [tuple(row) for row in links] == [("u1",), ("u1",)]


def test_a_choice_is_settled_in_five_ways(
    lake: Lake, spark: SparkSession, capsys: pytest.CaptureFixture[str]
) -> None:
    lay_payments(lake)

    run_sample(lake, "resolve_choice")

    printed = capsys.readouterr().out
    assert "|-- provider id: choice\n|    |-- long\n|    |-- string\n" in printed
    assert "|-- provider id_long: long\n|-- provider id_string: string\n" in printed
    assert "|-- provider id: struct\n|    |-- long: long\n|    |-- string: string\n" in printed
    out = {
        name: by_name(spark.read.json(lake.uri(f"out/{name}")).collect(), "drg definition")
        for name in ("cast", "project", "cols", "struct", "sql")
    }
    assert len(out["cast"]) == len(MEDICARE)
    assert (out["cast"]["039"]["provider id"], out["cast"]["282"]["provider id"]) == (10001, None)
    assert out["project"]["282"]["provider id"] is None
    assert out["cols"]["282"]["provider id_string"] == "erroneous"
    assert out["cols"]["039"]["provider id_long"] == 10001
    assert out["struct"]["282"]["provider id"]["string"] == "erroneous"
    assert set(out["sql"]) == {"039", "282"}


def test_lambdas_clean_and_mappings_nest(
    lake: Lake, spark: SparkSession, capsys: pytest.CaptureFixture[str]
) -> None:
    lay_payments(lake)

    run_sample(lake, "cleaning_with_lambdas")

    assert "|-- charges: struct\n|    |-- covered: double\n" in capsys.readouterr().out
    rows = by_name(spark.read.parquet(lake.uri("out/nested")).collect(), "drg")
    assert rows == {
        "039": {
            "drg": "039",
            "provider": {"id": 10001, "name": "SOUTHEAST", "zip": 36301},
            "charges": {"covered": 32963.07, "total_pay": 5777.24},
        },
        "057": {
            "drg": "057",
            "provider": {"id": 10005, "name": "MARSHALL", "zip": 35957},
            "charges": {"covered": 15131.85, "total_pay": 5787.57},
        },
    }


# PySpark 4.1 asks pandas 3 for what it warns of.
@pytest.mark.filterwarnings("ignore:The copy keyword is deprecated")
def test_a_transform_of_ones_own_is_a_method_like_others(
    lake: Lake, spark: SparkSession, capsys: pytest.CaptureFixture[str]
) -> None:
    assert spark.version
    run_sample(lake, "custom_transform")

    assert capsys.readouterr().out.splitlines() == [
        "BONN 0.75 unknown",
        "ULM 0.25 89073",
        "large: 1",
    ]


def test_a_jobs_own_tests_replace_readers_writers_and_the_context(
    lake: Lake, spark: SparkSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(str(SAMPLES))
    with glue_names():
        from unittest import mock  # noqa: PLC0415

        from awsglue.context import GlueContext  # type: ignore[import-not-found] # noqa: PLC0415
        from awsglue.dynamicframe import (  # type: ignore[import-not-found] # noqa: PLC0415
            DynamicFrame,
            DynamicFrameReader,
            DynamicFrameWriter,
        )
        from tested_job import Flights  # type: ignore[import-not-found] # noqa: PLC0415

        context = GlueContext(spark.sparkContext, minPartitions=2, targetPartitions=2)

        def frame(*rows: tuple[str, int]) -> Any:  # noqa: ANN401
            made = spark.createDataFrame(list(rows), "carrier string, n long")
            return DynamicFrame.fromDF(made, context, "frame")

        with (
            mock.patch.object(DynamicFrameReader, "from_catalog", return_value=frame(("AA", 1))),
            mock.patch.object(DynamicFrameReader, "from_options", return_value=frame(("UA", 2))),
            mock.patch.object(DynamicFrameWriter, "from_options") as write,
            mock.patch.object(GlueContext, "purge_s3_path") as purge,
        ):
            mapped = Flights(context).run(lake.bucket)

    assert sorted(map(tuple, mapped.toDF().collect())) == [("AA", 1), ("UA", 2)]
    write.assert_called_once()
    assert write.call_args.kwargs["format"] == "parquet"
    purge.assert_called_once_with(lake.uri("out"), {"retentionPeriod": 0})
