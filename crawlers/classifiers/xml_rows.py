"""The rows at the start of an XML text that may be cut anywhere, read as a stream.

Entities that a document defines are not replaced, nothing outside it is opened, no tree is built,
and nesting, different names and rows are bounded. Expat itself refuses what grows without end.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from xml.parsers import expat

from gluepot.crawlers.classifiers.xml_outline import Outline, OutlineReader
from gluepot.crawlers.classifiers.xml_shape import ATTRIBUTE, Shape

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

DEEPEST = 100
"""How deep elements may nest."""

MOST_SHAPES = 10_000
"""How many different elements and attributes rows may have."""

MOST_ROWS = 100_000
"""How many rows of one file are read."""

WRAPPER = "gluepot"
"""The element put around fragments that have no root."""

_JUNK_AFTER_ROOT = 9
_DECLARATION = re.compile(r"\s*<\?xml\s.*?\?>", re.DOTALL)


class _StopReadingError(Exception):
    """What ends the reading of a document early; the text says why, if it is a fault."""


@dataclass(kw_only=True)
class XmlRows:
    """The rows of a document.

    Attributes:
        shape: What they have.
        rows: How many are whole.
        closed: How many close themselves, as in ``<row a="1"/>``, and are no rows.
        part: The text is cut inside a row, of which the shape knows what stands before the cut.
        end: Up to which byte of the text in UTF-8 rows were read.
        size: Of the text in UTF-8.
        stopped: There are more rows than are read of one file.
        fault: Why the reading ended early, if the document is damaged or hostile.
        entity: The first reference to an entity that stays as it stands there.
    """

    shape: Shape
    size: int
    rows: int = 0
    closed: int = 0
    part: bool = False
    end: int = 0
    stopped: bool = False
    fault: str | None = None
    entity: str | None = None


@dataclass(frozen=True, kw_only=True)
class XmlOutline:
    """The elements of a document, and why they are not all there.

    ``body`` is what was parsed: without the declaration, and with a root where it had none.
    """

    root: Outline | None
    fault: str | None
    body: bytes


@dataclass
class _Open:
    """An element of a row that is not yet closed; its texts are parted by its children."""

    shape: Shape
    attributes: Mapping[str, str]
    line: int
    texts: list[list[str]] = field(default_factory=lambda: [[]])
    seen: set[str] = field(default_factory=set)


def read_outline(text: str, *, complete: bool) -> XmlOutline:
    """Return which elements a text has; several roots are put into one."""
    declared = _DECLARATION.match(text)
    # The lines of the declaration stay, so that the numbers of lines do.
    skipped = "" if declared is None else "\n" * declared[0].count("\n")
    body = (skipped + text[0 if declared is None else declared.end() :]).encode()
    outline = _outline(body, complete=complete)
    if outline is not None:
        return outline
    wrapped = f"<{WRAPPER}>".encode() + body
    return _outline(wrapped, complete=False) or XmlOutline(
        root=None, fault="it has several roots", body=wrapped
    )


def _outline(body: bytes, *, complete: bool) -> XmlOutline | None:
    """Return the outline, None where the text goes on after the end of its root."""
    reader = OutlineReader()
    parser = _parser(reader.start, reader.end)
    try:
        parser.Parse(body, complete)
    except expat.ExpatError as error:
        if error.code == _JUNK_AFTER_ROOT and not body.startswith(f"<{WRAPPER}>".encode()):
            return None
        return XmlOutline(root=reader.root, fault=_told(error), body=body)
    return XmlOutline(root=reader.root, fault=None, body=body)


def read_rows(outline: XmlOutline, tag: str, *, complete: bool) -> XmlRows:
    """Return the rows of a document: its elements of one name, outermost ones only."""
    reader = _RowReader(tag, outline.body)
    parser = _parser(reader.start, reader.end)
    parser.CharacterDataHandler = reader.text
    parser.DefaultHandler = reader.other
    reader.parser = parser
    found = reader.found
    try:
        parser.Parse(outline.body, complete and outline.fault is None)
    except expat.ExpatError as error:
        found.fault = _told(error)
    except _StopReadingError as stop:
        found.fault = str(stop) or None
        found.stopped = found.fault is None
    found.part = reader.is_inside
    return found


class _RowReader:
    """Gathers the shape of rows from the events of a parser."""

    def __init__(self, tag: str, body: bytes) -> None:
        self.found = XmlRows(shape=Shape(tag), size=len(body))
        self.parser = expat.ParserCreate()
        self._body = body
        self._tag = tag
        self._stack: list[_Open] = []
        self._depth = 0
        self._shapes = 0

    @property
    def is_inside(self) -> bool:
        """Return whether a row is open."""
        return bool(self._stack)

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        """Take the start of an element."""
        self._depth += 1
        line = self.parser.CurrentLineNumber
        if self._depth > DEEPEST:
            raise _StopReadingError(f"it nests more than {DEEPEST} deep on line {line}")
        if self._stack:
            parent = self._stack[-1]
            self._take_attributes(parent)
            parent.texts.append([])
            self._stack.append(_Open(self._member(parent, name, line), attributes, line))
        elif name == self._tag:
            self._stack.append(_Open(self.found.shape, attributes, line))

    def end(self, name: str) -> None:
        """Take the end of an element."""
        del name
        self._depth -= 1
        if not self._stack:
            return
        closing = self._stack.pop()
        texts = [text for parts in closing.texts if (text := "".join(parts).strip())]
        is_row = not self._stack
        if is_row and not texts and not closing.seen and self._closes_itself():
            self.found.closed += 1
            return
        self._take_attributes(closing)
        for text in texts:
            closing.shape.add_text(text, self.parser.CurrentLineNumber)
        closing.shape.several_texts = closing.shape.several_texts or len(texts) > 1
        if is_row:
            self.found.rows += 1
            self.found.end = self.parser.CurrentByteIndex
            if self.found.rows == MOST_ROWS:
                raise _StopReadingError

    def text(self, data: str) -> None:
        """Take text between tags."""
        if self._stack:
            self._stack[-1].texts[-1].append(data)

    def other(self, data: str) -> None:
        """Take what is no element and no text: references to entities stay as they are."""
        if self._stack and data.startswith("&"):
            self._stack[-1].texts[-1].append(data)
            self.found.entity = self.found.entity or data

    def _closes_itself(self) -> bool:
        # At the end of <a/> the parser stands behind it; at that of <a></a> before </a>.
        at = self.parser.CurrentByteIndex
        return self._body[at - 2 : at] == b"/>"

    def _take_attributes(self, element: _Open) -> None:
        """Make members of attributes, once it is known that an element is a row or in one."""
        attributes, element.attributes = element.attributes, {}
        for name, value in attributes.items():
            member = self._member(element, f"{ATTRIBUTE}{name}", element.line)
            if value.strip():
                member.add_text(value.strip(), element.line)

    def _member(self, parent: _Open, name: str, line: int) -> Shape:
        shape = parent.shape.members.get(name)
        if shape is None:
            self._shapes += 1
            if self._shapes > MOST_SHAPES:
                raise _StopReadingError(
                    f"its rows have more than {MOST_SHAPES:,} different elements and attributes"
                )
            shape = parent.shape.members[name] = Shape(name, first_line=line)
        if name in parent.seen:
            shape.repeated = True
        else:
            parent.seen.add(name)
            shape.rows += 1
        return shape


def _parser(
    start: Callable[[str, Mapping[str, str]], None], end: Callable[[str], None]
) -> expat.XMLParserType:
    parser = expat.ParserCreate("utf-8")
    parser.buffer_text = True
    parser.StartElementHandler = start
    parser.EndElementHandler = end
    # With this handler entities that a document defines are handed over, not replaced.
    parser.DefaultHandler = _ignore
    return parser


def _ignore(data: str) -> None:
    """Drop what is no element and no text."""


def _told(error: expat.ExpatError) -> str:
    return f"{expat.ErrorString(error.code)} on line {error.lineno}, column {error.offset + 1}"
