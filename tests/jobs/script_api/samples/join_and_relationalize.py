# mypy: ignore-errors
"""Who sat where: nested JSON joined, kept whole and in parts, and laid out for a database."""

import sys

from awsglue.context import GlueContext
from awsglue.job import Job
from awsglue.transforms import *
from awsglue.utils import getResolvedOptions
from pyspark.context import SparkContext

args = getResolvedOptions(sys.argv, ["JOB_NAME", "output", "connection", "dbname"])
glueContext = GlueContext(SparkContext.getOrCreate())
job = Job(glueContext)
job.init(args["JOB_NAME"], args)

persons = glueContext.create_dynamic_frame.from_catalog(database="council", table_name="persons")
print("Count: ", persons.count())
persons.printSchema()
memberships = glueContext.create_dynamic_frame.from_catalog(
    database="council", table_name="memberships"
)
orgs = glueContext.create_dynamic_frame.from_catalog(database="council", table_name="organizations")

orgs = (
    orgs.drop_fields(["other_names", "identifiers"])
    .rename_field("id", "org_id")
    .rename_field("name", "org_name")
)
orgs.toDF().show()
memberships.select_fields(["organization_id"]).toDF().distinct().show()

history = Join.apply(
    orgs, Join.apply(persons, memberships, "id", "person_id"), "org_id", "organization_id"
).drop_fields(["person_id", "org_id"])
print("Count: ", history.count())
history.printSchema()

glueContext.write_dynamic_frame.from_options(
    frame=history,
    connection_type="s3",
    connection_options={"path": args["output"] + "/history"},
    format="parquet",
)
single = history.toDF().repartition(1)
single.write.parquet(args["output"] + "/single")
history.toDF().write.parquet(args["output"] + "/part", partitionBy=["org_name"])

dfc = history.relationalize("root", args["output"] + "/temp-dir/")
print(sorted(dfc.keys()))
history.select_fields("contact_details").printSchema()
details = dfc.select("root_contact_details").toDF()
details.where("id = 1 or id = 2").orderBy(["id", "index"]).show()
dfc.select("root").toDF().where("contact_details = 1 or contact_details = 2").select(
    ["id", "given_name", "contact_details"]
).show()

for df_name in dfc.keys():
    m_df = dfc.select(df_name)
    print("Writing to database table: ", df_name)
    glueContext.write_dynamic_frame.from_jdbc_conf(
        frame=m_df,
        catalog_connection=args["connection"],
        connection_options={"dbtable": df_name, "database": args["dbname"]},
        redshift_tmp_dir=args["output"] + "/temp-dir/",
    )
job.commit()
