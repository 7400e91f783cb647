"""Custom classifiers that cut each line of a file by a grok pattern."""

from __future__ import annotations

import io
from dataclasses import dataclass, replace
from itertools import islice
from typing import TYPE_CHECKING

from gluepot.catalog.types import print_type
from gluepot.crawlers.classifiers.base import Classification, FileSchema, FoundColumn, Sample
from gluepot.crawlers.classifiers.grok_match import GrokTimeoutError, match_lines
from gluepot.crawlers.classifiers.text import UTF_8, Text, decode, encoding_parameters

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gluepot.crawlers.classifiers.grok import Grok
    from gluepot.crawlers.classifiers.grok_match import Fields

MOST_LINES = 1_000
"""How many lines of a file are matched: as many records as AWS Glue reads."""

READ_BYTES = 1024 * 1024
"""How much of a head is looked at."""

STORAGE = "grok"
_SHOWN_MISSES = 3
_LONGEST_SHOWN = 40


@dataclass(frozen=True, kw_only=True)
class HeadLines:
    """The lines at the start of a file that are not blank, with their numbers from 1.

    ``characters`` is how much of the text they are, blank lines and line ends among them; ``all``
    says that the file has no others.
    """

    text: Text
    lines: tuple[tuple[int, str], ...]
    characters: int
    all: bool


def read_lines(sample: Sample, *, most_bytes: int = READ_BYTES) -> HeadLines:
    """Return the first lines of a file, only whole ones."""
    cut = len(sample.data) > most_bytes
    if cut:
        sample = replace(sample, data=sample.data[:most_bytes], complete=False)
    text = decode(sample)
    lines: list[tuple[int, str]] = []
    characters = 0
    for number, line in enumerate(islice(io.StringIO(text.text, newline=None), MOST_LINES * 2), 1):
        characters += len(line)
        if not line.isspace():
            lines.append((number, line.rstrip("\n")))
        if len(lines) == MOST_LINES:
            break
    return HeadLines(
        text=text,
        lines=tuple(lines),
        characters=characters,
        all=sample.complete and characters >= len(text.text) - text.text.count("\r\n"),
    )


class GrokClassifier:
    """Reads one record a line by a pattern; its certainty is the share of lines that match.

    Source: AWS Glue developer guide, "Writing grok custom classifiers".
    """

    def __init__(self, *, name: str, classification: str, grok: Grok) -> None:
        self._name = name
        self._format = classification
        self._grok = grok

    @property
    def name(self) -> str:
        """Return the name of the custom classifier."""
        return self._name

    def classify(self, sample: Sample) -> Classification:
        """Return the fields of the pattern as columns."""
        head = read_lines(sample)
        if head.text.problem is not None:
            return self._no(head.text.problem)
        if not head.lines:
            return self._no("no line of it is whole", needs_more=not sample.complete)
        try:
            found = match_lines(self._grok, [line for _, line in head.lines])
        except GrokTimeoutError as error:
            return self._no(str(error))
        matched = sum(1 for fields in found if fields is not None)
        if not matched:
            number, line = head.lines[0]
            return self._no(f"none of {len(found)} lines matches; line {number} is {shown(line)}")
        return Classification(
            classifier=self.name,
            certainty=matched / len(found),
            reason=f"{matched} of {len(found)} lines match {self._grok.text}",
            schema=schema_of_lines(sample, self._format, self._grok, head, found),
        )

    def _no(self, reason: str, *, needs_more: bool = False) -> Classification:
        return Classification(
            classifier=self.name, certainty=0.0, reason=reason, needs_more=needs_more
        )


def schema_of_lines(
    sample: Sample,
    format_: str,
    grok: Grok,
    head: HeadLines,
    found: Sequence[Fields | None],
) -> FileSchema:
    """Return what a file of lines holds; lines that do not match are named."""
    misses = [number for (number, _), row in zip(head.lines, found, strict=True) if row is None]
    numbers = [number for number, _ in head.lines]
    encoding = head.text.encoding
    share = head.characters / max(len(head.text.text), 1)
    bytes_a_line = max(min(len(sample.data), READ_BYTES) * share / len(found), 1)
    custom = {"grokCustomPatterns": grok.custom} if grok.custom else {}
    return FileSchema(
        format=format_,
        codec=sample.codec,
        columns=tuple(_columns(grok, numbers, found)),
        records=len(found) if head.all else max(int(sample.plain_size / bytes_a_line), 1),
        exact=head.all and not misses,
        warnings=(*head.text.warnings, *_told_misses(misses)),
        storage=STORAGE,
        traits=() if encoding == UTF_8 else (("encoding", encoding),),
        parameters={"grokPattern": grok.text, **custom},
        serde_parameters={
            "input.format": grok.text,
            **{f"input.{key}": value for key, value in custom.items()},
            **encoding_parameters(encoding),
        },
    )


def shown(text: str) -> str:
    """Return a text in quotes, short whatever its length."""
    return repr(text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}...")


def _columns(
    grok: Grok, numbers: Sequence[int], found: Sequence[Fields | None]
) -> list[FoundColumn]:
    return [
        FoundColumn(name=field.name, type=field.type, reason=_reason(grok, index, numbers, found))
        for index, field in enumerate(grok.fields)
    ]


def _reason(grok: Grok, index: int, numbers: Sequence[int], found: Sequence[Fields | None]) -> str:
    said = f"the pattern says {print_type(grok.fields[index].type)}"
    held = (
        (number, fields[index])
        for number, fields in zip(numbers, found, strict=True)
        if fields is not None
    )
    first = next(((number, value) for number, value in held if value is not None), None)
    if first is None:
        return f"{said}; no line read holds one"
    return f"{said}, such as {shown(first[1])} on line {first[0]}"


def _told_misses(misses: Sequence[int]) -> tuple[str, ...]:
    if not misses:
        return ()
    named = ", ".join(map(str, misses[:_SHOWN_MISSES]))
    rest = f" and {len(misses) - _SHOWN_MISSES} more" if len(misses) > _SHOWN_MISSES else ""
    return (f"lines {named}{rest} do not match the pattern: their columns are null",)
