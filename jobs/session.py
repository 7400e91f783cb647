"""The Spark session: one dictionary of settings that spark-submit, tests and scripts share."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from gluepot.jobs.jars import jar_paths

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from gluepot.crawlers.sources.config import S3Config

DELTA = {
    "spark.sql.extensions": "io.delta.sql.DeltaSparkSessionExtension",
    "spark.sql.catalog.spark_catalog": "org.apache.spark.sql.delta.catalog.DeltaCatalog",
    # Delta reads its log with 50 tasks by default: 3 to 6 times slower than 2 on a laptop.
    "spark.databricks.delta.snapshotPartitions": "2",
}

LAPTOP = {
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.sql.shuffle.partitions": "4",
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.sources.parallelPartitionDiscovery.threshold": "1000000",
}

_REDACTED = "(?i)secret|password|passwd|token|access[.]?key|credential|catalog[.]url"


def s3_conf(s3: S3Config) -> dict[str, str]:
    """Return the S3A settings that reach the same store as ``s3``.

    Without fixed credentials S3A asks the AWS SDK's own chain: environment, profile, web
    identity, container and instance metadata.
    """
    conf = {
        "spark.hadoop.fs.s3.impl": "org.apache.hadoop.fs.s3a.S3AFileSystem",
        "spark.hadoop.fs.s3a.impl": "org.apache.hadoop.fs.s3a.S3AFileSystem",
        "spark.hadoop.fs.s3a.path.style.access": str(s3.path_style).lower(),
        "spark.hadoop.fs.s3a.change.detection.mode": "none",
    }
    if s3.endpoint_url is not None:
        conf["spark.hadoop.fs.s3a.endpoint"] = s3.endpoint_url
        secure = s3.endpoint_url.startswith("https://")
        conf["spark.hadoop.fs.s3a.connection.ssl.enabled"] = str(secure).lower()
    if s3.region is not None:
        conf["spark.hadoop.fs.s3a.endpoint.region"] = s3.region
    return conf | _credentials(s3)


def _credentials(s3: S3Config) -> dict[str, str]:
    provider = "software.amazon.awssdk.auth.credentials.DefaultCredentialsProvider"
    if s3.access_key_id is None or s3.secret_access_key is None:
        return {"spark.hadoop.fs.s3a.aws.credentials.provider": provider}
    kind = "TemporaryAWS" if s3.session_token else "SimpleAWS"
    conf = {
        "spark.hadoop.fs.s3a.aws.credentials.provider": (
            f"org.apache.hadoop.fs.s3a.{kind}CredentialsProvider"
        ),
        "spark.hadoop.fs.s3a.access.key": s3.access_key_id,
        "spark.hadoop.fs.s3a.secret.key": s3.secret_access_key,
    }
    if s3.session_token:
        conf["spark.hadoop.fs.s3a.session.token"] = s3.session_token
    return conf


def session_conf(
    *, jars_dir: Path, s3: S3Config, master: str | None, extra: Mapping[str, str]
) -> dict[str, str]:
    """Return every Spark setting of a job's session; ``extra`` goes before ours.

    Raises:
        JarError: A jar of the lock is missing from ``jars_dir``.
    """
    conf = {
        "spark.jars": ",".join(str(path) for path in jar_paths(jars_dir)),
        "spark.redaction.regex": _REDACTED,
        # A virtual environment's python is not on the executors' path by itself.
        "spark.pyspark.python": sys.executable,
        "spark.pyspark.driver.python": sys.executable,
    }
    if master is not None:
        conf["spark.master"] = master
    return LAPTOP | DELTA | s3_conf(s3) | conf | dict(extra)
