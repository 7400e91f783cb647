"""Errors that Spark raises for what drivers and data sources throw, as errors of ours."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from pyspark.errors import PySparkException

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from gluepot.catalog.errors import GluepotError


@contextlib.contextmanager
def spark_told(made_of: Callable[[Exception], GluepotError]) -> Iterator[None]:
    """Raise what ``made_of`` makes of an error of Spark's inside the block.

    Raises:
        GluepotError: Spark raised an error; its own, which may show a password, is not chained.
    """
    try:
        yield
    except PySparkException as error:
        raise made_of(error) from None
    except Exception as error:
        # Classic Spark hands what drivers throw through as an error of Py4J.
        if type(error).__name__ != "Py4JJavaError":
            raise
        raise made_of(error) from None
