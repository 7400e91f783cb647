"""Every job: those that files of the configuration define, and those that the API has stored."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gluepot.catalog.errors import GluepotError
from gluepot.jobs.definitions.model import JobDefinition, list_jobs, load_job
from gluepot.jobs.errors import LaunchError
from gluepot.jobs.parameters.arguments import ENABLE

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from gluepot.catalog.definitions import DefinitionStore

KIND = "Job"
_BOOKMARK = "job-bookmark-option"
_COMMANDS = ("glueetl", "gluestreaming", "pythonshell")


class JobBook:
    """Finds jobs by name: first among the files of ``conf_dir``, then among the stored ones."""

    def __init__(self, conf_dir: Path, definitions: DefinitionStore) -> None:
        self._conf_dir = conf_dir
        self._definitions = definitions
        self._read: dict[Path, tuple[tuple[int, int], JobDefinition]] = {}

    def load(self, name: str) -> JobDefinition:
        """Return a job's definition.

        Raises:
            UnknownJobError: Neither a file nor the API has defined it.
            DefinitionError: Its file has faults.
            LaunchError: Its command is none that gluepot runs.
        """
        if name not in list_jobs(self._conf_dir):
            found = self._definitions.find(KIND, name)
            if found is not None:
                return _definition(name, found.definition)
        return load_job(self._conf_dir, name)

    def load_many(self, names: Collection[str]) -> dict[str, JobDefinition]:
        """Return those of many jobs that are there and without faults, by name."""
        in_files = set(list_jobs(self._conf_dir)) & set(names)
        stored = self._definitions.find_many(KIND, sorted(set(names) - in_files))
        found = {}
        for name in names:
            # What is wrong with a job is told when it is to run.
            with contextlib.suppress(GluepotError):
                found[name] = (
                    _definition(name, stored[name].definition)
                    if name in stored
                    else self._from_file(name)
                )
        return found

    def _from_file(self, name: str) -> JobDefinition:
        """Return a job of a file; YAML that has not changed is not read again.

        Reading a pipeline takes milliseconds, and each fire of a trigger asks for its job.
        """
        file = self._conf_dir / "jobs" / f"{name}.yaml"
        if not file.is_file():
            return load_job(self._conf_dir, name)
        found = file.stat()
        stamp = (found.st_mtime_ns, found.st_size)
        known = self._read.get(file)
        if known is None or known[0] != stamp:
            known = self._read[file] = (stamp, load_job(self._conf_dir, name))
        return known[1]

    def max_retries(self, name: str) -> int:
        """Return a job's own bound; a job that cannot be read fails at its start, and once."""
        try:
            return self.load(name).max_retries
        except GluepotError:
            return 0


def merged_arguments(
    document: Mapping[str, Any], given: Mapping[str, str] | None
) -> dict[str, str]:
    """Return a run's arguments: defaults, what is given over them, and what nothing overrides.

    >>> merged_arguments({"DefaultArguments": {"--a": "1", "--b": "1"}}, {"--b": "2"})
    {'--a': '1', '--b': '2'}
    """
    defaults, fixed = (
        document.get(key, {}) for key in ("DefaultArguments", "NonOverridableArguments")
    )
    return {**defaults, **(given or {}), **fixed}


def _definition(name: str, document: Mapping[str, Any]) -> JobDefinition:
    command = document["Command"]
    kind, location = command.get("Name"), command.get("ScriptLocation")
    if kind not in _COMMANDS:
        raise LaunchError(
            f"Job {name} has the command {kind!r}, which gluepot does not run;"
            f" it runs {', '.join(_COMMANDS)}"
        )
    if not location:
        raise LaunchError(
            f"Job {name} has no Command.ScriptLocation; give it s3://bucket/script.py"
        )
    defaults, fixed = (
        {key.removeprefix("--"): value for key, value in document.get(member, {}).items()}
        for member in ("DefaultArguments", "NonOverridableArguments")
    )
    if (fixed | defaults).get("job-language", "python") != "python":
        raise LaunchError(f"Job {name} is not a Python job; gluepot runs Python scripts")
    return JobDefinition(
        name=name,
        kind="script",
        file=Path(location),
        location=location,
        description=document.get("Description", ""),
        bookmark=(defaults | fixed).get(_BOOKMARK) == ENABLE,
        max_retries=document.get("MaxRetries", 0),
        role=document.get("Role"),
        default_arguments=defaults,
        fixed_arguments=fixed,
        command=kind,
        members=document,
    )


def with_bookmark(job: JobDefinition, arguments: Mapping[str, str]) -> JobDefinition:
    """Return a stored job with the bookmark that a run's arguments, without hyphens, ask for."""
    option = arguments.get(_BOOKMARK)
    if job.location is None or option is None:
        return job
    return replace(job, bookmark=option == ENABLE)
