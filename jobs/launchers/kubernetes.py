"""Runs on Kubernetes: by ``spark-submit`` in cluster mode, or as a manifest of the operator."""

from __future__ import annotations

import hashlib
import re
import shlex
import subprocess
from typing import TYPE_CHECKING, Any

import yaml

from gluepot.jobs.launchers.launch import Submission
from gluepot.jobs.launchers.process import ProcessHandle
from gluepot.jobs.parameters.facts import FACTS, PREFIX
from gluepot.jobs.parameters.worker_types import capacity_of, spark_settings
from gluepot.jobs.sessions.jars import spark_home
from gluepot.jobs.sessions.session import remote_conf

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from gluepot.jobs.definitions.model import JobDefinition
    from gluepot.jobs.launchers.launch import LaunchSettings
    from gluepot.jobs.launchers.places import KubernetesPlace
    from gluepot.jobs.runs.state import Run

HOME = "/opt/gluepot"
ENTRY = f"local://{HOME}/gluepot_job.py"
JARS = f"{HOME}/jars/*"
FACTS_FOLDER = "/etc/gluepot"
"""Where things lie in the image that deploy/Containerfile makes, and where the Secret is mounted.

The image holds gluepot, Spark and its jars, so that nothing is uploaded when a run starts.
"""

SPARK_VERSION = "4.1.1"
LONGEST_NAME = 63
KILL_SECONDS = 60


class KubernetesLauncher:
    """Starts runs as driver pods.

    Args:
        settings: What a launch needs.
        place: The cluster.
        conf: Spark settings of this run alone.
        echo: Called with each line that ``spark-submit`` prints.
    """

    def __init__(
        self,
        settings: LaunchSettings,
        place: KubernetesPlace,
        *,
        conf: Mapping[str, str] | None = None,
        echo: Callable[[str], None] | None = None,
    ) -> None:
        self._settings = settings
        self._place = place
        self._conf = dict(conf or {})
        self._echo = echo

    def start(self, job: JobDefinition, run: Run) -> ProcessHandle:
        """Submit the driver; the child waits until its pod has ended."""
        pod = pod_name(job.name, run.id)
        found = f"{self._place.namespace}:{pod}"
        return ProcessHandle(
            self._submission(job, pod, run.settings).arguments(run, run.arguments),
            folder=self._settings.home / "runs" / run.id,
            echo=self._echo,
            kill=lambda: self._kill(found),
            remote={"launcher": "kubernetes", "id": found},
        )

    def find(self, run: Run, remote: Mapping[str, str]) -> None:
        """Return None: the driver holds the run's lease and records its end without us."""

    def show(self, job: JobDefinition, arguments: Mapping[str, str]) -> str:
        """Return the ``spark-submit`` line."""
        return self._submission(job, None, {}).line(arguments)

    def _submission(
        self, job: JobDefinition, pod: str | None, members: Mapping[str, Any]
    ) -> Submission:
        own = {**capacity_conf(job, members), **job.spark_conf, **self._conf}
        conf = kubernetes_conf(self._settings, self._place, own)
        if pod is not None:
            conf["spark.kubernetes.driver.pod.name"] = pod
        pairs = (part for key in sorted(conf) for part in ("--conf", f"{key}={conf[key]}"))
        where = ("--master", self._place.master, "--deploy-mode", "cluster", "--name", job.name)
        return Submission(
            job_name=job.name,
            environment={"SPARK_HOME": str(spark_home())},
            command=(str(spark_home() / "bin" / "spark-submit"), *where, *pairs, ENTRY),
            default_arguments=job.default_arguments,
            fixed_arguments=job.fixed_arguments,
        )

    def _kill(self, found: str) -> None:
        command = [str(spark_home() / "bin" / "spark-submit"), "--kill", found]
        command += ["--master", self._place.master]
        if self._echo is not None:
            self._echo(shlex.join(command))
        subprocess.run(command, check=False, timeout=KILL_SECONDS, capture_output=True)  # noqa: S603


