# mypy: ignore-errors
"""What a visual editor makes: SQL over views, collections, rows split, fields without values."""

import sys

from awsglue import DynamicFrame
from awsglue.context import GlueContext
from awsglue.job import Job
from awsglue.transforms import *
from awsglue.utils import getResolvedOptions
from pyspark.context import SparkContext


def sparkSqlQuery(glueContext, query, mapping, transformation_ctx) -> DynamicFrame:
    for alias, frame in mapping.items():
        frame.toDF().createOrReplaceTempView(alias)
    result = spark.sql(query)
    return DynamicFrame.fromDF(result, glueContext, transformation_ctx)


args = getResolvedOptions(sys.argv, ["JOB_NAME", "output"])
sc = SparkContext()
glueContext = GlueContext(sc)
spark = glueContext.spark_session
job = Job(glueContext)
job.init(args["JOB_NAME"], args)

Source_node1 = glueContext.create_dynamic_frame.from_catalog(
    database="payments", table_name="medicare", transformation_ctx="Source_node1"
)
Resolved_node2 = ResolveChoice.apply(
    frame=Source_node1, choice="cast:long", transformation_ctx="Resolved_node2"
)
SQLQuery_node3 = sparkSqlQuery(
    glueContext,
    query="select *, null as nothing from medicare where `total discharges` > 20",
    mapping={"medicare": Resolved_node2},
    transformation_ctx="SQLQuery_node3",
)
DropNull_node4 = DropNullFields.apply(frame=SQLQuery_node3, transformation_ctx="DropNull_node4")
Split_node5 = SplitRows.apply(
    DropNull_node4, {"total discharges": {">": 30}}, "many", "few", transformation_ctx="Split_node5"
)


def named(frame, transformation_ctx):
    return RenameField.apply(frame, "`drg definition`", "drg", transformation_ctx)


Named_node6 = MapToCollection.apply(Split_node5, named, "Named_node6")
Fewer_node7 = FlatMap.apply(
    Named_node6, SelectFields, "frame", "Fewer_node7", paths=["drg", "total discharges"]
)
for key in sorted(Fewer_node7.keys()):
    member = SelectFromCollection.apply(dfc=Fewer_node7, key=key)
    print(key, sorted((row["drg"], row["total discharges"]) for row in member.toDF().collect()))

S3bucket_node8 = glueContext.getSink(
    path=args["output"] + "/visual",
    connection_type="s3",
    updateBehavior="UPDATE_IN_DATABASE",
    partitionKeys=[],
    enableUpdateCatalog=True,
    transformation_ctx="S3bucket_node8",
)
S3bucket_node8.setCatalogInfo(catalogDatabase="payments", catalogTableName="busy")
S3bucket_node8.setFormat("glueparquet")
S3bucket_node8.writeFrame(SelectFromCollection.apply(dfc=Named_node6, key="many"))
job.commit()
