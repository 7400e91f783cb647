"""BSON as mongodump writes it: documents one after another, each with its length before it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gluepot.crawlers.classifiers.base import CERTAIN, Classification, FileSchema, Sample
from gluepot.crawlers.classifiers.evidence import Evidence
from gluepot.crawlers.classifiers.json_types import legible

if TYPE_CHECKING:
    from collections.abc import Mapping

LEAST_DOCUMENT_BYTES = 5
"""A length, and the zero that ends every document."""

MAX_DOCUMENT_BYTES = 16 * 1024 * 1024 + 16 * 1024
"""What MongoDB takes, and what it adds itself."""

MISSING = "pymongo is not installed: pip install 'gluepot[databases]'"
_TYPES = frozenset({*range(1, 0x14), 0x7F, 0xFF})
_WARNING = "Hive, Athena, Trino and Spark have no reader for BSON files; copy it to another format"


class Bson:
    """Reads the documents that lie whole in the head."""

    name = "bson"

    def classify(self, sample: Sample) -> Classification:
        """Return the columns of the documents in the head."""
        fault = _fault_of_start(sample)
        if fault is not None:
            return self._no(fault)
        documents, position = _cut(sample.data)
        if not documents:
            more = not sample.complete
            return self._no("its first document is longer than what was read", needs_more=more)
        try:
            import bson  # noqa: PLC0415 - of an extra
        except ModuleNotFoundError:
            return self._no(MISSING)
        evidence = Evidence(rows="documents")
        broken = None
        try:
            for document in documents:
                _add(evidence, document)
        except (bson.errors.BSONError, ValueError, RecursionError) as error:
            broken = f"document {evidence.count + 1} is damaged: {error}"
        if evidence.count == 0:
            return self._no(f"no document of it can be read: {broken}")
        return self._answer(sample, evidence, position, broken)

    def _answer(
        self, sample: Sample, evidence: Evidence, position: int, broken: str | None
    ) -> Classification:
        if broken is None and sample.complete and position < len(sample.data):
            broken = f"after {evidence.count:,} documents it is cut off"
        estimate = evidence.count * sample.plain_size // max(position, 1)
        schema = FileSchema(
            format=self.name,
            codec=sample.codec,
            columns=evidence.columns(),
            records=evidence.count if sample.complete else max(estimate, evidence.count),
            exact=sample.complete and broken is None,
            warnings=(_WARNING, *((broken,) if broken else ())),
        )
        reason = f"{evidence.count:,} documents read as BSON"
        return Classification(classifier=self.name, certainty=CERTAIN, reason=reason, schema=schema)

    def _no(self, reason: str, *, needs_more: bool = False) -> Classification:
        return Classification(
            classifier=self.name, certainty=0.0, reason=reason, needs_more=needs_more
        )


def _fault_of_start(sample: Sample) -> str | None:
    """Return why a file cannot begin with a document, or None: text never begins like one."""
    data = sample.data
    if len(data) < LEAST_DOCUMENT_BYTES:
        return "is shorter than a document"
    length = int.from_bytes(data[:4], "little", signed=True)
    if not LEAST_DOCUMENT_BYTES <= length <= MAX_DOCUMENT_BYTES:
        return "does not start with the length of a document"
    if length > (len(data) if sample.complete else MAX_DOCUMENT_BYTES):
        return "its first document would be longer than it"
    kind = data[4]
    if kind not in _TYPES and not (kind == 0 and length == LEAST_DOCUMENT_BYTES):
        return "its first document does not start with a type"
    if length <= len(data) and data[length - 1] != 0:
        return "its first document does not end with a zero"
    return None


def _cut(data: bytes) -> tuple[list[bytes], int]:
    """Return the documents that lie whole in the bytes, and where the last of them ends."""
    found: list[bytes] = []
    position = 0
    while position + LEAST_DOCUMENT_BYTES <= len(data):
        length = int.from_bytes(data[position : position + 4], "little", signed=True)
        if not LEAST_DOCUMENT_BYTES <= length <= len(data) - position:
            break
        found.append(data[position : position + length])
        position += length
    return found, position


def _add(evidence: Evidence, document: bytes) -> None:
    from gluepot.crawlers.classifiers.bson_types import type_of  # noqa: PLC0415 - as a server's

    row = _decoded(document)
    evidence.count += 1
    where = f"document {evidence.count}"
    for name, value in row.items():
        evidence.add(legible(name), type_of(value), value, where)


def _decoded(document: bytes) -> Mapping[str, object]:
    import bson  # noqa: PLC0415 - of an extra
    from bson.codec_options import CodecOptions, DatetimeConversion  # noqa: PLC0415

    options: CodecOptions[dict[str, object]] = CodecOptions(
        datetime_conversion=DatetimeConversion.DATETIME_MS,
        unicode_decode_error_handler="replace",
    )
    return bson.decode(document, codec_options=options)
