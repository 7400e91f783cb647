"""The JSON values at the start of a text that may be cut anywhere: one a line, or in any layout.

What is read is bounded by the text: no value is read twice but the last, and nesting beyond what a
parser follows ends the reading. A value that the text cuts, or that is damaged, is given as far as
it goes, with all that is open in it closed.
"""

from __future__ import annotations

import io
import json
import re
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import orjson

DEEPEST = 200
"""How deep a value that is cut or damaged is followed."""

LONGEST_PART = 1024 * 1024
"""How many characters of a value that is cut or damaged are read."""

MOST_VALUES = 100_000
"""How many values of one file are read; only very short ones are more in a head."""

_SPACE = re.compile(r"[ \t\r\n\x1e]*+")  # sequences of JSON texts begin each with 0x1e
_BETWEEN = re.compile(r'(?:[^"\[\]{},]++|"[^"\\]*+(?:\\.[^"\\]*+)*+"?)*+([\[\]{},])', re.DOTALL)
"""Everything up to the next mark of structure, strings as wholes."""

# orjson makes a float, which is not exact, of a whole number that does not fit 64 bits.
_MANY_DIGITS = re.compile(r"\d{19}")
_LONG_NUMBER = re.compile(r"(?<![.\d])\d{19}")
_LONGEST_NUMBER = 1000
_LONGEST_ESCAPE = 12
_PROBED_FOR_REPEATS = 100
_HOPELESS = 50
_CLOSERS = {"{": "}", "[": "]"}


@dataclass(kw_only=True)
class JsonValues:
    """Objects and arrays that stand at the start of a text.

    Attributes:
        values: Each with its line.
        broken: Lines that hold no whole object or array, and why; for one value a line.
        by_line: They were read line by line, so a damaged one does not hide the next.
        end: Up to which character the text was understood.
        lines: Over how many lines the values go, those that are broken and blank among them.
        stopped: There are more values than are read of one file.
        fault: What ended the reading before the end of the text, if that is damage.
        part: The last value is not whole: cut by the end of the text or by the fault.
        whole: Something in it is whole: a value, or an element of a first array.
        repeated: Keys that stand twice in one object; the last value is kept.
    """

    by_line: bool
    values: list[tuple[int, Any]] = field(default_factory=list)
    broken: list[tuple[int, str]] = field(default_factory=list)
    end: int = 0
    lines: int = 1
    stopped: bool = False
    fault: str | None = None
    part: bool = False
    whole: bool = False
    repeated: set[str] = field(default_factory=set)

    @property
    def share(self) -> float:
        """Return how much of what was looked at was understood, from 0 to 1."""
        return len(self.values) / max(len(self.values) + len(self.broken), 1)


def read_values(text: str, *, complete: bool) -> JsonValues:
    """Return the values of a text, one a line where most lines hold one.

    Args:
        text: From the first character of the file on.
        complete: The text is all there is; else it may be cut anywhere.
    """
    lines = read_lines(text if complete else text[: text.rfind("\n") + 1])
    if lines.values and not lines.broken:
        return lines
    documents = read_documents(text, complete=complete)
    if documents.values and (documents.fault is None or not lines.values):
        return documents
    return lines if lines.values else documents


def read_lines(text: str) -> JsonValues:
    """Return the values of lines; the reading ends where most of the first are none."""
    found = JsonValues(by_line=True)
    decoder = _decoder(found.repeated)
    any_long = _MANY_DIGITS.search(text) is not None
    for number, line in enumerate(io.StringIO(text, newline="\n"), 1):
        found.lines, found.end = number, found.end + len(line)
        if line.isspace():
            continue
        try:
            # Only the slow decoder tells of keys that stand twice.
            slow = len(found.values) < _PROBED_FOR_REPEATS or (
                any_long and _LONG_NUMBER.search(line) is not None
            )
            found.values.append((number, _line(line, decoder, slow=slow)))
        except (ValueError, RecursionError) as error:
            found.broken.append((number, told(error)))
            if len(found.broken) > max(_HOPELESS, len(found.values)):
                found.values.clear()
                break
        found.stopped = len(found.values) == MOST_VALUES
        if found.stopped:
            break
    found.whole = bool(found.values)
    return found


