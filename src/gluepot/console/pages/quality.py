"""What rules say of tables: the newest verdicts, one result with its trends, rows that fail."""

from __future__ import annotations

import shlex
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gluepot.catalog.errors import EntityNotFoundError, GluepotError
from gluepot.console.lake import readable_catalog, shown_stores
from gluepot.console.page import Action, Done, Page, Sent, Snippets, href
from gluepot.console.quality.broken_rows import broken_condition
from gluepot.console.quality.results import (
    Latest,
    earlier_of,
    gate_of,
    hidden_columns,
    latest_results,
    rules_of,
    table_of,
)
from gluepot.console.quality.rows import kept_rows, rows_now
from gluepot.jobs.quality.gate_orders import data_source, enqueue_gate, gate_table, written_tables
from gluepot.jobs.quality.model import Subject
from gluepot.sql.isolated import warm
from gluepot.transforms.quality.page import TONES
from gluepot.transforms.quality.result import QualityResult, Verdict
from gluepot.transforms.quality.showing import moment
from gluepot.transforms.quality.sparkline import Sparkline

if TYPE_CHECKING:
    from gluepot.console.asking import Ask
    from gluepot.console.page import Data
    from gluepot.console.quality.rows import Rows
    from gluepot.jobs.quality.model import GateResult
    from gluepot.transforms.quality.result import RuleResult

PAGE = 25
ROWS = 50
MOST = 1_000_000
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox"


def read_quality(ask: Ask) -> Data:
    """Return the newest result of each gate and ruleset, those that fail first."""
    ask.allow("ListDataQualityResults")
    start = ask.number("start", 0, most=MOST)
    found = latest_results(ask.services, start=start, limit=PAGE + 1)
    more = href("quality", start=start + PAGE) if len(found) > PAGE else None
    return {"results": [_listed(ask, each) for each in found[:PAGE]], "next": more}


def _listed(ask: Ask, one: Latest) -> dict[str, Any]:
    table = one.table
    if table is None and one.subject == Subject.JOB:
        table = _written(ask, one)
    points = [(score, TONES[Verdict(verdict)], moment(at)) for at, score, verdict in one.scores]
    return {
        "id": one.id,
        "table": table,
        "job": one.name if one.subject == Subject.JOB else None,
        "name": one.name,
        "gate": one.gate,
        "verdict": one.verdict,
        "tone": TONES[Verdict(one.verdict)],
        "score": one.score,
        "checked_at": one.checked_at,
        "spark": _spark(Sparkline.of(points)) if len(points) > 1 else None,
    }


def _written(ask: Ask, one: Latest) -> str | None:
    job = ask.services.job_book.load_many([one.name]).get(one.name)
    if job is None or job.pipeline is None:
        return None
    for gate in job.pipeline.quality:
        if gate.name == one.gate:
            return (written_tables(job.pipeline, gate) or {}).get(gate.input)
    return None


def _spark(found: Sparkline) -> dict[str, Any]:
    return {**asdict(found), "line": found.line}


def _quality_snippets(_ask: Ask) -> Snippets:
    return Snippets(
        cli="gluepot quality results", boto3="glue.list_data_quality_results(MaxResults=100)"
    )


def _kept(ask: Ask) -> GateResult:
    result_id = ask.need("id")
    ask.allow("GetDataQualityResult", {"ResultId": result_id})
    return ask.services.jobs.quality.get(result_id)


def read_result(ask: Ask) -> Data:
    """Return what became of each rule, since when, and where to go on."""
    kept = _kept(ask)
    services = ask.services
    told = QualityResult.from_json(kept.result)
    table = table_of(services, kept)
    gate = gate_of(services, kept)
    rules = rules_of(kept, earlier_of(services, kept))
    for each in rules:
        each["rows"] = _rows_address(kept, told.rules[each["number"]], each["number"], table)
    return {
        "title": kept.gate,
        "id": kept.id,
        "verdict": told.verdict,
        "tone": TONES[told.verdict],
        "score": told.score,
        "rows": told.row_count,
        "engine": told.engine,
        "checked_at": kept.created_at,
        "subject": kept.subject,
        "job": kept.job_name if kept.subject is Subject.JOB else None,
        "table": table,
        "ruleset": kept.ruleset,
        "run": kept.run_id,
        "run_address": href("run" if kept.of_job_run else "quality-run", id=kept.run_id),
        "failing_rows": kept.failing_rows,
        "kept_rows": None if kept.failing_path is None else href("quality-rows", id=kept.id),
        "report": href("quality-report", id=kept.id) if Path(kept.html_report).is_file() else None,
        "fix": _fix(kept, is_gate=gate is not None),
        "can_rerun": kept.ruleset is not None or (gate is not None and table is not None),
        "is_gate": gate is not None,
        "newer": _newer(ask, kept),
        "rules": rules,
    }


def _rows_address(kept: GateResult, rule: RuleResult, number: int, table: str | None) -> str | None:
    if rule.passed or table is None or broken_condition(rule) is None:
        return None
    return href("quality-rows", id=kept.id, rule=number + 1)


def _fix(kept: GateResult, *, is_gate: bool) -> str | None:
    if kept.ruleset is not None:
        return href("ruleset", name=kept.ruleset)
    return href("ruleset", job=kept.job_name, gate=kept.gate) if is_gate else None


