"""Rulesets in jobs: what an evaluation is told of the run, and how its result is kept."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gluepot.crawlers.sources.objects import normalize_uri
from gluepot.jobs.store import GateResult
from gluepot.transforms.quality.context import EarlierResult, ReportContext
from gluepot.transforms.quality.dqdl.history import KeptHistory
from gluepot.transforms.quality.report import write_report
from gluepot.transforms.quality.result import Verdict
from gluepot.transforms.quality.running.options import FileFacts, RunOptions

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gluepot.jobs.stores import Stores
    from gluepot.jobs.workshop import Workshop
    from gluepot.transforms.quality import QualityResult, ReportPaths

TREND = 30
"""How many earlier results a report shows."""
MOST_EARLIER = 1000
"""How many earlier results dynamic rules look into."""
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


def options_of(workshop: Workshop, context: str, **more: Any) -> RunOptions:  # noqa: ANN401
    """Return what rules are told in a run; earlier values are those of the same job and context.

    Args:
        workshop: The run's tools.
        context: The evaluation context, or the gate.
        more: Other fields of the options.
    """
    kept = workshop.jobs.list_gates(job_name=workshop.job_name, gate=context, limit=MOST_EARLIER)
    runs = [one.result.get("statistics", {}) for one in reversed(kept)]
    return RunOptions(
        context=context,
        now=workshop.clock(),
        history=KeptHistory(runs=runs),
        files=StoredFiles(workshop.stores),
        **more,
    )


def keep_result(
    workshop: Workshop, result: QualityResult, *, table: str | None, on_failure: str
) -> ReportPaths:
    """Write the report of a result, keep the result, and note it in the run's record.

    Raises:
        StorageError: The report cannot be written.
    """
    context = ReportContext(
        job_name=workshop.job_name,
        run_id=workshop.run_id,
        checked_at=workshop.clock(),
        table=table,
        earlier=_earlier(workshop, result.name),
    )
    folder = workshop.home / "reports" / workshop.job_name / workshop.run_id
    paths = write_report(result, folder=folder, context=context)
    workshop.jobs.record_gate(
        GateResult(
            run_id=workshop.run_id,
            job_name=workshop.job_name,
            gate=result.name,
            on_failure=on_failure,
            passed=result.passed,
            result=result.to_json(),
            html_report=str(paths.html),
            json_report=str(paths.json),
        )
    )
    kept = {
        "gate": result.name,
        "input": table,
        "verdict": result.verdict,
        "report": str(paths.html),
    }
    workshop.note(quality=[*workshop.metrics.get("quality", ()), kept])
    return paths


def _earlier(workshop: Workshop, gate: str) -> Sequence[EarlierResult]:
    found = workshop.jobs.list_gates(job_name=workshop.job_name, gate=gate, limit=TREND)
    return [
        EarlierResult(
            at=one.created_at, score=one.result["score"], verdict=Verdict(one.result["verdict"])
        )
        for one in reversed(found)
        if one.created_at is not None
    ]
