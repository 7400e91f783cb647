"""Amazon Ion, text and binary: a struct for each row.

Text is Ion where it begins with ``$ion_1_0``, or where it begins with a struct whose first name is
not in double quotes, as in JSON, and reads as Ion to its end.
"""

from __future__ import annotations

import re

from gluepot.crawlers.classifiers.base import CERTAIN, Classification, FileSchema, Sample
from gluepot.crawlers.classifiers.confined import Reading, read_confined

BINARY_MAGIC = b"\xe0\x01\x00\xea"
TEXT_MARKER = b"$ion_1_0"

DAMAGED_TEXT = 0.4
"""The certainty of text without a marker that is Ion only at its start: damaged JSON is surer."""

_READER = "gluepot.crawlers.classifiers.ion_values"
_BLANKS = re.compile(rb"(?:\s+|//[^\n]*\n|/\*.{0,10000}?\*/)*", re.DOTALL)
_STRUCT = re.compile(
    rb"(?:(?:[A-Za-z_$][\w$]{0,200}|'[^'\\\n]{1,200}')\s*::\s*){0,20}\{\s*[^\s\"{]"
)


class Ion:
    """Reads the structs of the head, in a process of its own."""

    name = "ion"

    def classify(self, sample: Sample) -> Classification:
        """Return the columns of the structs in the head."""
        data = sample.data.removeprefix(b"\xef\xbb\xbf")
        start = data[_end_of_blanks(data) :][:4096]
        marked = data.startswith(BINARY_MAGIC) or start.startswith(TEXT_MARKER)
        if not marked and _STRUCT.match(start) is None:
            return self._no("starts neither with Ion's marker nor with a struct")
        reading = read_confined(_READER, data)
        if reading.problem is not None:
            return self._problem(reading.problem) if marked else self._no(reading.problem)
        if reading.records == 0:
            return self._empty(sample, reading, marked=marked)
        return self._answer(sample, reading, marked=marked)

    def _answer(self, sample: Sample, reading: Reading, *, marked: bool) -> Classification:
        damaged = reading.cut is not None and sample.complete
        warnings = list(reading.warnings)
        if damaged:
            warnings.append(f"after {reading.records:,} structs it is damaged: {reading.cut}")
        # The head ends within a struct, whose share is not known.
        bytes_a_row = max(len(sample.data) / (reading.records + (reading.cut is not None) / 2), 1)
        estimate = max(int(sample.plain_size / bytes_a_row), reading.records)
        schema = FileSchema(
            format=self.name,
            codec=sample.codec,
            columns=reading.found_columns(),
            records=reading.records if sample.complete else estimate,
            exact=sample.complete and not damaged,
            warnings=tuple(warnings),
        )
        return Classification(
            classifier=self.name,
            certainty=CERTAIN if marked or not damaged else DAMAGED_TEXT,
            reason=f"{reading.records:,} structs read as Ion",
            schema=schema,
        )

    def _empty(self, sample: Sample, reading: Reading, *, marked: bool) -> Classification:
        if not sample.complete and reading.cut is not None:
            said = "its first struct is longer than what was read"
            return self._problem(said, needs_more=True) if marked else self._no(said, more=True)
        said = f"it holds no struct that can be read: {reading.cut}" if reading.cut else ""
        if not marked:
            return self._no(said or "it holds no struct")
        return self._problem(said or "its values are no structs; tables have structs only")

    def _no(self, reason: str, *, more: bool = False) -> Classification:
        return Classification(classifier=self.name, certainty=0.0, reason=reason, needs_more=more)

    def _problem(self, problem: str, *, needs_more: bool = False) -> Classification:
        return Classification(
            classifier=self.name,
            certainty=CERTAIN,
            reason="Ion's marker at its start",
            problem=problem,
            needs_more=needs_more,
        )


def _end_of_blanks(data: bytes) -> int:
    found = _BLANKS.match(data[:65_536])
    return found.end() if found else 0
