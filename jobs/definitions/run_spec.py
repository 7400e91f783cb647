"""What a job's YAML file says of its runs, whether it is a pipeline or a script."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema

from gluepot.jobs.parameters.worker_types import WORKER_TYPES

if TYPE_CHECKING:
    from collections.abc import Mapping


def _text(value: object) -> object:
    """Spell YAML's plain values as Spark's options do."""
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, int | float) else value


PLAIN_TEXT = {"type": ["string", "number", "boolean"]}
"""What a text may be written as in YAML."""

Texts = dict[str, Annotated[str, BeforeValidator(_text), WithJsonSchema(PLAIN_TEXT)]]


class Part(BaseModel):
    """A mapping of the file: unknown keys are errors."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class SparkSpec(Part):
    """Spark settings of this job alone."""

    conf: Texts = Field(default_factory=dict)


LauncherName = Literal[
    "local", "standalone", "yarn", "kubernetes", "connect", "emr-serverless", "aws-glue"
]
"""What may carry out the runs of a job; `[launch]` of the settings says where each of them is."""


class RunSpec(Part):
    """How a job's runs are started, bounded and tried again."""

    arguments: Texts = Field(
        default_factory=dict,
        description="Arguments of every run that is not given others; Glue's special ones too",
    )
    timeout: int | None = Field(
        default=None, ge=1, lt=10_080, description="Minutes after which a run is ended"
    )
    max_retries: int = Field(
        default=0, ge=0, le=10, description="How often a failed run is started again"
    )
    max_concurrent_runs: int = Field(default=1, ge=1, description="Runs under way at once")
    queue_runs: bool = Field(
        default=False, description="Whether one run too many waits for its turn; else it fails"
    )
    notify_delay_after: int | None = Field(
        default=None, ge=1, description="Minutes in one state after which somebody hears of it"
    )
    worker_type: Literal[tuple(WORKER_TYPES)] | None = Field(  # type: ignore[valid-type]
        default=None, description="Glue's name of the size of a worker"
    )
    number_of_workers: int | None = Field(default=None, ge=1, description="The driver's is one")
    security_configuration: str | None = Field(
        default=None, description="The name of a security configuration; it is on record"
    )
    run_as: str | None = Field(default=None, description="The user whose policies decide")
    launcher: LauncherName | None = Field(default=None, description="What carries out its runs")
    spark: SparkSpec = SparkSpec()

    def members(self) -> Mapping[str, Any]:
        """Return what is said, in the members of AWS Glue's Job."""
        found = {
            "DefaultArguments": {
                f"--{key.removeprefix('--')}": value for key, value in self.arguments.items()
            },
            "Timeout": self.timeout,
            "MaxRetries": self.max_retries,
            "ExecutionProperty": {"MaxConcurrentRuns": self.max_concurrent_runs},
            "JobRunQueuingEnabled": self.queue_runs or None,
            "NotificationProperty": self.notify_delay_after
            and {"NotifyDelayAfter": self.notify_delay_after},
            "WorkerType": self.worker_type,
            "NumberOfWorkers": self.number_of_workers,
            "SecurityConfiguration": self.security_configuration,
        }
        return {key: value for key, value in found.items() if value not in (None, {})}
