"""Write docs/reference/job-yaml.md: what the files of conf/ may say.

Jobs come from their JSON Schema (`gluepot job schema`), the others from the classes they become.
"""

from __future__ import annotations

import inspect
import re
from dataclasses import MISSING, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gluepot.crawlers.model import Crawler
from gluepot.jobs.definitions.schema import job_schema
from gluepot.jobs.notifications.model import Notification
from gluepot.jobs.triggers.model import (
    Action,
    Condition,
    EventBatchingCondition,
    NotificationProperty,
    Predicate,
    Trigger,
)
from gluepot.jobs.workflows.documents import MachineWorkflow

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

FILE = Path(__file__).resolve().parent.parent / "docs" / "reference" / "job-yaml.md"
JOBS = {
    "Pipeline": "A declarative job",
    "SourceSpec": "A source",
    "GateSpec": "A gate",
    "FailingRowsSpec": "Failing rows of a gate",
    "SinkSpec": "A sink",
    "Script": "A script job",
    "SparkSpec": "Spark's settings of a job",
}
TRIGGERS = (Trigger, Action, Predicate, Condition, EventBatchingCondition, NotificationProperty)
HEAD = """# The files of conf/

Made by `scripts/yaml_reference.py` from the schema of jobs and the classes of the rest; do not
edit it.

`gluepot plan` shows what the files would change, and `gluepot apply` stores it. An unknown key, a
value that does not fit, or a name that leads nowhere is an error with its file and line.
Editors complete and check jobs by `gluepot job schema`, which is also
[job.schema.json](job.schema.json).

## conf/jobs

A file with `script` is a [script job](#a-script-job), any other a
[declarative job](#a-declarative-job). `steps` are in [Steps of pipelines](transforms.md); what
arguments mean, in [Job parameters](job-parameters.md).
"""
RULESETS = """## Rulesets

A ruleset is a file of [DQDL](dqdl.md) (`rules.dqdl`), which commands name by its path, or text in
the catalog, which they name by its name. Both are the same language: `Rules = [ ... ]`, and
`Analyzers = [ ... ]` if wanted. The catalog's are made by `gluepot quality recommend --save NAME`
or `CreateDataQualityRuleset`. A gate has one in its own file as `ruleset:`.
"""


def page() -> str:
    """Return the text of the page."""
    definitions = job_schema()["$defs"]
    lines = [HEAD]
    for name, title in JOBS.items():
        schema = definitions[name]
        lines += [f"### {title}\n", f"{schema['description']}\n", *_schema_rows(schema), ""]
    lines += ["## conf/crawlers\n", *_class_rows(Crawler), "", *_triggers(), "## conf/workflows\n"]
    lines += [WORKFLOWS, *_class_rows(MachineWorkflow, renamed={"document": "machine"}), ""]
    lines += ["## conf/notifications\n", "[How to be told](../how-to/notifications.md).\n"]
    lines += [*_class_rows(Notification), "", RULESETS]
    return "\n".join(lines)


WORKFLOWS = """Beside these keys a file may have `description`, `default_run_properties` and
`max_concurrent_runs`, the workflow's own `members`.
"""


OF_TRIGGERS = {
    "name": "Unique among triggers.",
    "type": "`SCHEDULED`, `CONDITIONAL`, `ON_DEMAND` or `EVENT`.",
    "actions": "What a fire starts, in this order.",
    "state": "Of a trigger: `CREATED` rests, `ACTIVATED` fires. Of a condition: how the job ended.",
    "schedule": "Of a scheduled one: [what may be written](../how-to/triggers.md#schedules).",
    "predicate": "Of a conditional one: which ends it waits for.",
    "description": "For people.",
    "workflow_name": "The workflow that it belongs to.",
    "event_batching_condition": "Of one for events: how many fire it at once.",
    "event_queue": "The ARN of the queue of SQS whose messages are its events.",
    "job_name": "The job.",
    "crawler_name": "The crawler.",
    "arguments": "Arguments of the run, over the job's own.",
    "timeout": "Minutes after which the run is ended, in place of the job's.",
    "security_configuration": "A name that goes on record.",
    "notification_property": "When somebody hears of a late run.",
    "conditions": "Up to 500.",
    "logical": "`AND` or `ANY`.",
    "logical_operator": "Always `EQUALS`.",
    "crawl_state": "`SUCCEEDED`, `FAILED` or `CANCELLED`, of a crawler.",
    "batch_size": "So many events are one fire.",
    "batch_window": "Seconds after which fewer are one; 900 if it is not given.",
    "notify_delay_after": "Minutes.",
}
"""Members of triggers; their classes have no words on each."""


