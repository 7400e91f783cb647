"""The page of the language: up to date, and its examples parse."""

from __future__ import annotations

import re

from scripts import dqdl_docs

from gluepot.transforms.quality.dqdl import parse_ruleset
from gluepot.transforms.quality.dqdl.rule_types import BY_NAME


def blocks(language: str) -> list[str]:
    text = dqdl_docs.PAGE.read_text(encoding="utf-8")
    return re.findall(rf"```{language}\n(.*?)```", text, flags=re.DOTALL)


def test_the_page_is_what_the_script_writes() -> None:
    found = dqdl_docs.PAGE.read_text(encoding="utf-8")
    assert found == dqdl_docs.page(), "run: python scripts/dqdl_docs.py"


def test_its_rulesets_and_its_examples_of_every_type_parse() -> None:
    for text in blocks("dqdl"):
        parse_ruleset(text)
    (examples,) = blocks("dqdl-rules")
    seen = set()
    for line in examples.splitlines():
        name = line.split()[0]
        section = "Rules" if any(kind.rule for kind in BY_NAME[name]) else "Analyzers"
        parse_ruleset(f"{section} = [ {line} ]")
        seen.add(name)
    assert seen == set(BY_NAME)
