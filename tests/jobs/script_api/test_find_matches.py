"""FindMatches and FindIncrementalMatches as scripts call them, by transforms of the catalog."""

from __future__ import annotations

import contextlib
import csv
import importlib
import io
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from gluepot.catalog.errors import AccessDeniedError, EntityNotFoundError, InvalidInputError
from gluepot.catalog.ml_store import KIND, LabelFile
from gluepot.crawlers.sources.config import S3Config
from gluepot.jobs.errors import LaunchError
from gluepot.jobs.parameters.facts import JobFacts
from gluepot.jobs.parameters.glue_names import glue_names
from gluepot.jobs.run_context.script_run import ScriptRun, running
from gluepot.jobs.run_context.workshop import open_workshop
from gluepot.jobs.runs.state import RunKind
from gluepot.jobs.runs.task_runs import status_of, task_of
from gluepot.transforms.frame import DynamicFrame
from tests.jobs.conftest import utc_now
from tests.transforms.febrl import found_share, pairs, persons

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from pyspark.sql import DataFrame, SparkSession

    from gluepot.jobs.run_context.workshop import Workshop

TRANSFORM = "tfm-" + "1" * 40
RUN = "jr_" + "2" * 64


@pytest.fixture(scope="module")
def table(spark: SparkSession) -> DataFrame:
    rows = persons()
    return spark.createDataFrame(rows, ", ".join(f"`{name}` string" for name in rows[0]))


@pytest.fixture
def shop(sqlite_catalog: str, tmp_path: Path, table: DataFrame) -> Iterator[Workshop]:
    """Yield the tools of a run in whose catalog an ML transform is, which has learnt nothing."""
    s3 = S3Config(region="us-east-1")
    facts = JobFacts(catalog_url=sqlite_catalog, home=tmp_path, conf_dir=tmp_path, s3=s3)
    made = open_workshop(facts, job_name="load", run_id=RUN, clock=utc_now)
    assert made.objects is not None
    assert made.ml is not None
    document = {
        "Name": "persons",
        "InputRecordTables": [{"DatabaseName": "d", "TableName": "t"}],
        "Schema": [{"Name": name, "DataType": "string"} for name in table.columns],
        "Parameters": {
            "TransformType": "FIND_MATCHES",
            "FindMatchesParameters": {"PrimaryKeyColumnName": "id"},
        },
    }
    made.objects.definitions.create(KIND, TRANSFORM, document)
    made.ml.add(TRANSFORM)
    with running(ScriptRun(workshop=made, bookmark=False)):
        yield made


@pytest.fixture
def glueml() -> Iterator[Any]:
    with glue_names():
        yield importlib.import_module("awsglueml.transforms")


def enforce(shop: Workshop) -> None:
    """Let the transform's results agree with its labels."""
    assert shop.objects is not None
    document = dict(shop.objects.definitions.get(KIND, TRANSFORM).definition)
    parameters = document["Parameters"]
    wanted = {**parameters["FindMatchesParameters"], "EnforceProvidedLabels": True}
    document["Parameters"] = {**parameters, "FindMatchesParameters": wanted}
    shop.objects.definitions.put(KIND, TRANSFORM, document)


def match_ids(frame: DynamicFrame) -> dict[str, int]:
    return {row.id: row.match_id for row in frame.toDF().select("id", "match_id").collect()}


def test_a_transform_without_labels_learns_once_and_the_run_is_a_task_of_it(
    glueml: Any,  # noqa: ANN401
    shop: Workshop,
    table: DataFrame,
) -> None:
    frame = DynamicFrame(table.selectExpr("*", "array(1) AS more"), None, "persons")
    first = glueml.FindMatches.apply(frame=frame, transformId=TRANSFORM)
    again = glueml.FindMatches.apply(frame, TRANSFORM, computeMatchConfidenceScores=True)

    found, scored = match_ids(first), match_ids(again)
    assert min(found_share(found)) > 0.95
    assert scored == found
    assert first.toDF().columns == [*table.columns, "more", "match_id"]
    assert again.toDF().columns == [*first.toDF().columns, "match_confidence_score"]
    assert shop.ml is not None
    (model,) = shop.ml.models(TRANSFORM)
    assert model.cause == RUN
    tasks = shop.runs.list(kind=RunKind.MATCH, name=TRANSFORM)
    assert [(task_of(each)[0], status_of(each)) for each in tasks] == [
        ("FIND_MATCHES", "SUCCEEDED")
    ] * 2
    assert task_of(tasks[0])[1] == {"JobId": "load", "JobName": "load", "JobRunId": RUN}


def test_enforced_matches_decide_and_the_model_does_not_learn_them(
    glueml: Any,  # noqa: ANN401
    shop: Workshop,
    spark: SparkSession,
    table: DataFrame,
) -> None:
    (one, same), (other, _), *_ = pairs()
    sets = [("1", "a", one), ("1", "b", same), ("2", "a", one), ("2", "a", other)]
    enforced = DynamicFrame(
        spark.createDataFrame(sets, "labeling_set_id string, label string, id string")
    )

    told = match_ids(
        glueml.FindMatches.apply(DynamicFrame(table), TRANSFORM, enforcedMatches=enforced)
    )
    free = match_ids(glueml.FindMatches.apply(DynamicFrame(table), TRANSFORM))

    assert (told[one] == told[same], told[one] == told[other]) == (False, True)
    assert (free[one] == free[same], free[one] == free[other]) == (True, False)
    assert shop.ml is not None
    assert len(shop.ml.models(TRANSFORM)) == 1


