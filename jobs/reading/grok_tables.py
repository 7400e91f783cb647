"""Logs as rows: each line cut by the grok pattern of its table, as ``GrokSerDe`` cuts it.

A line in which the pattern is not found is a row of nulls; a blank one is no row.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gluepot.catalog.errors import InvalidInputError
from gluepot.catalog.table_format import serde_parameters, storage_parameters
from gluepot.crawlers.classifiers.grok import Grok, compile_grok
from gluepot.crawlers.classifiers.grok_match import checked
from gluepot.crawlers.names import without_repeats
from gluepot.jobs.reading.csv_preamble import FILE_COLUMN
from gluepot.jobs.reading.text_rows import decoder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    import pyarrow as pa
    from pyspark.sql import DataFrame

    from gluepot.catalog.model import Table

UNMATCHED = "_unmatched"
"""A line in which the pattern is not found, in the row of nulls that it becomes."""


def grok_of(table: Table) -> Grok:
    """Return the pattern of a table.

    Raises:
        InvalidInputError: It has none, or one that cannot be read.
    """
    serde = serde_parameters(table)
    parameters = {**storage_parameters(table), **(table.parameters or {})}
    text = serde.get("input.format") or parameters.get("grokPattern")
    if not text:
        raise InvalidInputError("its serde has no input.format, the pattern of its lines")
    custom = serde.get("input.grokCustomPatterns") or parameters.get("grokCustomPatterns", "")
    return checked(compile_grok(text, custom))


def grok_rows(lines: DataFrame, grok: Grok, encoding: str, columns: Sequence[str]) -> DataFrame:
    """Return the rows of lines as text, ``UNMATCHED`` and ``FILE_COLUMN``.

    Args:
        lines: Bytes in ``value``, and ``FILE_COLUMN``.
        grok: Their pattern.
        encoding: Of the lines.
        columns: Which fields of the pattern, as the catalog spells them; unknown ones are null.
    """
    names = without_repeats(field.name.strip().lower() or "_" for field in grok.fields)
    wanted = [
        [number for number, index in enumerate(grok.groups) if names[index] == column.lower()]
        for column in columns
    ]
    places = [f"_{at}" for at in range(len(columns))]
    schema = ", ".join(f"{place} string" for place in (*places, UNMATCHED, FILE_COLUMN))
    match = _re2_matcher(grok.re2) if grok.re2 is not None else _python_matcher(grok.expression)
    rows = lines.mapInArrow(_cut(match, wanted, decoder(encoding)), schema)
    return rows.toDF(*columns, UNMATCHED, FILE_COLUMN)


def _re2_matcher(expression: str) -> Callable[[pa.Array], pa.Array]:
    def match(lines: pa.Array) -> pa.Array:
        import pyarrow.compute as pc  # noqa: PLC0415 - where it runs

        return pc.extract_regex(lines, pattern=expression)

    return match


def _python_matcher(expression: str) -> Callable[[pa.Array], pa.Array]:
    """Return a function of lines to structs of groups, for what RE2 does not take."""

    def match(lines: pa.Array) -> pa.Array:
        import re  # noqa: PLC0415

        import pyarrow as pa  # noqa: PLC0415

        compiled = re.compile(expression)
        found = (compiled.search(line) for line in lines.to_pylist())
        rows = [None if one is None else one.groupdict() for one in found]
        return pa.array(rows, pa.struct([(name, pa.string()) for name in compiled.groupindex]))

    return match


def _cut(
    match: Callable[[pa.Array], pa.Array],
    wanted: Sequence[Sequence[int]],
    decode: Callable[[pa.Array], pa.Array],
) -> Callable[[Iterable[pa.RecordBatch]], Iterable[pa.RecordBatch]]:
    ends = [UNMATCHED, FILE_COLUMN]

    def cut(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        import pyarrow as pa  # noqa: PLC0415
        import pyarrow.compute as pc  # noqa: PLC0415

        nothing = pa.scalar(None, pa.string())

        def held(found: pa.Array, group: int) -> pa.Array:
            text = pc.struct_field(found, f"g{group}")
            return pc.if_else(pc.equal(text, ""), nothing, text)

        for batch in batches:
            lines = decode(batch["value"])
            filled = pc.not_equal(pc.utf8_trim_whitespace(lines), "")
            lines, files = lines.filter(filled), batch[ends[-1]].filter(filled)
            found, empty = match(lines), pa.nulls(len(lines), pa.string())
            columns = [
                pc.coalesce(*(held(found, group) for group in groups), empty) for groups in wanted
            ]
            columns += [pc.if_else(found.is_valid(), empty, lines), files]
            names = [f"_{at}" for at in range(len(wanted))]
            yield pa.RecordBatch.from_arrays(columns, [*names, *ends])

    return cut
