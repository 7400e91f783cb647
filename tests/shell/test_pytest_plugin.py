"""The pytest plugin, used as users do: the how-to page's project, and what goes wrong in one."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "test-your-job.md"
BLOCK = re.compile(r"^```(?:python|yaml)\n# (\S+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
PLUGIN = ("-p", "gluepot.testing.plugin", "-p", "no:cacheprovider")

BROKEN = """
from awsglue.context import GlueContext
from pyspark.context import SparkContext

context = GlueContext(SparkContext.getOrCreate())
context.spark_session.range(1).createOrReplaceTempView("left_behind")
context.spark_session.conf.set("spark.sql.shuffle.partitions", "7")
import boto3
boto3.client("s3").create_bucket(Bucket="left-behind")
raise ValueError("no rows today")
"""

# The order counts: what the first leaves behind, the second would see.
ISOLATION = """
import os, sys

def test_a_script_fails(run_glue_script):
    run_glue_script("jobs/broken.py", {"day-of": "1"})

def test_nothing_is_left_behind(gluepot_spark, gluepot_catalog, gluepot_s3):
    assert gluepot_catalog.tables() == [] and gluepot_catalog.runs == []
    assert gluepot_spark.catalog.listTables() == []
    assert gluepot_spark.conf.get("spark.sql.shuffle.partitions") == "4"
    assert gluepot_s3.client.list_buckets()["Buckets"] == []
    assert "AWS_ENDPOINT_URL_S3" not in os.environ
    assert not any("compat" in folder for folder in sys.path)
    assert sys.argv[1:2] != ["--job-bookmark-option"]
    assert gluepot_spark.range(3).count() == 3
"""

WITHOUT_SPARK = """
import sys

def test_catalog_and_bucket(gluepot_catalog, gluepot_bucket, gluepot_s3):
    gluepot_catalog.add_table("raw", "t", rows=[{"a": 1}], under=f"s3://{gluepot_bucket}")
    assert gluepot_catalog.tables() == ["raw.t"]
    assert len(gluepot_s3.client.list_buckets()["Buckets"]) == 1
    assert "pyspark.sql" not in sys.modules
"""


def run_pytest(project: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """Run pytest in a project, which has no settings of ours."""
    command = [sys.executable, "-m", "pytest", *PLUGIN, *options]
    return subprocess.run(command, cwd=project, capture_output=True, text=True, check=False)


def lay(project: Path, files: dict[str, str]) -> None:
    (project / "pytest.ini").write_text("[pytest]\naddopts = --import-mode=importlib\n")
    for name, text in files.items():
        file = project / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)


def test_the_project_of_the_page_passes_and_a_broken_script_shows_its_line(tmp_path: Path) -> None:
    files = dict(BLOCK.findall(PAGE.read_text()))
    own = {"jobs/broken.py": BROKEN, "tests/test_zz_isolation.py": ISOLATION}
    lay(tmp_path, files | own)

    done = run_pytest(tmp_path, "-v")

    failed = re.findall(r"^(\S+) FAILED", done.stdout, re.MULTILINE)
    assert failed == ["tests/test_zz_isolation.py::test_a_script_fails"], done.stdout
    tests = sum(text.count("\ndef test_") for text in files.values())
    tests += sum(text.startswith("def test_") for text in files.values())
    assert f"1 failed, {tests + 1} passed" in done.stdout
    assert "ValueError: no rows today" in done.stdout
    assert f'{tmp_path}/jobs/broken.py:10: raise ValueError("no rows today")' in done.stdout


def test_workers_have_an_s3_each_and_start_no_spark_for_a_catalog(tmp_path: Path) -> None:
    lay(tmp_path, {"tests/test_one.py": WITHOUT_SPARK, "tests/test_two.py": WITHOUT_SPARK})

    done = run_pytest(tmp_path, "-n", "2", "--dist", "loadfile")

    assert "2 passed" in done.stdout, done.stdout


def test_fixtures_describe_themselves(tmp_path: Path) -> None:
    lay(tmp_path, {"tests/test_none.py": ""})

    done = run_pytest(tmp_path, "--fixtures")

    plugins = re.split(r"^-+ fixtures defined from (\S+) -+$", done.stdout, flags=re.MULTILINE)
    described = plugins[plugins.index("gluepot.testing.plugin") + 1]
    assert "no docstring available" not in described
    table = re.findall(r"^\| `(\w+)` \|", PAGE.read_text(), re.MULTILINE)
    assert sorted(re.findall(r"^(\w+)(?: \[session scope\])? --", described, re.MULTILINE)) == (
        sorted(table)
    )


def test_loading_the_plugin_imports_nothing_heavy() -> None:
    code = (
        "import sys, pytest; before = set(sys.modules); import gluepot.testing.plugin;"
        "print(sorted(set(sys.modules) - before))"
    )

    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)

    assert done.stdout.strip() == "['gluepot', 'gluepot.testing', 'gluepot.testing.plugin']"


@pytest.mark.parametrize(("asked", "outcome"), [("true", "1 passed"), ("false", "1 failed")])
def test_awsglue_is_importable_in_test_files_where_the_project_says_so(
    tmp_path: Path, asked: str, outcome: str
) -> None:
    lay(tmp_path, {"tests/test_names.py": "def test_names(): import awsglue.utils\n"})

    done = run_pytest(tmp_path, "-o", f"gluepot_awsglue={asked}")

    assert outcome in done.stdout
