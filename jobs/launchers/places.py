"""Where each launcher starts runs: the members of ``[launch]``, none of them secret."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

from gluepot.jobs.definitions.run_spec import LauncherName  # noqa: TC001 - pydantic looks at it while running


class Place(BaseModel):
    """One launcher's settings: unknown keys are errors."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class StandalonePlace(Place):
    """A standalone cluster; ``archive`` is the packed environment that its workers unpack."""

    master: str = Field(pattern=r"^spark://")
    archive: str | None = None


class YarnPlace(Place):
    """The YARN cluster that ``HADOOP_CONF_DIR`` describes; the driver stays on this machine."""

    queue: str | None = None
    archive: str | None = None


class KubernetesPlace(Place):
    """A Kubernetes cluster; drivers and executors are pods of ``image``.

    ``facts_secret`` is the Secret whose key ``facts.json`` holds what ``gluepot job facts`` prints;
    ``conf_dir`` is where definitions lie in the image.
    """

    master: str = Field(pattern=r"^k8s://")
    image: str
    namespace: str = "default"
    service_account: str = "gluepot"
    facts_secret: str = "gluepot-facts"  # noqa: S105
    conf_dir: str = "/opt/gluepot/conf"
    executors: int = Field(default=2, ge=1)


class ConnectPlace(Place):
    """A Spark Connect server."""

    url: str = Field(pattern=r"^sc://")


class EmrServerlessPlace(Place):
    """An application of EMR Serverless; ``location`` is where the job's pack was copied to.

    ``facts`` says where the driver finds the database: ``secretsmanager:NAME``.
    """

    application_id: str
    role_arn: str
    location: str = Field(pattern=r"^s3://")
    facts: str = "secretsmanager:gluepot"
    region: str | None = None
    endpoint_url: str | None = None
    log_uri: str | None = None


class AwsGluePlace(Place):
    """AWS Glue itself; scripts that lie here are put under ``location``."""

    role: str
    location: str = Field(pattern=r"^s3://")
    glue_version: str = "5.0"
    region: str | None = None
    endpoint_url: str | None = None
    job_prefix: str = ""


class Places(BaseModel):
    """``[launch]``: what carries out the runs of jobs that do not say it, and where."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    launcher: LauncherName | None = None
    standalone: StandalonePlace | None = None
    yarn: YarnPlace = YarnPlace()
    kubernetes: KubernetesPlace | None = None
    connect: ConnectPlace | None = None
    emr_serverless: EmrServerlessPlace | None = None
    aws_glue: AwsGluePlace | None = None
