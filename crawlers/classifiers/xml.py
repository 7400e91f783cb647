"""XML: rows are the elements of one name, given by a custom classifier or found.

Source: AWS Glue developer guide, "Writing XML custom classifiers": the row's element may not close
itself, and attributes and children become columns.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from gluepot.crawlers.classifiers.base import CERTAIN, Classification, FileSchema, Sample
from gluepot.crawlers.classifiers.head_text import head_text
from gluepot.crawlers.classifiers.text import UTF_8, Text, encoding_parameters
from gluepot.crawlers.classifiers.xml_outline import row_tag
from gluepot.crawlers.classifiers.xml_rows import WRAPPER, XmlRows, read_outline, read_rows
from gluepot.crawlers.classifiers.xml_shape import columns_of_shape

if TYPE_CHECKING:
    from gluepot.crawlers.classifiers.xml_rows import XmlOutline

_START = re.compile(r"[\s\ufeff]*<(?:\?xml\s|!--|!DOCTYPE\s|[^\W\d][\w.:-]*[\s/>])")
_HTML = re.compile(r"[\s\ufeff]*<(?:!doctype\s+)?html[\s>]", re.IGNORECASE)
_DECLARED = re.compile(rb"""\s*<\?xml\s[^>]*?\bencoding\s*=\s*["']([A-Za-z][\w.-]{0,39})["']""")
_PROBED_FOR_DECLARATION = 400
# What Python decodes by these names is no file's text, and takes the square of its length.
_NO_ENCODINGS = frozenset({"punycode", "idna", "unicode_escape", "raw_unicode_escape", "undefined"})


@dataclass(frozen=True, kw_only=True)
class _Found:
    """What was read of one file."""

    sample: Sample
    text: Text
    tag: str
    rows: XmlRows


class Xml:
    """Reads XML; without a row tag the element that repeats is the row."""

    def __init__(
        self, *, name: str = "xml", classification: str = "xml", tag: str | None = None
    ) -> None:
        self._name = name
        self._format = classification
        self._tag = tag

    @property
    def name(self) -> str:
        """Return ``xml``, or the name of the custom classifier."""
        return self._name

    def classify(self, sample: Sample) -> Classification:
        """Return the columns of the rows in the head."""
        text = _text(sample)
        if text.problem is not None:
            looks_right = sample.data.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<?xml")
            return self._yes(problem=text.problem) if looks_right else self._no(text.problem)
        if _START.match(text.text) is None:
            return self._no("it does not start with an element")
        if _HTML.match(text.text) is not None:
            return self._no("it is a page of HTML")
        outline = read_outline(text.text, complete=sample.complete)
        if outline.root is None or self._is_no_xml(text, outline):
            fault = outline.fault or "no element of it is whole"
            return self._no(f"it is no XML: {fault}", needs_more=not sample.complete)
        tag = self._tag or row_tag(outline.root)
        if tag == WRAPPER:
            return self._no("it has several roots of different names")
        rows = read_rows(outline, tag, complete=sample.complete)
        return self._answer(_Found(sample=sample, text=text, tag=tag, rows=rows))

    def _is_no_xml(self, text: Text, outline: XmlOutline) -> bool:
        """Return whether damage is at the start of what does not even say that it is XML."""
        root = outline.root
        return (
            outline.fault is not None
            and root is not None
            and (not root.children or root.name == WRAPPER)
            and not text.text.lstrip().startswith("<?xml")
        )

    def _answer(self, found: _Found) -> Classification:
        rows, tag = found.rows, found.tag
        more = not found.sample.complete and rows.fault is None and not rows.stopped
        if not rows.rows and rows.closed:
            return self._refuse(
                f"its {rows.closed} rows close themselves, as <{tag} .../>, which AWS Glue does not"
                f" read; <{tag} ...></{tag}> is read"
            )
        if not rows.rows and not (rows.part and rows.shape.members and rows.fault is None):
            fault = f": {rows.fault}" if rows.fault else ""
            if self._tag is None:
                return self._yes(problem=f"no row <{tag}> of it is whole{fault}")
            return self._no(f"it has no whole element <{tag}>{fault}", needs_more=more)
        columns = columns_of_shape(rows.shape, max(rows.rows, 1))
        if not columns:
            return self._refuse(f"its rows <{tag}> are empty")
        answer = self._yes(f"{rows.rows} elements <{tag}> are rows", schema=self._schema(found))
        return replace(answer, needs_more=more and not rows.rows)

    def _schema(self, found: _Found) -> FileSchema:
        text, rows = found.text, found.rows
        encoding = text.encoding
        return FileSchema(
            format=self._format,
            codec=found.sample.codec,
            columns=columns_of_shape(rows.shape, max(rows.rows, 1)),
            records=_records(found),
            exact=found.sample.complete and rows.fault is None and not rows.stopped,
            warnings=(*text.warnings, *_warnings(found)),
            storage="xml",
            traits=() if encoding == UTF_8 else (("encoding", encoding),),
            parameters={"rowTag": found.tag},
            serde_parameters=encoding_parameters(encoding),
        )

    def _refuse(self, problem: str) -> Classification:
        """Leave the file to others if the row tag was given, else say why it cannot be read."""
        return self._no(problem) if self._tag is not None else self._yes(problem=problem)

    def _yes(
        self,
        reason: str = "it is XML",
        *,
        schema: FileSchema | None = None,
        problem: str | None = None,
    ) -> Classification:
        return Classification(
            classifier=self.name, certainty=CERTAIN, reason=reason, schema=schema, problem=problem
        )

    def _no(self, reason: str, *, needs_more: bool = False) -> Classification:
        return Classification(
            classifier=self.name, certainty=0.0, reason=reason, needs_more=needs_more
        )


def _text(sample: Sample) -> Text:
    """Return the text of a document by its declaration, if that says more than the bytes do."""
    declared = _DECLARED.match(sample.data[:_PROBED_FOR_DECLARATION])
    if declared is None:
        return head_text(sample)
    name = declared[1].decode()
    try:
        codec = codecs.lookup(name)
    except LookupError:
        return Text(text="", problem=f"it is written in {name!r}, which is not known")
    if codec.name.replace("-", "_") in _NO_ENCODINGS:
        return Text(text="", problem=f"it says it is {name!r}, which is no encoding of text")
    if codec.name == "ascii" or codec.name.startswith("utf-"):
        return head_text(sample)
    return _decoded(sample, name)


def _decoded(sample: Sample, name: str) -> Text:
    try:
        text = codecs.getincrementaldecoder(name)().decode(sample.data, sample.complete)
    except UnicodeDecodeError as error:
        line = sample.data.count(b"\n", 0, error.start) + 1
        return Text(text="", problem=f"it says it is {name}, which line {line} is not")
    except (LookupError, TypeError, ValueError):
        return Text(text="", problem=f"it says it is {name!r}, which is no encoding of text")
    return Text(text=text, encoding=name, reason=f"its declaration says {name}")


def _records(found: _Found) -> int:
    """Return how many rows there are, estimated from the bytes of those that were read."""
    rows, sample = found.rows, found.sample
    if (sample.complete and not rows.stopped) or not rows.rows:
        return max(rows.rows, 1)
    bytes_a_row = max(len(sample.data) * rows.end / rows.size / rows.rows, 1)
    return max(int(sample.plain_size / bytes_a_row), 1)


def _warnings(found: _Found) -> list[str]:
    rows, tag = found.rows, found.tag
    warnings = ["Hive and Athena cannot read XML; Spark and AWS Glue jobs can"]
    if rows.fault is not None:
        warnings.append(f"{rows.fault}; what follows was not read")
    if rows.entity is not None:
        warnings.append(f"entities that it defines, such as {rows.entity}, are not replaced")
    if rows.closed:
        warnings.append(f"{rows.closed} rows close themselves, as <{tag} .../>, and do not count")
    if not rows.rows:
        warnings.append(
            f"its first row is longer than the {len(found.sample.data):,} bytes read: only what"
            " stands at its start is known"
        )
    return warnings
