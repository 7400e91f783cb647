from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from jsonschema import Draft202012Validator
from scripts import job_schema as schema_script
from scripts import transform_docs

from gluepot.jobs.definitions.pipeline import load_pipeline
from gluepot.jobs.definitions.schema import job_schema
from gluepot.jobs.errors import DefinitionError
from tests.jobs.test_job_command import GOOD as COPY
from tests.jobs.test_pipeline import GOOD, PARTS

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def validator() -> Draft202012Validator:
    return Draft202012Validator(job_schema())


def _examples() -> Iterator[Any]:
    for file in sorted((ROOT / "src" / "gluepot" / "demo").rglob("conf/jobs/*.yaml")):
        yield pytest.param(file.read_text(), id=file.stem)
    yield pytest.param(GOOD, id="good")
    yield pytest.param(PARTS, id="parts")
    yield pytest.param(COPY, id="copy")
    yield pytest.param("name: s\nscript: s.py\nspark: {conf: {spark.x: 8}}\n", id="script")


@pytest.mark.parametrize("text", list(_examples()))
def test_every_example_fits_the_schema(validator: Draft202012Validator, text: str) -> None:
    found = [error.message for error in validator.iter_errors(yaml.safe_load(text))]

    assert found == []


def test_the_schema_is_one() -> None:
    Draft202012Validator.check_schema(job_schema())


def test_examples_in_the_documents_fit_the_schema(validator: Draft202012Validator) -> None:
    blocks = [
        (file.name, block)
        for file in (ROOT / "docs").rglob("*.md")
        for block in re.findall(r"```yaml\n(.*?)```", file.read_text(), re.DOTALL)
        if "\nsinks:" in block
        and "\nsources:" in block
        and re.search(r"^name:", block, re.MULTILINE)
    ]

    for name, block in blocks:
        assert [error.message for error in validator.iter_errors(yaml.safe_load(block))] == [], name


STEP = {"name": "x", "transform": "DropFields", "input": "planes", "paths": ["a"]}
WRONG_OPTION = {"path": "/in", "format": "csv", "format_options": {"seperator": ";"}}
FAULTS: list[tuple[str, Any, str]] = [
    ("/sinkz", [], "Did you mean 'sinks'?"),
    ("/sources/planes/formt", "csv", "Did you mean 'format'?"),
    ("/sources/planes/format", "cvs", "Input should be 'csv'"),
    ("/sources/planes/table", "a.b", "has either a table"),
    ("/sources/planes", WRONG_OPTION, "Did you mean 'separator'?"),
    ("/bookmark", "yes", "Input should be 'enable'"),
    ("/max_retries", 11, "less than or equal to 10"),
    ("/steps/1/path", ["a"], "Did you mean 'paths'?"),
    ("/steps/1/paths", 5, "must be a list of paths"),
    ("/steps/1/transform", "DropField", "Did you mean 'DropFields'?"),
    ("/steps/0/how", "outer", "one of inner, left"),
    ("/steps/0/inputs", ["planes"], "takes 2 inputs"),
    ("/steps/1", {**STEP, "paths": None}, "must be a list of paths"),
    ("/steps/1", {"transform": "Filter", "input": "flights"}, "'expression' is missing"),
    ("/sinks/0/mode", "replace", "Input should be 'append'"),
    ("/sinks/0/path", None, "Input should be a valid string"),
    ("/sinks", [], "at least 1 item"),
]


@pytest.mark.parametrize(("place", "value", "sentence"), FAULTS)
def test_what_the_schema_refuses_is_refused_with_a_better_sentence(
    validator: Draft202012Validator, tmp_path: Path, place: str, value: object, sentence: str
) -> None:
    job = yaml.safe_load(GOOD)
    *way, last = place.strip("/").split("/")
    at = job
    for key in way:
        at = at[int(key)] if isinstance(at, list) else at[key]
    at[int(last) if isinstance(at, list) else last] = value
    file = tmp_path / "flights.yaml"
    file.write_text(yaml.safe_dump(job))

    assert not validator.is_valid(job)
    with pytest.raises(DefinitionError) as caught:
        load_pipeline(file)
    assert sentence in str(caught.value)


def test_editors_are_told_what_each_step_takes(validator: Draft202012Validator) -> None:
    join = validator.schema["$defs"]["JoinStep"]

    assert join["properties"]["how"]["enum"][:2] == ["inner", "left"]
    assert join["properties"]["keys1"]["description"]
    assert validator.schema["$defs"]["SourceSpec"]["properties"]["path"]["description"]


def test_the_published_schema_is_current() -> None:
    published = json.loads(schema_script.FILE.read_text())

    assert published == job_schema(), "run scripts/job_schema.py"


def test_the_page_of_transforms_is_current() -> None:
    assert transform_docs.PAGE.read_text() == transform_docs.page(), "run scripts/transform_docs.py"
