"""Lines, or whole files, as text that a function of Arrow batches cuts into rows.

For what no reader of Spark's knows: documents of JSON, logs by grok, encodings in which a byte is
no character. Functions made here travel to the executors whole, which may lack this module.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyspark.sql import functions as F  # noqa: N812

from gluepot.jobs.reading.csv_preamble import FILE_COLUMN

if TYPE_CHECKING:
    from collections.abc import Callable

    import pyarrow as pa
    from pyspark.sql import Column, DataFrame

UTF_8 = "UTF-8"
_WIDE = ("UTF-16", "UTF-32")


def text_options(encoding: str, *, whole: bool) -> dict[str, str]:
    """Return the options of Spark's text reader.

    Args:
        encoding: Of the files, by Java's name.
        whole: A file is one text, not one a line.
    """
    if whole:
        return {"wholetext": "true"}
    if encoding.upper().startswith(_WIDE):
        return {"encoding": encoding, "lineSep": "\n"}
    return {}


def as_bytes(texts: DataFrame, address: Column) -> DataFrame:
    """Return texts as they lie in the files, and ``FILE_COLUMN``."""
    return texts.select(F.col("value").cast("binary").alias("value"), address.alias(FILE_COLUMN))


def decoder(encoding: str) -> Callable[[pa.Array], pa.Array]:
    """Return a function of bytes to text; what is no character is U+FFFD, as to the crawler."""
    plain = encoding.upper() == UTF_8

    def decode(values: pa.Array) -> pa.Array:
        import pyarrow as pa  # noqa: PLC0415 - where it runs

        if plain:
            try:
                return values.cast(pa.string())
            except pa.ArrowInvalid:
                pass  # One of them is damaged.
        texts = (value.decode(encoding, "replace") for value in values.to_pylist())
        return pa.array([text.lstrip("\ufeff").rstrip("\r\n") for text in texts], pa.string())

    return decode
