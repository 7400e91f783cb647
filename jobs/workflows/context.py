"""The context object, which paths that begin with ``$$`` pick from.

Source: states-language.net, "The Context Object".
"""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from gluepot.jobs.workflows.paths import Json
    from gluepot.jobs.workflows.state import Branch, Execution
    from gluepot.jobs.workflows.steps import Machine


def context_object(
    machine: Machine, execution: Execution, execution_id: str, branch: Branch
) -> Json:
    """Return what is known of an execution, its machine, the state and the item at hand."""
    found: dict[str, Json] = {
        "Execution": {
            "Id": execution_id,
            "Name": execution_id,
            "Input": execution.given,
            "StartTime": _text(execution.started_at),
        },
        "StateMachine": {"Id": machine.name, "Name": machine.name},
        "State": {
            "Name": branch.state,
            "EnteredTime": _text(branch.entered_at),
            "RetryCount": sum(branch.retries),
        },
    }
    if branch.item is not None:
        found["Map"] = {"Item": dict(branch.item)}
    return found


def _text(time: datetime) -> str:
    return f"{time.astimezone(UTC):%Y-%m-%dT%H:%M:%S}.{time.microsecond // 1000:03}Z"
