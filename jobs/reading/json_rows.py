"""Documents of JSON as rows in Spark, whose own reader takes one value a line or a file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyspark.sql import functions as F  # noqa: N812

from gluepot.jobs.reading.csv_preamble import FILE_COLUMN
from gluepot.jobs.reading.json_documents import row_reader
from gluepot.jobs.reading.text_rows import decoder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    import pyarrow as pa
    from pyspark.sql import DataFrame

    from gluepot.jobs.reading.json_documents import JsonLayout

BAD_COLUMN = "_bad"
_ROWS_A_BATCH = 1_000


def document_rows(
    texts: DataFrame, layout: JsonLayout, encoding: str, schema: str, options: Mapping[str, str]
) -> DataFrame:
    """Return the rows of texts, and ``FILE_COLUMN``.

    Args:
        texts: Bytes in ``value``, and ``FILE_COLUMN``.
        layout: Where the rows are.
        encoding: Of the texts.
        schema: Of the rows.
        options: Of Spark's JSON reader.
    """
    made = document_texts(texts, layout, encoding)
    read = made.select(F.from_json("value", schema, dict(options)).alias("_row"), FILE_COLUMN)
    return read.select("_row.*", FILE_COLUMN)


def document_texts(texts: DataFrame, layout: JsonLayout, encoding: str) -> DataFrame:
    """Return the rows of texts as JSON: ``value``, ``BAD_COLUMN`` and ``FILE_COLUMN``.

    Where a text cannot be read (from some place on), ``value`` is null and BAD_COLUMN the text.
    """
    schema = f"value string, {BAD_COLUMN} string, {FILE_COLUMN} string"
    return texts.mapInArrow(_cut(layout, encoding), schema)


def _cut(
    layout: JsonLayout, encoding: str
) -> Callable[[Iterable[pa.RecordBatch]], Iterable[pa.RecordBatch]]:
    rows, decode, most = row_reader(layout), decoder(encoding), _ROWS_A_BATCH
    names = ["value", BAD_COLUMN, FILE_COLUMN]

    def cut(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        import pyarrow as pa  # noqa: PLC0415 - where it runs

        def batch_of(made: list[tuple[str | None, ...]]) -> pa.RecordBatch:
            columns = [pa.array(part, pa.string()) for part in zip(*made, strict=True)]
            return pa.RecordBatch.from_arrays(columns, names)

        made: list[tuple[str | None, ...]] = []
        for batch in batches:
            texts, files = decode(batch["value"]), batch[names[-1]]
            for text, file in zip(texts, files, strict=True):
                whole = text.as_py()
                for row in rows(whole):
                    made.append((row, whole if row is None else None, file.as_py()))
                    if len(made) == most:
                        yield batch_of(made)
                        made = []
        if made:
            yield batch_of(made)

    return cut
