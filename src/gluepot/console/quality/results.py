"""Kept results for the pages: the newest of each gate and ruleset, their trends, their rules."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from gluepot.catalog.errors import GluepotError
from gluepot.jobs.quality.gate_orders import find_gate, written_tables
from gluepot.jobs.quality.model import Subject
from gluepot.jobs.quality.tables import quality_results
from gluepot.transforms.quality.context import EarlierResult, ReportContext
from gluepot.transforms.quality.masking import Masking
from gluepot.transforms.quality.page import RuleView
from gluepot.transforms.quality.result import QualityResult
from gluepot.transforms.quality.rules import parse_rules

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gluepot.jobs.definitions.pipeline import GateSpec
    from gluepot.jobs.quality.model import GateResult
    from gluepot.services import Services

TREND = 12
"""Results that the line of one gate goes through."""
EARLIER = 20
"""Earlier results that the page of one result looks at."""

_WORST_FIRST = {"bad": 0, "warn": 1, "good": 2}


@dataclass(frozen=True, kw_only=True)
class Latest:
    """The newest result of one gate or ruleset.

    Attributes:
        scores: Of the last checks, oldest first, with when and the verdict.
    """

    id: str
    number: int
    subject: str
    name: str
    gate: str
    ruleset: str | None
    table: str | None
    verdict: str
    score: float
    checked_at: Any
    scores: tuple[tuple[Any, float, str], ...] = ()


def latest_results(services: Services, *, start: int, limit: int) -> list[Latest]:
    """Return the newest result of each gate and ruleset, those that fail first.

    Args:
        services: Their stores.
        start: How many to pass over.
        limit: How many at most.
    """
    columns = quality_results.c
    newest = (
        sa.select(sa.func.max(columns.number).label("number"))
        .group_by(columns.subject, columns.job_name, columns.gate)
        .subquery()
    )
    verdict = columns.result["verdict"].as_string()
    rank = sa.case((verdict == "FAILED", 0), (verdict == "WARNING", 1), else_=2)
    query = (
        sa.select(*_shown(), verdict.label("verdict"))
        .join(newest, newest.c.number == columns.number)
        .order_by(rank, columns.number.desc())
        .offset(start)
        .limit(limit)
    )
    with services.engine.connect() as connection:
        rows = connection.execute(query).all()
        return [_latest(connection, row) for row in rows]


def _shown() -> tuple[sa.ColumnElement[Any], ...]:
    columns = quality_results.c
    score = columns.result["score"].as_float().label("score")
    named = ("id", "number", "subject", "job_name", "gate", "ruleset", "table", "created_at")
    return (*(columns[name] for name in named), score)


def _latest(connection: sa.Connection, row: Any) -> Latest:  # noqa: ANN401 - a row
    columns = quality_results.c
    query = (
        sa.select(
            columns.created_at,
            columns.result["score"].as_float(),
            columns.result["verdict"].as_string(),
        )
        .where(
            columns.job_name == row.job_name,
            columns.gate == row.gate,
            columns.subject == row.subject,
        )
        .order_by(columns.number.desc())
        .limit(TREND)
    )
    return Latest(
        id=row.id,
        number=row.number,
        subject=row.subject,
        name=row.job_name,
        gate=row.gate,
        ruleset=row.ruleset,
        table=row.table or (row.job_name if row.subject == Subject.TABLE else None),
        verdict=row.verdict,
        score=row.score,
        checked_at=row.created_at,
        scores=tuple((at, score, said) for at, score, said in connection.execute(query))[::-1],
    )


def gate_of(services: Services, kept: GateResult) -> GateSpec | None:
    """Return the gate that a result is of, as its job's file has it now; None where it is gone."""
    if kept.subject is not Subject.JOB:
        return None
    try:
        return find_gate(services.job_book.load(kept.job_name), kept.gate)
    except GluepotError:
        return None  # The job was removed or renamed, is a script, or its file has faults.


def table_of(services: Services, kept: GateResult) -> str | None:
    """Return the table that has the rows of a result: its own, or that which its job writes."""
    if kept.table is not None:
        return kept.table
    gate = gate_of(services, kept)
    pipeline = None if gate is None else services.job_book.load(kept.job_name).pipeline
    tables = None if gate is None or pipeline is None else written_tables(pipeline, gate)
    return None if tables is None or gate is None else tables[gate.input]


def hidden_columns(kept: GateResult, gate: GateSpec | None) -> Masking:
    """Return the columns whose values no page may show."""
    told = QualityResult.from_json(kept.result)
    names = {name for rule in told.rules if rule.masked for name in rule.columns}
    if gate is not None:
        names |= set(gate.mask)
        names |= {name for rule in parse_rules(list(gate.rules)) for name in rule.mask}
    return Masking(columns=frozenset(name.casefold() for name in names))


def earlier_of(services: Services, kept: GateResult) -> list[GateResult]:
    """Return earlier results of the same gate or ruleset, oldest first."""
    columns = quality_results.c
    found = services.jobs.quality.list(
        where=[
            columns.job_name == kept.job_name,
            columns.gate == kept.gate,
            columns.subject == kept.subject,
        ],
        after=kept.number,
        limit=EARLIER,
    )
    return found[::-1]


def rules_of(kept: GateResult, earlier: Sequence[GateResult]) -> list[dict[str, Any]]:
    """Return each rule of a result in plain words with its trend, those that fail first."""
    told = QualityResult.from_json(kept.result)
    if kept.created_at is None:
        raise AssertionError("the store sets it")
    context = ReportContext(
        job_name=kept.job_name,
        run_id=kept.run_id,
        checked_at=kept.created_at,
        table=kept.table,
        earlier=[
            EarlierResult.of(one.created_at, one.result)
            for one in earlier
            if one.created_at is not None
        ],
    )
    found = [
        {**asdict(RuleView.of(rule, context)), "number": number, "columns": list(rule.columns)}
        for number, rule in enumerate(told.rules)
    ]
    for each in found:
        spark = each["trend"]["spark"]
        if spark is not None:
            spark["line"] = " ".join(f"{point['x']},{point['y']}" for point in spark["points"])
    return sorted(found, key=lambda each: _WORST_FIRST[each["tone"]])
