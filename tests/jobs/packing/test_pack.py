"""A job's pack: what is in it, and a run of it on a cluster whose workers have nothing else."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import signal
import stat
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import yaml

from gluepot.jobs.definitions.model import load_job
from gluepot.jobs.errors import LaunchError
from gluepot.jobs.launchers.connect import facts_text
from gluepot.jobs.launchers.launch import LaunchSettings
from gluepot.jobs.packing import pack as packing
from gluepot.jobs.packing.commands import starting_files
from gluepot.jobs.packing.pack import write_pack
from gluepot.jobs.runs.state import RunState
from gluepot.jobs.sessions.jars import locked_jars, spark_home
from tests.jobs.launchers.conftest import PIPELINE
from tests.servers.spark import QUICK, standalone_cluster

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.jobs.conftest import Lake

SCRIPT = """
import os
from awsglue.context import GlueContext
from pyspark.sql import SparkSession
from pyspark.sql.functions import udf

spark = SparkSession.builder.getOrCreate()

@udf("string")
def place(_):
    import gluepot, pandas
    return f"{os.getcwd()} {gluepot.__file__} {pandas.__file__}"

rows = spark.range(0, 8, 1, 8).select(place("id").alias("at")).collect()
frame = GlueContext(spark.sparkContext).create_dynamic_frame.from_catalog("raw", "flights")
print("COUNT", frame.count())
print("PLACES", sorted({row.at for row in rows}))
"""


@pytest.fixture
def place(lake: Lake, jars_dir: Path) -> LaunchSettings:
    return LaunchSettings(
        catalog_url=lake.url,
        home=lake.home,
        conf_dir=lake.conf_dir,
        s3=lake.s3,
        jars_dir=jars_dir,
        java_home=None,
        master="local[2]",
        spark_conf={
            "spark.executor.memory": "512m",
            # Both workers take part.
            "spark.cores.max": "2",
            "spark.scheduler.minRegisteredResourcesRatio": "1.0",
        },
    )


def digests(folder: Path) -> Mapping[str, str]:
    return {
        file.relative_to(folder).as_posix(): hashlib.sha256(file.read_bytes()).hexdigest()
        for file in sorted(folder.rglob("*"))
        if file.is_file()
    }


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave all packages but gluepot out: the bytes of the others take seconds."""
    monkeypatch.setattr(packing, "find_packages", lambda extras: {})  # noqa: ARG005


@pytest.mark.usefixtures("small")
def test_packed_twice_it_is_the_same_bytes_and_the_manifest_has_their_sums(
    lake: Lake, place: LaunchSettings, tmp_path: Path
) -> None:
    lake.define("flights", PIPELINE)
    job = load_job(lake.conf_dir, "flights")
    write_pack(job, place, tmp_path / "one", extras=())
    found = write_pack(job, place, tmp_path / "two", extras=())
    again = write_pack(job, place, tmp_path / "two", extras=())  # over an earlier one

    sums = dict(digests(tmp_path / "two"))
    assert sums == digests(tmp_path / "one")
    assert found == again
    del sums["manifest.json"]
    manifest = json.loads((tmp_path / "two" / "manifest.json").read_text())
    assert manifest["files"] == sums
    assert {f"jars/{jar.file_name}" for jar in locked_jars()} < sums.keys()
    assert {"conf/jobs/flights.yaml", "conf.zip", "env.tar.gz", "gluepot_job.py"} < sums.keys()


@pytest.mark.usefixtures("small")
def test_a_folder_that_holds_other_things_is_left_alone(
    lake: Lake, place: LaunchSettings, tmp_path: Path
) -> None:
    lake.define("flights", PIPELINE)
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "thesis.txt").write_text("ten years")

    with pytest.raises(LaunchError, match="holds other things than a pack"):
        write_pack(load_job(lake.conf_dir, "flights"), place, folder, extras=())

    assert [file.name for file in folder.iterdir()] == ["thesis.txt"]


def test_what_starts_a_pack_holds_no_secret_and_is_what_each_service_reads(
    lake: Lake, place: LaunchSettings
) -> None:
    assert lake.s3.secret_access_key is not None
    lake.define("flights", PIPELINE)
    lake.define("script", "print(1)\n", "py")

    declared = starting_files(load_job(lake.conf_dir, "flights"), place)
    script = starting_files(load_job(lake.conf_dir, "script"), place)

    everything = "".join([*declared.values(), *script.values()])
    assert lake.s3.secret_access_key not in everything
    assert lake.url not in everything
    assert script.keys() - declared.keys() == {"aws-glue.json"}
    created = json.loads(script["aws-glue.json"])["CreateJob"]
    assert created["Command"]["Name"] == "glueetl"
    assert json.loads(script["emr-serverless.json"])["jobDriver"]["sparkSubmit"]["entryPoint"] == (
        "s3://BUCKET/packs/script/gluepot_job.py"
    )
    manifest = yaml.safe_load(script["spark-application.yaml"])
    assert manifest["spec"]["arguments"] == ["--JOB_NAME", "script"]


def run_to_the_end(pack: Path, env: Mapping[str, str]) -> tuple[int, str, str]:
    """Run the line that is printed, and leave nothing of it when it takes too long."""
    with subprocess.Popen(
        ["/bin/sh", "spark-submit.sh"],
        cwd=pack,
        env=env,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as child:
        try:
            output, errors = child.communicate(timeout=400)
        except subprocess.TimeoutExpired:
            os.killpg(child.pid, signal.SIGKILL)
            raise
    return child.returncode, output, errors


def test_a_pack_runs_in_an_empty_folder_on_workers_that_have_nothing_else(
    lake: Lake, place: LaunchSettings, tmp_path: Path
) -> None:
    lake.define("flights", SCRIPT, "py")
    job = load_job(lake.conf_dir, "flights")
    write_pack(job, place, tmp_path / "made", extras=("spark",))
    pack = tmp_path / "elsewhere"
    (tmp_path / "made").rename(pack)  # hundreds of MB, so no copy
    shutil.rmtree(lake.conf_dir)
    facts = pack / "facts.json"
    facts.touch(mode=stat.S_IRUSR | stat.S_IWUSR)
    facts.write_text(facts_text(place.facts))
    # A Python without gluepot, and Spark's programs: all that a machine of a cluster has.
    programs = tmp_path / "bin"
    programs.mkdir()
    python = Path(sys.base_prefix) / "bin" / f"python3.{sys.version_info.minor}"
    (programs / python.name).symlink_to(python)
    bare = {
        "PATH": f"{programs}:{spark_home()}/bin:/usr/bin:/bin",
        "SPARK_HOME": str(spark_home()),
        "SPARK_LOCAL_IP": "127.0.0.1",
        "HOME": str(tmp_path),
        "SPARK_SUBMIT_OPTS": QUICK,
        "SPARK_LAUNCHER_OPTS": QUICK,
    }
    cluster = tmp_path / "cluster"
    cluster.mkdir()
    with standalone_cluster(cluster, workers=2, env=bare) as master:
        code, output, errors = run_to_the_end(pack, {**bare, "MASTER": master})

    assert code == 0, output[-3000:] + errors[-6000:]
    lines = dict(line.split(" ", 1) for line in output.splitlines() if line[:1].isupper())
    assert lines["COUNT"] == "3"
    assert lines["PLACES"].count(f"{cluster}/w0/") >= 1
    assert lines["PLACES"].count(f"{cluster}/w1/") >= 1
    assert str(Path(packing.__file__).parents[3]) not in lines["PLACES"]
    (run,) = lake.runs.list()
    assert (run.name, run.state) == ("flights", RunState.SUCCEEDED)
