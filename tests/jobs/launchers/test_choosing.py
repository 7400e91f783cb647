"""Which launcher carries out a run, and what is said where it is nowhere."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from gluepot.catalog.errors import InvalidInputError
from gluepot.jobs.definitions.model import JobDefinition, load_job
from gluepot.jobs.errors import LaunchError
from gluepot.jobs.launchers.aws_glue import LAUNCHER_ARGUMENT
from gluepot.jobs.launchers.choose import build_launcher, launcher_name
from gluepot.jobs.launchers.places import Places, StandalonePlace, YarnPlace
from gluepot.jobs.launchers.submit import cluster_conf, master_of

if TYPE_CHECKING:
    from pathlib import Path

    from gluepot.jobs.definitions.run_spec import LauncherName
    from gluepot.jobs.launchers.launch import LaunchSettings


def job(launcher: LauncherName | None = None, **arguments: str) -> JobDefinition:
    from pathlib import Path  # noqa: PLC0415

    file = Path("/jobs/flights.py")
    return JobDefinition(
        name="flights",
        kind="script",
        file=file,
        script=file,
        launcher=launcher,
        default_arguments=arguments,
    )


@pytest.mark.parametrize(
    ("master", "name"),
    [
        ("local[*]", "local"),
        ("spark://h:7077", "standalone"),
        ("yarn", "yarn"),
        ("k8s://https://h", "kubernetes"),
        ("sc://h", "connect"),
    ],
)
def test_the_master_says_which_launcher_where_nobody_does(
    settings: LaunchSettings, master: str, name: str
) -> None:
    assert launcher_name(job(), {}, replace(settings, master=master)) == name


def test_a_run_goes_before_its_job_and_a_job_before_the_settings(settings: LaunchSettings) -> None:
    said = replace(settings, places=Places(launcher="yarn"))

    assert launcher_name(job(), {}, said) == "yarn"
    assert launcher_name(job("connect"), {}, said) == "connect"
    assert launcher_name(job("connect"), {LAUNCHER_ARGUMENT: "aws-glue"}, said) == "aws-glue"
    assert launcher_name(job("connect", **{LAUNCHER_ARGUMENT: "local"}), {}, said) == "local"


def test_a_launcher_that_is_not_there_is_told_with_the_nearest(settings: LaunchSettings) -> None:
    with pytest.raises(InvalidInputError, match="Did you mean 'kubernetes'"):
        launcher_name(job(), {LAUNCHER_ARGUMENT: "kubernets"}, settings)


@pytest.mark.parametrize("name", ["kubernetes", "connect", "emr-serverless", "aws-glue"])
def test_a_place_that_nobody_has_named_is_told_with_its_section(
    settings: LaunchSettings, name: LauncherName
) -> None:
    with pytest.raises(LaunchError, match=rf"\[launch\.{name.replace('-', '_')}\]"):
        build_launcher(name, settings)


def test_a_file_says_what_carries_out_its_runs(tmp_path: Path) -> None:
    folder = tmp_path / "jobs"
    folder.mkdir()
    (folder / "a.py").write_text("")
    (folder / "b.yaml").write_text("name: b\nscript: a.py\nlauncher: standalone\n")

    assert load_job(tmp_path, "a").launcher is None
    assert load_job(tmp_path, "b").launcher == "standalone"


def test_a_cluster_is_told_where_it_is_and_what_its_workers_unpack() -> None:
    packed = Places(
        standalone=StandalonePlace(master="spark://h:7077", archive="/packs/env.tar.gz"),
        yarn=YarnPlace(queue="etl", archive="hdfs:///packs/env.tar.gz"),
    )

    assert master_of("standalone", packed, "local[*]") == "spark://h:7077"
    assert cluster_conf("standalone", packed) == {
        "spark.archives": "/packs/env.tar.gz#env",
        "spark.pyspark.python": "./env/bin/python",
    }
    assert master_of("yarn", packed, "local[*]") == "yarn"
    assert cluster_conf("yarn", packed)["spark.yarn.queue"] == "etl"
    assert master_of("local", packed, "spark://h:7077") == "local[*]"
    assert master_of("local", packed, "local[3]") == "local[3]"
    assert master_of("standalone", Places(), "spark://x:1") == "spark://x:1"
    with pytest.raises(LaunchError, match=r"launch\.standalone\.master"):
        master_of("standalone", Places(), "local[*]")
