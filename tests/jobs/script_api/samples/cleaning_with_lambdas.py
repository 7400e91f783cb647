# mypy: ignore-errors
"""Payments cleaned: a faulty number dropped, dollars cut off by a lambda, columns renamed."""

import sys

from awsglue.context import GlueContext
from awsglue.dynamicframe import DynamicFrame
from awsglue.job import Job
from awsglue.utils import getResolvedOptions
from pyspark.context import SparkContext
from pyspark.sql.functions import udf
from pyspark.sql.types import StringType

args = getResolvedOptions(sys.argv, ["JOB_NAME", "output"])
glueContext = GlueContext(SparkContext.getOrCreate())
job = Job(glueContext)
job.init(args["JOB_NAME"], args)

medicare_dyf = glueContext.create_dynamic_frame.from_catalog(
    database="payments", table_name="medicare"
)
medicare_res = medicare_dyf.resolveChoice(specs=[("provider id", "cast:long")])
medicare_df = medicare_res.toDF()
medicare_df = medicare_df.where("`provider id` is NOT NULL")

chop_f = udf(lambda x: x[1:], StringType())
medicare_df = medicare_df.withColumn(
    "ACC", chop_f(medicare_df["average covered charges"])
).withColumn("ATP", chop_f(medicare_df["average total payments"]))
medicare_tmp_dyf = DynamicFrame.fromDF(medicare_df, glueContext, "nested")
medicare_nest_dyf = medicare_tmp_dyf.apply_mapping(
    [
        ("drg definition", "string", "drg", "string"),
        ("provider id", "long", "provider.id", "long"),
        ("provider name", "string", "provider.name", "string"),
        ("provider zip code", "long", "provider.zip", "long"),
        ("ACC", "string", "charges.covered", "double"),
        ("ATP", "string", "charges.total_pay", "double"),
    ]
)
medicare_nest_dyf.printSchema()
glueContext.write_dynamic_frame.from_options(
    frame=medicare_nest_dyf,
    connection_type="s3",
    connection_options={"path": args["output"] + "/nested"},
    format="parquet",
)
job.commit()