def _newer(ask: Ask, kept: GateResult) -> str | None:
    """Return the address of the newest result of the same rules, if this is not it."""
    found = ask.services.jobs.list_gates(job_name=kept.job_name, gate=kept.gate, limit=1)
    if not found or found[0].number <= kept.number or found[0].subject is not kept.subject:
        return None
    return href("quality-result", id=found[0].id)


def _result_snippets(ask: Ask) -> Snippets:
    result_id = ask.need("id")
    return Snippets(
        cli=f"gluepot quality show {shlex.quote(result_id)}",
        boto3=f"glue.get_data_quality_result(ResultId={result_id!r})",
    )


def read_rows(ask: Ask) -> Data:
    """Return rows that break a rule of a result: of the table as it is now, or those kept.

    They are read once ``show`` asks for them: until then the page is there at once.
    """
    kept = _kept(ask)
    services = ask.services
    told = QualityResult.from_json(kept.result)
    number = ask.number("rule", 0, most=len(told.rules))
    start = ask.number("start", 0, most=MOST)
    table = table_of(services, kept)
    if table is not None:
        database, _, name = table.partition(".")
        ask.allow("GetTable", {"DatabaseName": database, "Name": name})
    here = {"id": kept.id, "rule": number, "show": "yes"}
    data = {
        "title": "Rows that break a rule",
        "id": kept.id,
        "result": href("quality-result", id=kept.id),
        "sentence": told.rules[number - 1].sentence if number else None,
        "table": table,
        "fix": _fix(kept, is_gate=gate_of(services, kept) is not None),
        "load": href("quality-rows", start=start, **here),
        "shown": ask.option("show") == "yes",
        "problem": None,
        "count": None,
        "columns": (),
        "rows": (),
        "sql": None,
        "next": None,
    }
    if not data["shown"]:
        warm()
        return data
    try:
        rule = told.rules[number - 1] if number else None
        found = _rows(ask, kept, table, rule, start)
    except EntityNotFoundError:
        raise
    except GluepotError as error:
        return data | {"problem": str(error)}
    if found is None:
        return data
    more = number and start + len(found.rows) < found.count
    return data | {
        "count": found.count,
        "columns": found.columns,
        "rows": found.rows,
        "sql": found.sql,
        "next": href("quality-rows", start=start + ROWS, **here) if more else None,
    }


def _rows(
    ask: Ask, kept: GateResult, table: str | None, rule: RuleResult | None, start: int
) -> Rows | None:
    stores = shown_stores(ask.services)
    hidden = hidden_columns(kept, gate_of(ask.services, kept))
    if rule is not None and table is not None:
        catalog = readable_catalog(ask)
        return rows_now(catalog, stores, table, rule, hidden, start=start, limit=ROWS)
    if rule is None and kept.failing_path is not None:
        return kept_rows(stores, kept.failing_path, kept.run_id, hidden, limit=ROWS)
    return None


def read_report(ask: Ask) -> Sent:
    """Return the report of a result, one HTML file that also opens without the console."""
    kept = _kept(ask)
    try:
        content = Path(kept.html_report).read_bytes()
    except OSError as error:
        raise EntityNotFoundError("Report", kept.html_report) from error
    return Sent(content=content, media_type="text/html", policy=_POLICY)


def rerun(ask: Ask) -> Done:
    """Evaluate the rules of a result again: on the table's rows as they are now."""
    kept = _kept(ask)
    if kept.ruleset is not None and kept.data_source is not None:
        return start_evaluation(ask, [kept.ruleset], kept.data_source)
    return start_gate(ask, kept.job_name, kept.gate)


def start_evaluation(ask: Ask, rulesets: list[str], source: Any) -> Done:  # noqa: ANN401
    """Queue the evaluation of stored rulesets on a table."""
    request = {"DataSource": source, "Role": ask.principal.arn, "RulesetNames": rulesets}
    run_id = ask.call("StartDataQualityRulesetEvaluationRun", request)["RunId"]
    return Done(to=href("quality-run", id=run_id), message="The check is queued")


def start_gate(ask: Ask, job_name: str, gate: str) -> Done:
    """Queue the evaluation of a job's gate on the table that the job has written."""
    job = ask.services.job_book.load(job_name)
    source = data_source(gate_table(job, gate))
    ask.allow("StartJobRun", {"JobName": job_name})
    ask.allow("StartDataQualityRulesetEvaluationRun", {"DataSource": source})
    run = enqueue_gate(ask.services.runs, job, gate, role=ask.principal.arn)
    return Done(to=href("quality-run", id=run.id), message="The check is queued")


PAGES = (
    Page(
        path="quality",
        title="Quality",
        section="quality",
        template="quality.html.jinja",
        read=read_quality,
        snippets=_quality_snippets,
    ),
    Page(
        path="quality-result",
        title="Quality result",
        section="quality",
        template="quality-result.html.jinja",
        read=read_result,
        snippets=_result_snippets,
    ),
    Page(
        path="quality-rows",
        title="Rows that break a rule",
        section="quality",
        template="quality-rows.html.jinja",
        read=read_rows,
        snippets=_result_snippets,
    ),
    Page(
        path="quality-report",
        title="Report",
        section="quality",
        template="quality-result.html.jinja",
        read=read_report,
    ),
)
ACTIONS = (Action(path="quality-rerun", act=rerun),)
