"""Excel workbooks, new and old: the first sheet that holds rows is the table.

No engine of Hive's kind reads them; a table of a workbook tells what is there, and a job copies it.
"""

from __future__ import annotations

import io
import struct
import zipfile
from typing import TYPE_CHECKING

from gluepot.crawlers.classifiers.base import CERTAIN, Classification, FileSchema, Sample
from gluepot.crawlers.classifiers.confined import read_confined
from gluepot.crawlers.classifiers.ranged_file import (
    OutOfReachError,
    first_bytes,
    open_sample,
    read_range,
)
from gluepot.crawlers.codecs.compression import NONE

if TYPE_CHECKING:
    from collections.abc import Sequence

ZIP_MAGIC = b"PK\x03\x04"
OLE_MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"

MAX_FILE_BYTES = 32 * 1024 * 1024
"""A workbook is read whole or not at all."""

MAX_PLAIN_BYTES = 256 * 1024 * 1024
"""What all parts of a workbook may be without compression: a sheet of a million rows fits."""

MAX_DIRECTORY_BYTES = 1024 * 1024
MAX_PARTS = 10_000

READER = "gluepot.crawlers.classifiers.excel_rows"
_WARNING = "Hive, Athena, Trino and Spark have no reader for Excel files; copy it to another format"


class Excel:
    """Looks at the list of a workbook's parts, and has the first sheet read within bounds."""

    name = "excel"

    def classify(self, sample: Sample) -> Classification:
        """Return the columns of the first sheet.

        Raises:
            StorageError: The store fails while the workbook is read.
        """
        if sample.codec not in {NONE, "zip"}:
            return self._no("is no workbook")
        start = first_bytes(sample, len(OLE_MAGIC))
        if start.startswith(ZIP_MAGIC):
            try:
                parts = _parts(sample)
            except OutOfReachError:
                return self._no("the list of its parts cannot be had")
            if not any(item.filename.startswith("xl/workbook.") for item in parts):
                return self._no("an archive, but it holds no workbook")
            return self._look(sample, parts)
        if start == OLE_MAGIC:
            return self._look(sample, ())
        return self._no("starts neither as an archive nor as an OLE document")

    def _look(self, sample: Sample, parts: Sequence[zipfile.ZipInfo]) -> Classification:
        if sample.size > MAX_FILE_BYTES:
            return self._problem(
                f"the workbook has {sample.size:,} bytes; at most {MAX_FILE_BYTES:,} are read"
            )
        plain = sum(item.file_size for item in parts)
        if plain > MAX_PLAIN_BYTES:
            return self._problem(
                f"the workbook expands to {plain:,} bytes; at most {MAX_PLAIN_BYTES:,} are read"
            )
        try:
            data = read_range(sample, 0, sample.size)
        except OutOfReachError as error:
            return self._problem(f"the workbook cannot be had whole: {error}")
        return self._read(data)

    def _read(self, data: bytes) -> Classification:
        reading = read_confined(READER, data)
        if reading.problem is not None:
            return self._problem(reading.problem)
        schema = FileSchema(
            format=self.name,
            codec=NONE,
            columns=reading.found_columns(),
            records=reading.records,
            exact=True,
            warnings=(_WARNING, *reading.warnings),
            parameters=reading.parameters,
        )
        return Classification(
            classifier=self.name, certainty=CERTAIN, reason=reading.reason, schema=schema
        )

    def _no(self, reason: str) -> Classification:
        return Classification(classifier=self.name, certainty=0.0, reason=reason)

    def _problem(self, problem: str) -> Classification:
        return Classification(
            classifier=self.name, certainty=CERTAIN, reason="it is a workbook", problem=problem
        )


def _parts(sample: Sample) -> Sequence[zipfile.ZipInfo]:
    """Return what an archive holds by the list at its end, nothing where that is damaged.

    Raises:
        OutOfReachError: The list cannot be had.
        StorageError: The store fails.
    """
    file = io.BufferedReader(open_sample(sample, MAX_DIRECTORY_BYTES), 64 * 1024)
    try:
        found = zipfile.ZipFile(file).infolist()
    except (zipfile.BadZipFile, NotImplementedError, OSError, ValueError, struct.error):
        return ()
    return found if len(found) <= MAX_PARTS else ()
