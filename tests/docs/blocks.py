"""The code blocks of the pages, and what the pages say of each in comments before it.

A comment on the line above a fence is a mark. Marks: ``not run: WHY``, ``shown: WHY`` (text that
is no output), ``file: PATH`` (the block is that file), ``exit code: N``, ``background`` (a server,
which stays until the page ends), ``part of: KIND`` (a piece of a file of that kind).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
MARKS = ("not run", "shown", "file", "exit code", "background", "part of")
FENCE = re.compile(r"^(?P<indent> *)(?P<fence>`{3,})(?P<language>[^`\n]*)$")
COMMENT = re.compile(r"^ *<!-- (?P<name>[a-z ]+)(?:: (?P<value>.+))? -->$")


class MarkError(Exception):
    """A page has a fence that does not close, or a mark that means nothing."""


@dataclass(frozen=True, kw_only=True)
class Block:
    """One fenced block: where it is, and what it holds."""

    page: str
    line: int
    language: str
    text: str
    marks: Mapping[str, str]

    @property
    def name(self) -> str:
        """Return the page and the line, as pytest shows them."""
        return f"{self.page}:{self.line}"

    @property
    def file(self) -> str | None:
        """Return the name of the file that the block is, by its mark or its own first line."""
        first = re.match(r"# (\S+\.(?:yaml|py|toml))\b", self.text)
        return self.marks.get("file") or (first[1] if first else None)


def pages() -> list[Path]:
    """Return every page: the README and what is below docs/."""
    return [ROOT / "README.md", *sorted(DOCS.rglob("*.md"))]


def page_name(page: Path) -> str:
    """Return a page's name: from docs/, or from the root for the README."""
    return str(page.relative_to(DOCS if page.is_relative_to(DOCS) else ROOT))


def blocks_of(page: Path) -> list[Block]:
    """Return the blocks of a page, in their order.

    Raises:
        MarkError: A fence does not close, or a mark is not one of ``MARKS``.
    """
    return list(_blocks(page_name(page), page.read_text(encoding="utf-8").splitlines()))


def all_blocks() -> list[Block]:
    """Return the blocks of all pages."""
    return [block for page in pages() for block in blocks_of(page)]


def _blocks(page: str, lines: list[str]) -> Iterator[Block]:
    number = 0
    while number < len(lines):
        opened = FENCE.match(lines[number])
        if opened is None:
            number += 1
            continue
        end = _end(page, lines, number, opened["indent"] + opened["fence"])
        cut = len(opened["indent"])
        body = [line[cut:] for line in lines[number + 1 : end]]
        yield Block(
            page=page,
            line=number + 1,
            language=opened["language"].strip(),
            text="".join(f"{line}\n" for line in body),
            marks=_marks(page, lines, number),
        )
        number = end + 1


def _end(page: str, lines: list[str], start: int, fence: str) -> int:
    for number in range(start + 1, len(lines)):
        if lines[number].rstrip() == fence:
            return number
    raise MarkError(f"{page}:{start + 1}: the fence does not close")


def _marks(page: str, lines: list[str], start: int) -> dict[str, str]:
    found: dict[str, str] = {}
    number = start - 1
    while number >= 0 and (mark := COMMENT.match(lines[number])):
        if mark["name"] not in MARKS:
            raise MarkError(f"{page}:{number + 1}: {mark['name']!r} is none of {', '.join(MARKS)}")
        found[mark["name"]] = mark["value"] or ""
        number -= 1
    return found


def texts(page: str, language: str) -> list[str]:
    """Return what the blocks of one language on a page hold, without those that are not run."""
    return [
        block.text
        for block in blocks_of(DOCS / page)
        if block.language == language and "not run" not in block.marks
    ]
