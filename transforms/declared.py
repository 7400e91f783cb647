"""Types of records that a script tells, so that no pass is made to find them."""

from __future__ import annotations

import json

from pyspark.sql import types as T  # noqa: N812

from gluepot.catalog.errors import InvalidInputError
from gluepot.transforms import gluetypes as G  # noqa: N812
from gluepot.transforms.choices import to_spark


def declared_type(text: str | None, where: str) -> T.StructType | None:
    """Return the type that the option ``withSchema`` tells; None where it is not given.

    Args:
        text: The JSON of a struct of Glue's or of Spark's.
        where: What the sentence of an error begins with.

    Raises:
        InvalidInputError: It is no JSON of a struct.
    """
    if text is None:
        return None
    try:
        given = json.loads(text)
        kind = to_spark(G.from_json_value(given)) if "dataType" in given else None
        found = kind if kind is not None else T.StructType.fromJson(given)
    except (ValueError, KeyError, TypeError) as error:
        raise InvalidInputError(
            f"{where}: withSchema is the text of StructType.json(), not {text!r}"
        ) from error
    if not isinstance(found, T.StructType):
        raise InvalidInputError(f"{where}: withSchema is a struct's, not {text!r}")
    return found
