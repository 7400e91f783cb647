# mypy: ignore-errors
"""A job in functions of its own, so that a test can put other sources and sinks below it."""

from awsglue.transforms import ApplyMapping


class Flights:
    def __init__(self, glue_context):
        self._glue_context = glue_context

    def read(self, bucket):
        late = self._glue_context.create_dynamic_frame.from_catalog(
            database="raw", table_name="flights", transformation_ctx="late"
        )
        more = self._glue_context.create_dynamic_frame.from_options(
            connection_type="s3",
            connection_options={"paths": ["s3://" + bucket + "/more"]},
            format="json",
        )
        return late.union(more)

    def run(self, bucket):
        mapped = ApplyMapping.apply(
            frame=self.read(bucket),
            mappings=[("carrier", "string", "airline", "string"), ("n", "long", "flight", "long")],
        )
        self._glue_context.purge_s3_path("s3://" + bucket + "/out", {"retentionPeriod": 0})
        self._glue_context.write_dynamic_frame.from_options(
            frame=mapped,
            connection_type="s3",
            connection_options={"path": "s3://" + bucket + "/out"},
            format="parquet",
        )
        return mapped
