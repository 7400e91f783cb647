"""Files and functions stay small: a longer one is split, not explained."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
CODE = [
    path
    for folder in ("catalog", "crawlers", "jobs", "transforms", "src/gluepot")
    for path in sorted((ROOT / folder).rglob("*.py"))
]
MOST_FILE_LINES = 500
MOST_FUNCTION_LINES = 60
P90_FUNCTION_LINES = 25


def _function_lines(path: Path) -> list[tuple[str, int]]:
    """Return each function's lines, its docstring left out."""
    found = []
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            text = node.body[0]
            has_docstring = ast.get_docstring(node, clean=False) is not None
            docstring = (text.end_lineno or 0) - text.lineno + 1 if has_docstring else 0
            lines = (node.end_lineno or 0) - node.lineno + 1 - docstring
            found.append((f"{path.name}:{node.name}", lines))
    return found


@pytest.mark.parametrize("path", CODE, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_file_is_too_long(path: Path) -> None:
    assert len(path.read_text().splitlines()) <= MOST_FILE_LINES


def test_no_function_is_too_long_and_most_are_short() -> None:
    functions = [item for path in CODE for item in _function_lines(path)]
    lengths = sorted(lines for _, lines in functions)

    assert [item for item in functions if item[1] > MOST_FUNCTION_LINES] == []
    assert lengths[int(len(lengths) * 0.9)] <= P90_FUNCTION_LINES
