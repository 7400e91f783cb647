# mypy: ignore-errors
"""Payments to providers whose number is text in one row: five ways to settle it."""

import sys

from awsglue.context import GlueContext
from awsglue.dynamicframe import DynamicFrame
from awsglue.job import Job
from awsglue.transforms import *
from awsglue.utils import getResolvedOptions
from pyspark.context import SparkContext

args = getResolvedOptions(sys.argv, ["JOB_NAME", "output"])
sc = SparkContext.getOrCreate()
glueContext = GlueContext(sc)
spark = glueContext.spark_session
job = Job(glueContext)
job.init(args["JOB_NAME"], args)

medicare_dyf = glueContext.create_dynamic_frame.from_catalog(
    database="payments", table_name="medicare"
)
medicare_dyf.printSchema()

medicare_res_cast = medicare_dyf.resolveChoice(specs=[("provider id", "cast:long")])
medicare_res_project = medicare_dyf.resolveChoice(specs=[("provider id", "project:long")])
medicare_res_make_cols = medicare_dyf.resolveChoice(specs=[("provider id", "make_cols")])
medicare_res_make_struct = medicare_dyf.resolveChoice(specs=[("provider id", "make_struct")])
for frame in (
    medicare_res_cast,
    medicare_res_project,
    medicare_res_make_cols,
    medicare_res_make_struct,
):
    frame.printSchema()

medicare_df = medicare_dyf.toDF()
medicare_df.createOrReplaceTempView("medicareTable")
medicare_sql_df = spark.sql("SELECT * FROM medicareTable WHERE `total discharges` > 30")
medicare_sql_dyf = DynamicFrame.fromDF(medicare_sql_df, glueContext, "medicare_sql_dyf")

for name, frame in [
    ("cast", medicare_res_cast),
    ("project", medicare_res_project),
    ("cols", medicare_res_make_cols),
    ("struct", medicare_res_make_struct),
    ("sql", medicare_sql_dyf),
]:
    glueContext.write_dynamic_frame.from_options(
        frame=frame,
        connection_type="s3",
        connection_options={"path": args["output"] + "/" + name},
        format="json",
    )
job.commit()
