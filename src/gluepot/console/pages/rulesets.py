"""Rulesets of the catalog and gates in jobs' files: listed, edited with a check, saved, run."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Any

from gluepot.catalog.errors import EntityNotFoundError, GluepotError, InvalidInputError
from gluepot.console.page import Action, Done, Page, Shown, Snippets, href
from gluepot.console.pages.quality import start_evaluation, start_gate
from gluepot.console.quality.editing import (
    Looked,
    look_at_gate,
    look_at_ruleset,
    words_of_dqdl,
    words_of_gate,
)
from gluepot.console.quality.gate_text import gate_text, save
from gluepot.jobs.definitions.model import list_jobs
from gluepot.jobs.quality.gate_orders import data_source, find_gate, written_tables
from gluepot.jobs.quality.model import Subject
from gluepot.jobs.quality.tables import quality_results

if TYPE_CHECKING:
    from gluepot.console.asking import Ask
    from gluepot.console.page import Data

PAGE = 50
JOBS = 20
MOST = 1_000_000
_NEW = "Rules = [\n  RowCount > 0\n]\n"


def read_rulesets(ask: Ask) -> Data:
    """Return a page of stored rulesets, and of the gates in jobs' files."""
    request: dict[str, Any] = {"MaxResults": PAGE}
    if ask.option("token"):
        request["NextToken"] = ask.option("token")
    found = ask.call("ListDataQualityRulesets", request)
    token = found.get("NextToken")
    start = ask.number("jobs", 0, most=MOST)
    names = sorted(list_jobs(ask.services.settings.conf_dir))
    ask.allow("ListJobs")
    jobs = ask.services.job_book.load_many(names[start : start + JOBS])
    gates = [
        {"job": name, "gate": gate.name, "file": str(job.file), "in": _language(gate)}
        for name, job in jobs.items()
        for gate in (job.pipeline.quality if job.pipeline else ())
    ]
    more = start + JOBS < len(names)
    return {
        "rulesets": found["Rulesets"],
        "next": href("rulesets", token=token, jobs=start) if token else None,
        "gates": gates,
        "next_jobs": href("rulesets", jobs=start + JOBS) if more else None,
    }


def _language(gate: Any) -> str:  # noqa: ANN401 - GateSpec
    return "DQDL" if gate.ruleset is not None else "Great Expectations"


def read_editor(ask: Ask) -> Data:
    """Return a ruleset, or a gate of a job, to be edited; without names a new ruleset."""
    return _gate_editor(ask, None) if ask.option("job") else _stored_editor(ask, None)


def check(ask: Ask) -> Shown:
    """Say what is wrong with the text, or what it means, while it is written."""
    text = _text(ask)
    data = _gate_editor(ask, text) if ask.option("job") else _stored_editor(ask, text)
    return Shown(page=EDITOR, data=data)


def save_ruleset(ask: Ask) -> Done | Shown:
    """Keep the text, and check the table by it if that is asked for; with faults nothing is."""
    text = _text(ask)
    is_gate = bool(ask.option("job"))
    data = _gate_editor(ask, text) if is_gate else _stored_editor(ask, text)
    if data["checked"]["faults"]:
        return Shown(page=EDITOR, data=data)
    return _save_gate(ask, text) if is_gate else _save_stored(ask, text)


def _text(ask: Ask) -> str:
    return ask.option("text").replace("\r\n", "\n")


def _gate_editor(ask: Ask, text: str | None) -> Data:
    job_name, gate_name = ask.need("job"), ask.need("gate")
    ask.allow("GetJob", {"JobName": job_name})
    job = ask.services.job_book.load(job_name)
    gate, found = find_gate(job, gate_name), gate_text(job, gate_name)
    tables = written_tables(job.pipeline, gate) if job.pipeline else None
    table = None if tables is None else tables[gate.input]
    columns = _columns(ask, table)
    shown = found.text if text is None else text
    return {
        "title": gate_name,
        "kind": "gate",
        "name": gate_name,
        "job": job_name,
        "table": table,
        "text": shown,
        "digest": found.digest if text is None else ask.option("digest"),
        "file": str(found.file),
        "line": found.line,
        "writable": found.is_writable,
        "language": _language(gate),
        "words": words_of_gate(gate, columns),
        "checked": look_at_gate(found, shown, columns).plain,
        "latest": _latest(ask, job_name, gate_name, Subject.JOB),
        "description": None,
    }


def _stored_editor(ask: Ask, text: str | None) -> Data:
    name, table = ask.option("name"), ask.option("table")
    is_new = not name or ask.option("new") == "yes"
    stored: Any = {} if is_new else ask.call("GetDataQualityRuleset", {"Name": name})
    target = stored.get("TargetTable")
    if not table and target:
        table = f"{target['DatabaseName']}.{target['TableName']}"
    columns = _columns(ask, table)
    shown = stored.get("Ruleset", _NEW) if text is None else text
    looked = look_at_ruleset(shown, columns) if shown.strip() else Looked()
    return {
        "title": name or "New ruleset",
        "kind": "new" if is_new else "stored",
        "name": name,
        "job": None,
        "table": table or None,
        "text": shown,
        "digest": "",
        "file": None,
        "line": None,
        "writable": True,
        "language": "DQDL",
        "words": words_of_dqdl(columns),
        "checked": looked.plain,
        "latest": None if is_new or not table else _latest(ask, table, name, Subject.TABLE),
        "description": ask.option("description") or stored.get("Description") or "",
    }


