"""Kubernetes: the exact line and manifest, and a driver that is submitted and killed."""

from __future__ import annotations

import shlex
import stat
import subprocess
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
import yaml

from gluepot.jobs.definitions.model import JobDefinition, load_job
from gluepot.jobs.launchers import following, kubernetes
from gluepot.jobs.launchers.following import Follower
from gluepot.jobs.launchers.kubernetes import KubernetesLauncher, pod_name, spark_application
from gluepot.jobs.launchers.places import KubernetesPlace
from gluepot.jobs.runs.state import RunState
from tests.jobs.launchers.conftest import PIPELINE, SECRET

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from gluepot.jobs.launchers.launch import LaunchSettings
    from gluepot.jobs.runs.state import Run
    from tests.jobs.conftest import Lake

PLACE = KubernetesPlace(
    master="k8s://https://kube:6443", image="registry/gluepot:1", namespace="etl", executors=3
)


@pytest.fixture
def flights(tmp_path: Path) -> JobDefinition:
    folder = tmp_path / "conf" / "jobs"
    folder.mkdir(parents=True)
    (folder / "flights.yaml").write_text(
        PIPELINE.replace("BUCKET", "b")
        + "worker_type: G.2X\nnumber_of_workers: 5\nspark:\n  conf:\n    spark.speculation: true\n"
    )
    return load_job(tmp_path / "conf", "flights")


def test_the_line_submits_the_driver_to_the_cluster_without_a_secret(
    settings: LaunchSettings, flights: JobDefinition
) -> None:
    line = KubernetesLauncher(settings, PLACE).show(flights, {"day": "it's one\nor two"})

    words = shlex.split(line)
    conf = dict(words[at + 1].split("=", 1) for at, word in enumerate(words) if word == "--conf")
    assert SECRET not in line
    at = words.index("--master")
    assert words[at : at + 6] == [
        *("--master", "k8s://https://kube:6443"),
        *("--deploy-mode", "cluster", "--name", "flights"),
    ]
    assert words[words.index("local:///opt/gluepot/gluepot_job.py") + 1 :] == [
        *("--JOB_NAME", "flights", "--day", "it's one\nor two")
    ]
    expected = {
        "spark.kubernetes.container.image": "registry/gluepot:1",
        "spark.kubernetes.namespace": "etl",
        "spark.kubernetes.authenticate.driver.serviceAccountName": "gluepot",
        "spark.kubernetes.driver.secrets.gluepot-facts": "/etc/gluepot",
        "spark.gluepot.facts": "/etc/gluepot/facts.json",
        "spark.executor.instances": "4",  # five workers, one of them the driver's
        "spark.executor.cores": "8",
        "spark.speculation": "true",
        "spark.hadoop.fs.s3a.endpoint.region": "eu-west-1",
    }
    assert expected.items() <= conf.items()
    assert "spark.sql.shuffle.partitions" not in conf


def test_the_manifest_is_what_the_line_says(
    settings: LaunchSettings, flights: JobDefinition
) -> None:
    text = spark_application(flights, settings, PLACE, {"day": "1"})

    found = yaml.safe_load(text)
    assert SECRET not in text
    assert (found["kind"], found["metadata"]["namespace"]) == ("SparkApplication", "etl")
    spec = found["spec"]
    assert spec["mainApplicationFile"] == "local:///opt/gluepot/gluepot_job.py"
    assert spec["arguments"] == ["--JOB_NAME", "flights", "--day", "1"]
    assert spec["executor"] == {"instances": 4, "cores": 8, "memory": "20g"}
    assert spec["driver"]["secrets"][0]["path"] == "/etc/gluepot"
    assert not any(key.startswith("spark.kubernetes.") for key in spec["sparkConf"])


def test_names_of_pods_are_labels_and_differ_for_each_run() -> None:
    names = {pod_name("x" * 300, f"jr_{number}") for number in range(100)}

    assert len(names) == 100
    assert max(map(len, names)) <= 63


@pytest.fixture
def fake_spark(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Put a spark-submit there that waits until it is told to kill the driver, and that soon."""
    monkeypatch.setattr(following, "ALONE_SECONDS", 0.2)
    program = tmp_path / "spark" / "bin" / "spark-submit"
    program.parent.mkdir(parents=True)
    program.write_text(
        "#!/bin/sh\n"
        f'echo "$@" >> {tmp_path}/said\n'
        f'if [ "$1" = --kill ]; then touch {tmp_path}/killed; exit 0; fi\n'
        f"while [ ! -e {tmp_path}/killed ]; do sleep 0.05; done\n"
        "exit 1\n"
    )
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setattr(kubernetes, "spark_home", lambda: tmp_path / "spark")
    return tmp_path


def test_a_stopped_run_kills_its_driver_by_the_name_on_record(
    lake: Lake,
    settings: LaunchSettings,
    new_run: Callable[..., Run],
    flights: JobDefinition,
    fake_spark: Path,
) -> None:
    run = new_run()
    launcher = KubernetesLauncher(replace(settings, home=lake.home), PLACE)
    handle = launcher.start(flights, run)
    lake.runs.stop(run.id)

    ended = Follower(handle, run, runs=lake.runs, watch_seconds=0.1).follow()

    pod = f"etl:{pod_name('flights', run.id)}"
    assert ended.state is RunState.STOPPED
    assert ended.metrics["remote"] == {"launcher": "kubernetes", "id": pod}
    said = (fake_spark / "said").read_text().splitlines()
    assert said[-1] == f"--kill {pod} --master k8s://https://kube:6443"
    assert f"spark.kubernetes.driver.pod.name={pod.partition(':')[2]}" in said[0]


def test_spark_submit_itself_takes_the_line(
    settings: LaunchSettings, flights: JobDefinition
) -> None:
    line = KubernetesLauncher(
        settings, PLACE.model_copy(update={"master": "k8s://https://[::1]:1"})
    )
    words = shlex.split(line.show(flights, {}))

    done = subprocess.run(
        ["/usr/bin/env", *words[:2], "--verbose", *words[2:]],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )

    # Nothing listens there; what counts is that the arguments were understood up to that.
    assert "deployMode              cluster" in done.stderr
    assert "primaryResource         local:///opt/gluepot/gluepot_job.py" in done.stderr
