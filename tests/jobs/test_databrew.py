from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from scripts import databrew_docs
from typer.testing import CliRunner

from gluepot.cli.job import app
from gluepot.jobs.databrew import import_recipe, source_of
from gluepot.jobs.databrew.recipe import RecipeError
from gluepot.jobs.definitions.pipeline import load_pipeline
from gluepot.jobs.pipelines.steps import find_frame, run_steps
from gluepot.transforms import DynamicFrame

if TYPE_CHECKING:
    from pathlib import Path

    from pyspark.sql import SparkSession

Step = dict[str, Any]

PEOPLE = """\
id,name,born,score,state,note
1,  ada LOVELACE ,1815-12-10,10.5,UK,a/b/c
2,grace o'hopper,1906-12-09,,US,x
3,,1912-06-23,7,UK,it is \\d
4,linus,1969-12-28,n/a,FI,
4,linus,1969-12-28,n/a,FI,
"""


def action(name: str, *conditions: tuple[str, str, str | None], **parameters: str) -> Step:
    step: Step = {"Action": {"Operation": name, "Parameters": parameters}}
    if conditions:
        step["ConditionExpressions"] = [
            {"Condition": kind, "TargetColumn": target, **({"Value": value} if value else {})}
            for kind, target, value in conditions
        ]
    return step


def recipe(folder: Path, *steps: Step) -> Path:
    file = folder / "clean.json"
    file.write_text(json.dumps(list(steps), indent=2))
    return file


def imported(spark: SparkSession, folder: Path, *steps: Step) -> list[dict[str, Any]]:
    source = {"path": str(folder / "people.csv"), "format": "csv", "options": {"header": True}}
    text = import_recipe(
        recipe(folder, *steps), name="clean", source=source, sink=str(folder / "out")
    )
    file = folder / "clean.yaml"
    file.write_text(text)
    (folder / "people.csv").write_text(PEOPLE)
    pipeline = load_pipeline(file)
    rows = spark.read.csv(str(folder / "people.csv"), header=True)
    made = run_steps(pipeline, {"data": DynamicFrame(rows, None, "data")})
    found = find_frame(pipeline, pipeline.sinks[0].input, made).toDF().collect()
    return sorted((row.asDict() for row in found), key=lambda row: str(row["id"]))


def test_a_recipe_cleans_rows_as_it_says(spark: SparkSession, tmp_path: Path) -> None:
    rows = imported(
        spark,
        tmp_path,
        action("DELETE_DUPLICATE_ROWS"),
        action("REMOVE_MISSING", sourceColumn="name"),
        action("REMOVE_COMBINED", sourceColumn="name", removeLeadingAndTrailingWhitespace="true"),
        action("CAPITAL_CASE", sourceColumn="name"),
        action("REPLACE_TEXT", sourceColumn="name", pattern="['L]", value="$1"),
        action(
            "FILL_WITH_CUSTOM", sourceColumn="note", value="it's \\none", columnDataType="string"
        ),
        action("CHANGE_DATA_TYPE", sourceColumn="score", columnDataType="double"),
        action("FILL_WITH_AVERAGE", sourceColumn="score"),
        action("FORMAT_DATE", sourceColumn="born", targetDateFormat="dd month yyyy"),
        action("RENAME", sourceColumn="state", targetColumn="home land"),
        action("MERGE", sourceColumns='["id", "home land"]', delimiter="-", targetColumn="key"),
        action("DELETE", sourceColumns='["home land"]'),
    )

    assert [row["name"] for row in rows] == ["Ada $1ovelace", "Grace O$1hopper", "$1inus"]
    assert [row["note"] for row in rows] == ["a/b/c", "x", "it's \\none"]
    assert [row["score"] for row in rows] == [10.5, 10.5, 10.5]
    assert rows[0]["born"] == "10 December 1815"
    assert [row["key"] for row in rows] == ["1-UK", "2-US", "4-FI"]
    assert "home land" not in rows[0]