def _columns(ask: Ask, table: str | None) -> list[str]:
    database, dot, name = (table or "").partition(".")
    request = {"DatabaseName": database, "Name": name}
    if not dot or not ask.may("GetTable", request):
        return []
    try:
        found = ask.services.catalog.get_linked_table(database, name)
    except GluepotError:
        return []  # Rules may be written before their table is there.
    storage = found.storage_descriptor
    columns = (*((storage.columns if storage else None) or ()), *(found.partition_keys or ()))
    return [column.name for column in columns]


def _latest(ask: Ask, name: str, gate: str, subject: Subject) -> str | None:
    columns = quality_results.c
    found = ask.services.jobs.quality.list(
        where=[columns.job_name == name, columns.gate == gate, columns.subject == subject], limit=1
    )
    return href("quality-result", id=found[0].id) if found else None


def _save_gate(ask: Ask, text: str) -> Done:
    job_name, gate_name = ask.need("job"), ask.need("gate")
    ask.allow("UpdateJob", {"JobName": job_name})
    services = ask.services
    job = services.job_book.load(job_name)
    found = gate_text(job, gate_name)
    place = next(
        at
        for at, each in enumerate(job.pipeline.quality if job.pipeline else ())
        if each.name == gate_name
    )
    save(found, text, digest=ask.need("digest"))
    pipeline = services.job_book.load(job_name).pipeline
    new_name = gate_name if pipeline is None else pipeline.quality[place].name
    if ask.option("then") == "run":
        return start_gate(ask, job_name, new_name)
    return Done(
        to=href("ruleset", job=job_name, gate=new_name),
        message=f"Saved in {found.file}: the next run of {job_name} follows it",
    )


def _save_stored(ask: Ask, text: str) -> Done:
    name, table = ask.need("name"), ask.option("table")
    database, dot, table_name = table.partition(".")
    members: dict[str, Any] = {"Name": name, "Ruleset": text}
    if ask.option("description"):
        members["Description"] = ask.option("description")
    if ask.option("new") == "yes":
        if dot:
            members["TargetTable"] = {"DatabaseName": database, "TableName": table_name}
        ask.call("CreateDataQualityRuleset", members)
    else:
        ask.call("UpdateDataQualityRuleset", members)
    if ask.option("then") == "run":
        if not dot:
            raise InvalidInputError("Saved. To check it, name the table: DATABASE.TABLE")
        return start_evaluation(ask, [name], data_source(table))
    return Done(to=href("ruleset", name=name, table=table), message=f"Ruleset {name} is saved")


def delete_ruleset(ask: Ask) -> Done:
    """Delete a stored ruleset; its results stay."""
    name = ask.need("name")
    ask.call("DeleteDataQualityRuleset", {"Name": name})
    return Done(to=href("rulesets"), message=f"Ruleset {name} is deleted")


def run_ruleset(ask: Ask) -> Done:
    """Check a table by a stored ruleset, or by a job's gate."""
    if ask.option("job"):
        return start_gate(ask, ask.need("job"), ask.need("gate"))
    name = ask.need("name")
    table = ask.option("table")
    if "." not in table:
        raise EntityNotFoundError("Table", table or "(none named)")
    return start_evaluation(ask, [name], data_source(table))


def _list_snippets(_ask: Ask) -> Snippets:
    return Snippets(
        cli="aws glue list-data-quality-rulesets", boto3="glue.list_data_quality_rulesets()"
    )


def _editor_snippets(ask: Ask) -> Snippets:
    job, name = ask.option("job"), ask.option("name") or "NAME"
    if job:
        file = ask.services.settings.conf_dir / "jobs" / f"{job}.yaml"
        return Snippets(
            cli=f"gluepot job validate {shlex.quote(job)}\n$EDITOR {shlex.quote(str(file))}",
            boto3=f"glue.start_job_run(JobName={job!r})",
        )
    table = ask.option("table") or "DATABASE.TABLE"
    return Snippets(
        cli=f"gluepot quality run {shlex.quote(table)} --ruleset {shlex.quote(name)}",
        boto3=f"glue.get_data_quality_ruleset(Name={name!r})['Ruleset']",
    )


EDITOR = Page(
    path="ruleset",
    title="Rules",
    section="quality",
    template="ruleset.html.jinja",
    read=read_editor,
    snippets=_editor_snippets,
)
PAGES = (
    Page(
        path="rulesets",
        title="Rulesets",
        section="quality",
        template="rulesets.html.jinja",
        read=read_rulesets,
        snippets=_list_snippets,
    ),
    EDITOR,
)
ACTIONS = (
    Action(path="ruleset-check", act=check),
    Action(path="ruleset-save", act=save_ruleset),
    Action(path="ruleset-delete", act=delete_ruleset),
    Action(path="ruleset-run", act=run_ruleset),
)
