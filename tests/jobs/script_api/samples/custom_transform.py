# mypy: ignore-errors
"""A transform of one's own, added to DynamicFrame as visual editors do."""

from awsglue import DynamicFrame
from awsglue.context import GlueContext
from awsglue.transforms import Filter, Map
from pyspark.sql import SparkSession


def with_share(self, amount):
    frame = self.toDF().toPandas()
    frame["share"] = frame[amount] / frame[amount].sum()
    spark = self.glue_ctx.spark_session
    return DynamicFrame.fromDF(spark.createDataFrame(frame), self.glue_ctx, self.name)


DynamicFrame.with_share = with_share

glueContext = GlueContext(SparkSession.builder.getOrCreate().sparkContext)
cities = glueContext.create_dynamic_frame.from_rdd(
    [{"city": "Ulm", "people": 1}, {"city": "Bonn", "people": 3}], "cities"
)


def louder(record):
    record["city"] = record["city"].upper()
    record["zip"] = {"Ulm": "89073"}.get(record.city.title(), "unknown")
    return record


shares = Map.apply(frame=cities.with_share("people"), f=louder)
large = Filter.apply(frame=shares, f=lambda x: x["share"] > 0.5)
for row in sorted(shares.toDF().select("city", "share", "zip").collect()):
    print(row.city, row.share, row.zip)
print("large:", large.count())
