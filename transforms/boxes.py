"""What runs on executors to open boxed values: a record out of a text of CSV or XML, or of Avro.

Executors get this module's code inside the pickled function and need pyspark and pyarrow only;
Avro needs fastavro there.
"""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, Any
from xml.parsers import expat

if TYPE_CHECKING:
    from collections.abc import Callable

    Open = Callable[[Any], Any]

_WHOLE = re.compile(r"[+-]?(0|[1-9][0-9]*)")
_NUMBER = re.compile(r"[+-]?((0|[1-9][0-9]*)(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?")


def unboxing(names: tuple[str, ...], unbox: Open) -> Callable[[dict[str, Any]], dict[str, Any]]:
    """Return a function that opens the value at a path of a record; what is not there stays so."""

    def run(record: dict[str, Any]) -> dict[str, Any]:
        level: Any = record
        for name in names[:-1]:
            level = level.get(name) if isinstance(level, dict) else None
        if isinstance(level, dict) and level.get(names[-1]) is not None:
            level[names[-1]] = unbox(level[names[-1]])
        return record

    return run


@dataclass(frozen=True, kw_only=True)
class CsvBox:
    """A text of one row of CSV, maybe under a row of names.

    Attributes:
        separator: Between values.
        quote: Around values that hold separators; "" for none.
        escaper: Before a character that is meant as it is; "" for none.
        with_header: The first row has the names; without, they are col0, col1 and so on.
        skip_first: The first row is nothing.
        names: Those of a schema, where there is no header.
    """

    separator: str = ","
    quote: str = '"'
    escaper: str = ""
    with_header: bool = False
    skip_first: bool = False
    names: tuple[str, ...] = ()

    def __call__(self, value: Any) -> dict[str, str | None]:  # noqa: ANN401
        """Return the values of the row by name.

        Raises:
            ValueError: The text has no row, or several, or more values than names.
        """
        rows = [row for row in self._reader(_as_text(value)) if row]
        header = rows.pop(0) if rows and (self.with_header or self.skip_first) else []
        if len(rows) != 1:
            raise ValueError(f"the text holds {len(rows)} rows of CSV, not one")
        names = header if self.with_header else list(self.names)
        names = names or [f"col{at}" for at in range(len(rows[0]))]
        if len(rows[0]) > len(names):
            raise ValueError(f"the row has {len(rows[0])} values for {len(names)} names")
        return dict.fromkeys(names) | dict(zip(names, rows[0], strict=False))

    def _reader(self, text: str) -> Any:  # noqa: ANN401
        return csv.reader(
            io.StringIO(text, newline=""),
            delimiter=self.separator,
            quotechar=self.quote or None,
            quoting=csv.QUOTE_MINIMAL if self.quote else csv.QUOTE_NONE,
            escapechar=self.escaper or None,
            strict=True,
        )


def avro_box(value: Any) -> Any:  # noqa: ANN401
    """Return the record of an Avro object container, whose schema is in it.

    Raises:
        ValueError: It is none, or holds no record or several.
        RuntimeError: fastavro is not where this runs.
    """
    try:
        import fastavro  # noqa: PLC0415 - executors may lack it
    except ImportError as error:
        raise RuntimeError("to unbox Avro, executors need fastavro") from error
    if not isinstance(value, (bytes, bytearray)):
        raise TypeError(f"Avro is in bytes, not in a {type(value).__name__}")
    records = list(islice(fastavro.reader(io.BytesIO(value)), 2))
    if len(records) != 1:
        raise ValueError(f"the container holds {'several' if records else 'no'} records, not one")
    return records[0]


@dataclass(kw_only=True)
class _Element:
    attributes: dict[str, str]
    members: dict[str, list[Any]] = field(default_factory=dict)
    text: list[str] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True)
class XmlBox:
    """A text of one element of XML.

    Attributes:
        row_tag: The element that is the record; "" for the outermost.
        attribute_prefix: Before the names of attributes.
        value_tag: Name of the text of elements that have attributes or members.
        exclude_attributes: Attributes are nothing.
        empty_is_null: An empty element is null.
        strip: Spaces around texts go.
    """

    row_tag: str = ""
    attribute_prefix: str = "_"
    value_tag: str = "_VALUE"
    exclude_attributes: bool = False
    empty_is_null: bool = False
    strip: bool = False

    def __call__(self, value: Any) -> dict[str, Any]:  # noqa: ANN401
        """Return the members of the element by name, lists of those that come again.

        Raises:
            ValueError: It is no XML, declares entities, or has not one element ``row_tag``.
        """
        found: list[Any] = []
        stack: list[tuple[str, _Element]] = []
        parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.EntityDeclHandler = _refuse_entity

        def start(name: str, attributes: dict[str, str]) -> None:
            stack.append((name, _Element(attributes=attributes)))

        def end(name: str) -> None:
            made = self._value(stack.pop()[1])
            if name == self.row_tag or not (self.row_tag or stack):
                found.append(made)
            elif stack:
                stack[-1][1].members.setdefault(name, []).append(made)

        def characters(text: str) -> None:
            stack[-1][1].text.append(text)

        parser.StartElementHandler, parser.EndElementHandler = start, end
        parser.CharacterDataHandler = characters
        try:
            parser.Parse(_as_text(value), True)  # noqa: FBT003
        except expat.ExpatError as error:
            raise ValueError(f"the text is no XML: {error}") from error
        if len(found) != 1:
            raise ValueError(f"the text has {len(found)} elements {self.row_tag!r}, not one")
        made = found[0]
        return made if isinstance(made, dict) else {self.value_tag: made}

    def _value(self, element: _Element) -> Any:  # noqa: ANN401
        attributes = {} if self.exclude_attributes else element.attributes
        made = {f"{self.attribute_prefix}{name}": _typed(t) for name, t in attributes.items()}
        for name, values in element.members.items():
            made[name] = values[0] if len(values) == 1 else values
        text = "".join(element.text)
        if not made:
            text = text.strip() if self.strip else text
            return None if self.empty_is_null and not text.strip() else _typed(text)
        if text.strip():
            made[self.value_tag] = _typed(text.strip())
        return made


def _typed(text: str) -> Any:  # noqa: ANN401
    """Return a number or a boolean for what is written like one; 007 is no number."""
    word = text.strip()
    if _WHOLE.fullmatch(word):
        return int(word)
    if _NUMBER.fullmatch(word):
        return float(word)
    return {"true": True, "false": False}.get(word, text)


def _refuse_entity(*_: object) -> None:
    raise ValueError("the XML declares entities, which are not read")


def _as_text(value: Any) -> str:  # noqa: ANN401
    if isinstance(value, (bytes, bytearray)):
        return value.decode()
    if not isinstance(value, str):
        raise TypeError(f"a text is needed, not a {type(value).__name__}")
    return value
