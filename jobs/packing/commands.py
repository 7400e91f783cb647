"""How a packed job is started: the spark-submit line, and the documents of each service."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from gluepot.jobs.launchers.aws_glue import AwsGlueLauncher
from gluepot.jobs.launchers.emr_serverless import EmrServerlessLauncher
from gluepot.jobs.launchers.kubernetes import capacity_conf, spark_application
from gluepot.jobs.launchers.launch import Submission
from gluepot.jobs.launchers.places import AwsGluePlace, EmrServerlessPlace, KubernetesPlace
from gluepot.jobs.launchers.submit import ENVIRONMENT, archive_conf
from gluepot.jobs.parameters.facts import FACTS, PREFIX
from gluepot.jobs.sessions.jars import locked_jars
from gluepot.jobs.sessions.session import remote_conf

if TYPE_CHECKING:
    from gluepot.jobs.definitions.model import JobDefinition
    from gluepot.jobs.launchers.launch import LaunchSettings
    from gluepot.jobs.launchers.places import Places

UNSAID_MASTER = "spark://HOST:7077"
UNSAID_KUBERNETES = KubernetesPlace(master="k8s://https://HOST:6443", image="REGISTRY/gluepot")
"""Capitals stand for what `[launch]` of the settings does not say."""


def starting_files(job: JobDefinition, settings: LaunchSettings) -> dict[str, str]:
    """Return how a job is started from its pack, by the name of the file that says so.

    ``spark-submit.sh`` is to be run in the pack's folder. A declarative job has no
    ``aws-glue.json``: AWS Glue runs scripts.
    """
    places = settings.places
    emr = places.emr_serverless or _unsaid_emr(job)
    kubernetes = places.kubernetes or UNSAID_KUBERNETES
    found = {
        "spark-submit.sh": f"{submit_line(job, settings, master_of_places(places))}\n",
        "spark-application.yaml": spark_application(job, settings, kubernetes, {}),
        "emr-serverless.json": f"{EmrServerlessLauncher(settings, emr).show(job, {})}\n",
    }
    if job.script is not None or job.location is not None:
        glue = places.aws_glue or _unsaid_glue()
        found["aws-glue.json"] = f"{AwsGlueLauncher(settings, glue).show(job, {})}\n"
    return found


def submit_line(job: JobDefinition, settings: LaunchSettings, master: str) -> str:
    """Return the line that unpacks the environment and submits the job, without a secret.

    ``$MASTER`` goes before the master that is known, so that the line serves other clusters too.
    """
    conf = {
        **remote_conf(settings.s3, settings.spark_conf),
        **archive_conf("env.tar.gz"),
        "spark.pyspark.driver.python": f"./{ENVIRONMENT}/bin/python",
        "spark.jars": ",".join(f"jars/{jar.file_name}" for jar in locked_jars()),
        "spark.app.name": job.name,
        FACTS: "facts.json",
        f"{PREFIX}home": ".",
        f"{PREFIX}conf.dir": "conf",
        **capacity_conf(job, {}),
        **job.spark_conf,
    }
    pairs = [part for key in sorted(conf) for part in ("--conf", f"{key}={conf[key]}")]
    submission = Submission(
        job_name=job.name,
        environment={},
        command=(),
        default_arguments=job.default_arguments,
        fixed_arguments=job.fixed_arguments,
    )
    words = shlex.join([*pairs, "gluepot_job.py", *submission.arguments(None, {})[1:]])
    unpack = f"mkdir -p {ENVIRONMENT} && tar -xzf env.tar.gz -C {ENVIRONMENT}"
    return f'{unpack} && spark-submit --master "${{MASTER:-{master}}}" {words}'


def master_of_places(places: Places) -> str:
    """Return the master of the standalone cluster, or words in its place."""
    return UNSAID_MASTER if places.standalone is None else places.standalone.master


def _unsaid_emr(job: JobDefinition) -> EmrServerlessPlace:
    location = f"s3://BUCKET/packs/{job.name}"
    return EmrServerlessPlace(application_id="APPLICATION", role_arn="ROLE_ARN", location=location)


def _unsaid_glue() -> AwsGluePlace:
    return AwsGluePlace(role="ROLE_ARN", location="s3://BUCKET/gluepot")
