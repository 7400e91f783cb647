"""What transforms make of small frames, as JSON: the same on each kind of session."""

from __future__ import annotations

import contextlib
import io
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gluepot.crawlers.sources.config import S3Config
from gluepot.jobs.context import GlueContext
from gluepot.jobs.parameters.facts import JobFacts, to_conf
from gluepot.transforms import (
    ApplyMapping,
    DropDuplicates,
    DropNullFields,
    DynamicFrame,
    FillMissingValues,
    Filter,
    FlatMap,
    Join,
    Map,
    Relationalize,
    SelectFields,
    SplitFields,
    SplitRows,
    Unbox,
    Union,
)
from gluepot.transforms.quality.dqdl import parse_ruleset
from gluepot.transforms.quality.running import RunOptions, evaluate_ruleset
from gluepot.transforms.stages import ErrorThresholdError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pyspark.sql import SparkSession

    from gluepot.transforms.record import DynamicRecord

ORDERS = [
    {"id": 1, "code": 7, "who": {"name": "Ada", "born": 1815}, "items": [{"n": 2, "p": "1.5"}]},
    {"id": 2, "code": "x", "who": {"name": "Bob"}, "items": [{"n": 1, "p": 2}, {"n": 3, "p": 4}]},
    {"id": 3, "code": 9, "who": {"name": "Cyd"}, "items": []},
]
TEXTS = [{"id": 1, "body": '{"a": 1}'}, {"id": 2, "body": '{"a": "y", "b": [1, 2]}'}]
LINES = [{"id": 1, "row": "a,1"}, {"id": 2, "row": "b,2"}]


def rows(frame: DynamicFrame) -> list[Any]:
    """Return a frame's rows in an order of their own."""
    found = [row.asDict(recursive=True) for row in frame.toDF().collect()]
    return sorted((json.loads(json.dumps(row, default=str)) for row in found), key=json.dumps)


def printed(act: Callable[[], object]) -> str:
    """Return what is printed."""
    with contextlib.redirect_stdout(io.StringIO()) as out:
        act()
    return out.getvalue()


def half(record: DynamicRecord) -> Mapping[str, Any]:
    """Return a record with a half of its code, which texts have not."""
    return {"id": record["id"], "half": record["code"] / 2}


def choices(frame: DynamicFrame, _context: GlueContext, folder: Path) -> dict[str, Any]:
    """Return what becomes of choices."""
    spigot = folder / "spigot"
    return {
        "tree": printed(frame.printSchema),
        "shown": sorted(printed(frame.show).splitlines()),
        "html": "<table" in frame._repr_html_(),
        "struct": rows(frame.select_fields(["id", "code"])),
        "cast": rows(frame.resolveChoice([("code", "cast:long"), ("items[].p", "cast:double")])),
        "cols": rows(frame.resolveChoice(choice="make_cols").select_fields(["id", "code_string"])),
        "project": rows(frame.resolveChoice([("code", "project:string")])),
        "spigot": frame.spigot(str(spigot), {"topk": 2}).count(),
        "spigot_files": spigot.is_dir(),
    }


def functions(frame: DynamicFrame, _context: GlueContext, _folder: Path) -> dict[str, Any]:
    """Return what Python functions make, and what of them fails."""
    mapped = Map.apply(frame, half)
    bounded = Map.apply(frame, half, stageThreshold=1)
    try:
        bounded.toDF()
    except ErrorThresholdError as error:
        told = "str" in str(error)
    else:
        told = False
    errors = mapped.errorsAsDynamicFrame().toDF().collect()
    return {
        "kept": rows(SelectFields.apply(Filter.apply(frame, lambda each: each.id > 1), ["id"])),
        "mapped": rows(mapped),
        "errors": [(row["error"]["input"], row["error"]["callsite"]["info"]) for row in errors],
        "count": mapped.errorsCount(),
        "told": told,
    }


def nested(frame: DynamicFrame, _context: GlueContext, folder: Path) -> dict[str, Any]:
    """Return nested records made flat."""
    parts = Relationalize.apply(frame, str(folder / "staging"), "root")
    mapping = [("who.name", "string", "name", "string"), ("id", "long", "key.id", "string")]
    return {
        **{name: rows(parts.select(name)) for name in sorted(parts)},
        "unnested": rows(frame.unnest().drop_fields(["items", "code"])),
        "mapped": rows(ApplyMapping.apply(frame, mapping)),
        "renamed": frame.rename_field("who.name", "who.called").toDF().schema["who"].simpleString(),
    }


