"""The work of each transform, by the transform and by hand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pyarrow as pa
from pyspark.sql import Window
from pyspark.sql import functions as F  # noqa: N812

from gluepot.transforms import DynamicFrame
from gluepot.transforms.choices import choice_column
from gluepot.transforms.kept import keep

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from pyspark.sql import DataFrame, SparkSession

    Make = Callable[[DataFrame], DataFrame]

BUILT_IN, PYTHON = 1.1, 1.5
"""The most that a built-in transform, and one with a Python function, may cost (ratio)."""
LEAST_AMOUNT = 1000
PLAIN_KIND = "struct<long: bigint, string: string>"
"""What a choice is in a DataFrame: its column without the mark of a choice."""


@dataclass(frozen=True, kw_only=True)
class Case:
    """One transform, and the same work by hand."""

    name: str
    ours: Make
    hand: Make
    most: float = BUILT_IN


def source(spark: SparkSession, rows: int) -> DataFrame:
    """Return ``rows`` orders: scalars, a struct, an array of structs, nulls, and a choice."""
    made = spark.range(rows).selectExpr(
        "id",
        "cast(id % 1000 as int) AS customer",
        "concat('name ', id % 5000) AS name",
        "id * 0.5D AS amount",
        "date_add(date'2024-01-01', cast(id % 365 as int)) AS day",
        "named_struct('street', concat('street ', id % 90), 'zip', cast(id % 9000 as string))"
        " AS address",
        "array(named_struct('sku', id % 7, 'price', 1.5D)) AS items",
        "cast(null as string) AS nothing",
    )
    number = F.when(F.col("id") % 10 != 0, F.col("id"))
    text = F.when(F.col("id") % 10 == 0, F.col("name"))
    made = made.withColumn("kind", choice_column({"long": number, "string": text}))
    made = made.repartition(4, "id").cache()
    made.count()
    return made


def is_big(record: Any) -> bool:  # noqa: ANN401
    """Stand for a user's condition."""
    return bool(record["amount"] > LEAST_AMOUNT and record["name"] != "name 7")


def priced(record: Any) -> Any:  # noqa: ANN401
    """Stand for a user's change of a record."""
    record["gross"] = record["amount"] * 1.2
    record["name"] = record["name"].upper()
    del record["nothing"]
    return record


def hand_filter(frame: DataFrame) -> DataFrame:
    """Filter as one would with a plain Arrow function."""

    def run(batches: Iterable[pa.RecordBatch]) -> Iterable[pa.RecordBatch]:
        for batch in batches:
            mask = [is_big(record) for record in batch.to_pylist()]
            yield batch.filter(pa.array(mask, pa.bool_()))

    return frame.mapInArrow(run, frame.schema)


def hand_map(frame: DataFrame) -> DataFrame:
    """Map as one would with a plain Arrow function and a known schema."""
    from pyspark.sql.pandas.types import to_arrow_schema  # noqa: PLC0415

    schema = mapped_schema(frame)
    arrow = to_arrow_schema(schema)

    def run(batches: Iterable[pa.RecordBatch]) -> Iterable[pa.RecordBatch]:
        for batch in batches:
            records = [priced(record) for record in batch.to_pylist()]
            yield pa.RecordBatch.from_pylist(records, schema=arrow)

    return frame.mapInArrow(run, schema)


def mapped_schema(frame: DataFrame) -> Any:  # noqa: ANN401
    """Return the schema that ``priced`` gives."""
    return frame.drop("nothing").withColumn("gross", F.lit(1.0)).schema


def rename_by_hand(frame: DataFrame) -> DataFrame:
    """Rename a column and put it last, as Glue's result has it."""
    rest = [name for name in frame.columns if name != "name"]
    return frame.select(*rest, F.col("name").alias("label"))


def first_by_name(frame: DataFrame) -> DataFrame:
    """Keep the row with the lowest id of each name, by hand."""
    rank = F.row_number().over(Window.partitionBy("name").orderBy("id"))
    return frame.withColumn("rank", rank).where("rank = 1").drop("rank")


