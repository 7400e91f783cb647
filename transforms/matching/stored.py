"""What the catalog keeps of an ML transform, as matching takes it: options, labels, model."""

from __future__ import annotations

from functools import reduce
from typing import TYPE_CHECKING

import pyarrow as pa

from gluepot.transforms.matching.labelling.files import read_label_file
from gluepot.transforms.matching.labelling.sheets import LabelSheet
from gluepot.transforms.matching.model import MatchModel
from gluepot.transforms.matching.options import MatchOptions

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gluepot.catalog.ml_model import MLTransform
    from gluepot.catalog.ml_store import LabelFile, MLStore, StoredLabels
    from gluepot.transforms.matching.labelling.labels import Labels
    from gluepot.transforms.matching.records import Records


def options_of(transform: MLTransform) -> MatchOptions:
    """Return how a transform wants records matched."""
    return MatchOptions(
        precision_recall=transform.precision_recall,
        accuracy_cost=transform.accuracy_cost,
        enforce_labels=transform.enforce_labels,
    )


def stored_model(store: MLStore, transform_id: str) -> MatchModel | None:
    """Return the model in use; None where nothing was learnt yet."""
    found = store.model_of(transform_id)
    return None if found is None else MatchModel.from_json(found.model)


def labels_of(
    files: Sequence[StoredLabels | LabelFile], records: Records, id_column: str
) -> Labels | None:
    """Return the pairs that files of labels tell; None where there are no files.

    Args:
        files: Such as ``MLStore.labels`` returns.
        records: The data that the labels are of.
        id_column: The name of its ids.

    Raises:
        LabelFileError: A file does not have the columns that the data has now.
    """
    sheet = sheet_of(files, label_schema(records, id_column))
    return None if sheet is None else sheet.pairs(records.values.column_names, id_column)


def label_schema(records: Records, id_column: str) -> pa.Schema:
    """Return the columns that label files of some records have."""
    compared = records.values.schema.remove_metadata()
    return pa.schema([pa.field(id_column, pa.string()), *compared])


def sheet_of(
    files: Sequence[StoredLabels | LabelFile], schema: pa.Schema | None = None
) -> LabelSheet | None:
    """Return the rows of all files, in the order of their import; None where there are none.

    Without a schema the columns are those of the files, as texts.

    Raises:
        InvalidInputError: A file does not have the columns of the schema, or of the other files.
    """
    sheets = [read_label_file(file.content, file.uri, schema) for file in files]
    return reduce(LabelSheet.appended, sheets) if sheets else None
