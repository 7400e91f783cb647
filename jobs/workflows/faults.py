"""What goes wrong while a state machine runs: an error has a name that Retry and Catch know.

Source: states-language.net, "Errors" and its appendix of reserved error names.
"""

from __future__ import annotations

ALL = "States.ALL"
TIMEOUT = "States.Timeout"
HEARTBEAT_TIMEOUT = "States.HeartbeatTimeout"
TASK_FAILED = "States.TaskFailed"
RESULT_PATH = "States.ResultPathMatchFailure"
PARAMETER_PATH = "States.ParameterPathFailure"
BRANCH_FAILED = "States.BranchFailed"
NO_CHOICE = "States.NoChoiceMatched"
INTRINSIC = "States.IntrinsicFailure"
RUNTIME = "States.Runtime"
DATA_LIMIT = "States.DataLimitExceeded"

UNCAUGHT_BY_ALL = frozenset({RUNTIME, DATA_LIMIT})
"""Errors that States.ALL does not match. Source: Step Functions developer guide, "Error names"."""


class StateFault(Exception):  # noqa: N818  a fault of the machine's data, handled within it
    """A state fails: ``StateFault(error, cause)``; never leaves the interpreter."""

    def __init__(self, error: str, cause: str) -> None:
        super().__init__(error, cause)
        self.error = error
        self.cause = cause