def drop_null_by_hand(frame: DataFrame) -> DataFrame:
    """Drop fields that are null everywhere, nested ones too, by hand."""
    price = F.when(F.exists("items", lambda item: item["price"].isNotNull()), 1)
    sku = F.when(F.exists("items", lambda item: item["sku"].isNotNull()), 1)
    leaves = {
        **{name: F.col(name) for name in frame.columns if name not in {"address", "items"}},
        "street": F.col("address.street"),
        "zip": F.col("address.zip"),
        "price": price,
        "sku": sku,
    }
    row = frame.agg(*(F.count(leaf).alias(name) for name, leaf in leaves.items())).first()
    empty = [name for name in leaves if row is not None and row[name] == 0]
    return frame.drop(*empty)


def unnested_by_hand(frame: DataFrame) -> DataFrame:
    """Flatten the struct, and name the array's members as Glue does."""
    names = [name for name in frame.columns if name not in {"address", "items", "kind"}]
    kind = F.col("kind").cast(PLAIN_KIND).alias("kind")
    address = [F.col(f"address.{name}").alias(f"address.{name}") for name in ("street", "zip")]
    items = F.transform(
        "items",
        lambda item: F.struct(
            item["sku"].alias("items.val.sku"), item["price"].alias("items.val.price")
        ),
    )
    return frame.select(*names, kind, *address, items.alias("items"))


def cast_by_hand(frame: DataFrame) -> DataFrame:
    """Make one number of the two members."""
    value = F.coalesce(F.col("kind.long"), F.col("kind.string").try_cast("long"))
    return frame.withColumn("kind", value)


def columns_by_hand(frame: DataFrame) -> DataFrame:
    """Make a column of each member."""
    return frame.select(
        *(name for name in frame.columns if name != "kind"),
        F.col("kind.long").alias("kind_long"),
        F.col("kind.string").alias("kind_string"),
    )


def relationalized(frame: DataFrame) -> DataFrame:
    """Make both tables; the smaller one is joined to the other, so that both are computed."""
    tables = DynamicFrame(frame.drop("nothing", "kind")).relationalize("root", "unused")
    root, items = tables["root"].toDF(), tables["root_items"].toDF()
    return root.join(items, root["items"] == items["id"])


def relationalized_by_hand(frame: DataFrame) -> DataFrame:
    """Do the same with keys that Spark makes; kept, since two tables must agree on them."""
    keyed = frame.drop("nothing", "kind").withColumn("key", F.monotonically_increasing_id())
    kept = keep(keyed)
    rest = [name for name in frame.columns if name not in {"address", "items", "nothing", "kind"}]
    address = [F.col(f"address.{name}").alias(f"address.{name}") for name in ("street", "zip")]
    root = kept.select(*rest, *address, F.col("key").alias("items"))
    items = kept.select(F.col("key").alias("id"), F.posexplode("items").alias("index", "val"))
    items = items.select(
        "id", "index", F.col("val.sku").alias("sku"), F.col("val.price").alias("price")
    ).withColumnRenamed("id", "key")
    return root.join(items, root["items"] == items["key"])


MAPPINGS = [
    ("id", "long", "order.id", "string"),
    ("amount", "double", "order.amount", "decimal(12,2)"),
    ("address.zip", "string", "zip", "int"),
    ("name", "name"),
]


def mapping_by_hand(frame: DataFrame) -> DataFrame:
    """Do the work of MAPPINGS with columns."""
    amount = F.col("amount").try_cast("decimal(12,2)").alias("amount")
    order = F.struct(F.col("id").try_cast("string").alias("id"), amount)
    return frame.select(
        order.alias("order"), F.col("address.zip").try_cast("int").alias("zip"), "name"
    )


