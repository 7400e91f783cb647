"""From a ruleset's text to its tree, or to everything that is wrong with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gluepot.transforms.quality.dqdl.errors import InvalidRulesetError, RulesetProblem
from gluepot.transforms.quality.dqdl.tree import Definition, Ruleset, Sources

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lark.exceptions import UnexpectedInput

    from gluepot.transforms.quality.dqdl.checking import Checks
    from gluepot.transforms.quality.dqdl.reading import RawText, Section

MOST_EXPECTED = 8
"""Words that a message offers."""
_ORDER = ("Metadata", "DataSources", "", "DefaultLabels", "Rules", "Analyzers")


def parse_ruleset(text: str) -> Ruleset:
    """Return the tree of a ruleset's text; variables stay as they are written.

    Raises:
        InvalidRulesetError: Names everything that is wrong, with line and column; of a text that
            breaks the grammar, the first place.
    """
    # Lark takes longer to import than most commands take to run.
    from gluepot.transforms.quality.dqdl.checking import Checks  # noqa: PLC0415

    sections = _read(text)
    _check_order(sections)
    definitions, problems = _definitions(sections)
    checks = Checks(definitions={each.name: each for each in definitions}, problems=problems)
    found = _ruleset(sections, definitions, checks)
    if not checks.problems and not found.rules and not found.analyzers:
        _fail("No rules or analyzers provided.", text)
    if checks.problems:
        raise InvalidRulesetError(tuple(checks.problems))
    return found


def _read(text: str) -> tuple[Section, ...]:
    from lark.exceptions import UnexpectedInput  # noqa: PLC0415

    from gluepot.transforms.quality.dqdl.reading import dqdl_parser  # noqa: PLC0415

    try:
        return dqdl_parser().parse(text)  # type: ignore[return-value]
    except UnexpectedInput as error:
        raise InvalidRulesetError((_problem(error, text),)) from None


def _problem(error: UnexpectedInput, text: str) -> RulesetProblem:
    from lark.exceptions import UnexpectedCharacters, UnexpectedToken  # noqa: PLC0415

    from gluepot.transforms.quality.dqdl.grammar import WORDS  # noqa: PLC0415

    names: set[str] = set()
    met = "the end"
    line, column = error.line, error.column
    if isinstance(error, UnexpectedToken):
        names = set(error.accepts or ())
        met = repr(str(error.token)) if error.token.type != "$END" else met
        if error.token.type == "$END":
            line, column = _end(text)
    elif isinstance(error, UnexpectedCharacters):
        names = error.allowed
        met = repr(text[error.pos_in_stream or 0])
    words = {WORDS.get(name, name) for name in names}
    # Words tell more than signs do, so they come first.
    expected = tuple(sorted(words, key=lambda word: (not word[0].isalnum(), word)))
    shown = ", ".join(expected[:MOST_EXPECTED])
    more = " and more" if len(expected) > MOST_EXPECTED else ""
    message = f"unexpected {met}; expected one of: {shown}{more}"
    return RulesetProblem(message=message, line=line, column=column, expected=expected)


def _end(text: str) -> tuple[int, int]:
    lines = text.split("\n")
    return len(lines), len(lines[-1]) + 1


def _fail(message: str, text: str) -> None:
    line, column = _end(text)
    raise InvalidRulesetError((RulesetProblem(message=message, line=line, column=column),))


def _check_order(sections: Sequence[Section]) -> None:
    """See that each section comes once, in Glue's order; definitions may be many."""
    last = -1
    seen: set[str] = set()
    for section in sections:
        at = _ORDER.index(section.name)
        if section.name and section.name in seen:
            message = f"{section.name} is given twice"
        elif at < last:
            message = f"{section.name or section.defined} must come before {_ORDER[last]}"
        else:
            seen.add(section.name)
            last = at
            continue
        raise InvalidRulesetError((RulesetProblem.at(section.place, message),))


def _definitions(
    sections: Sequence[Section],
) -> tuple[tuple[Definition, ...], list[RulesetProblem]]:
    found: dict[str, Definition] = {}
    problems: list[RulesetProblem] = []
    for section in sections:
        if section.name:
            continue
        raw: RawText = section.content
        name, place = section.defined, section.place
        if name in found:
            problems.append(RulesetProblem.at(place, f"Variable {name} is already defined"))
        if name.startswith((".", "_")):
            message = f"Variable name {name} cannot start with . or _"
            problems.append(RulesetProblem.at(place, message))
        if any(value.startswith("$") for value in raw.values):
            message = f"The value of variable {name} cannot refer to another variable"
            problems.append(RulesetProblem.at(place, message))
        found[name] = Definition(name=name, values=raw.values, is_list=raw.is_list, place=place)
    return tuple(found.values()), problems


def _ruleset(
    sections: Sequence[Section], definitions: tuple[Definition, ...], checks: Checks
) -> Ruleset:
    content = {section.name: section for section in sections if section.name}
    if "DefaultLabels" in content:
        checks.default_labels = checks.labels((content["DefaultLabels"].content,))
    rules = content["Rules"].content if "Rules" in content else ()
    analyzers = content["Analyzers"].content if "Analyzers" in content else ()
    return Ruleset(
        rules=tuple(map(checks.rule, rules)),
        analyzers=tuple(map(checks.analyzer, analyzers)),
        version=_version(content.get("Metadata"), checks),
        sources=_sources(content.get("DataSources"), checks),
        definitions=definitions,
        default_labels=checks.default_labels,
    )


def _version(section: Section | None, checks: Checks) -> str | None:
    version = None
    for key, value, place in () if section is None else section.content:
        if key != "Version" or value.is_list:
            checks.note(place, "Unsupported key provided in Metadata section")
        else:
            version = value.values[0]
    return version


def _sources(section: Section | None, checks: Checks) -> Sources | None:
    if section is None:
        return None
    primary, additional = None, None
    for key, value, place in section.content:
        if key == "Primary" and not value.is_list:
            primary = value.values[0]
        elif key in ("AdditionalDataSources", "AdditionalSources"):
            if not value.is_list:
                checks.note(place, "Additional sources must be an array of values.")
            additional = value.values
        else:
            checks.note(place, "Unsupported key provided in Sources section")
    return Sources(primary=primary, additional=additional)
