"""Which launcher carries out a run, and how it is built."""

from __future__ import annotations

from typing import TYPE_CHECKING, get_args

from gluepot.catalog.errors import InvalidInputError, did_you_mean
from gluepot.jobs.definitions.run_spec import LauncherName
from gluepot.jobs.errors import LaunchError
from gluepot.jobs.launchers.aws_glue import LAUNCHER_ARGUMENT, AwsGlueLauncher
from gluepot.jobs.launchers.connect import ConnectLauncher
from gluepot.jobs.launchers.emr_serverless import EmrServerlessLauncher
from gluepot.jobs.launchers.kubernetes import KubernetesLauncher
from gluepot.jobs.launchers.places import ConnectPlace, KubernetesPlace
from gluepot.jobs.launchers.submit import SubmitLauncher

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from gluepot.jobs.definitions.model import JobDefinition
    from gluepot.jobs.launchers.launch import LaunchSettings
    from gluepot.jobs.launchers.model import Launcher


def launcher_name(
    job: JobDefinition, arguments: Mapping[str, str], settings: LaunchSettings
) -> LauncherName:
    """Return the launcher of a run: what it was given, then its job's, then the settings'.

    Raises:
        InvalidInputError: There is no launcher of the name that the run was given.
    """
    bare = {key.removeprefix("--"): value for key, value in arguments.items()}
    asked = bare.get(LAUNCHER_ARGUMENT) or job.default_arguments.get(LAUNCHER_ARGUMENT)
    if asked is not None:
        return check_launcher(asked)
    if job.launcher is None and job.without_spark:
        return "local"
    return job.launcher or settings.places.launcher or _of_master(settings.master)


def check_launcher(name: str) -> LauncherName:
    """Return a name that is one of a launcher.

    Raises:
        InvalidInputError: There is none of that name.
    """
    known: tuple[LauncherName, ...] = get_args(LauncherName)
    for one in known:
        if one == name:
            return one
    raise InvalidInputError(
        f"There is no launcher {name!r}.{did_you_mean(name, known)} There are: {', '.join(known)}"
    )


def build_launcher(
    name: LauncherName,
    settings: LaunchSettings,
    *,
    conf: Mapping[str, str] | None = None,
    echo: Callable[[str], None] | None = None,
) -> Launcher:
    """Return a launcher.

    Args:
        name: Which.
        settings: What a launch needs, and where each launcher starts runs.
        conf: Spark settings of one run alone.
        echo: Called with each line that the driver prints, where this process hears it.

    Raises:
        LaunchError: The settings do not say where it is, or it takes no Spark settings.
    """
    places = settings.places
    if name == "kubernetes":
        return KubernetesLauncher(settings, _kubernetes(settings), conf=conf, echo=echo)
    if name == "connect":
        _refuse(conf, "a Spark Connect server has its own")
        return ConnectLauncher(settings, _connect(settings), echo=echo)
    if name == "emr-serverless":
        if places.emr_serverless is None:
            raise _unsaid(name, "launch.emr_serverless")
        return EmrServerlessLauncher(settings, places.emr_serverless, conf=conf)
    if name == "aws-glue":
        if places.aws_glue is None:
            raise _unsaid(name, "launch.aws_glue")
        _refuse(conf, "AWS Glue takes them as the argument --conf")
        return AwsGlueLauncher(settings, places.aws_glue)
    return SubmitLauncher(settings, name=name, conf=conf, echo=echo)


def _kubernetes(settings: LaunchSettings) -> KubernetesPlace:
    if settings.places.kubernetes is None:
        raise _unsaid("kubernetes", "launch.kubernetes")
    return settings.places.kubernetes


def _connect(settings: LaunchSettings) -> ConnectPlace:
    if settings.places.connect is not None:
        return settings.places.connect
    if settings.master.startswith("sc://"):
        return ConnectPlace(url=settings.master)
    raise _unsaid("connect", "launch.connect")


def _of_master(master: str) -> LauncherName:
    kinds: Mapping[str, LauncherName] = {
        "spark://": "standalone",
        "yarn": "yarn",
        "k8s://": "kubernetes",
        "sc://": "connect",
    }
    return next((name for start, name in kinds.items() if master.startswith(start)), "local")


def _unsaid(name: str, section: str) -> LaunchError:
    return LaunchError(
        f"Nothing says where {name} is: set [{section}] in gluepot.toml;"
        " conf/gluepot.toml lists its members"
    )


def _refuse(conf: Mapping[str, str] | None, why: str) -> None:
    if conf:
        raise LaunchError(f"Spark settings of one run cannot be given here: {why}")
