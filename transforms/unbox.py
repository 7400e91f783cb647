# ruff: noqa: A002, N803, PLR0913, PLR0917  (names and signatures are Glue's)
"""Unbox: a field of JSON, CSV, Avro or XML becomes the record that it holds."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Any

from pyspark.sql import functions as F  # noqa: N812
from pyspark.sql import types as T  # noqa: N812

from gluepot.catalog.errors import InvalidInputError, did_you_mean
from gluepot.transforms import boxes, python_rows
from gluepot.transforms.base import GlueTransform
from gluepot.transforms.boxes import CsvBox, XmlBox, avro_box, unboxing
from gluepot.transforms.casts import conformed
from gluepot.transforms.choices import is_choice, plain_type, to_glue
from gluepot.transforms.declared import declared_type
from gluepot.transforms.edits import edit_parent, key_column
from gluepot.transforms.failed_rows import error_records
from gluepot.transforms.json_boxes import JsonBox, without_opened
from gluepot.transforms.packed import Packed
from gluepot.transforms.packing import by_batch
from gluepot.transforms.paths import parse_path, quote
from gluepot.transforms.rows import EXECUTOR_MODULES, origin_of
from gluepot.transforms.shipping import ship

if TYPE_CHECKING:
    from collections.abc import Callable

    from pyspark.sql import Column, DataFrame

    from gluepot.transforms.frame import DynamicFrame
    from gluepot.transforms.stages import Stage

_NOT_JSON = "the text is not JSON, or an object in it has a name twice"
_FORMATS = ("json", "csv", "avro", "xml")
_CSV = ("separator", "quoteChar", "escaper", "withHeader", "skipFirst")
_XML = (
    *("rowTag", "attributePrefix", "valueTag", "excludeAttribute", "treatEmptyValuesAsNulls"),
    "ignoreSurroundingSpaces",
)
_OPTIONS: dict[str, tuple[str, ...]] = {"json": (), "csv": _CSV, "avro": (), "xml": _XML}


class Unbox(GlueTransform):
    """Replace a field of texts by the records that the texts are.

    Texts of JSON have the types of their values, choices where they differ; of CSV all values
    are texts; of XML what is written like a number or a boolean is one. Avro is an object
    container with one record, its schema in it. What cannot be read becomes an error record.
    """

    def __call__(
        self,
        frame: DynamicFrame,
        path: str,
        format: str,
        transformation_ctx: str = "",
        info: str = "",
        stageThreshold: int = 0,
        totalThreshold: int = 0,
        **options: Any,  # noqa: ANN401
    ) -> DynamicFrame:
        """Return the frame with a struct under the field's name; null stays null.

        Args:
            frame: Any frame.
            path: Of the field: texts, or bytes; of a choice its texts.
            format: ``json``, ``csv``, ``avro`` or ``xml``.
            transformation_ctx: See GlueTransform, as for the next three.
            info: Kept in error records.
            stageThreshold: Failed records of this transform that end the job.
            totalThreshold: Failed records so far that end the job.
            options: ``withSchema``, the JSON of a StructType: the values have its types, and no
                pass is made to find them. CSV: ``separator`` (","), ``quoteChar`` ('"'),
                ``escaper``, ``withHeader`` (the first row of each text has the names) and
                ``skipFirst``. XML: ``rowTag``, ``attributePrefix`` ("_"), ``valueTag``
                ("_VALUE"), ``excludeAttribute``, ``treatEmptyValuesAsNulls`` and
                ``ignoreSurroundingSpaces``.

        Raises:
            InvalidInputError: A format or an option is none, or the field holds no texts.
            UnknownFieldError: There is no such field.
        """
        stage = self.stage(transformation_ctx, info, stageThreshold, totalThreshold)
        name = _checked_format(format, options)
        schema = declared_type(options.get("withSchema"), "Unbox")
        if name == "json":
            return _unbox_json(frame, path, schema, stage)
        if name == "csv":
            return _unbox_in_python(frame, path, _csv_box(options, schema), schema, stage)
        if name == "xml":
            return _unbox_in_python(frame, path, _xml_box(options), schema, stage)
        return _unbox_in_python(frame, path, avro_box, schema, stage)


def _unbox_json(
    frame: DynamicFrame, path: str, schema: T.StructType | None, stage: Stage
) -> DynamicFrame:
    @cache
    def box() -> JsonBox:
        column, kind = key_column("Unbox", path, frame)
        text, strange = _texts(column, kind, path)
        declared = None if schema is None else to_glue(schema)
        return JsonBox(source=frame.planned(), text=text, strange=strange, declared=declared)

    def good() -> DataFrame:
        rows, value = box().good()
        return without_opened(_with_value(rows, parse_path(path), lambda _: value))

    def errors() -> DataFrame:
        message = F.when(box().strange, F.lit("the field holds no text")).otherwise(_NOT_JSON)
        rows, text = box().bad(), box().text
        record = F.struct(*(F.col(quote(name)) for name in rows.columns))
        origin = origin_of(stage, frame)
        return error_records(rows, message=message, text=text, record=record, origin=origin)

    return frame.derive(good, replace(stage, errors=errors), lazily=schema is None)


def _unbox_in_python(
    frame: DynamicFrame,
    path: str,
    unbox: Callable[[Any], Any],
    schema: T.StructType | None,
    stage: Stage,
) -> DynamicFrame:
    ship(*EXECUTOR_MODULES, boxes)
    names = parse_path(path)

    @cache
    def packed() -> Packed:
        column, spark_kind = key_column("Unbox", path, frame)
        _texts(column, spark_kind, path)
        kind = frame.schema()
        return Packed(
            source=frame.planned(),
            produce=by_batch(python_rows.map_records(unboxing(names, unbox), kind)),
            origin=origin_of(stage, frame),
            expected=kind,
            record_type=kind,
        )

    def good() -> DataFrame:
        rows = packed().rows()
        if schema is None:
            return rows
        target = schema
        kind = _kind_at(rows.schema, names)
        return _with_value(rows, names, lambda column: conformed(column, kind, target))

    failing = replace(stage, errors=lambda: packed().errors())
    return frame.derive(good, failing, lazily=True)


def _texts(column: Column, kind: T.DataType, path: str) -> tuple[Column, Column]:
    """Return the texts of a field, and whether it holds something else."""
    nothing_else = F.lit(False)  # noqa: FBT003
    if isinstance(kind, (T.StringType, T.BinaryType, T.NullType)):
        return column.cast("string"), nothing_else
    if isinstance(kind, T.StructType) and is_choice(kind):
        found = next((name for name in ("string", "binary") if name in kind.names), None)
        if found is not None:
            for name in kind.names:
                if name != found:
                    nothing_else |= column.getField(name).isNotNull()
            return column.getField(found).cast("string"), nothing_else
    raise InvalidInputError(
        f"Unbox: {path!r} holds no texts: it is {plain_type(kind).simpleString()}"
    )


def _with_value(
    rows: DataFrame, names: tuple[str, ...], change: Callable[[Column], Column]
) -> DataFrame:
    """Return rows with the value at a path changed, in its place."""
    top = names[0]
    if len(names) == 1:
        return rows.withColumns({top: change(F.col(quote(top)))})

    def edit(parent: Column, _: T.StructType) -> Column:
        return parent.withField(quote(names[-1]), change(parent.getField(names[-1])))

    column = edit_parent(F.col(quote(top)), rows.schema[top].dataType, names[1:-1], edit)
    return rows.withColumns({top: column})


def _kind_at(schema: T.StructType, names: tuple[str, ...]) -> T.DataType:
    kind: T.DataType = schema
    for name in names:
        if not isinstance(kind, T.StructType):
            raise TypeError(f"{names} leads to no field of {schema.simpleString()}")
        kind = kind[name].dataType
    return kind


def _checked_format(format: str, options: dict[str, Any]) -> str:
    name = format.lower()
    if name not in _FORMATS:
        raise InvalidInputError(
            f"Unbox: there is no format {format!r}.{did_you_mean(name, _FORMATS)}"
            f" There are: {', '.join(_FORMATS)}"
        )
    known = (*_OPTIONS[name], "withSchema")
    # Glue's options are one set for all formats: those of another format are nothing.
    everything = {option for each in _OPTIONS.values() for option in each} | {"withSchema"}
    for option in options:
        if option not in everything:
            raise InvalidInputError(
                f"Unbox: there is no option {option!r}.{did_you_mean(option, known)}"
                f" Of {name} there are: {', '.join(known)}"
            )
    return name


def _csv_box(options: dict[str, Any], schema: T.StructType | None) -> CsvBox:
    quote_char = str(options.get("quoteChar", '"'))
    return CsvBox(
        separator=str(options.get("separator", ",")),
        quote="" if quote_char == "-1" else quote_char,
        escaper=str(options.get("escaper") or ""),
        with_header=_flag(options.get("withHeader", False)),
        skip_first=_flag(options.get("skipFirst", False)),
        names=() if schema is None else tuple(schema.names),
    )


def _xml_box(options: dict[str, Any]) -> XmlBox:
    return XmlBox(
        row_tag=str(options.get("rowTag", "")),
        attribute_prefix=str(options.get("attributePrefix", "_")),
        value_tag=str(options.get("valueTag", "_VALUE")),
        exclude_attributes=_flag(options.get("excludeAttribute", False)),
        empty_is_null=_flag(options.get("treatEmptyValuesAsNulls", False)),
        strip=_flag(options.get("ignoreSurroundingSpaces", False)),
    )


def _flag(value: Any) -> bool:  # noqa: ANN401
    return str(value).lower() == "true"
