# ruff: noqa: N802  (the names are Glue's)
"""DynamicFrame: a Spark DataFrame with Glue's transforms and a place for records that failed."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Self, cast

from pyspark.sql import functions as F  # noqa: N812

from gluepot.catalog.errors import InvalidInputError
from gluepot.transforms.choices import (
    has_choice,
    plain_type,
    to_glue_struct,
    to_spark_struct,
)
from gluepot.transforms.display import html_table, in_words, json_lines
from gluepot.transforms.methods.choices import ChoiceMethods
from gluepot.transforms.methods.fields import FieldMethods
from gluepot.transforms.methods.functions import FunctionMethods
from gluepot.transforms.methods.nested import NestedMethods
from gluepot.transforms.methods.rows import RowMethods
from gluepot.transforms.paths import quote
from gluepot.transforms.resolve import resolve_for_dataframe
from gluepot.transforms.stages import Stage
from gluepot.transforms.tree import tree_lines

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from pyspark.sql import Column, DataFrame
    from pyspark.sql.types import StructField

    from gluepot.transforms.gluetypes import StructType
    from gluepot.transforms.resolve import ResolveOption


class DynamicFrame(FieldMethods, RowMethods, FunctionMethods, ChoiceMethods, NestedMethods):
    """Records in motion. Nothing is computed before rows, counts or an inferred schema are asked.

    No transform changes its input frame. Records that fail in user functions leave the frame and
    are kept beside it (errorsAsDynamicFrame).

    Args:
        dataframe: Classic or Connect.
        glue_ctx: What made the frame; handed on to frames made from this one.
        name: Appears in messages.
    """

    def __init__(self, dataframe: DataFrame, glue_ctx: Any = None, name: str = "") -> None:  # noqa: ANN401
        self.glue_ctx = glue_ctx
        self.name = name
        self._dataframe: DataFrame | None = dataframe
        self._plan: Callable[[], DataFrame] | None = None
        self._stage = Stage(name=name or "source")

    @classmethod
    def fromDF(cls, dataframe: DataFrame, glue_ctx: Any = None, name: str = "") -> Self:  # noqa: ANN401
        """Return the DataFrame as a frame."""
        return cls(dataframe, glue_ctx, name)

    @classmethod
    def planned_later(
        cls,
        plan: Callable[[], DataFrame],
        stage: Stage,
        glue_ctx: Any = None,  # noqa: ANN401
        name: str = "",
    ) -> DynamicFrame:
        """Return a frame whose DataFrame is planned when it is first needed."""
        frame = object.__new__(DynamicFrame)
        frame.glue_ctx, frame.name = glue_ctx, name
        frame._dataframe, frame._plan, frame._stage = None, plan, stage
        return frame

    def toDF(self, options: Iterable[ResolveOption] | None = None) -> DataFrame:
        """Return the good records as a DataFrame; a choice becomes a struct, a member a type.

        Args:
            options: How some choices are resolved instead.

        Raises:
            InvalidInputError: An option has no such action, or has no target and needs one.
            UnknownFieldError: There is no field at an option's path.
            ErrorThresholdError: Some transform has a threshold and as many records failed. Only
                frames with thresholds pay for the check.
        """
        self.assertErrorThreshold()
        return _without_choices(resolve_for_dataframe(self.planned(), options or ()))

    def planned(self) -> DataFrame:
        """Return the DataFrame without a look at thresholds; schemas are inferred here, once."""
        if self._dataframe is None:
            if self._plan is None:
                raise AssertionError("a frame has either a DataFrame or a plan of one")
            self._dataframe = self._plan()
        return self._dataframe

    def derive(
        self,
        plan: Callable[[], DataFrame],
        stage: Stage,
        *others: DynamicFrame,
        lazily: bool = False,
    ) -> DynamicFrame:
        """Return a frame made from this one (and others), with its stage put after theirs.

        ``plan`` runs now when it only plans, so that a wrong field is told at the call; it waits
        when it computes (``lazily``) or when the frames it needs wait themselves.
        """
        inputs = (self, *others)
        waits = lazily or any(frame._dataframe is None for frame in inputs)  # noqa: SLF001
        frame = object.__new__(DynamicFrame)
        frame.glue_ctx, frame.name = self.glue_ctx, self.name
        frame._dataframe = None if waits else plan()
        frame._plan = plan
        frame._stage = replace(stage, before=tuple(each._stage for each in inputs))  # noqa: SLF001
        return frame

    def schema(self) -> StructType:
        """Return Glue's type of a record, choices among its fields' types."""
        return to_glue_struct(self.planned().schema)

    def with_frame_schema(self, schema: StructType) -> DynamicFrame:
        """Return the frame with its fields in a type that is told: none has to be found out.

        Fields that are not in the type are left out, and those that are only there are null.
        """
        wanted = to_spark_struct(schema)

        def told() -> DataFrame:
            source = self.planned()
            return source.select(*(_told(source, field) for field in wanted.fields))

        return self.derive(told, Stage(name="with_frame_schema"))

    def printSchema(self) -> None:
        """Print the fields as a tree, with Glue's names of types."""
        print("\n".join(tree_lines(self.schema())))  # noqa: T201

    def show(self, num_rows: int = 20) -> None:
        """Print the first records as JSON, one a line; of a choice the value that it holds."""
        self.assertErrorThreshold()
        for line in json_lines(self.planned(), num_rows):
            print(line)  # noqa: T201

    def explain(self, extended: bool = False) -> None:  # noqa: FBT001, FBT002 - Spark's signature
        """Print in words how the frame is made; ``extended``: Spark's plan of it too."""
        print("\n".join(in_words(self._stage)))  # noqa: T201
        if extended:
            self.planned().explain(extended=True)

    def __repr__(self) -> str:
        if self._dataframe is None:
            return f"DynamicFrame {self.name!r}: its fields are found when they are first needed"
        fields = ", ".join(f"{field.name}: {field.dataType.typeName()}" for field in self.schema())
        return f"DynamicFrame {self.name!r} of {fields or 'no fields'}"

    def _repr_html_(self) -> str:
        return html_table(self)

    def first_rows(self, number: int) -> DynamicFrame:
        """Return a frame of the first rows, for a look at it."""
        return self.derive(lambda: self.planned().limit(number), Stage(name="first_rows"))

    def count(self) -> int:
        """Return the number of good records."""
        return self.toDF().count()

    def write(
        self,
        connection_type: str,
        connection_options: Mapping[str, Any] | None = None,
        format: str | None = None,  # noqa: A002
        format_options: Mapping[str, Any] | None = None,
        accumulator_size: int = 0,
    ) -> DynamicFrame:
        """Write the frame by its GlueContext; see ``write_dynamic_frame.from_options``.

        Raises:
            InvalidInputError: The frame has no GlueContext.
        """
        if self.glue_ctx is None:
            raise InvalidInputError(
                "the frame has no GlueContext to write by: make it with"
                " DynamicFrame.fromDF(dataframe, glueContext, name)"
            )
        return cast(
            "DynamicFrame",
            self.glue_ctx.write_from_options(
                frame_or_dfc=self,
                connection_type=connection_type,
                connection_options=connection_options or {},
                format=format,
                format_options=format_options or {},
                accumulator_size=accumulator_size,
            ),
        )

    def errorsCount(self) -> int:
        """Return how many records failed, up to and with this frame's transform."""
        return self._stage.total

    def stageErrorsCount(self) -> int:
        """Return how many records failed in this frame's own transform."""
        return self._stage.count

    def errorsAsDynamicFrame(self) -> DynamicFrame:
        """Return the failed records so far: one column ``error``.

        ``error.callsite`` is the script's line and the ``info`` of the call, ``msg`` and
        ``stackTrace`` what Python said, ``input`` and ``dynamicRecord`` the record as JSON and
        as it was.
        """
        errors = self._stage.all_errors()
        if errors is None:
            empty = F.lit(None).cast("struct<callsite:struct<site:string,info:string>,msg:string>")
            errors = self.planned().limit(0).select(empty.alias("error"))
        return DynamicFrame(errors, self.glue_ctx, f"{self.name}_errors")

    def assertErrorThreshold(self) -> None:
        """Check the thresholds of all transforms up to this one.

        Raises:
            ErrorThresholdError: One is reached; the first failed record is shown.
        """
        _ = self._stage.asserted


def _told(source: DataFrame, field: StructField) -> Column:
    if field.name not in source.columns:
        return F.lit(None).cast(field.dataType).alias(field.name)
    column = F.col(quote(field.name))
    if source.schema[field.name].dataType == field.dataType:
        return column
    return column.try_cast(field.dataType).alias(field.name)


def _without_choices(frame: DataFrame) -> DataFrame:
    if not has_choice(frame.schema):
        return frame
    columns = [
        F.col(quote(field.name)).cast(plain_type(field.dataType)).alias(field.name)
        if has_choice(field.dataType)
        else F.col(quote(field.name))
        for field in frame.schema.fields
    ]
    return frame.select(*columns)
