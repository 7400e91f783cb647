"""A transform through all of its tasks, by boto3, on both databases and a real S3."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.jobs.ml_tasks.conftest import (
    COLUMNS,
    PERSON_OF,
    Shop,
    label_file,
    make_shop,
    rows_of,
    true_sets,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from gluepot.crawlers.sources.config import S3Config


@pytest.fixture
def either_shop(versitygw_s3: S3Config, database_url: str, tmp_path: Path) -> Iterator[Shop]:
    """Yield a shop on each database."""
    yield from make_shop(versitygw_s3, database_url, tmp_path)


def test_a_transform_is_asked_taught_evaluated_and_exported(either_shop: Shop) -> None:
    shop = either_shop
    asked = shop.run("ml_labeling_set_generation", OutputS3Path=shop.uri("sets/"))
    assert (asked["Status"], asked.get("ErrorString")) == ("SUCCEEDED", None)
    assert shop.state()["Status"] == "NOT_READY"
    sheet = rows_of(shop.get(f"sets/{asked['TaskRunId']}.csv"))
    assert list(sheet[0]) == ["labeling_set_id", "label", *COLUMNS]
    assert {row["label"] for row in sheet} == {""}
    assert len({row["labeling_set_id"] for row in sheet}) > 3

    sets: dict[str, list[dict[str, str]]] = {}
    for row in sheet:
        sets.setdefault(row["labeling_set_id"], []).append(row)
    # As many again of our own, so that some can be held out.
    answers = [*sets.values(), *true_sets(0, 30)]
    taught = shop.run(
        "import_labels", InputS3Path=shop.put("labels/answers.csv", label_file(answers))
    )
    assert (taught["Status"], taught.get("ErrorString")) == ("SUCCEEDED", None)
    assert (shop.state()["Status"], shop.state()["LabelCount"]) == ("READY", len(sheet) + 60)

    judged = shop.run("ml_evaluation")
    assert (judged["Status"], judged.get("ErrorString")) == ("SUCCEEDED", None)
    metrics = shop.state()["EvaluationMetrics"]["FindMatchesMetrics"]
    assert metrics["F1"] > 0.9
    assert metrics["AreaUnderPRCurve"] > 0.9
    assert {item["ColumnName"] for item in metrics["ColumnImportances"]} <= set(COLUMNS) - {"id"}

    shop.run("export_labels", OutputS3Path=shop.uri("all.csv"))
    exported = rows_of(shop.get("all.csv"))
    assert len(exported) == len(sheet) + 60
    assert all(row["label"] == PERSON_OF[row["id"]] for row in exported)
    assert list(exported[0]) == ["labeling_set_id", "label", *COLUMNS]
