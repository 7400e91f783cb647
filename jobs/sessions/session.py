"""The Spark session: one dictionary of settings that spark-submit, tests and scripts share."""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import TYPE_CHECKING

from gluepot.jobs.sessions.jars import jar_paths

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from gluepot.crawlers.sources.config import S3Config

DELTA = {
    "spark.sql.extensions": "io.delta.sql.DeltaSparkSessionExtension",
    "spark.sql.catalog.spark_catalog": "org.apache.spark.sql.delta.catalog.DeltaCatalog",
    # One file for each partition instead of one for each partition and task.
    "spark.databricks.delta.optimizeWrite.enabled": "true",
}

LAPTOP = {
    "spark.ui.enabled": "false",
    "spark.sql.shuffle.partitions": "4",
    "spark.sql.sources.parallelPartitionDiscovery.threshold": "1000000",
    # Delta reads its log with 50 tasks by default: 3 to 6 times slower than 2 on a laptop.
    "spark.databricks.delta.snapshotPartitions": "2",
}
"""What one machine with few cores is better off with; a cluster keeps Spark's own defaults."""

EVERYWHERE = {
    "spark.ui.showConsoleProgress": "false",
    "spark.sql.session.timeZone": "UTC",
    # One flat listing instead of one request for each folder: S3 has no folders.
    "spark.sql.sources.useListFilesFileSystemList": "s3,s3a",
}

JVM_OPTIONS = "spark.driver.extraJavaOptions"
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


def bring_credentials(s3: S3Config) -> None:
    """Let the sessions of this process reach S3 with keys that its settings do not hold.

    Spark takes the JVM's properties for settings; these replace its own of the same names.
    """
    if s3.access_key_id is None:
        return
    from pyspark import SparkContext  # noqa: PLC0415

    jvm = SparkContext._jvm  # noqa: SLF001
    if jvm is None:
        raise AssertionError("a process that was started by spark-submit has a JVM")
    for key, value in _credentials(s3).items():
        jvm.java.lang.System.setProperty(key, value)


def session_conf(
    *,
    jars_dir: Path,
    s3: S3Config,
    master: str | None,
    extra: Mapping[str, str],
    jvm_options: str = "",
) -> dict[str, str]:
    """Return every Spark setting of a job's session.

    Args:
        jars_dir: The folder of Spark's companion jars.
        s3: The store that ``s3://`` means.
        master: Where to run; None leaves it to whoever starts the session.
        extra: Goes before ours; its JVM options are added to ours.
        jvm_options: Options of the driver's JVM, such as those of a class archive.

    Raises:
        JarError: A jar of the lock is missing from ``jars_dir``.
    """
    conf = {
        "spark.redaction.regex": _REDACTED,
        # A virtual environment's python is not on the executors' path by itself.
        "spark.pyspark.python": sys.executable,
        "spark.pyspark.driver.python": sys.executable,
    }
    if master is not None:
        conf["spark.master"] = master
    local = master is not None and master.startswith("local")
    sized = LAPTOP if local or master is None else {}
    conf |= _local_jars(jars_dir) if local else {"spark.jars": ",".join(_paths(jars_dir))}
    options = f"{jvm_options} {extra.get(JVM_OPTIONS, '')}".strip()
    return EVERYWHERE | sized | DELTA | s3_conf(s3) | conf | dict(extra) | {JVM_OPTIONS: options}


def remote_conf(s3: S3Config, extra: Mapping[str, str]) -> dict[str, str]:
    """Return the settings of a session whose driver starts on another machine.

    They hold no secrets and no paths of this one: S3 is asked with the credentials that the
    driver's own place gives it.
    """
    open_s3 = replace(s3, access_key_id=None, secret_access_key=None, session_token=None)
    redaction = {"spark.redaction.regex": _REDACTED}
    return EVERYWHERE | DELTA | s3_conf(open_s3) | redaction | dict(extra)


def _local_jars(jars_dir: Path) -> dict[str, str]:
    """Return the class path of a session in one process.

    ``spark.jars`` would copy every jar to a scratch folder at each start: 2 s more.
    """
    return {
        "spark.driver.extraClassPath": ":".join(_paths(jars_dir)),
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.host": "127.0.0.1",
    }


def _paths(jars_dir: Path) -> list[str]:
    return [str(path) for path in jar_paths(jars_dir)]