def several(frame: DynamicFrame, context: GlueContext, _folder: Path) -> dict[str, Any]:
    """Return what takes or makes several frames."""
    ids = frame.select_fields(["id"])
    more = context.create_dynamic_frame.from_rdd([{"id": 3, "x": "c"}, {"id": 4, "x": "d"}], "more")
    halves = SplitRows.apply(frame, {"id": {">": 1}}, "big", "small")
    fields = SplitFields.apply(frame, ["id"], "ids", "rest")
    flat = FlatMap.apply(halves, SelectFields, "frame", paths=["id"])
    return {
        "join": rows(Join.apply(ids, more, ["id"], ["id"])),
        "union": rows(Union.apply(ids, more)),
        "merged": rows(ids.mergeDynamicFrame(more, ["id"])),
        "split": {name: halves.select(name).count() for name in halves},
        "fields": {name: fields.select(name).toDF().columns for name in fields},
        "flat": {name: flat.select(name).toDF().columns for name in flat},
        "parts": frame.repartition(3).getNumPartitions(),
        "deduplicated": DropDuplicates.apply(Union.apply(ids, ids)).count(),
        "not_null": rows(DropNullFields.apply(nulls(context))),
        "filled": sorted(row["y_filled"] for row in rows(fill(context))),
    }


def nulls(context: GlueContext) -> DynamicFrame:
    """Return a frame with a field that has no value."""
    return context.create_dynamic_frame.from_rdd([{"a": 1, "b": None}], "nulls")


def fill(context: GlueContext) -> DynamicFrame:
    """Return a frame whose missing values are filled."""
    data = [{"x": at, "y": None if at == 5 else 2.0 * at} for at in range(12)]
    gaps = context.create_dynamic_frame.from_rdd(data, "gaps")
    return FillMissingValues()(gaps, "y", "y_filled")


def boxes(_frame: DynamicFrame, context: GlueContext, _folder: Path) -> dict[str, Any]:
    """Return texts made records."""
    texts = context.create_dynamic_frame.from_rdd(TEXTS, "texts")
    lines = context.create_dynamic_frame.from_rdd(LINES, "lines")
    documents = Unbox.apply(texts, "body", "json")
    return {
        "json": rows(documents),
        "tree": printed(documents.printSchema),
        "csv": rows(Unbox.apply(lines, "row", "csv")),
    }


RULES = """Rules = [
    RowCount = 3,
    IsComplete "id",
    IsUnique "id" "code" where "id > 0",
    Entropy "code" > 9,
    ColumnValues "id" between 0 and 2,
    Mean "lost" > 1,
    CustomSql "select count(*) from primary" = 3,
    CustomSql "select id from primary where id > 1" with threshold > 0.3,
    ReferentialIntegrity "id" "ref.id" = 1.0,
    (RowCount > 0) and (IsComplete "code")
]"""


def quality(_frame: DynamicFrame, context: GlueContext, _folder: Path) -> dict[str, Any]:
    """Return what became of rules, and of each row."""
    numbers = context.spark_session.createDataFrame(
        [(1, "a"), (2, "b"), (2, None)], "id int, code string"
    )
    options = RunOptions(sources={"ref": numbers})
    found = evaluate_ruleset(numbers, parse_ruleset(RULES), options)
    marked = found.row_outcomes().orderBy("id", "code").collect()
    return {
        "rules": [(rule.result, rule.message, dict(rule.metrics)) for rule in found.result.rules],
        "passes": found.result.passes.total,
        "rows": [row.asDict() for row in marked],
    }


def run_cases(spark: SparkSession, folder: Path) -> dict[str, Any]:
    """Return what each case gives in a session."""
    context = GlueContext(spark)
    frame = context.create_dynamic_frame.from_rdd(ORDERS, "orders")
    cases = (choices, functions, nested, several, boxes, quality)
    found = {case.__name__: case(frame, context, folder / case.__name__) for case in cases}
    plain: dict[str, Any] = json.loads(json.dumps(found))
    return plain


def in_a_run(context: GlueContext, folder: Path) -> dict[str, Any]:
    """Return what a script with a catalog reads by Spark Connect."""
    source = folder / "source"
    source.mkdir(parents=True)
    (source / "a.json").write_text("\n".join(json.dumps(order) for order in ORDERS))
    frame = context.create_dynamic_frame.from_options(
        "s3", {"paths": [str(source)]}, format="json", transformation_ctx="orders"
    )
    return {"tree": printed(frame.printSchema), "code": rows(frame.select_fields(["code"]))}


def main() -> None:
    """Run the cases in a Spark Connect session and print what they give."""
    from pyspark.sql import SparkSession  # noqa: PLC0415

    folder, catalog_url = Path(sys.argv[1]), sys.argv[2]
    facts = JobFacts(catalog_url=catalog_url, home=folder, conf_dir=folder, s3=S3Config())
    builder = SparkSession.builder.remote("local[2]")
    few = {"spark.sql.shuffle.partitions": "2", "spark.ui.enabled": "false"}
    for name, value in (to_conf(facts) | few).items():
        builder = builder.config(name, value)
    spark = builder.getOrCreate()
    found = run_cases(spark, folder)
    found["run"] = in_a_run(GlueContext(spark), folder)
    print(json.dumps(found))  # noqa: T201
    spark.stop()


if __name__ == "__main__":
    main()
