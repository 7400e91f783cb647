"""What Python code on executors said when it failed, in its own last words."""

from __future__ import annotations

import re

from gluepot.jobs.failure import brief

_LAST_WORDS = re.compile(r"^(?:[A-Za-z_][\w.]*(?:Error|Exception|NotFound\w*)): .+$", re.MULTILINE)


def python_reason(error: Exception) -> str:
    r"""Return the exception that ended a task, without Python's stack and Spark's.

    >>> python_reason(ValueError("Traceback:\n  File x\nKeyError: 'a'\n\tat java"))
    "KeyError: 'a'"
    """
    found = _LAST_WORDS.findall(str(error))
    return str(found[-1]) if found else brief(error)
