"""The JSON Schema of conf/jobs/*.yaml, for editors: made of the models and the table of steps."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gluepot.jobs.definitions.model import ScriptSpec
from gluepot.jobs.definitions.pipeline import Pipeline
from gluepot.jobs.definitions.source_checks import FileFormat, format_options
from gluepot.transforms.registry import TRANSFORMS

if TYPE_CHECKING:
    from gluepot.transforms.step import Step

DIALECT = "https://json-schema.org/draft/2020-12/schema"
_UNREADABLE_AS_IN_SCRIPTS = ("delta", "iceberg")


def job_schema() -> dict[str, Any]:
    """Return the schema: a pipeline, or a script with its settings."""
    pipeline = Pipeline.model_json_schema(ref_template="#/$defs/{model}")
    script = ScriptSpec.model_json_schema(ref_template="#/$defs/{model}")
    definitions: dict[str, Any] = {
        **pipeline.pop("$defs"),
        **script.pop("$defs"),
        "Pipeline": pipeline,
        "Script": script,
    }
    definitions |= {f"{name}Step": _step(step) for name, step in TRANSFORMS.items()}
    definitions["StepSpec"] = {"oneOf": [{"$ref": f"#/$defs/{name}Step"} for name in TRANSFORMS]}
    definitions["GateSpec"]["properties"]["rules"] |= {"items": _rule(), "minItems": 1}
    definitions["GateSpec"]["oneOf"] = [
        {"required": [name]} for name in ("rules", "ruleset", "suite")
    ]
    _narrow_source(definitions["SourceSpec"])
    return {
        "$schema": DIALECT,
        "title": "A job of gluepot",
        "description": "A file of conf/jobs: sources, steps, quality gates and sinks, or a script.",
        "if": {"required": ["script"]},
        "then": {"$ref": "#/$defs/Script"},
        "else": {"$ref": "#/$defs/Pipeline"},
        "$defs": {name: _plain(part) for name, part in sorted(definitions.items())},
    }


def _step(step: Step) -> dict[str, Any]:
    alias = {"type": "string", "minLength": 1}
    own: dict[str, Any] = {
        "transform": {"const": step.name, "description": step.meaning},
        "name": {**alias, "description": f"What the result is called; {step.name} if not given"},
    }
    several = step.most_inputs is None or step.most_inputs > 1
    least: dict[str, Any] = {"minItems": step.least_inputs}
    most = {} if step.most_inputs is None else {"maxItems": step.most_inputs}
    own["inputs"] = {
        "description": "What it is done to: sources or steps, or STEP.PART",
        "type": "array",
        "items": alias,
        **least,
        **most,
    }
    if not several or step.least_inputs == 1:
        own["input"] = {**alias, "description": "What it is done to: a source, step or STEP.PART"}
    required = [name for name, parameter in step.parameters.items() if parameter.required]
    return {
        "title": step.name,
        "description": step.meaning,
        "type": "object",
        "properties": own | {name: each.schema for name, each in step.parameters.items()},
        "required": ["transform", *required],
        "oneOf": [{"required": ["input"]}, {"required": ["inputs"]}],
        "additionalProperties": False,
    }


def _rule() -> dict[str, Any]:
    from gluepot.transforms.quality.signatures import SIGNATURES  # noqa: PLC0415 - it is large

    known = sorted(name for name, each in SIGNATURES.items() if not each.unsupported)
    expect = {"description": "What is expected", "enum": known}
    return {"type": "object", "properties": {"expect": expect}, "required": ["expect"]}


def _narrow_source(source: dict[str, Any]) -> None:
    """Let a source be of one kind, and files have the options of their format."""
    source["oneOf"] = [
        {"required": ["table"]},
        {"required": ["path", "format"]},
        {"required": ["connection_type"]},
    ]
    kinds = FileFormat.__args__  # type: ignore[attr-defined]
    source["allOf"] = [
        {
            "if": {"properties": {"format": {"const": kind}}, "required": ["format"]},
            "then": {"properties": {"format_options": _options(kind)}},
        }
        for kind in kinds
    ]


def _options(kind: str) -> dict[str, Any]:
    known = () if kind in _UNREADABLE_AS_IN_SCRIPTS else format_options(kind)
    return {"properties": {name: {} for name in known}, "additionalProperties": False}


def _plain(part: Any) -> Any:  # noqa: ANN401
    """Return a part without what pydantic adds for people who know the classes."""
    if isinstance(part, list):
        return [_plain(each) for each in part]
    if not isinstance(part, dict):
        return part
    names = part.get("properties", {})
    kept = {
        key: value
        for key, value in part.items()
        if key != "properties" and not (key == "title" and not part.get("description"))
    }
    kept = {key: _plain(value) for key, value in kept.items()}
    if "properties" in part:
        kept["properties"] = {
            name: _plain({k: v for k, v in each.items() if k != "title"})
            for name, each in names.items()
        }
    return kept