def _triggers() -> Iterator[str]:
    yield "## conf/triggers\n"
    yield "`start_on_creation: true` in the file makes a trigger ACTIVATED.\n"
    for kind in TRIGGERS:
        yield f"### {kind.__name__}\n"
        yield from _class_rows(kind)
        yield ""


def _schema_rows(schema: Mapping[str, Any]) -> Iterator[str]:
    yield "| key | value | default | meaning |\n|---|---|---|---|"
    for name, field in schema["properties"].items():
        needed = " (required)" if name in schema.get("required", ()) else ""
        empty = field.get("default") in (None, "", [], {}, {"conf": {}})
        shown = "" if empty else f"`{_yaml(field['default'])}`"
        meaning = field.get("description", "")
        yield _row(f"`{name}`{needed}", _value(field), shown, meaning)


def _value(field: Mapping[str, Any]) -> str:
    if "enum" in field:
        return ", ".join(f"`{each}`" for each in field["enum"])
    if "anyOf" in field:
        parts = [_value(each) for each in field["anyOf"] if each.get("type") != "null"]
        return " or ".join(dict.fromkeys(parts))
    if "$ref" in field:
        return _referred(field["$ref"].rpartition("/")[2])
    kind = field.get("type")
    if kind == "array":
        return f"list of {_value(field.get('items', {}))}"
    if kind == "object" and isinstance(inner := field.get("additionalProperties"), dict):
        return f"names, each with {_value(inner)}"
    kinds = kind if isinstance(kind, list) else [str(kind)]
    return f"{' or '.join(_WORDS[each] for each in kinds)}{_bounds(field)}"


def _referred(name: str) -> str:
    title = JOBS.get(name, "A step")
    return f"{title[0].lower()}{title[1:]}" if title.startswith("A ") else title


_WORDS = {
    "string": "text",
    "integer": "whole number",
    "number": "number",
    "boolean": "true or false",
    "object": "mapping",
}


def _bounds(field: Mapping[str, Any]) -> str:
    low, high = field.get("minimum"), field.get("maximum")
    if low is None:
        return ""
    return f" from {low}" if high is None else f" from {low} to {high}"


def _class_rows(kind: type[Any], renamed: Mapping[str, str] | None = None) -> Iterator[str]:
    """Yield a table of a dataclass's or model's fields, told by its docstring."""
    told = inspect.cleandoc(kind.__doc__ or "")
    meanings = attributes(told) or OF_TRIGGERS
    yield f"{_plain(told.partition(chr(10) * 2)[0])}\n"
    yield "| key | default | meaning |\n|---|---|---|"
    for name, default, needed in _fields(kind):
        key = (renamed or {}).get(name, name)
        mark = " (required)" if needed else ""
        yield _row(f"`{key}`{mark}", default, meanings[name])


def attributes(docstring: str) -> dict[str, str]:
    r"""Return what the section Attributes of a docstring says of each.

    >>> attributes("A.\n\nAttributes:\n    a: One\n        line.\n    b: Two.")
    {'a': 'One line.', 'b': 'Two.'}
    """
    _, _, text = docstring.partition("Attributes:\n")
    found = re.findall(r"^ {4}(\w+): (.*(?:\n {8}.*)*)", text, re.MULTILINE)
    return {name: _plain(meaning) for name, meaning in found}


def _fields(kind: type[Any]) -> Iterator[tuple[str, str, bool]]:
    if hasattr(kind, "model_fields"):
        for name, field in kind.model_fields.items():
            yield name, "", field.is_required()
        return
    for item in fields(kind):
        needed = item.default is MISSING and item.default_factory is MISSING
        given = item.default
        shown = "" if needed or given in (MISSING, None, "", ()) else f"`{_yaml(given)}`"
        yield item.name, shown, needed


def _yaml(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(getattr(value, "value", value))


def _plain(text: str) -> str:
    return " ".join(text.split()).replace("``", "`")


def _row(*cells: str) -> str:
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"


def main() -> None:
    """Write the page."""
    FILE.write_text(page(), encoding="utf-8")
    print(f"{FILE}: {FILE.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
