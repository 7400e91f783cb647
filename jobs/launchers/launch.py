"""A job as a ``spark-submit`` child: settings rendered to a file, the command, the wait."""

from __future__ import annotations

import json
import os
import shlex
import sys
import tempfile
import zipfile
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gluepot.jobs.definitions.script_files import at_location, check_script
from gluepot.jobs.errors import LaunchError
from gluepot.jobs.launchers.class_archive import archive_options, archive_path
from gluepot.jobs.launchers.equipment import equip
from gluepot.jobs.launchers.following import Follower
from gluepot.jobs.launchers.places import Places
from gluepot.jobs.launchers.process import ProcessHandle
from gluepot.jobs.parameters.facts import FACTS_VARIABLE, JobFacts, to_conf
from gluepot.jobs.parameters.file_names import file_name
from gluepot.jobs.parameters.glue_names import COMPAT
from gluepot.jobs.parameters.secret_references import is_plain_secret
from gluepot.jobs.run_context.stores import Stores
from gluepot.jobs.sessions.jars import java_command, spark_home
from gluepot.jobs.sessions.session import session_conf

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from gluepot.crawlers.sources.config import S3Config
    from gluepot.jobs.definitions.model import JobDefinition
    from gluepot.jobs.launchers.equipment import Equipment
    from gluepot.jobs.runs.state import Run
    from gluepot.jobs.runs.store import RunStore

_PY_FILES = "spark.submit.pyFiles"

OWN_ARGUMENTS = ("JOB_NAME", "JOB_RUN_ID")


@dataclass(frozen=True, kw_only=True)
class LaunchSettings:
    """What the shell knows and a launch needs.

    Attributes:
        catalog_url: The database, with its password.
        home: Where logs, reports and rendered settings go.
        conf_dir: Where definitions lie.
        s3: The store that ``s3://`` means.
        jars_dir: The folder of Spark's companion jars.
        java_home: ``JAVA_HOME``, or None for the java on the path.
        master: Where to run.
        spark_conf: Spark settings of every job.
        account_id: The catalog's account.
        region: The catalog's region, for ARNs.
        keys_required: Whether requests must be signed.
        sealing_key: What opens the secrets of connections; None where there is none yet.
        places: Where the launchers start runs.
    """

    catalog_url: str = field(repr=False)
    home: Path
    conf_dir: Path
    s3: S3Config
    jars_dir: Path
    java_home: str | None
    master: str
    spark_conf: Mapping[str, str] = field(default_factory=dict)
    account_id: str = "000000000000"
    region: str = "us-east-1"
    keys_required: bool = False
    sealing_key: bytes | None = field(default=None, repr=False)
    places: Places = field(default_factory=Places)

    @property
    def facts(self) -> JobFacts:
        """Return what the child's process is told."""
        return JobFacts(
            catalog_url=self.catalog_url,
            home=self.home,
            conf_dir=self.conf_dir,
            s3=self.s3,
            account_id=self.account_id,
            region=self.region,
            keys_required=self.keys_required,
            sealing_key=self.sealing_key,
        )


@dataclass(frozen=True, kw_only=True)
class Submission:
    """A job ready to be started, as often as one likes.

    Attributes:
        job_name: The job.
        environment: Variables that the command needs; none is secret.
        command: ``spark-submit`` and its options, up to the entry file.
        conf: The settings that the command names a file of; passwords among them.
        options: Those of the command beside that file.
        default_arguments: The job's own arguments, which those of a run go over.
        fixed_arguments: The job's own arguments, which nothing goes over.
        notes: What this place does not have of what the run may use, in sentences.
    """

    job_name: str
    environment: Mapping[str, str]
    command: tuple[str, ...]
    conf: Mapping[str, str] = field(default_factory=dict, repr=False)
    options: tuple[str, ...] = ()
    default_arguments: Mapping[str, str] = field(default_factory=dict)
    fixed_arguments: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    def arguments(self, run: Run | None, given: Mapping[str, str]) -> tuple[str, ...]:
        """Return the whole command of one run, or of a run that records itself."""
        names = {"JOB_NAME": self.job_name}
        if run is not None:
            names["JOB_RUN_ID"] = run.id
        # AWS Glue's documents spell the names of arguments with their hyphens.
        bare = {key.removeprefix("--"): value for key, value in given.items()}
        bare = {**self.default_arguments, **bare, **self.fixed_arguments}
        if run is not None:  # Its process finds them in the record; others see a command line.
            bare = {key: value for key, value in bare.items() if not is_plain_secret(key, value)}
        names |= {key: value for key, value in bare.items() if key not in OWN_ARGUMENTS}
        pairs = (part for key, value in names.items() for part in (f"--{key}", value))
        prefix = (f"{key}={value}" for key, value in self.environment.items())
        return ("env", *prefix, *self.command, *pairs)

    def line(self, given: Mapping[str, str]) -> str:
        """Return the command as one pastes it into a shell; it works by itself."""
        return shlex.join(self.arguments(None, given)[1:])


