"""Why names of Glue's package are absent or different here."""

from __future__ import annotations

_JVM = "hands values to Glue's JVM library, which is not here"
_OWN_SOURCE = "made by `getSource` and its like; Glue wraps an object of the JVM"
_UNKNOWN = "None stands for UnknownType()"

REASONS: dict[str, str] = {
    "awsglue.context.register": _JVM,
    **{
        f"awsglue.{module}.{name}": _JVM
        for module in ("context", "data_sink", "data_source", "dynamicframe", "utils")
        for name in ("callsite", "makeOptions")
    },
    "awsglue.streaming_data_source.callsite": _JVM,
    "awsglue.streaming_data_source.makeOptions": _JVM,
    "awsglue.dynamicframe.iteritems": "an aid for Python 2",
    "awsglue.dynamicframe.itervalues": "an aid for Python 2",
    "awsglue.gluetypes.iteritems": "an aid for Python 2",
    "awsglue.gluetypes.ArrayType": _UNKNOWN,
    "awsglue.gluetypes.MapType": _UNKNOWN,
    "awsglue.gluetypes.SetType": _UNKNOWN,
    "awsglue.data_sink.DataSink": "made by `getSink`; Glue wraps an object of the JVM",
    "awsglue.data_source.DataSource": _OWN_SOURCE,
    "awsglue.streaming_data_source.StreamingDataSource": _OWN_SOURCE,
    "awsglue.dynamicframe.DynamicFrame": "it is made of a DataFrame, not of an object of the JVM",
    "awsglue.dynamicframe.DynamicFrame.applyMapping": "takes what `apply_mapping` takes",
    "awsglue.glue_shell": "starts the shell of Glue's image: `gluepot job properties` writes the"
    " settings with which `pyspark --properties-file` is one",
    "awsglue.scripts": "command-line tools of Glue's image for AWS's own services: connectors from"
    " AWS Marketplace, and copies of a catalog for crawls to be undone by",
    "awsglue.utils.GlueArgumentParser.error": "the parameter has argparse's name",
}
"""By name, or by what stands before a dot in it."""

ON_CONNECT: dict[str, str] = {
    "`GlueContext.sparkContext`, and RDDs given to `from_rdd`": "Spark Connect has neither; lists"
    " of rows are taken",
    "`forEachBatch` and `getSampleStreamingDynamicFrame`": "the functions of micro-batches run in"
    " a process of the server's, which has not the script's objects",
    "`gluepot.database.table` in `spark.sql` and `spark.table`": "the names are resolved by"
    " Spark's own parser in the JVM; `create_dynamic_frame.from_catalog` needs no JVM",
}