def test_columns_are_made_split_and_flagged(spark: SparkSession, tmp_path: Path) -> None:
    split = {"sourceColumn": "note", "pattern": "/", "limit": "1", "includeInSplit": "false"}
    rows = imported(
        spark,
        tmp_path,
        action("REMOVE_VALUES", ("IS", "state", '["FI"]'), sourceColumn="state"),
        action("SPLIT_COLUMN_SINGLE_DELIMITER", **split),
        action("EXTRACT_PATTERN", sourceColumn="born", pattern="^[0-9]+", targetColumn="year"),
        action(
            "EXTRACT_BETWEEN_POSITIONS",
            sourceColumn="born",
            startPosition="5",
            endPosition="7",
            targetColumn="month",
        ),
        action("FLAG_COLUMN_FROM_NULL", sourceColumn="score", targetColumn="no_score"),
        action("ADD", sourceColumn1="id", value2="0.5", targetColumn="sum"),
        action("DIVIDE", sourceColumn1="score", sourceColumn2="id", targetColumn="part"),
        action("ROUND", sourceColumn="score", targetColumn="round"),
        action(
            "CATEGORICAL_MAPPING",
            sourceColumn="state",
            targetColumn="area",
            mapType="NUMERIC",
            categoryMap='{"UK": "1", "US": "2"}',
        ),
        action("UPPER_CASE", ("GREATER_THAN", "id", "1"), sourceColumn="name"),
        action("YEAR", sourceColumn="born", targetColumn="y"),
    )

    assert [(row["note_1"], row["note_2"]) for row in rows] == [
        *(("a", "b/c"), ("x", None), ("it is \\d", None)),
    ]
    assert (rows[0]["year"], rows[0]["month"], rows[0]["y"]) == ("1815", "12", 1815)
    assert [row["no_score"] for row in rows] == ["False", "True", "False"]
    assert [(row["sum"], row["part"], row["round"]) for row in rows] == [
        *((1.5, 10.5, 11.0), (2.5, None, None), (3.5, 7 / 3, 7.0)),
    ]
    assert [row["area"] for row in rows] == [1.0, 2.0, 1.0]
    assert [row["name"] for row in rows] == ["  ada LOVELACE ", "GRACE O'HOPPER", None]


@pytest.mark.parametrize(
    ("kind", "column", "value", "kept"),
    [
        ("IS_NOT", "state", '["UK", "US"]', "123"),
        ("CONTAINS", "name", "inu", "123"),
        ("NOT_CONTAINS", "name", "inu", "44"),
        ("STARTS_WITH", "name", "grace", "1344"),
        ("NOT_ENDS_WITH", "name", "us", "44"),
        ("LESS_THAN", "score", "10.5", "1244"),
        ("GREATER_THAN_EQUAL", "born", "1912-06-23", "12"),
        ("IS_BETWEEN", "id", '{"GREATER_THAN_EQUAL": 2, "LESS_THAN_EQUAL": 3}', "144"),
        ("IS_MISSING", "score", None, "1344"),
        ("IS_NOT_MISSING", "name", None, "3"),
    ],
)
def test_a_condition_chooses_the_rows_that_go(  # noqa: PLR0913, PLR0917 - the cases
    spark: SparkSession, tmp_path: Path, kind: str, column: str, value: str | None, kept: str
) -> None:
    rows = imported(
        spark, tmp_path, action("REMOVE_VALUES", (kind, column, value), sourceColumn=column)
    )

    assert "".join(row["id"] for row in rows) == kept


def test_what_is_not_known_is_refused_by_name_and_line(tmp_path: Path) -> None:
    file = recipe(
        tmp_path,
        action("UPPER_CASES", sourceColumn="a"),
        action("UPPER_CASE", sourceColumn="a", wide="true"),
        action("REMOVE_VALUES", ("IS_INVALID", "a", "b"), sourceColumn="a"),
        action("PIVOT", pivotColumn="a"),
        action("RENAME", ("IS", "a", "b"), sourceColumn="a", targetColumn="b"),
    )

    with pytest.raises(RecipeError) as caught:
        import_recipe(file, name="x", source={"table": "a.b"}, sink="/out")

    lines = str(caught.value).splitlines()
    assert len(lines) == 5
    assert lines[0].startswith(f"{file}:4: step 1, UPPER_CASES: this operation is not imported.")
    assert "Did you mean 'UPPER_CASE'?" in lines[0]
    assert ":12: step 2, UPPER_CASE: parameter 'wide' is not imported" in lines[1]
    assert "condition 'IS_INVALID' is not imported" in lines[2]
    assert "step 4, PIVOT: this operation is not imported" in lines[3]
    assert "conditions are not imported with this operation" in lines[4]


def test_the_command_prints_a_pipeline_that_is_good(tmp_path: Path) -> None:
    file = recipe(tmp_path, action("LOWER_CASE", sourceColumn="a b"))
    command = ["import-recipe", str(file), "--source", "raw.people", "--sink", "/out"]

    result = CliRunner().invoke(app, command)

    assert result.exit_code == 0, result.output
    (tmp_path / "clean.yaml").write_text(result.stdout)
    pipeline = load_pipeline(tmp_path / "clean.yaml")
    assert pipeline.name == "clean"
    assert pipeline.sources["data"].table == "raw.people"
    assert pipeline.steps[0].parameters == {"columns": {"a b": "LOWER(CAST(`a b` AS STRING))"}}


def test_a_source_is_a_table_or_files_of_a_format() -> None:
    assert source_of("a.b", None) == {"table": "a.b"}
    assert source_of("s3://b/x", "json") == {"path": "s3://b/x", "format": "json"}
    assert source_of("/in/x.csv", None)["options"] == {"header": True}


def test_the_page_of_operations_is_current() -> None:
    assert databrew_docs.PAGE.read_text() == databrew_docs.page(), "run scripts/databrew_docs.py"
