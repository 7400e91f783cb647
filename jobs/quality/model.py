"""What rules found in a run, and one value of what they measured, as they are kept."""

from __future__ import annotations

import hashlib
import json
import secrets
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime


class Subject(StrEnum):
    """Whose rows were looked at."""

    JOB = "job"
    """A frame within a job."""
    TABLE = "table"
    """A table of the catalog."""
    FILE = "file"
    """Files at a path."""


class Inclusion(StrEnum):
    """Whether somebody wants a value to count in the history, in AWS Glue's words."""

    INCLUDE = "INCLUDE"
    EXCLUDE = "EXCLUDE"


@dataclass(frozen=True, kw_only=True)
class GateResult:
    """What one list of rules found in one run.

    Attributes:
        run_id: The run: of a job, or of an evaluation.
        job_name: Its job; of an evaluation the table, or the path.
        gate: The gate's name, the evaluation context, or the ruleset.
        on_failure: ``fail`` or ``warn``.
        passed: Whether every rule held.
        result: Rules and what was observed, as the report tells it.
        html_report: Where the report for people lies.
        json_report: Where the report for programs lies.
        subject: Whose rows were looked at.
        table: ``database.table``, where it was one.
        ruleset: The ruleset's name in the catalog, where it has one.
        data_source: AWS Glue's DataSource of an evaluation.
        evaluated: The ruleset's result as data; None where rules are no DQDL.
        started_at: Aware; None where nobody has looked.
        completed_at: Aware.
        failing_rows: How many rows broke a rule; None where they were not counted.
        failing_path: Where those rows lie.
        id: Set by the store, as are the others below.
        profile_id: Of what was measured in this run.
        created_at: When it was kept.
        number: Grows with every result.
    """

    run_id: str
    job_name: str
    gate: str
    on_failure: str
    passed: bool
    result: Mapping[str, Any]
    html_report: str
    json_report: str
    subject: Subject = Subject.JOB
    table: str | None = None
    ruleset: str | None = None
    data_source: Mapping[str, Any] | None = None
    evaluated: Mapping[str, Any] | None = None
    started_at: datetime | None = None
    completed_at: datetime | None = None
    failing_rows: int | None = None
    failing_path: str | None = None
    id: str = ""
    profile_id: str = ""
    created_at: datetime | None = None
    number: int = 0

    @property
    def of_job_run(self) -> bool:
        """Return whether a job's run found it; a gate may be evaluated again without its job."""
        return self.subject is Subject.JOB and self.data_source is None

    def statistic_id(self, key: str) -> str:
        """Return the id of a series that this result has a value of."""
        return statistic_id(self.subject, self.job_name, self.gate, key)


@dataclass(frozen=True, kw_only=True)
class Statistic:
    """One value of a series: what one run measured.

    Attributes:
        id: Of the series: the same in every run.
        profile_id: Of the run's values.
        key: The metric and what else tells it apart, such as ``Column.a.Mean where b > 1``.
        value: What was measured.
        recorded_at: When; aware.
        inclusion: What somebody has said of it.
        annotated_at: When that was.
        run_id: The run.
        subject: Whose rows were looked at.
        number: Grows with every value.
    """

    id: str
    profile_id: str
    key: str
    value: float
    recorded_at: datetime
    inclusion: Inclusion | None
    annotated_at: datetime | None
    run_id: str
    subject: Subject
    number: int

    @property
    def counts(self) -> bool:
        """Return whether it is a part of the history that rules compare with."""
        return self.inclusion is not Inclusion.EXCLUDE


def statistic_id(subject: Subject, name: str, context: str, key: str) -> str:
    """Return the id of a series: of one metric, job or table, and evaluation context."""
    text = json.dumps([subject, name, context, key])
    return f"dqstat-{hashlib.sha256(text.encode()).hexdigest()[:40]}"


def new_result_id() -> str:
    """Return a fresh id of the form that AWS Glue gives results."""
    return f"dqresult-{secrets.token_hex(20)}"


def new_profile_id() -> str:
    """Return a fresh id of the form that AWS Glue gives profiles."""
    return f"dqprofile-{secrets.token_hex(20)}"
