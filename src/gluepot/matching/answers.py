"""A label file that grows by an answer at a time, and is whole after each."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa

from gluepot.catalog.errors import StorageError
from gluepot.matching.whole import whole_file
from gluepot.transforms.matching.labelling.files import read_label_file

if TYPE_CHECKING:
    from pathlib import Path

    from gluepot.transforms.matching.labelling.sheets import LabelSheet


class LabelFile:
    """Glue's label file at a path.

    Args:
        path: Where it lies.
        sheet: What it holds; None while there is no file.
    """

    def __init__(self, path: Path, sheet: LabelSheet | None) -> None:
        self._path = path
        self._sheet = sheet

    @classmethod
    def opened(cls, path: Path) -> LabelFile:
        """Return the file of a path, which need not be there.

        Raises:
            LabelFileError: What is there is no label file.
            StorageError: It cannot be read.
        """
        if not path.exists():
            return cls(path, None)
        try:
            return cls(path, read_label_file(path.read_bytes(), str(path)))
        except OSError as error:
            raise StorageError(f"{path} cannot be read: {error.strerror or error}") from error

    @property
    def pairs(self) -> int:
        """Return how many pairs its sets tell of."""
        return (
            0 if self._sheet is None else len(self._sheet.pairs(self._sheet.records.column_names))
        )

    def add(self, sheet: LabelSheet) -> None:
        """Add rows, and write the file in one step.

        Raises:
            StorageError: It cannot be written.
        """
        texts = sheet.records.cast(
            pa.schema([(name, pa.string()) for name in sheet.records.column_names])
        )
        added = type(sheet)(
            sets=sheet.sets, labels=sheet.labels, records=texts, places=sheet.places
        )
        self._sheet = added if self._sheet is None else self._sheet.appended(added)
        whole_file(self._path, self._sheet.to_csv(), overwrite=True)
