"""Known causes of failed runs, and what helps: the table that a run's error is looked up in."""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Cause:
    """A known cause.

    Attributes:
        sign: What errors of this cause say.
        advice: What helps, in one or two sentences.
    """

    sign: re.Pattern[str]
    advice: str


def _cause(sign: str, advice: str) -> Cause:
    return Cause(sign=re.compile(sign, re.IGNORECASE | re.DOTALL), advice=advice)


CAUSES: tuple[Cause, ...] = (
    _cause(
        r"OutOfMemoryError: Java heap|GC overhead limit|Container killed .* memory",
        "An executor or the driver ran out of memory. Take a larger worker_type, more partitions"
        " (spark.sql.shuffle.partitions), and no collect() or toPandas() of large frames.",
    ),
    _cause(
        r"larger than spark\.driver\.maxResultSize|maxResultSize",
        "More rows were brought to the driver than it takes. Write them to a table instead of"
        " collect() or toPandas(), or raise spark.driver.maxResultSize by --conf.",
    ),
    _cause(
        r"No space left on device",
        "Shuffles and spills have filled the disk of a worker. Give it more room, name a larger"
        " one by spark.local.dir, or use more workers.",
    ),
    _cause(
        r"Could not (initialize|execute) broadcast|Cannot broadcast the table",
        "A table that was to be sent to every worker is too large for that. Set"
        " spark.sql.autoBroadcastJoinThreshold to -1 by --conf, or take the broadcast hint away.",
    ),
    _cause(
        r"SlowDown|status code:? 503|ThrottlingException|TooManyRequests|reduce your request rate",
        "The store or service asks for fewer requests. The retry will wait; fewer and larger files"
        " and fewer tasks at once ask less.",
    ),
    _cause(
        r"AccessDenied|status code:? 403|not authorized to perform|Forbidden",
        "The store or service refused. Look at the credentials of [s3] and at what their policy"
        " allows for the bucket and the prefix that the message names.",
    ),
    _cause(
        r"NoSuchBucket|bucket does not exist",
        "There is no such bucket at the configured endpoint. Look at its spelling, at"
        " s3.endpoint_url and at s3.region.",
    ),
    _cause(
        r"ModuleNotFoundError: No module named",
        "The module is not installed where the run is. Give its package by"
        " --additional-python-modules, or its file by --extra-py-files.",
    ),
    _cause(
        r"ClassNotFoundException|NoClassDefFoundError|Failed to find data source",
        "A Java class is not on the class path. Give its jar by --extra-jars; `gluepot jars fetch`"
        " brings those that gluepot itself needs.",
    ),
    _cause(
        r"(ConcurrentAppend|ConcurrentDelete\w*|ConcurrentWrite|ConcurrentTransaction"
        r"|MetadataChanged|ProtocolChanged)Exception|CommitFailedException",
        "Another writer changed the table at the same time. Let the jobs run after one another by"
        " a trigger, or write to different partitions; max_retries tries again.",
    ),
    _cause(
        r"CAST_INVALID_INPUT|cannot be cast to|CANNOT_PARSE_|NUMERIC_VALUE_OUT_OF_RANGE"
        r"|ARITHMETIC_OVERFLOW",
        "A value does not fit its type, and Spark 4 says so where older ones gave null. Use"
        " try_cast or try_to_timestamp, or resolveChoice with cast:TYPE.",
    ),
    _cause(
        r"UNRESOLVED_COLUMN|FIELD_NOT_FOUND|cannot resolve",
        "The column is not in the data that was read. `gluepot catalog show TABLE` lists those"
        " there are; crawl again if the files have changed.",
    ),
    _cause(
        r"TABLE_OR_VIEW_NOT_FOUND|SCHEMA_NOT_FOUND|Has the crawler run",
        "The table is not in the catalog. `gluepot catalog ls` shows what is there; tables are"
        " gluepot.database.table in Spark SQL.",
    ),
    _cause(
        r"FileNotFoundException|PATH_NOT_FOUND|It is possible the underlying files",
        "Files went away between the listing and the read. Somebody deletes or rewrites them while"
        " the job runs; write to a table format, or let one run after the other.",
    ),
    _cause(
        r"(Connection refused|Communications link failure|UnknownHostException"
        r"|could not connect|timed out waiting for connection)",
        "A server did not answer. Look at its address in the connection, and whether this machine"
        " may reach it.",
    ),
    _cause(
        r"password authentication failed|Access denied for user|Authentication failed",
        "The database refused the login. Test it with `gluepot crawl` of the same connection, and"
        " set the connection's password anew.",
    ),
    _cause(
        r"ExecutorLostFailure|Lost executor|ended with SIGKILL",
        "A process was killed, mostly because the machine was out of memory. Take a larger"
        " worker_type, or fewer tasks at once by --executor-cores.",
    ),
    _cause(
        r"python[ _]?worker.*(exited|crashed|failed)",
        "A Python worker died: its function took more memory than there is, or a library crashed."
        " Use Spark's own functions, or smaller partitions.",
    ),
    _cause(
        r"within its timeout",
        "The run took longer than its timeout. Raise it, give the job more workers, or let"
        " bookmarks keep what each run reads small.",
    ),
)


def advice_for(message: str) -> str | None:
    """Return what helps against an error, or None where its cause is no known one.

    >>> advice_for("java.lang.OutOfMemoryError: Java heap space")[:41]
    'An executor or the driver ran out of memo'
    >>> advice_for("ZeroDivisionError: division by zero")
    """
    return next((cause.advice for cause in CAUSES if cause.sign.search(message)), None)