def prepare(  # noqa: PLR0913  what a run has of its own
    job: JobDefinition,
    settings: LaunchSettings,
    *,
    conf: Mapping[str, str] | None = None,
    arguments: Mapping[str, str] | None = None,
    members: Mapping[str, Any] | None = None,
    folder: Path | None = None,
) -> Submission:
    """Render a job's settings and return its command; nothing is started.

    Args:
        job: What to run.
        settings: Where and with what.
        conf: Spark settings of this run alone; they stand on the command line.
        arguments: Those of this run alone: special ones decide how it is started.
        members: The run's own members of AWS Glue's JobRun, such as WorkerType.
        folder: Where files that the run takes along go; else where the job's settings are.

    Raises:
        MissingScriptError: The job's script is not there.
        JarError: Java, pyspark or a jar is missing.
        LaunchError: pyspark is not whole, a setting cannot be carried, or a file cannot be had.
        InvalidInputError: A special parameter has a value that it cannot have.
    """
    place = settings.home.absolute() / "jobs" / file_name(job.name)
    named = job.arguments_of(arguments or {})
    job = at_location(job, named)
    check_script(job, Stores(settings.s3))
    equipment = equip(
        job, named, members=members or {}, settings=settings, folder=(folder or place) / "files"
    )
    if job.without_spark:
        return _plain(job, settings, equipment, place)
    java = java_command(settings.java_home)
    submit = spark_home() / "bin" / "spark-submit"
    if not submit.is_file():
        raise LaunchError(f"{submit} is missing; install pyspark again: pip install pyspark")
    file = place / "spark.properties"
    rendered = _settings_of(job, settings, java)
    _write_properties(file, rendered)
    own = {**equipment.conf, **(conf or {})}
    extra = [part for key, value in own.items() for part in ("--conf", f"{key}={value}")]
    options = (*extra, *equipment.options)
    return Submission(
        job_name=job.name,
        environment=_environment(settings) | dict(equipment.environment),
        command=(str(submit), "--properties-file", str(file), *options, _entry()),
        conf=rendered,
        options=options,
        default_arguments=job.default_arguments,
        fixed_arguments=job.fixed_arguments,
        notes=equipment.notes,
    )


def _plain(
    job: JobDefinition, settings: LaunchSettings, equipment: Equipment, place: Path
) -> Submission:
    """Return the command of a Python process without Spark; it finds its facts in a file."""
    facts = place / "facts.json"
    write_private(facts, json.dumps(to_conf(settings.facts)))
    variables = {FACTS_VARIABLE: str(facts), "PYTHONUNBUFFERED": "1"}
    return Submission(
        job_name=job.name,
        environment=variables | dict(equipment.environment),
        command=(sys.executable, _entry()),
        default_arguments=job.default_arguments,
        fixed_arguments=job.fixed_arguments,
        notes=equipment.notes,
    )


def _entry() -> str:
    return str(resources.files("gluepot.jobs.entry").joinpath("gluepot_job.py"))


