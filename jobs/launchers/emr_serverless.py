"""Runs on EMR Serverless: the job's pack lies in S3, and the driver records the run itself."""

from __future__ import annotations

import json
import logging
import shlex
import time
from typing import TYPE_CHECKING, Any

from gluepot.jobs.launchers.aws import make_client, service_errors
from gluepot.jobs.launchers.kubernetes import capacity_conf
from gluepot.jobs.launchers.launch import Submission
from gluepot.jobs.launchers.model import Ending
from gluepot.jobs.launchers.submit import ENVIRONMENT
from gluepot.jobs.parameters.facts import FACTS, PREFIX
from gluepot.jobs.runs.state import RunState
from gluepot.jobs.sessions.session import remote_conf

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gluepot.jobs.definitions.model import JobDefinition
    from gluepot.jobs.launchers.launch import LaunchSettings
    from gluepot.jobs.launchers.places import EmrServerlessPlace
    from gluepot.jobs.runs.state import Run

POLL_SECONDS = 10.0
SHORTEST_TIMEOUT = 5
"""Minutes; EMR Serverless takes no shorter one."""

_ENDS = {
    "SUCCESS": RunState.SUCCEEDED,
    "FAILED": RunState.FAILED,
    "CANCELLED": RunState.STOPPED,
}

logger = logging.getLogger(__name__)


class EmrServerlessLauncher:
    """Starts runs in an application.

    Args:
        settings: What a launch needs.
        place: The application, and where the job's pack lies.
        conf: Spark settings of this run alone.
        poll_seconds: How long to wait between questions.
    """

    def __init__(
        self,
        settings: LaunchSettings,
        place: EmrServerlessPlace,
        *,
        conf: Mapping[str, str] | None = None,
        poll_seconds: float = POLL_SECONDS,
    ) -> None:
        self._settings = settings
        self._place = place
        self._conf = dict(conf or {})
        self._poll_seconds = poll_seconds

    def start(self, job: JobDefinition, run: Run) -> EmrServerlessHandle:
        """Start a job run; started again for the same run, it is the same one.

        Raises:
            LaunchError: The service refuses.
        """
        request = job_run_request(job, self._settings, self._place, run, self._conf, run.arguments)
        client = make_client("emr-serverless", self._place)
        with service_errors(f"Job {job.name} could not be started on EMR Serverless"):
            started = client.start_job_run(**request)
        return self._handle(client, started["jobRunId"])

    def find(self, run: Run, remote: Mapping[str, str]) -> EmrServerlessHandle:  # noqa: ARG002
        """Return the job run that another process had started."""
        return self._handle(make_client("emr-serverless", self._place), remote["id"])

    def show(self, job: JobDefinition, arguments: Mapping[str, str]) -> str:
        """Return the request as JSON: ``aws emr-serverless start-job-run --cli-input-json``."""
        request = job_run_request(job, self._settings, self._place, None, self._conf, arguments)
        return json.dumps(request, indent=2)

    def _handle(self, client: Any, job_run_id: str) -> EmrServerlessHandle:  # noqa: ANN401
        return EmrServerlessHandle(
            client, self._place.application_id, job_run_id, poll_seconds=self._poll_seconds
        )


class EmrServerlessHandle:
    """A job run of EMR Serverless."""

    records_itself = True

    def __init__(
        self,
        client: Any,  # noqa: ANN401
        application_id: str,
        job_run_id: str,
        *,
        poll_seconds: float = POLL_SECONDS,
    ) -> None:
        self._client = client
        self._names = {"applicationId": application_id, "jobRunId": job_run_id}
        self._poll_seconds = poll_seconds
        self._stopped = False
        self.remote = {"launcher": "emr-serverless", "id": job_run_id}
        self.log = f"emr-serverless:{application_id}/{job_run_id}"

    def poll(self, seconds: float) -> Ending | None:
        """Return how it ended, or None when it is still under way."""
        with service_errors(f"The job run {self.log} could not be looked up"):
            found = self._client.get_job_run(**self._names)["jobRun"]
        state = _ENDS.get(found["state"])
        if state is None:
            time.sleep(max(seconds, self._poll_seconds))
            return None
        details = found.get("stateDetails") or "no details are given"
        return Ending(message=f"EMR Serverless says {found['state']}: {details}", state=state)

    def at_work(self) -> bool:
        """Return False: the driver says so itself, in the run's record."""
        return False

    def stop(self, *, hard: bool = False) -> None:  # noqa: ARG002 - there is one way
        """Cancel the job run."""
        if self._stopped:
            return
        with service_errors(f"The job run {self.log} could not be cancelled"):
            self._client.cancel_job_run(**self._names)
        self._stopped = True


def job_run_request(  # noqa: PLR0913, PLR0917
    job: JobDefinition,
    settings: LaunchSettings,
    place: EmrServerlessPlace,
    run: Run | None,
    conf: Mapping[str, str],
    arguments: Mapping[str, str],
) -> dict[str, Any]:
    """Return the request of StartJobRun; it holds no secret but what the arguments say.

    Source: EMR Serverless API reference, StartJobRun and SparkSubmit.
    """
    location = place.location.rstrip("/")
    parameters = {
        **remote_conf(settings.s3, settings.spark_conf),
        "spark.archives": f"{location}/env.tar.gz#{ENVIRONMENT},{location}/conf.zip#conf",
        "spark.emr-serverless.driverEnv.PYSPARK_PYTHON": f"./{ENVIRONMENT}/bin/python",
        "spark.emr-serverless.driverEnv.PYSPARK_DRIVER_PYTHON": f"./{ENVIRONMENT}/bin/python",
        "spark.executorEnv.PYSPARK_PYTHON": f"./{ENVIRONMENT}/bin/python",
        FACTS: place.facts,
        f"{PREFIX}home": "/tmp/gluepot",  # noqa: S108 - of the driver, which is the run's alone
        f"{PREFIX}conf.dir": "conf",
        **capacity_conf(job, {} if run is None else run.settings),
        **job.spark_conf,
        **conf,
    }
    words = [part for key in sorted(parameters) for part in ("--conf", f"{key}={parameters[key]}")]
    submission = Submission(
        job_name=job.name,
        environment={},
        command=(),
        default_arguments=job.default_arguments,
        fixed_arguments=job.fixed_arguments,
    )
    request: dict[str, Any] = {
        "applicationId": place.application_id,
        "executionRoleArn": place.role_arn,
        "name": job.name,
        "jobDriver": {
            "sparkSubmit": {
                "entryPoint": f"{location}/gluepot_job.py",
                "entryPointArguments": list(submission.arguments(run, arguments)[1:]),
                "sparkSubmitParameters": shlex.join(words),
            }
        },
    }
    if run is not None:
        # Started twice with one token, it is one job run.
        request["clientToken"] = run.id[-64:]
        minutes = run.settings.get("Timeout")
        if minutes is not None:
            request["executionTimeoutMinutes"] = max(minutes, SHORTEST_TIMEOUT)
    if place.log_uri is not None:
        monitoring = {"s3MonitoringConfiguration": {"logUri": place.log_uri}}
        request["configurationOverrides"] = {"monitoringConfiguration": monitoring}
    return request
