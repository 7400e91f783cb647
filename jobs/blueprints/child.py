"""The process in which a layout generator runs: ``python -m gluepot.jobs.blueprints.child``.

It is given a folder, the function and the file for its result as arguments, and the parameters on
standard input.
"""

from __future__ import annotations

import importlib
import json
import sys
from pathlib import Path
from types import ModuleType

from gluepot.jobs.blueprints.layout import Workflow


def main(folder: str, function: str, result: str) -> None:
    """Call ``function`` of the blueprint in ``folder``, and write its layout to ``result``."""
    given = json.load(sys.stdin)
    _put_library()
    sys.path.insert(0, folder)
    module, _, name = function.rpartition(".")
    layout = getattr(importlib.import_module(module), name)(given["user"], given["system"])
    if not isinstance(layout, Workflow):
        raise TypeError(f"{function} returns a Workflow, not {type(layout).__name__}")
    Path(result).write_text(json.dumps(layout.plain()))


def _put_library() -> None:
    """Let ``awsglue.blueprint`` be found without the rest of ``awsglue``, which needs Spark."""
    package = ModuleType("awsglue")
    package.__path__ = [str(Path(__file__).parents[1] / "compat" / "awsglue")]
    sys.modules["awsglue"] = package


if __name__ == "__main__":
    main(*sys.argv[1:])
