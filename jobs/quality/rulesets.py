"""Rulesets in jobs: what an evaluation is told of the run, and how its result is kept."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gluepot.crawlers.sources.objects import normalize_uri
from gluepot.jobs.parameters.file_names import file_name
from gluepot.jobs.quality.model import GateResult, Subject
from gluepot.jobs.quality.store import StoredHistory
from gluepot.jobs.quality.tables import quality_results
from gluepot.transforms.quality.context import EarlierResult, ReportContext
from gluepot.transforms.quality.report import write_report
from gluepot.transforms.quality.running.options import FileFacts, RunOptions

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gluepot.jobs.quality.rows import KeptRows
    from gluepot.jobs.run_context.stores import Stores
    from gluepot.jobs.run_context.workshop import Workshop
    from gluepot.transforms.quality import QualityResult, ReportPaths
    from gluepot.transforms.quality.dqdl.results import RulesetResult

TREND = 30
"""How many earlier results a report shows."""
LONGEST_FOLDER = 120
"""Characters of a folder's name; file systems take 255 bytes."""
CHUNK = 8 * 1024 * 1024
"""Bytes of a file that are read at once for its checksum."""


@dataclass(frozen=True)
class StoredFiles:
    """The files that rules look into: those of the run's stores."""

    stores: Stores

    def found(self, path: str) -> Sequence[FileFacts]:
        """Return the files at a path.

        Raises:
            StorageError: The store refuses, or cannot be reached.
        """
        return [
            FileFacts(path=item.uri, size=item.size, modified=item.modified)
            for item in self.stores.open(path).list(normalize_uri(path))
        ]

    def checksum(self, path: str, algorithm: str) -> str:
        """Return the checksum of a file, which is read in parts.

        Raises:
            StorageError: The store refuses, or cannot be reached.
        """
        source = self.stores.open(path)
        digest = hashlib.new(algorithm, usedforsecurity=False)
        start = 0
        while part := source.read(path, start, CHUNK):
            digest.update(part)
            start += len(part)
            if len(part) < CHUNK:
                break
        return digest.hexdigest()


@dataclass(frozen=True, kw_only=True)
class Origin:
    """What a result is of, beside the run.

    Attributes:
        shown: The table, path or frame that was checked, for people.
        subject: Whose rows they are.
        table: ``database.table``, where it is one.
        ruleset: The ruleset's name in the catalog.
        data_source: AWS Glue's DataSource.
        on_failure: What a failure means to the run: ``fail`` or ``warn``.
    """

    shown: str | None = None
    subject: Subject = Subject.JOB
    table: str | None = None
    ruleset: str | None = None
    data_source: Mapping[str, Any] | None = None
    on_failure: str = "warn"


def options_of(
    workshop: Workshop,
    context: str,
    *,
    subject: Subject = Subject.JOB,
    **more: Any,  # noqa: ANN401
) -> RunOptions:
    """Return what rules are told in a run; earlier values are those of the same job and context.

    Args:
        workshop: The run's tools.
        context: The evaluation context, the gate, or the ruleset.
        subject: Whose rows are looked at.
        more: Other fields of the options.
    """
    return RunOptions(
        context=context,
        now=workshop.clock(),
        history=StoredHistory(
            store=workshop.jobs.quality, subject=subject, name=workshop.job_name, context=context
        ),
        files=StoredFiles(workshop.stores),
        **more,
    )


def keep_result(
    workshop: Workshop,
    result: QualityResult,
    origin: Origin,
    *,
    evaluated: RulesetResult | None = None,
    failing: KeptRows | None = None,
) -> GateResult:
    """Write the report of a result, keep the result, and note it in the run's record.

    Args:
        workshop: The run's tools.
        result: As the report tells it.
        origin: What it is of.
        evaluated: The ruleset's result, without masked values; None where rules are no DQDL.
        failing: The rows that were kept, or None.

    Raises:
        StorageError: The report cannot be written.
    """
    paths = _write_report(workshop, result, origin)
    kept = workshop.jobs.record_gate(
        GateResult(
            run_id=workshop.run_id,
            job_name=workshop.job_name,
            gate=result.name,
            on_failure=origin.on_failure,
            passed=result.passed,
            result=result.to_json(),
            html_report=str(paths.html),
            json_report=str(paths.json),
            subject=origin.subject,
            table=origin.table,
            ruleset=origin.ruleset,
            data_source=origin.data_source,
            failing_rows=None if failing is None else failing.failing,
            failing_path=None if failing is None else failing.path,
            **({} if evaluated is None else _data_of(evaluated)),
        )
    )
    noted = {
        "gate": result.name,
        "input": origin.shown,
        "verdict": result.verdict,
        "report": str(paths.html),
    }
    workshop.note(quality=[*workshop.metrics.get("quality", ()), noted])
    return kept


def _folder(name: str) -> str:
    """Return a job, a table or a path as the name of one folder, whatever its length.

    >>> _folder("raw.flights"), _folder("/data/a")
    ('raw.flights', '%2Fdata%2Fa')
    """
    found = file_name(name)
    if len(found) <= LONGEST_FOLDER:
        return found
    mark = hashlib.sha256(name.encode()).hexdigest()[:8]
    return f"{found[:LONGEST_FOLDER]}-{mark}"


def _data_of(evaluated: RulesetResult) -> dict[str, Any]:
    return {
        "evaluated": evaluated.to_json(),
        "started_at": evaluated.started_at,
        "completed_at": evaluated.completed_at,
    }


def _write_report(workshop: Workshop, result: QualityResult, origin: Origin) -> ReportPaths:
    context = ReportContext(
        job_name=workshop.job_name,
        run_id=workshop.run_id,
        checked_at=workshop.clock(),
        table=origin.shown,
        earlier=_earlier(workshop, origin.subject, result.name),
    )
    folder = workshop.home / "reports" / _folder(workshop.job_name) / workshop.run_id
    # Two suites may have one name, and a script may ask twice in one context.
    before = sum(one["gate"] == result.name for one in workshop.metrics.get("quality", ()))
    if before:
        folder /= str(before + 1)
    return write_report(result, folder=folder, context=context)


def write_results(workshop: Workshop, prefix: str, result: RulesetResult) -> str:
    """Write a result as one JSON file below a folder, which tells runs and contexts apart.

    Raises:
        StorageError: It cannot be written.
    """
    at = result.started_at.strftime("%Y%m%dT%H%M%S%fZ")
    folder = f"{_folder(workshop.job_name)}/{workshop.run_id}"
    uri = f"{prefix.rstrip('/')}/{folder}/{result.context.replace('/', '_')}-{at}.json"
    text = json.dumps(result.to_json(), ensure_ascii=False, allow_nan=False)
    workshop.stores.open(uri).write(uri, text.encode())
    return uri


def _earlier(workshop: Workshop, subject: Subject, gate: str) -> Sequence[EarlierResult]:
    columns = quality_results.c
    found = workshop.jobs.quality.list(
        where=[
            columns.job_name == workshop.job_name,
            columns.gate == gate,
            columns.subject == subject,
        ],
        limit=TREND,
    )
    return [
        EarlierResult.of(one.created_at, one.result)
        for one in reversed(found)
        if one.created_at is not None
    ]
