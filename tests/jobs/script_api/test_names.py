"""What scripts import by Glue's names, and what of it works where there is no catalog."""

from __future__ import annotations

import importlib
import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from gluepot.jobs.parameters.glue_names import COMPAT, glue_names
from tests.jobs.script_api.parity.page import known_signatures

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(autouse=True)
def names() -> Iterator[None]:
    with glue_names():
        yield


def test_an_import_of_all_names_brings_those_that_are_here() -> None:
    left_out = []
    for module, wanted in known_signatures().items():
        try:
            found = importlib.import_module(module)
        except ModuleNotFoundError:
            continue
        brought: dict[str, object] = {}
        exec(f"from {module} import *", brought)  # noqa: S102 - as scripts do
        left_out += [
            f"{module}.{name}"
            for name in wanted
            if hasattr(found, name) and name not in brought and not name.isupper()
        ]

    assert left_out == []


def test_transforms_are_found_by_name_in_any_case_and_described_as_json() -> None:
    transforms = importlib.import_module("awsglue.transforms")

    assert transforms.get_transform("applymapping") in transforms.get_transforms()
    assert transforms.get_transform("nothing") is None
    assert transforms.describe_transform("nothing") == "{}"
    described = json.loads(transforms.describe_transform("SelectFields"))["transform"]
    assert [arg["name"] for arg in described["args"]][:2] == ["frame", "paths"]


ALONE = """
import sys

from awsglue.context import GlueContext
from awsglue.job import Job
from awsglue.transforms import Map, Relationalize
from awsglue.utils import getResolvedOptions
from pyspark.context import SparkContext

args = getResolvedOptions(sys.argv, ["JOB_NAME", "folder", "TempDir"])
context = GlueContext(SparkContext.getOrCreate())
job = Job(context)
job.init(args["JOB_NAME"], args)
read = context.create_dynamic_frame.from_options(
    "s3", {"paths": [args["folder"] + "/in"]}, "json", transformation_ctx="read"
)
read.printSchema()
parts = Relationalize.apply(read)
print(sorted(parts.keys()))
halved = Map.apply(read, lambda each: {"half": each["n"] / 2})
context.write_dynamic_frame.from_options(
    halved, "s3", {"path": args["folder"] + "/out"}, "json"
)
context.get_logger().info("%d failed", halved.errorsCount())
job.commit()
context.create_dynamic_frame.from_catalog(database="sales", table_name="orders")
"""


def test_a_script_started_by_python_alone_does_all_that_needs_no_catalog(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.json").write_text('{"n": 4, "tags": ["a"]}\n{"n": "x"}\n')
    script = tmp_path / "alone.py"
    script.write_text(ALONE)
    kept = {name: value for name, value in os.environ.items() if name != "PYSPARK_PYTHON"}
    folders = ["--folder", str(tmp_path), "--TempDir", str(tmp_path / "temp")]

    done = subprocess.run(
        [sys.executable, str(script), "--JOB_NAME", "alone", *folders],
        cwd=tmp_path,
        env={**kept, "PYTHONPATH": str(COMPAT), "SPARK_LOCAL_IP": "127.0.0.1"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 1, done.stderr[-4000:]
    assert "|-- n: choice\n|    |-- int\n|    |-- string\n" in done.stdout
    assert done.stdout.splitlines()[-1] == "['roottable', 'roottable_tags']"
    written = "".join(file.read_text() for file in (tmp_path / "out").glob("part-*"))
    assert written == '{"half":2.0}\n'
    assert "INFO GlueLogger: 1 failed" in done.stderr
    assert "This script has no catalog. Start it by `gluepot job run NAME`" in done.stderr
