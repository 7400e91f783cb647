"""What a run's special parameters and capacity come to: Spark settings, variables and files."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gluepot.crawlers.sources.objects import FILE_SCHEME, normalize_uri
from gluepot.jobs.parameters.run_files import EXTRA_FILES, RunFiles, gather, on_python_path, zipped
from gluepot.jobs.parameters.special_parameters import check_parameters, conf_of, variables_of
from gluepot.jobs.parameters.worker_types import capacity_of, cut_to_machine, spark_settings
from gluepot.jobs.run_context.stores import Stores

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gluepot.jobs.definitions.model import JobDefinition
    from gluepot.jobs.launchers.launch import LaunchSettings
    from gluepot.jobs.parameters.worker_types import Capacity

_NAMED = ("WorkerType", "NumberOfWorkers")
_UNITS = ("MaxCapacity", "AllocatedCapacity")


@dataclass(frozen=True, kw_only=True)
class Equipment:
    """What one run is started with, beside what all runs have.

    Attributes:
        conf: Spark settings.
        environment: Variables of the process.
        files: What lies on this machine for it.
        options: Of spark-submit: what it is to ship.
        notes: What this place does not have, in sentences.
    """

    conf: Mapping[str, str] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=dict)
    files: RunFiles = field(default_factory=RunFiles)
    options: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def equip(
    job: JobDefinition,
    arguments: Mapping[str, str],
    *,
    members: Mapping[str, Any],
    settings: LaunchSettings,
    folder: Path,
) -> Equipment:
    """Return what a run is started with; files are fetched, and packages installed.

    Args:
        job: What is run.
        arguments: All of the run's, by their bare names.
        members: The run's own members of AWS Glue's JobRun.
        settings: Where and with what.
        folder: Where fetched files go.

    Raises:
        InvalidInputError: A special parameter has a value that it cannot have.
        LaunchError: A file cannot be had, or a package cannot be installed.
    """
    check_parameters(arguments)
    master = settings.master
    local = master.startswith("local") or job.without_spark
    stores = Stores(settings.s3)
    files = gather(arguments, stores, folder=folder, cache=settings.home / "python-modules")
    capacity = _stated(job.members, members)
    conf: dict[str, str] = {}
    if not job.without_spark:
        conf = _conf(arguments, capacity, master, settings.home, stores)
    note = None if capacity is None else cut_to_machine(capacity, master=master)
    return Equipment(
        conf=conf,
        environment=_environment(arguments, files, local=local),
        files=files,
        options=() if job.without_spark else _options(files, local=local),
        notes=() if note is None or job.without_spark else (note,),
    )


def _stated(job: Mapping[str, Any], run: Mapping[str, Any]) -> Capacity | None:
    """Return the capacity that somebody stated; a run of the API always shows some."""
    named = {key: run[key] for key in _NAMED if key in run}
    if named:
        return capacity_of({**{key: job[key] for key in _NAMED if key in job}, **named})
    return capacity_of({key: job[key] for key in (*_NAMED, *_UNITS) if key in job})


def _conf(
    arguments: Mapping[str, str],
    capacity: Capacity | None,
    master: str,
    home: Path,
    stores: Stores,
) -> dict[str, str]:
    found: dict[str, str] = {}
    cores = arguments.get("executor-cores")
    if capacity is not None:
        found |= spark_settings(capacity, master=master, cores=int(cores) if cores else None)
    if cores is not None:
        found["spark.executor.cores"] = cores
    if arguments.get("enable-auto-scaling") == "true" and not master.startswith("local"):
        found |= _scaling(capacity)
        found.pop("spark.executor.instances", None)
    if arguments.get("encryption-type") == "sse-s3":
        found["spark.hadoop.fs.s3a.encryption.algorithm"] = "AES256"
    if arguments.get("user-jars-first") == "true":
        found |= {f"spark.{side}.userClassPathFirst": "true" for side in ("driver", "executor")}
    if arguments.get("enable-spark-ui") == "true" or "spark-event-logs-path" in arguments:
        place = arguments.get("spark-event-logs-path") or str(home.absolute() / "spark-events")
        found |= {"spark.eventLog.enabled": "true", "spark.eventLog.dir": _folder(place, stores)}
    for key, value in variables_of(arguments, "customer-executor-env-vars").items():
        found[f"spark.executorEnv.{key}"] = value
    return found | conf_of(arguments)


def _scaling(capacity: Capacity | None) -> dict[str, str]:
    most = {} if capacity is None else {"maxExecutors": str(capacity.executors)}
    members = {"enabled": "true", "shuffleTracking.enabled": "true", **most}
    return {f"spark.dynamicAllocation.{key}": value for key, value in members.items()}


def _folder(place: str, stores: Stores) -> str:
    """Return the address of a folder that is there: Spark makes none for its logs."""
    uri = f"{normalize_uri(place).rstrip('/')}/"
    if uri.startswith(FILE_SCHEME):
        Path(uri.removeprefix(FILE_SCHEME)).mkdir(parents=True, exist_ok=True)
    else:
        stores.open(uri).write(uri, b"")
    return uri


def _environment(arguments: Mapping[str, str], files: RunFiles, *, local: bool) -> dict[str, str]:
    found = variables_of(arguments, "customer-driver-env-vars")
    if local:  # the executors are in the driver's process
        found = variables_of(arguments, "customer-executor-env-vars") | found
    if files.files:
        found[EXTRA_FILES] = os.pathsep.join(map(str, files.files))
    if files.python_path:
        found["PYTHONPATH"] = on_python_path(files.python_path, os.environ.get("PYTHONPATH"))
    return found


def _options(files: RunFiles, *, local: bool) -> tuple[str, ...]:
    modules = () if files.modules is None or local else (zipped(files.modules),)
    shipped = {
        "--py-files": (*files.py_files, *modules),
        "--jars": files.jars,
        "--files": files.files,
    }
    return tuple(
        part
        for option, paths in shipped.items()
        if paths
        for part in (option, ",".join(map(str, paths)))
    )
