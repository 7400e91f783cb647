"""ApplyMapping for DataFrames, which Glue keeps beside the one for DynamicFrames.

Source: the awsglue library's ``dataframe_transforms`` package.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gluepot.transforms.base import GlueTransform
from gluepot.transforms.frame import DynamicFrame

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pyspark.sql import DataFrame


class ApplyMapping(GlueTransform):
    """Pick fields of a DataFrame, rename them, nest them, cast them."""

    def __call__(self, frame: DataFrame, mappings: Iterable[Sequence[str]]) -> DataFrame:
        """Return the DataFrame of mapped fields.

        Args:
            frame: Any DataFrame.
            mappings: As the transform of the same name takes them.
        """
        return DynamicFrame(frame).apply_mapping(mappings).toDF()
