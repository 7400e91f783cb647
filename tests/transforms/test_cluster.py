from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from tests.servers.spark import QUICK, standalone_cluster

if TYPE_CHECKING:
    from pathlib import Path as Folder

ROOT = Path(__file__).resolve().parents[2]

BARE_PYTHON = """#!/bin/sh
# Executors' Python: what pyspark and Arrow need, and nothing of this project's.
exec env PYTHONPATH="{site}:$PYTHONPATH" "{python}" "$@"
"""
NO_GLUEPOT = """
import importlib.abc, sys

class NoGluepot(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] == "gluepot":
            raise ModuleNotFoundError(f"executors have no {name}")

sys.meta_path.insert(0, NoGluepot())
"""


def bare_python(folder: Folder) -> Folder:
    """Return an interpreter that has what this one has, except gluepot."""
    (folder / "site").mkdir()
    (folder / "site" / "sitecustomize.py").write_text(NO_GLUEPOT)
    program = folder / "python"
    program.write_text(BARE_PYTHON.format(site=folder / "site", python=sys.executable))
    program.chmod(0o755)
    return program


def test_transforms_work_on_executors_that_have_no_gluepot(tmp_path: Path) -> None:
    python = bare_python(tmp_path)
    told = subprocess.run([python, "-c", "import gluepot"], capture_output=True, check=False)
    with standalone_cluster(tmp_path, workers=2) as master:
        command = [sys.executable, "-m", "tests.transforms.cluster_cases", master, str(tmp_path)]
        env = {**os.environ, "PYSPARK_PYTHON": str(python), "PYSPARK_DRIVER_PYTHON": sys.executable}
        done = subprocess.run(
            command,
            cwd=ROOT,
            env={**env, "SPARK_LOCAL_IP": "127.0.0.1", "JDK_JAVA_OPTIONS": QUICK},
            capture_output=True,
            text=True,
            check=False,
        )

    assert b"executors have no gluepot" in told.stderr
    assert done.returncode == 0, done.stderr[-4000:]
    found = json.loads(done.stdout.splitlines()[-1])
    assert found == {
        "executors": 2,
        "kept": 20,
        "mapped": [40, 780.0],
        "failed": 2,
        "choice": ["struct<int:int,string:string>", 40],
        "boxed": [["col0", "col1"], 40],
        "items": [40, 80],
        "hashed": [40, 10],
        "filled": [40, 0],
    }
