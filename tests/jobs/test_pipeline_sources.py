from __future__ import annotations

import json
from typing import TYPE_CHECKING

from gluepot.jobs.definitions.pipeline import load_pipeline
from gluepot.jobs.pipelines.driver import run_pipeline
from tests.jobs.conftest import CAUSE, csv_table

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

    from tests.jobs.conftest import Lake

PARTED = """
name: people
sources:
  people: { path: s3://BUCKET/in, format: json }
  lines:
    { path: s3://BUCKET/lines, format: grok, format_options: {logFormat: "%{WORD:k} %{INT:n}"} }
steps:
  - { name: typed, transform: ResolveChoice, input: people, specs: [[age, "cast:int"]] }
  - { name: parts, transform: SplitRows, input: typed, comparison_dict: {age: {">=": 18}},
      name1: adults, name2: children }
  - { name: tables, transform: Relationalize, input: people }
  - { name: matched, transform: ResolveChoice, input: people, choice: match_catalog,
      database: raw, table_name: people }
sinks:
  - { input: parts.adults, format: parquet, path: "s3://BUCKET/out/adults" }
  - { input: tables.roottable_pets, format: parquet, path: "s3://BUCKET/out/pets" }
  - { input: matched, format: parquet, path: "s3://BUCKET/out/matched" }
  - { input: lines, format: parquet, path: "s3://BUCKET/out/lines" }
"""

PEOPLE = [
    {"name": "Ada", "age": 36, "pets": ["cat", "dog"]},
    {"name": "Ben", "age": "17", "pets": []},
    {"name": "Cy", "age": "41", "pets": ["fox"]},
]


def test_choices_and_collections_go_through_to_the_sinks(spark: SparkSession, lake: Lake) -> None:
    lake.put("in/a.json", "\n".join(map(json.dumps, PEOPLE)))
    lake.put("lines/a.log", "x 1\ny 2\n")
    table = csv_table("people", lake.uri("none"), "name string, age string, pets array<string>")
    lake.catalog.create_table(table, CAUSE)
    pipeline = load_pipeline(lake.define("people", PARTED))
    workshop = lake.workshop("people")

    run_pipeline(lambda: spark, pipeline, workshop)

    def column(folder: str, name: str) -> list[object]:
        rows = spark.read.parquet(lake.uri(f"out/{folder}")).select(name).collect()
        return sorted(row[0] for row in rows)

    assert column("adults", "age") == [36, 41]
    assert column("pets", "`pets.val`") == ["cat", "dog", "fox"]
    assert column("matched", "age") == ["17", "36", "41"]
    assert column("lines", "k") == ["x", "y"]
    read = workshop.metrics["passes"][0]["sources"]["people"]
    assert {name: read[name] for name in ("files", "bytes", "rows")} == {
        "files": 1,
        "bytes": sum(len(json.dumps(each)) for each in PEOPLE) + 2,
        "rows": 3,
    }
