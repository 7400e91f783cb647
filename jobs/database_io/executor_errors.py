"""What Python code on executors said when it failed, in its own last words."""

from __future__ import annotations

import re

from gluepot.jobs.runs.failure import brief

# Frames of a stack are indented; Java's names begin with their packages.
_LAST_WORDS = re.compile(r"^(?!org\.|java\.|py4j\.)[A-Za-z_][\w.]*: \S.*$", re.MULTILINE)


def python_reason(error: Exception) -> str:
    r"""Return the exception that ended a task, without Python's stack and Spark's.

    >>> python_reason(ValueError("Traceback:\n  File x\nKeyError: 'a'\n\tat java"))
    "KeyError: 'a'"
    """
    found = _LAST_WORDS.findall(str(error).partition("JVM stacktrace")[0])
    return str(found[-1]) if found else brief(error)