def read_documents(text: str, *, complete: bool) -> JsonValues:
    """Return values that stand one after another, each over as many lines as it likes."""
    found = JsonValues(by_line=False)
    decoder = _decoder(found.repeated)
    line = 1
    while (start := _skip(text, found.end)) < len(text) and not found.stopped:
        line += text.count("\n", found.end, start)
        if text[start] not in _CLOSERS:
            found.fault = f"line {line} holds {text[start : start + 20]!r} where a value should be"
            break
        try:
            value, found.end = decoder.raw_decode(text, start)
        except (ValueError, RecursionError) as error:
            _add_part(found, text, start, (line, error), complete=complete)
            break
        found.values.append((line, value))
        found.whole = True
        found.stopped = len(found.values) == MOST_VALUES
        line += text.count("\n", start, found.end)
    found.lines = line
    return found


def _add_part(
    found: JsonValues, text: str, start: int, told_at: tuple[int, Exception], *, complete: bool
) -> None:
    """Add what can be told of a value that is cut or damaged."""
    line, error = told_at
    stop = len(text)
    if isinstance(error, json.JSONDecodeError):
        cut = not complete and _is_cut(error, text)
        stop = stop if cut else error.pos
    else:
        cut = False
    if not cut:
        found.fault = told(error) if isinstance(error, RecursionError) else _told_place(error)
        found.fault = f"the value that begins on line {line} cannot be read: {found.fault}"
    part = closed(text[start : min(stop, start + LONGEST_PART)])
    found.end = stop
    if part is None:
        return
    try:
        value = _decoder(found.repeated).decode(part.text)
    except (ValueError, RecursionError):
        return
    if value or cut:
        found.values.append((line, value))
        found.part = True
        found.whole = found.whole or part.whole


@dataclass(frozen=True, kw_only=True)
class Closed:
    """The start of a JSON value with all that is open in it closed.

    ``whole`` says that it is an array of which at least one element is whole.
    """

    text: str
    whole: bool


def closed(text: str) -> Closed | None:
    """Return the start of a value made whole, None where not even its first bracket is there.

    Of an array only whole elements are kept, if there is one.

    >>> closed('[{"a": 1}, {"a": [2, "x').text
    '[{"a": 1}]'
    >>> closed('{"a": [{"b": 1, "c": "x').text
    '{"a": [{"b": 1}]}'
    """
    stack: list[str] = []
    end = elements_end = position = 0
    # A match at a place, never a search: searching again from each place costs the square.
    while (found := _BETWEEN.match(text, position)) is not None:
        mark, position = found[1], found.end()
        end = position
        if mark in _CLOSERS:
            stack.append(_CLOSERS[mark])
            if len(stack) > DEEPEST:
                break
        elif mark == ",":
            end = found.start(1)
        else:
            stack.pop()
        if not stack:
            break
        if len(stack) == 1 and mark not in _CLOSERS:
            elements_end = end
    if not end:
        return None
    if text.startswith("[") and stack and elements_end:
        return Closed(text=text[:elements_end] + "]", whole=True)
    return Closed(text=text[:end] + "".join(reversed(stack)), whole=False)


def told(error: Exception) -> str:
    """Return what a decoder found wrong in one line of text."""
    if isinstance(error, RecursionError):
        return "it nests too deep"
    if isinstance(error, json.JSONDecodeError):
        return f"{error.msg} at column {error.colno}"
    return str(error)


def _told_place(error: Exception) -> str:
    if isinstance(error, json.JSONDecodeError):
        return f"{error.msg} on line {error.lineno}, column {error.colno}"
    return str(error)


def _is_cut(error: json.JSONDecodeError, text: str) -> bool:
    """Return whether a decoder stopped at the end of the text, not at damage before it."""
    # A string without an end goes to the end of the text, wherever it began.
    return error.msg.startswith("Unterminated string") or error.pos >= len(text) - _LONGEST_ESCAPE


def _line(line: str, decoder: json.JSONDecoder, *, slow: bool) -> Any:  # noqa: ANN401 - JSON
    value: Any
    if slow:
        value = decoder.decode(line)
    else:
        try:
            value = orjson.loads(line)
        except ValueError:
            value = decoder.decode(line)  # takes NaN, 1e400 and halves of pairs; tells the column
    if isinstance(value, (dict, list)):
        return value
    raise ValueError(f"it is {type(value).__name__}")


def _decoder(repeated: set[str]) -> json.JSONDecoder:
    def to_object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        value = dict(pairs)
        if len(value) < len(pairs):
            counts = Counter(name for name, _ in pairs)
            repeated.update(name for name, count in counts.items() if count > 1)
        return value

    return json.JSONDecoder(object_pairs_hook=to_object, parse_int=_to_int)


def _to_int(text: str) -> int | str:
    # Numbers beyond any type are text; turning very long ones into numbers costs the square.
    return int(text) if len(text) <= _LONGEST_NUMBER else text


def _skip(text: str, position: int) -> int:
    found = _SPACE.match(text, position)
    return position if found is None else found.end()