def test_a_transform_that_enforces_its_labels_agrees_with_them_and_with_those_of_the_run(
    glueml: Any,  # noqa: ANN401
    shop: Workshop,
    spark: SparkSession,
    table: DataFrame,
) -> None:
    (one, same), (other, _), (third, twin), *_ = pairs()
    rows = {row["id"]: row for row in persons()}
    sets = [("1", "a", one), ("1", "b", same), ("2", "a", one), ("2", "a", other)]
    lines = [["labeling_set_id", "label", *table.columns]]
    lines += [[*given, *(rows[key][name] or "" for name in table.columns)] for *given, key in sets]
    text = io.StringIO()
    csv.writer(text).writerows(lines)
    file = LabelFile(uri="s3://b/labels.csv", content=text.getvalue().encode(), label_count=4)
    enforce(shop)
    assert shop.ml is not None
    glueml.FindMatches.apply(DynamicFrame(table), TRANSFORM).toDF()
    model = shop.ml.model_of(TRANSFORM)
    assert model is not None
    shop.ml.learn(TRANSFORM, [file], model.model, cause="test", known=[])
    run = [("1", "a", third), ("1", "b", twin)]
    enforced = DynamicFrame(
        spark.createDataFrame(run, "labeling_set_id string, label string, id string")
    )

    stored = match_ids(glueml.FindMatches.apply(DynamicFrame(table), TRANSFORM))
    both = match_ids(
        glueml.FindMatches.apply(DynamicFrame(table), TRANSFORM, enforcedMatches=enforced)
    )

    for found in (stored, both):
        assert (found[one] == found[same], found[one] == found[other]) == (False, True)
    assert (stored[third] == stored[twin], both[third] == both[twin]) == (True, False)


def test_new_records_join_known_groups_whose_numbers_stay(
    glueml: Any,  # noqa: ANN401
    shop: Workshop,
    table: DataFrame,
) -> None:
    later = {two for _, two in pairs()[:30]} | set(pairs()[30])
    new = table.where(table.id.isin(*later))
    known = glueml.FindMatches.apply(
        DynamicFrame(table.where(~table.id.isin(*later))),
        TRANSFORM,
        computeMatchConfidenceScores=True,
    )
    before = known.toDF().selectExpr("*", "match_id + 1000 AS kept").drop("match_id")
    existing = DynamicFrame(before.withColumnRenamed("kept", "match_id"))

    result = glueml.FindIncrementalMatches.apply(existing, DynamicFrame(new), TRANSFORM)

    old, now = match_ids(existing), match_ids(result)
    assert len(now) == result.count() == 2 * len(pairs())
    assert {identity: now[identity] for identity in old} == old
    joined = sum(now[one] == now[two] for one, two in pairs()[:30])
    assert joined > 27
    assert now[pairs()[30][0]] > max(old.values())
    assert sorted(result.toDF().columns) == sorted([*table.columns, "match_id"])
    with pytest.raises(InvalidInputError, match="2 times"):
        glueml.FindIncrementalMatches.apply(existing, DynamicFrame(table), TRANSFORM).toDF()
    (task, *_) = shop.runs.list(kind=RunKind.MATCH, name=TRANSFORM)
    assert status_of(task) == "FAILED"


def test_what_is_not_in_the_catalog_is_told_at_the_call(
    glueml: Any,  # noqa: ANN401
    shop: Workshop,
    table: DataFrame,
) -> None:
    assert shop.run_id == RUN
    with pytest.raises(EntityNotFoundError):
        glueml.FindMatches.apply(DynamicFrame(table), "tfm-none")


class NobodyMay:
    """Refuses all."""

    def check(self, operation: str, request: Mapping[str, Any]) -> None:
        """Refuse."""
        raise AccessDeniedError(f"{operation} {request['TransformId']}")

    def transaction(self) -> contextlib.AbstractContextManager[None]:
        """Keep nothing back."""
        return contextlib.nullcontext()


def test_a_job_that_runs_as_somebody_needs_the_right_to_read_the_transform(
    glueml: Any,  # noqa: ANN401
    shop: Workshop,
    table: DataFrame,
) -> None:
    guarded = ScriptRun(workshop=replace(shop, guard=NobodyMay()), bookmark=False)

    with running(guarded), pytest.raises(AccessDeniedError, match=f"GetMLTransform {TRANSFORM}"):
        glueml.FindMatches.apply(DynamicFrame(table), TRANSFORM)


def test_a_script_without_a_catalog_is_told_how_to_have_one(
    glueml: Any,  # noqa: ANN401
    table: DataFrame,
) -> None:
    with pytest.raises(LaunchError, match="no catalog"):
        glueml.FindMatches.apply(DynamicFrame(table), TRANSFORM)
