"""Write docs/reference/transforms.md: every step of pipelines and its parameters."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from gluepot.transforms.registry import TRANSFORMS

if TYPE_CHECKING:
    from gluepot.transforms.step import Step

PAGE = Path(__file__).resolve().parent.parent / "docs" / "reference" / "transforms.md"

HEAD = """# Steps of pipelines

Made by `scripts/transform_docs.py` from `gluepot.transforms.registry`; do not edit it.

A step of `conf/jobs/NAME.yaml` names its `transform`, its `input` (or `inputs`) and the parameters
below; `name` is what later steps, gates and sinks call it. A step that makes a collection is taken
in parts: `input: STEP.PART`. Expressions are Spark SQL. Editors complete all of it with
`# yaml-language-server: $schema=job.schema.json` in the first line; `gluepot job schema` prints
that schema, and `gluepot job preview JOB` shows what each step does to a sample.
"""


def page() -> str:
    """Return the page."""
    return HEAD + "".join(_section(step) for step in sorted(TRANSFORMS.values(), key=_name))


def _name(step: Step) -> str:
    return step.name


def _section(step: Step) -> str:
    lines = [f"\n## {step.name}\n\n{_sentence(step.meaning)} {_inputs(step)}\n"]
    if step.parameters:
        lines.append("\n| parameter | value | meaning |\n| --- | --- | --- |\n")
    for name, parameter in step.parameters.items():
        required = " (required)" if parameter.required else ""
        cells = (f"`{name}`{required}", parameter.wanted, parameter.meaning)
        escaped = (cell.replace("|", "\\|") for cell in cells)
        lines.append(f"| {' | '.join(escaped)} |\n")
    return "".join(lines)


def _inputs(step: Step) -> str:
    if step.takes_collection:
        return "It takes a collection."
    words = ("one", "two")
    count = "two or more" if step.most_inputs is None else words[step.most_inputs - 1]
    if step.most_inputs is not None and step.least_inputs < step.most_inputs:
        count = f"{words[step.least_inputs - 1]} or {count}"
    made = " It makes a collection." if step.parts is not None else ""
    return f"It takes {count} input{'' if count == 'one' else 's'}.{made}"


def _sentence(text: str) -> str:
    return f"{text[0].upper()}{text[1:]}."


if __name__ == "__main__":
    PAGE.write_text(page())
    print(f"{PAGE}: {len(TRANSFORMS)} steps")
