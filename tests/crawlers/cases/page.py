"""The cases as a page of the documentation: what lies there, what comes out, and why."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Any

from tests.crawlers.cases.crawling import FOLDER
from tests.crawlers.cases.model import Laid, Made

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from tests.crawlers.cases.model import Case, Content, Expected, Section

LONGEST = 110
"""Characters of a text that are shown."""

SHOWN_FILES = 6
SHOWN_VALUES = 6
SHOWN_COLUMNS = 12

INTRODUCTION = f"""# What crawlers make of files: cases

Each row is a test: the files are laid out and crawled, and the tables compared. Each case is
crawled again, with what the crawler remembers and without, and nothing changes; and again with its
listing in another order, and the same comes out. The page is written from the tests by
`python scripts/crawler_cases.py`.

Files lie below a folder `{FOLDER}/`, which is the target where none is named. In texts `⏎` is a
line break and `⇥` a tab. A table is `name(column type, …)`, its partition keys stand behind `by`;
without another word it is at `name/` and not compressed. What a crawl *says* is the reason it
gives, what it *warns* of belongs to the table, and what it *tells* belongs to none.
"""


def cases_page(sections: Iterable[Section]) -> str:
    """Return the page."""
    parts = [INTRODUCTION]
    for section in sections:
        parts.append(f"## {section.title}\n\n{section.about}\n")
        parts.append("| Case | What lies there | What comes out | Why |\n| --- | --- | --- | --- |")
        parts += [_row(case) for case in section.cases]
        parts.append("")
    return "\n".join(parts)


def _row(case: Case) -> str:
    out = [_expected(table) for table in case.tables] or ["no table"]
    out += [f"told: {_safe(text)}" for text in (*case.problems, *case.warns)]
    cells = (_safe(case.name), "<br>".join(_lies(case)), "<br>".join(out), _safe(case.why))
    return f"| {' | '.join(cells)} |"


def _lies(case: Case) -> Iterator[str]:
    groups = [([name for name, _ in items], shown) for shown, items in _by_content(case.files)]
    for names, shown in groups[:SHOWN_FILES]:
        listed = ", ".join(map(_code, names[:SHOWN_FILES]))
        rest = f" and {len(names) - SHOWN_FILES} more" if len(names) > SHOWN_FILES else ""
        yield f"{listed}{rest}: {shown}"
    if len(groups) > SHOWN_FILES:
        yield f"and {sum(len(names) for names, _ in groups[SHOWN_FILES:])} more files"
    if case.targets != ("",):
        yield f"targets: {', '.join(map(_code, case.targets))}"
    for name, value in case.options.items():
        yield f"{_code(name)}: {_code(_plain(value))}"
    for definition in case.classifiers.values():
        yield f"classifier: {_code(_classifier(definition))}"
    for name, text in case.schemas.items():
        yield f"schema {_code(name)}: {_code(text)}"


def _by_content(files: Mapping[str, Content]) -> list[tuple[str, list[tuple[str, Content]]]]:
    """Return files that hold the same, one after the other, as one."""
    grouped = groupby(files.items(), key=lambda item: _content(item[1]))
    return [(shown, list(items)) for shown, items in grouped]


def _content(content: Content) -> str:
    if isinstance(content, Made | Laid):
        return _safe(content.shown)
    return _code(content)


def _expected(table: Expected) -> str:
    columns = table.columns.split(", ")
    shown = ", ".join(columns[:SHOWN_COLUMNS])
    rest = f", … {len(columns) - SHOWN_COLUMNS} more" if len(columns) > SHOWN_COLUMNS else ""
    keys = f" by {table.keys}" if table.keys else ""
    text = f"{_code(f'{table.name}({shown}{rest}){keys}', whole=True)} {table.format}"
    text += "" if table.codec == "none" else f", {table.codec}"
    details = []
    if table.location and table.location != f"{table.name}/":
        place = FOLDER + "/" if table.location == "./" else table.location
        details.append(f"at {_code(place)}")
    if table.values:
        values = ", ".join(map(_code, table.values[:SHOWN_VALUES]))
        more = ", …" if len(table.values) > SHOWN_VALUES else ""
        details.append(f"partitions {values}{more}")
    if table.serde:
        details.append(f"by {table.serde}")
    told: dict[str, Any] = {**table.parameters, **table.serde_parameters}
    details += [
        f"no {_code(name)}" if value is None else f"{_code(name)} {_code(value)}"
        for name, value in told.items()
    ]
    details += [f"says: {_safe(said)}" for said in table.says]
    details += [f"warns: {_safe(warning)}" for warning in table.warns]
    return "; ".join([text, *details])


def _classifier(definition: Mapping[str, Any]) -> str:
    ((kind, member),) = definition.items()
    said = (f"{key}={_plain(value)}" for key, value in member.items() if key != "Name")
    return f"{kind} {', '.join(said)}"


def _plain(value: Any) -> str:  # noqa: ANN401
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value))
    return str(value)


def _code(text: object, *, whole: bool = False) -> str:
    """Return a text as code that a cell of a table may hold."""
    plain = _visible(str(text))
    if len(plain) > LONGEST and not whole:
        plain = f"{plain[:LONGEST]}…"
    mark = "``" if "`" in plain else "`"
    return f"{mark}{plain.replace('|', chr(92) + '|') or ' '}{mark}"


def _visible(text: str) -> str:
    text = text.replace("\r\n", "␍⏎").replace("\n", "⏎").replace("\t", "⇥").replace("\r", "␍")
    return "".join(mark if mark.isprintable() else f"\\u{ord(mark):04x}" for mark in text)


def _safe(text: str) -> str:
    """Return a text whose marks Markdown does not take for its own."""
    for mark in "\\`*_|<>":
        text = text.replace(mark, f"\\{mark}")
    return _visible(text)
