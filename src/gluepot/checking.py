"""Rulesets evaluated by a command itself, as a run of this very process."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from gluepot.catalog.errors import EntityNotFoundError, InvalidInputError
from gluepot.crawlers.sources.objects import FILE_SCHEME, S3_SCHEMES, normalize_uri
from gluepot.jobs.quality.model import Subject
from gluepot.jobs.quality.orders import ONLY_NEW, Task, enqueue_task
from gluepot.jobs.quality_runs.tasks import Evaluation, evaluate
from gluepot.jobs.runs.failure import describe
from gluepot.jobs.runs.lease import LEASE, end_process, heartbeat
from gluepot.jobs.runs.state import RunState
from gluepot.launching import workshop_of
from gluepot.spark_session import quiet_session
from gluepot.transforms.operations.rulesets import RULESETS
from gluepot.transforms.quality.dqdl import parse_ruleset

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from gluepot.jobs.quality.evaluating import Checked
    from gluepot.services import Services
    from gluepot.transforms.quality.dqdl import Ruleset


def subject_of(services: Services, target: str) -> tuple[Subject, str]:
    """Return what a user names: a table of the catalog, or files, and its full name.

    Raises:
        EntityNotFoundError: It looks like a table and is none, and no file is called so.
    """
    if target.startswith((*S3_SCHEMES, FILE_SCHEME)):
        return Subject.FILE, normalize_uri(target)
    database, dot, table = target.partition(".")
    if dot and services.catalog.find_table(database, table) is not None:
        return Subject.TABLE, target
    if Path(target).exists():
        return Subject.FILE, str(Path(target).absolute())
    raise EntityNotFoundError("Table or file", target)


def data_source(name: str, *, predicate: str | None, only_new: bool) -> dict[str, Any]:
    """Return a table as AWS Glue's DataSource."""
    database, _, table = name.partition(".")
    options: dict[str, str] = {}
    if predicate is not None:
        options["pushDownPredicate"] = predicate
    if only_new:
        options[ONLY_NEW] = "true"
    named = {"DatabaseName": database, "TableName": table}
    return {"GlueTable": named | ({"AdditionalOptions": options} if options else {})}


def find_rulesets(
    services: Services, wanted: Sequence[str]
) -> tuple[dict[str, Ruleset], tuple[str, ...]]:
    """Return rulesets by their names, and which of them are the catalog's; others are files.

    Raises:
        EntityNotFoundError: One is neither a file nor a ruleset of the catalog.
        InvalidInputError: Two have the same name, or a file cannot be read.
        InvalidRulesetError: One is no ruleset; everything wrong is named.
    """
    found: dict[str, Ruleset] = {}
    stored = []
    for each in wanted:
        file = Path(each)
        name = file.stem if file.is_file() else each
        if name in found:
            raise InvalidInputError(f"Two rulesets are called {name}; rename one of the files")
        if file.is_file():
            found[name] = parse_ruleset(_text(file))
        else:
            found |= find_stored(services, [each])
            stored.append(name)
    return found, tuple(stored)


def find_stored(services: Services, names: Sequence[str]) -> dict[str, Ruleset]:
    """Return rulesets of the catalog by their names.

    Raises:
        EntityNotFoundError: There is none of a name.
        InvalidRulesetError: One is no ruleset; everything wrong is named.
    """
    found = {}
    for name in names:
        definition = services.jobs.definitions.find(RULESETS.kind, name)
        if definition is None:
            raise EntityNotFoundError("File or ruleset of the catalog", name)
        found[name] = parse_ruleset(definition.definition["Ruleset"])
    return found


def check(
    services: Services, wanted: Evaluation, subject: Subject, conf: Mapping[str, str]
) -> Sequence[Checked]:
    """Evaluate rulesets here and now, on record as a run.

    Args:
        services: The catalog, the stores and the settings.
        wanted: What is evaluated.
        subject: What its name is.
        conf: Spark settings that go before those of the settings file.

    Raises:
        GluepotError: The rows cannot be read, or something cannot be written.
        PySparkException: The rows cannot be read.
    """
    # A check that was killed has no worker that would see its lease run out.
    services.runs.expire()
    owner = services.owner()
    request = {"RulesetNames": list(wanted.rulesets), "DataSource": wanted.data_source}
    queued = enqueue_task(
        services.runs,
        Task.EVALUATION,
        wanted.name,
        request,
        owner=owner,
        lease=LEASE,
        subject=subject,
    )
    run = services.runs.begin(queued.id, owner, lease=LEASE)
    workshop = workshop_of(services, job_name=wanted.name, run_id=run.id)
    with heartbeat(services.runs, run.id, owner, on_lost=end_process):
        try:
            found = evaluate(partial(quiet_session, services, conf), workshop, wanted)
        except BaseException as error:
            services.runs.finish(run.id, RunState.FAILED, error=describe(error))
            raise
        services.runs.finish(run.id, RunState.SUCCEEDED, metrics=workshop.metrics)
    return found


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInputError(f"The ruleset {file} cannot be read: {error}") from error
