"""Rows counted while they pass, without a pass of their own."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from pyspark.sql import Observation
from pyspark.sql import functions as F  # noqa: N812

if TYPE_CHECKING:
    from pyspark.sql import DataFrame


class RowCount:
    """The rows of a frame, known after the first action that read all of it.

    ``mark`` is the counter's name in the plans of all that is made of the frame.
    """

    def __init__(self) -> None:
        self.mark = f"rows-{uuid.uuid4().hex}"
        self._observation = Observation(self.mark)

    def attach(self, frame: DataFrame) -> DataFrame:
        """Return the frame with the counter in it."""
        return frame.observe(self._observation, F.count(F.lit(1)).alias("rows"))

    @property
    def rows(self) -> int | None:
        """Return the count, or None when no action has come through.

        ``Observation.get`` would wait for ever for an action that never comes.
        """
        java = getattr(self._observation, "_jo", None)
        if java is not None and not java.future().isCompleted():
            return None
        return int(self._observation.get["rows"])
