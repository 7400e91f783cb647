"""What a batch function needs: a stream, of a session whose driver is this process."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gluepot.catalog.errors import InvalidInputError

if TYPE_CHECKING:
    from pyspark.sql import DataFrame


def check_stream(frame: DataFrame, user: str) -> None:
    """See that a frame can be given to a function batch by batch.

    Args:
        frame: What is to be read.
        user: What the sentence of an error calls the one who wants it.

    Raises:
        InvalidInputError: It is no stream, or one of Spark Connect: there the function would run in
            a process of the server's, which knows neither the script's GlueContext nor its run.
    """
    if type(frame).__module__.startswith("pyspark.sql.connect"):
        raise InvalidInputError(
            f"{user} needs a classic Spark session: on Spark Connect the server would call the"
            " function, in a process without the script's GlueContext"
        )
    if not frame.isStreaming:
        raise InvalidInputError(f"{user} needs a stream, this DataFrame is none")