def write_script_properties(settings: LaunchSettings) -> Path:
    """Write the settings with which a plain ``spark-submit`` runs a script for Glue.

    The script finds the catalog and S3 in them, and Glue's own names of packages on Python's path.

    Raises:
        JarError: Java, pyspark or a jar is missing.
    """
    folder = settings.home.absolute() / "jobs"
    packages = folder / "glue_names.zip"
    _zip_packages(packages)
    conf = _shared_settings(settings, java_command(settings.java_home), {})
    listed = conf.get(_PY_FILES)
    conf[_PY_FILES] = f"{listed},{packages}" if listed else str(packages)
    file = folder / "spark.properties"
    _write_properties(file, conf)
    return file


def _zip_packages(target: Path) -> None:
    """Pack the packages that have Glue's names; a reader sees all of the archive or the old one."""
    target.parent.mkdir(parents=True, exist_ok=True)
    descriptor, partial = tempfile.mkstemp(dir=target.parent, prefix=".", suffix=".partial")
    with os.fdopen(descriptor, "wb") as output, zipfile.ZipFile(output, "w") as archive:
        for file in sorted(COMPAT.rglob("*.py")):
            archive.write(file, file.relative_to(COMPAT))
    Path(partial).replace(target)


def _settings_of(job: JobDefinition, settings: LaunchSettings, java: str) -> dict[str, str]:
    return {"spark.app.name": job.name} | _shared_settings(settings, java, job.spark_conf)


def _shared_settings(settings: LaunchSettings, java: str, own: Mapping[str, str]) -> dict[str, str]:
    log = resources.files("gluepot.conf").joinpath("log4j2.properties")
    archive = archive_path(settings.jars_dir, java=java)
    options = f"-Dlog4j2.configurationFile={log} {archive_options(archive)}".strip()
    conf = session_conf(
        jars_dir=settings.jars_dir,
        s3=settings.s3,
        master=settings.master,
        extra={**settings.spark_conf, **own},
        jvm_options=options,
    )
    return conf | to_conf(settings.facts)


def _environment(settings: LaunchSettings) -> dict[str, str]:
    found = {
        "SPARK_HOME": str(spark_home()),
        "PYSPARK_PYTHON": sys.executable,
        "PYTHONUNBUFFERED": "1",
    }
    if settings.java_home:
        found["JAVA_HOME"] = settings.java_home
    if settings.master.startswith("local"):
        found["SPARK_LOCAL_IP"] = "127.0.0.1"
    return found


def _write_properties(file: Path, conf: Mapping[str, str]) -> None:
    """Write Java properties that only this user can read."""
    write_private(
        file, "".join(f"{_escape(key)}={_escape(value)}\n" for key, value in sorted(conf.items()))
    )


def write_private(file: Path, text: str) -> None:
    """Write a file that only this user can read; a reader sees all of it or the old one."""
    file.parent.mkdir(parents=True, exist_ok=True)
    # mkstemp's files are readable by their owner only.
    descriptor, partial = tempfile.mkstemp(dir=file.parent, prefix=".", suffix=".partial")
    with os.fdopen(descriptor, "w", encoding="utf-8") as output:
        output.write(text)
    Path(partial).replace(file)


def _escape(text: str) -> str:
    r"""Return text as java.util.Properties reads it back.

    >>> _escape("a b\\c=d")
    'a\\ b\\\\c\\=d'
    """
    marks = {"\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}
    return "".join(marks.get(char) or (f"\\{char}" if char in " =:#!" else char) for char in text)


def launch(
    submission: Submission,
    run: Run,
    *,
    runs: RunStore,
    folder: Path,
    echo: Callable[[str], None] | None = None,
) -> Run:
    """Start a run's child, wait for its end, and return the run as it is recorded then.

    Args:
        submission: What to start.
        run: STARTING, in the hands of its owner until the child takes over the lease.
        runs: Where it is recorded.
        folder: Where ``driver.log`` goes: all that the child says.
        echo: Called with each line of the child's standard output.
    """
    command = submission.arguments(run, run.arguments)
    handle = ProcessHandle(command, folder=folder, echo=echo, notes=submission.notes)
    return Follower(handle, run, runs=runs).follow()
