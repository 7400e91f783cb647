"""Write docs/reference/cli.md: every command of gluepot, its arguments and options."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from gluepot.cli.main import app

if TYPE_CHECKING:
    from collections.abc import Iterator

FILE = Path(__file__).resolve().parent.parent / "docs" / "reference" / "cli.md"
HEAD = """# Commands

Made by `scripts/cli_reference.py` from the commands themselves; do not edit it.

`gluepot NOUN VERB --help` says the same in a terminal. Every command takes `--help`.
`...` after an option or argument: it may be given several times.
"""


def page() -> str:
    """Return the text of the page."""
    root = typer.main.get_command(app)
    context = root.make_context("gluepot", [], resilient_parsing=True)
    return "\n".join([HEAD, *_options(root, context), *_commands(root, context, 2)])


def _commands(group: Any, context: Any, depth: int) -> Iterator[str]:  # noqa: ANN401
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if command is None or command.hidden:
            continue
        inner = command.make_context(name, [], parent=context, resilient_parsing=True)
        yield f"{'#' * depth} {_path(inner)}\n"
        if hasattr(command, "list_commands"):
            yield f"{_text(command.help)}\n"
            yield from _commands(command, inner, depth + 1)
        else:
            yield from _command(command, inner)


def _command(command: Any, context: Any) -> Iterator[str]:  # noqa: ANN401
    arguments = " ".join(_argument(item, context) for item in _parameters(command, "argument"))
    yield f"    {_path(context)} [OPTIONS] {arguments}".rstrip() + "\n"
    yield f"{_text(command.help)}\n"
    yield from _options(command, context)


def _options(command: Any, context: Any) -> Iterator[str]:  # noqa: ANN401
    arguments, options = (_parameters(command, kind) for kind in ("argument", "option"))
    rows = [
        *((f"`{_cell(_metavar(item, context))}`", _default(item), item.help) for item in arguments),
        *((_flags(item, context), _default(item), item.help) for item in options),
    ]
    if rows:
        yield "| argument or option | default | meaning |\n|---|---|---|"
        yield from (f"| {flags} | {default} | {_cell(text)} |" for flags, default, text in rows)
        yield ""


def _parameters(command: Any, kind: str) -> list[Any]:  # noqa: ANN401
    left_out = ("help", "install_completion", "show_completion")
    return [
        item
        for item in command.params
        if item.param_type_name == kind and item.name not in left_out and not item.hidden
    ]


def _path(context: Any) -> str:  # noqa: ANN401
    above = context.parent
    return f"{_path(above)} {context.info_name}" if above else str(context.info_name)


def _metavar(item: Any, context: Any) -> str:  # noqa: ANN401
    """Return what stands for a value: the name that the command gives it, or its type."""
    if item.metavar:
        return str(item.metavar)
    if item.param_type_name == "argument":
        return str(item.name).upper()
    shown = str(item.display_type(ctx=context)).strip("<>{}").removeprefix("list[").strip("]")
    if shown.startswith(("int", "float")):
        return "NUMBER"
    return {"str": "TEXT", "path": "PATH"}.get(shown, shown)


def _flags(option: Any, context: Any) -> str:  # noqa: ANN401
    names = [*option.opts, *option.secondary_opts]
    shown = ", ".join(f"`{name}`" for name in names)
    takes = "" if option.is_flag else f" `{_cell(_metavar(option, context))}`"
    often = " ..." if option.multiple else ""
    needed = " (required)" if option.required else ""
    return f"{shown}{takes}{often}{needed}"


def _argument(item: Any, context: Any) -> str:  # noqa: ANN401
    often = "..." if item.nargs == -1 or item.multiple else ""
    shown = f"{_metavar(item, context)}{often}"
    return shown if item.required else f"[{shown}]"


def _default(item: Any) -> str:  # noqa: ANN401
    value = item.default
    if value is None or value is False or callable(value) or value in ((), [], ""):
        return ""
    if item.param_type_name == "option" and item.is_flag:
        return f"`{item.opts[0]}`"
    return f"`{getattr(value, 'value', value)}`"


def _text(text: str | None) -> str:
    """Return a docstring as the page has it: paragraphs, without line ends of the source."""
    parts = re.split(r"\n\s*\n", (text or "").strip())
    return "\n\n".join(" ".join(part.split()) for part in parts)


def _cell(text: str | None) -> str:
    return " ".join((text or "").split()).replace("|", "\\|")


def main() -> None:
    """Write the page."""
    FILE.write_text(page(), encoding="utf-8")
    print(f"{FILE}: {FILE.stat().st_size:,} bytes")


if __name__ == "__main__":
    os.environ["COLUMNS"] = "100"
    main()
