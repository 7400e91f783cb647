"""Every code block of the README and of docs/ is run or read; what is not run says why."""

from __future__ import annotations

import re
import shlex
import sys
from collections import Counter
from itertools import takewhile
from typing import TYPE_CHECKING, Any

import pytest
import typer

from gluepot.cli.main import app
from tests.docs.blocks import DOCS, ROOT, Block, all_blocks, blocks_of, page_name, pages
from tests.docs.following import RUN, console
from tests.docs.parsing import PARSERS, parse
from tests.docs.registry import FOLLOWED, OWN

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

BLOCKS = all_blocks()


def treatment(block: Block) -> str | None:
    """Return what is done with a block, in a word, or None if nothing is."""
    if "not run" in block.marks:
        return "not run"
    if block.page in FOLLOWED and block.language in RUN:
        return "followed"
    if block.language in OWN.get(block.page, {}):
        return "a test of its own"
    if block.language in RUN or block.language not in PARSERS:
        return None
    return "shown" if block.language == "text" else "read"


def test_every_block_is_run_or_read_or_says_why_not(capsys: pytest.CaptureFixture[str]) -> None:
    left = [
        f"{block.name}: {block.language or '(none)'}" for block in BLOCKS if not treatment(block)
    ]
    with capsys.disabled():
        sys.stdout.write(told())

    assert left == [], "neither run nor read: see tests/docs/registry.py and the marks of blocks.py"


def told() -> str:
    """Return a table of what is done with how many blocks, and why some are not run."""
    table = Counter((block.language or "(none)", treatment(block) or "nothing") for block in BLOCKS)
    rows = [
        f"{language:12} {done:18} {count:6}" for (language, done), count in sorted(table.items())
    ]
    why = [f"{block.name}: {text}" for block in BLOCKS if (text := block.marks.get("not run"))]
    return "\n".join(["", "Blocks of the pages:", *rows, "Not run:", *why, ""])


@pytest.mark.parametrize("page", [page_name(page) for page in pages()])
def test_every_block_of_the_page_is_what_it_is_called(
    page: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = OWN.get(page, {})
    path = ROOT / page if page == "README.md" else DOCS / page
    for number, block in enumerate(blocks_of(path)):
        if block.language in own and block.language in ("yaml", "dqdl-rules"):
            continue
        folder = tmp_path / str(number)
        folder.mkdir()
        monkeypatch.chdir(folder)
        parse(block, folder)


def test_tests_that_pages_are_left_to_are_there_and_know_the_page() -> None:
    for page, languages in OWN.items():
        for place in set(languages.values()):
            text = (ROOT / place).read_text(encoding="utf-8")
            stem = page.rpartition("/")[2].removesuffix(".md")
            assert f"{stem}.md" in text or f"{stem}_docs.PAGE" in text, (page, place)


def test_pages_that_are_followed_are_there() -> None:
    assert [page for page in FOLLOWED if not (DOCS / page).is_file()] == []


def _commands() -> Iterator[tuple[str, list[str]]]:
    for block in BLOCKS:
        if block.language not in ("sh", "console"):
            continue
        code = console(block.text)[0] if block.language == "console" else block.text
        for line in code.replace("\\\n", " ").splitlines():
            if re.search(r"\bgluepot [a-z]", line):
                yield from ((block.name, words) for words in _of_gluepot(line))


def _of_gluepot(line: str) -> Iterator[list[str]]:
    """Yield what follows each ``gluepot`` of a line, up to where its command ends."""
    plain = re.sub(r'"(\$\([^()]*\))"', r"\1", line)
    lexer = shlex.shlex(plain, posix=True, punctuation_chars="|;&<>()")
    lexer.whitespace_split = True
    words = list(lexer)
    for number, word in enumerate(words):
        ends = takewhile(lambda each: not re.fullmatch(r"[|;&<>()]+", each), words[number + 1 :])
        found = list(ends)
        if word == "gluepot" and found and not found[0].startswith("-"):
            yield found


def test_every_command_of_the_pages_is_one_with_the_options_it_is_given() -> None:
    root = typer.main.get_command(app)
    commands = list(_commands())
    faults = [
        f"{place}: gluepot {' '.join(words)}: {fault}"
        for place, words in commands
        if (fault := _fault(root, words))
    ]

    assert faults == []
    assert len(commands) > 100


def _fault(command: Any, words: list[str]) -> str:  # noqa: ANN401 - Typer names no base of both
    context = typer.Context(command, info_name="gluepot")
    while hasattr(command, "get_command") and words:
        if words[0].startswith("-"):
            words = words[2:]
            continue
        inner = command.get_command(context, words[0])
        if inner is None:
            return f"there is no {words[0]}"
        command, words = inner, words[1:]
    options = {name: item for item in command.params for name in (*item.opts, *item.secondary_opts)}
    while words:
        name, given, _ = words[0].partition("=")
        is_option = re.match(r"--?[a-zA-Z]", name) is not None
        if is_option and name not in options and name != "--help":
            return f"there is no {name}"
        takes = is_option and not given and name in options and not options[name].is_flag
        words = words[2:] if takes else words[1:]
    return ""