def capacity_conf(job: JobDefinition, members: Mapping[str, Any]) -> dict[str, str]:
    """Return the settings that give a run in a cluster the workers that it, or its job, states."""
    capacity = capacity_of({**job.members, **members})
    return {} if capacity is None else spark_settings(capacity, master="k8s://")


def kubernetes_conf(
    settings: LaunchSettings, place: KubernetesPlace, own: Mapping[str, str]
) -> dict[str, str]:
    """Return every Spark setting of a run in pods; none is secret.

    Args:
        settings: What a launch needs.
        place: The cluster.
        own: Of the job and of the run; they go before ours.
    """
    kubernetes = {
        "container.image": place.image,
        "namespace": place.namespace,
        "authenticate.driver.serviceAccountName": place.service_account,
        f"driver.secrets.{place.facts_secret}": FACTS_FOLDER,
        "submission.waitAppCompletion": "true",
    }
    return {
        **remote_conf(settings.s3, settings.spark_conf),
        **{f"spark.kubernetes.{key}": value for key, value in kubernetes.items()},
        "spark.executor.instances": str(place.executors),
        "spark.driver.extraClassPath": JARS,
        "spark.executor.extraClassPath": JARS,
        FACTS: f"{FACTS_FOLDER}/facts.json",
        f"{PREFIX}home": "/tmp/gluepot",  # noqa: S108 - of the pod, which is the run's alone
        f"{PREFIX}conf.dir": place.conf_dir,
        **own,
    }


def pod_name(job: str, run_id: str) -> str:
    """Return the name of a run's driver pod: a label of DNS, one for each run.

    >>> pod_name("Daily Sales", "jr_1")
    'gluepot-daily-sales-02fe8c58ff39b1f8'
    """
    readable = re.sub(r"[^a-z0-9]+", "-", job.lower()).strip("-")
    digest = hashlib.sha256(run_id.encode()).hexdigest()[:16]
    room = LONGEST_NAME - len("gluepot--") - len(digest)
    return f"gluepot-{readable[:room].strip('-')}-{digest}"


def spark_application(
    job: JobDefinition,
    settings: LaunchSettings,
    place: KubernetesPlace,
    arguments: Mapping[str, str],
) -> str:
    """Return a SparkApplication of the Kubernetes operator for Apache Spark, as YAML.

    Source: kubeflow/spark-operator, API sparkoperator.k8s.io/v1beta2.
    """
    conf = kubernetes_conf(settings, place, {**capacity_conf(job, {}), **job.spark_conf})
    mounted = f"spark.kubernetes.driver.secrets.{place.facts_secret}"
    managed = ("spark.executor.", "spark.kubernetes.")
    shown = {key: value for key, value in conf.items() if not key.startswith(managed)}
    shown["spark.executor.extraClassPath"] = JARS
    submission = Submission(
        job_name=job.name,
        environment={},
        command=(),
        default_arguments=job.default_arguments,
        fixed_arguments=job.fixed_arguments,
    )
    driver = {
        "cores": 1,
        "memory": conf.get("spark.driver.memory", "2g"),
        "serviceAccount": place.service_account,
        "secrets": [{"name": place.facts_secret, "path": conf[mounted], "secretType": "Generic"}],
    }
    executor = {
        "instances": int(conf["spark.executor.instances"]),
        "cores": int(conf.get("spark.executor.cores", "1")),
        "memory": conf.get("spark.executor.memory", "2g"),
    }
    document: dict[str, Any] = {
        "apiVersion": "sparkoperator.k8s.io/v1beta2",
        "kind": "SparkApplication",
        "metadata": {"name": pod_name(job.name, ""), "namespace": place.namespace},
        "spec": {
            "type": "Python",
            "mode": "cluster",
            "pythonVersion": "3",
            "sparkVersion": SPARK_VERSION,
            "image": place.image,
            "mainApplicationFile": ENTRY,
            # The first word is env, which starts the command of a shell.
            "arguments": list(submission.arguments(None, arguments)[1:]),
            "sparkConf": dict(sorted(shown.items())),
            "restartPolicy": {"type": "Never"},
            "driver": driver,
            "executor": executor,
        },
    }
    return yaml.safe_dump(document, sort_keys=False)
