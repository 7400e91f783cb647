"""Known causes of failures: each is told by what such errors say, and by nothing else."""

from __future__ import annotations

import pytest

from gluepot.jobs.metrics.spark_figures import hints
from gluepot.jobs.runs.advice import CAUSES, advice_for

SAID = {
    "java.lang.OutOfMemoryError: Java heap space": "memory",
    "Total size of serialized results of 9 tasks (1.1 GiB) is bigger than"
    " spark.driver.maxResultSize (1024.0 MiB)": "collect()",
    "java.io.IOException: No space left on device": "disk",
    "Cannot broadcast the table that is larger than 8.0 GiB": "autoBroadcastJoinThreshold",
    "AmazonS3Exception: Please reduce your request rate. (Service: S3, Status Code: 503)": "retry",
    "AccessDenied (Service: S3, Status Code: 403)": "credentials",
    "The specified bucket does not exist (NoSuchBucket)": "bucket",
    "ModuleNotFoundError: No module named 'numpy'": "--additional-python-modules",
    "java.lang.ClassNotFoundException: com.acme.Driver": "--extra-jars",
    "[DELTA_CONCURRENT_APPEND] ConcurrentAppendException: Files were added": "writer",
    "[CAST_INVALID_INPUT] The value 'NA' of the type STRING cannot be cast to BIGINT": "try_cast",
    "[UNRESOLVED_COLUMN.WITH_SUGGESTION] A column `dya` cannot be resolved": "catalog show",
    "[TABLE_OR_VIEW_NOT_FOUND] The table or view `raw`.`x` cannot be found": "catalog ls",
    "java.io.FileNotFoundException: No such file or directory: s3a://b/x": "Files went away",
    "PSQLException: Connection to db:5432 refused. Connection refused": "address",
    "FATAL: password authentication failed for user 'etl'": "login",
    "ExecutorLostFailure (executor 1 exited caused by one of the running tasks)": "killed",
    "Python worker exited unexpectedly (crashed)": "Python worker",
    "The run did not end within its timeout, 5 minutes": "Raise it",
}


@pytest.mark.parametrize(("message", "word"), SAID.items(), ids=lambda item: item[:40])
def test_what_errors_say_leads_to_what_helps(message: str, word: str) -> None:
    advice = advice_for(message)

    assert advice is not None
    assert word in advice


def test_every_cause_is_met_by_one_of_these_messages() -> None:
    met = {advice_for(message) for message in SAID}

    assert met == {cause.advice for cause in CAUSES}


@pytest.mark.parametrize(
    "message",
    [
        "ZeroDivisionError: division by zero",
        "ValueError: bad day",
        "quality gate 'known times' failed, so nothing was written",
    ],
)
def test_what_is_no_known_cause_gets_no_advice(message: str) -> None:
    assert advice_for(message) is None


def test_a_runs_own_figures_advise() -> None:
    skew = {"stage": "join", "longest_seconds": 60.0, "middle_seconds": 2.0, "ratio": 30.0}
    figures = {
        "files_out": 1000,
        "bytes_out": 5_000_000,
        "spilled_disk_bytes": 2_000_000,
        "skew": skew,
    }

    written, spilled, skewed = hints(figures)

    assert "1,000 files were written of 5,000 bytes on average" in written
    assert "2,000,000 bytes did not fit in memory" in spilled
    assert "One task of stage 'join' took 60 s, the middle one 2.0 s" in skewed
    assert hints({"files_in": 300, "small_files_in": 20, "skew": None}) == []
    assert hints({"skew": {**skew, "longest_seconds": 3.0}}) == []
