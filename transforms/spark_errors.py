"""Errors of Spark, and their one sentence that people can use."""

from __future__ import annotations

import re

from py4j.protocol import Py4JJavaError  # type: ignore[import-untyped]
from pyspark.errors import PySparkException

SPARK_ERRORS = (PySparkException, Py4JJavaError)
"""What Spark raises; errors of Java's own libraries come as they are."""
LONGEST_REASON = 500
_JAVA = re.compile(r"[\w.$]+(?:Exception|Error): (.+)")


def reason(error: Exception) -> str:
    """Return Spark's own sentence, without its state, plan and traces."""
    text = str(error)
    if isinstance(error, Py4JJavaError):
        found = _JAVA.findall(text)
        text = found[-1] if found else text
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    sentence = re.split(r"\s*SQLSTATE:|; line \d+", lines[0] if lines else text)[0]
    return sentence[:LONGEST_REASON]
