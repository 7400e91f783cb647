"""Generated pages are current, and what pages say of tests and files is so."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from scripts import cli_reference, settings_reference, yaml_reference

from tests.docs.blocks import DOCS, ROOT, page_name, pages

if TYPE_CHECKING:
    from types import ModuleType

GENERATED = (cli_reference, settings_reference, yaml_reference)
PLACES = r"(?:catalog|crawlers|jobs|transforms|src|conf|tests|scripts|bench|deploy|docs)"
FOR_READERS = re.compile(r"conf/(jobs|crawlers|triggers|workflows|notifications)\b|jobs/\w+\.py")
"""Files of a reader's own project, as pages name them."""


@pytest.mark.parametrize("script", GENERATED, ids=lambda script: str(script.FILE.name))
def test_the_generated_page_is_current(script: ModuleType) -> None:
    name = script.__name__.rpartition(".")[2]

    assert script.FILE.read_text(encoding="utf-8") == script.page(), f"run scripts/{name}.py"


def test_every_guarantee_names_tests_that_exist() -> None:
    text = (DOCS / "explanation" / "guarantees.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| [^|]+ \| ([^|]+) \|$", text, re.MULTILINE)
    named = [re.fullmatch(r"`(tests/[\w/]+\.py)::(test_\w+)`", cell) for cell in rows]
    told = [match for match in named if match]

    assert len(told) > 30
    assert len(told) == len([cell for cell in rows if cell != "test"])
    for match in told:
        source = (ROOT / match[1]).read_text(encoding="utf-8")
        assert re.search(rf"^(async )?def {match[2]}\(", source, re.MULTILINE), match[0]


def test_the_limits_count_what_generated_pages_count() -> None:
    limits = (DOCS / "explanation" / "limits.md").read_text(encoding="utf-8")
    coverage = (DOCS / "reference" / "api-coverage.md").read_text(encoding="utf-8")
    parity = (DOCS / "reference" / "glue-parity.md").read_text(encoding="utf-8")
    operations = re.search(r"Of (\d+) operations (\d+) do their work", coverage)
    names = re.search(r"Of (\d+) names, .* (\d+) are absent", parity)

    assert operations
    assert names
    assert f"**{int(operations[1]) - int(operations[2])} of {operations[1]} operations**" in limits
    assert f"**{names[2]} of {names[1]} names**" in limits


@pytest.mark.parametrize("page", pages(), ids=page_name)
def test_files_of_the_project_that_the_page_names_are_there(page: str) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    outside = re.sub(r"^```.*?^```$", "", text, flags=re.MULTILINE | re.DOTALL)
    named = re.findall(rf"`({PLACES}/[\w./-]*\w/?)`", outside)
    commands = re.findall(r"`python ((?:bench|scripts)/\w+\.py)", outside)

    missing = [
        name
        for name in (*named, *commands)
        if not FOR_READERS.match(name) and not (ROOT / name).exists()
    ]
    assert missing == []