def cases(customers: DataFrame) -> list[Case]:
    """Return every case; ``customers`` is the other side of the join."""
    of, other = DynamicFrame, DynamicFrame(customers)
    joined = {"customer": ".customer"}
    return [
        Case(
            name="DropFields (nested, in arrays)",
            ours=lambda d: of(d).drop_fields(["nothing", "address.zip", "items.price"]).toDF(),
            hand=lambda d: (
                d.drop("nothing")
                .withColumn("address", F.col("address").dropFields("zip"))
                .withColumn("items", F.transform("items", lambda item: item.dropFields("price")))
            ),
        ),
        Case(
            name="SelectFields",
            ours=lambda d: of(d).select_fields(["id", "name"]).toDF(),
            hand=lambda d: d.select("id", "name"),
        ),
        Case(
            name="RenameField",
            ours=lambda d: of(d).rename_field("name", "label").toDF(),
            hand=rename_by_hand,
        ),
        Case(
            name="ApplyMapping",
            ours=lambda d: of(d).apply_mapping(MAPPINGS).toDF(),
            hand=mapping_by_hand,
        ),
        Case(
            name="DropNullFields (all_null)",
            ours=lambda d: of(d).drop_null_fields(all_null=True).toDF(),
            hand=drop_null_by_hand,
        ),
        Case(
            name="Filter (SQL)",
            ours=lambda d: of(d).filter("amount > 1000 AND name <> 'name 7'").toDF(),
            hand=lambda d: d.where("amount > 1000 AND name <> 'name 7'"),
        ),
        Case(
            name="Map (SQL)",
            ours=lambda d: of(d).map({"gross": "amount * 1.2", "name": "upper(name)"}).toDF(),
            hand=lambda d: d.withColumns(
                {"gross": F.expr("amount * 1.2"), "name": F.upper("name")}
            ),
        ),
        Case(
            name="Join",
            ours=lambda d: of(d).join(["customer"], ["customer"], other).toDF(),
            hand=lambda d: d.withColumnsRenamed(joined).join(
                customers, F.col("`.customer`") == customers["customer"]
            ),
        ),
        Case(
            name="Union",
            ours=lambda d: of(d.drop("kind")).union(of(d.drop("kind"))).toDF(),
            hand=lambda d: d.drop("kind").unionByName(d.drop("kind")),
        ),
        Case(
            name="Union (then a choice made plain)",
            ours=lambda d: of(d).union(of(d)).toDF(),
            hand=lambda d: d.unionByName(d).withColumn("kind", F.col("kind").cast(PLAIN_KIND)),
        ),
        Case(
            name="DropDuplicates (one key)",
            ours=lambda d: of(d).drop_duplicates(keys=["name"], keep="lowest id").toDF(),
            hand=first_by_name,
        ),
        Case(
            name="SplitRows (one side)",
            ours=lambda d: of(d).split_rows({"amount": {">": 1000}}, "a", "b")["a"].toDF(),
            hand=lambda d: d.where("amount > 1000"),
        ),
        Case(
            name="UnnestFrame",
            ours=lambda d: of(d).unnest().toDF(),
            hand=unnested_by_hand,
        ),
        Case(
            name="ResolveChoice (cast)",
            ours=lambda d: of(d).resolveChoice([("kind", "cast:long")]).toDF(),
            hand=cast_by_hand,
        ),
        Case(
            name="ResolveChoice (make_cols)",
            ours=lambda d: of(d).resolveChoice([("kind", "make_cols")]).toDF(),
            hand=columns_by_hand,
        ),
        Case(
            name="Relationalize (both tables)",
            ours=relationalized,
            hand=relationalized_by_hand,
        ),
        Case(
            name="Filter (Python)",
            ours=lambda d: of(d).filter(is_big).toDF(),
            hand=hand_filter,
            most=PYTHON,
        ),
        Case(
            name="Map (Python, schema given)",
            ours=_map_with_schema,
            hand=hand_map,
            most=PYTHON,
        ),
        Case(
            name="Map (Python, schema inferred)",
            ours=lambda d: of(d).map(priced).toDF(),
            hand=hand_map,
            most=PYTHON,
        ),
    ]


def _map_with_schema(frame: DataFrame) -> DataFrame:
    from gluepot.transforms import Map  # noqa: PLC0415

    return Map.apply(DynamicFrame(frame), priced, schema=mapped_schema(frame)).toDF()
