# ruff: noqa: N803, PLR0913, PLR0917  (names and signatures are Glue's)
"""Relationalize: nested records as flat tables that keys join."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from functools import cached_property, partial
from itertools import accumulate
from typing import TYPE_CHECKING, Any

from pyspark.sql import functions as F  # noqa: N812
from pyspark.sql.types import ArrayType, DataType, MapType, StructType

from gluepot.catalog.errors import InvalidInputError
from gluepot.transforms.base import GlueTransform
from gluepot.transforms.choices import is_choice
from gluepot.transforms.collection import DynamicFrameCollection
from gluepot.transforms.kept import keep
from gluepot.transforms.unnest import ITEM, Leaf, check_names, leaves, row_leaves

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from pyspark.sql import Column, DataFrame

    from gluepot.transforms.frame import DynamicFrame
    from gluepot.transforms.stages import Stage

    Path = tuple[int, ...]

_ROW_BITS = 33
"""monotonically_increasing_id is the partition's number, then this many bits for the row."""


class StagingPathError(InvalidInputError, RuntimeError):
    """No staging path was given, and the job has no TempDir."""


class Relationalize(GlueTransform):
    """Flatten structs, and make a table of each array, at any depth; keys join them.

    The root table has the fields of structs under dotted names, and a long in place of each
    array. The table of an array is called ``<root>_<array>`` and has a row for each item:
    ``id`` (the long), ``index`` (place of the item, from 0), and ``<array>.val`` or, for items
    that are structs, ``<array>.val.<field>``. Arrays inside go on in the same way, so that
    ``items: [{tags: [text]}]`` gives ``root_items`` with a key ``items.val.tags``, and
    ``root_items.val.tags`` with ``items.val.tags.val``.

    - A key numbers the rows of the table in which it stands, from 1, through all partitions;
      several arrays of one row have one number. Keys start anew with each run.
    - The key of an array that is null or empty is null, and there are no rows for it.
    - A map is a table like an array's, with the further column ``<map>.key``.
    - A choice between plain types stays a choice. One with a struct, an array or a map among
      its members becomes what ``make_struct`` would make of it: ``<field>.string`` and so on.

    Records are read once: what the tables have in common is kept in memory, on disk where it
    does not fit, when the rows or the schema of one of them are first asked for. An executor
    that is lost makes its part be computed again; a source that then gives other rows, or the
    same in another order, gives other keys.

    Source: Glue developer guide, "AWS Glue Scala DynamicFrame class", relationalize, and the
    sample on legislators; the guide does not tell of nulls, maps and choices.
    """

    def __call__(
        self,
        frame: DynamicFrame,
        staging_path: str | None = None,
        name: str = "roottable",
        options: Mapping[str, Any] | None = None,  # noqa: ARG002
        transformation_ctx: str = "",
        info: str = "",
        stageThreshold: int = 0,
        totalThreshold: int = 0,
    ) -> DynamicFrameCollection:
        """Return the tables, the root first.

        Args:
            frame: Any frame.
            staging_path: Where Glue writes tables for a while. Nothing is written here; but
                without it there must be a ``--TempDir`` among the script's arguments, as in Glue.
            name: Of the root table.
            options: Not used, as in Glue.
            transformation_ctx: See GlueTransform, as for the next three.
            info: Kept for messages.
            stageThreshold: Failed records of this transform that end the job.
            totalThreshold: Failed records so far that end the job.

        Raises:
            StagingPathError: Neither ``staging_path`` nor TempDir is given; it is a RuntimeError.
            InvalidInputError: Two fields or two tables would have one name.
        """
        if staging_path is None and not _temp_dir(sys.argv):
            raise StagingPathError(
                "Unable to set staging_path: give it, or start the job with --TempDir"
            )
        stage = self.stage(transformation_ctx, info, stageThreshold, totalThreshold)
        return relationalized(frame, name, stage)


@dataclass(frozen=True, kw_only=True)
class Table:
    """What becomes of one array, or of the records themselves.

    Attributes:
        key: Its name.
        column: Name of the array whose items it has; empty for the root.
        of_map: Whether the items are entries of a map.
        leaves: Its fields.
        inner: Tables of the fields that are arrays or maps, by their places in ``leaves``.
    """

    key: str
    column: str
    of_map: bool
    leaves: tuple[Leaf, ...]
    inner: Mapping[int, Table]

    def walk(self, path: Path = ()) -> Iterator[tuple[Path, Table]]:
        """Yield this table and all inside it, with the places that lead to each."""
        yield path, self
        for place, table in self.inner.items():
            yield from table.walk((*path, place))

    @property
    def names(self) -> list[str]:
        """Return the names of the columns."""
        own = ["id", "index"] if self.column else []
        entry = [f"{self.column}.key"] if self.of_map else []
        return own + entry + [leaf.name for leaf in self.leaves]


def relationalized(frame: DynamicFrame, name: str, stage: Stage) -> DynamicFrameCollection:
    """Return the tables of a frame, the root first.

    Raises:
        InvalidInputError: Two fields or two tables would have one name.
    """
    root = _table(name, name, "", row_leaves(frame.planned().schema, _opens))
    tables = dict(root.walk())
    check_names("Relationalize (tables)", (table.key for table in tables.values()))
    for table in tables.values():
        check_names(f"Relationalize (table {table.key!r})", table.names)
    pivot = _Pivot(frame=frame, tables=tables)
    frames = {}
    for path, table in tables.items():
        made = frame.derive(partial(pivot.table, path), stage, lazily=bool(root.inner))
        made.name = table.key
        frames[table.key] = made
    return DynamicFrameCollection(frames, frame.glue_ctx)


def _table(
    root: str, key: str, column: str, found: Sequence[Leaf], *, of_map: bool = False
) -> Table:
    inner = {}
    for place, leaf in enumerate(found):
        items = _items(leaf.kind)
        if items is not None:
            below = list(leaves(items, f"{leaf.name}.{ITEM}", _opens))
            is_map = isinstance(leaf.kind, MapType)
            inner[place] = _table(root, f"{root}_{leaf.name}", leaf.name, below, of_map=is_map)
    return Table(key=key, column=column, of_map=of_map, leaves=tuple(found), inner=inner)


def _items(kind: DataType) -> DataType | None:
    if isinstance(kind, ArrayType):
        return kind.elementType
    return kind.valueType if isinstance(kind, MapType) else None


def _opens(kind: StructType) -> bool:
    nested = (StructType, ArrayType, MapType)
    return not is_choice(kind) or any(isinstance(field.dataType, nested) for field in kind.fields)


@dataclass(frozen=True, kw_only=True, eq=False)
class _Pivot:
    """The tables of one frame. Rows have columns ``c0``, ``c1``... for leaves, and ``row``.

    A row's number is its place in its partition plus the rows in partitions before. Places are
    those of records that are kept, so all tables agree on them, however often they are computed.
    """

    frame: DynamicFrame
    tables: Mapping[Path, Table]

    def table(self, path: Path) -> DataFrame:
        """Return the table at a path."""
        table = self.tables[path]
        if not path and not table.inner:
            return self.frame.planned().select(*(leaf.of_row() for leaf in table.leaves))
        rows = self._rows(path)
        own = ["id", "index"] if path else []
        entry = [F.col("key").alias(f"{table.column}.key")] if table.of_map else []
        return rows.select(*own, *entry, *self._columns(path))

    @cached_property
    def _records(self) -> DataFrame:
        columns = [leaf.of_row().alias(_at(i)) for i, leaf in enumerate(self.tables[()].leaves)]
        numbered = (*columns, F.monotonically_increasing_id().alias("row"))
        return keep(self.frame.planned().select(*numbered))

    @cached_property
    def _before(self) -> dict[Path, list[int]]:
        """Return, for tables with keys, how many rows there are before each partition."""
        paths = [path for path, table in self.tables.items() if table.inner]
        counts = [F.sum(self._count(path)).alias(str(i)) for i, path in enumerate(paths)]
        partition = F.shiftright("row", _ROW_BITS).alias("partition")
        found = {row[0]: row[1:] for row in self._records.groupBy(partition).agg(*counts).collect()}
        none = (0,) * len(paths)
        parts = [found.get(part, none) for part in range(max(found, default=0) + 1)]
        return {
            path: list(accumulate((part[i] for part in parts), initial=0))
            for i, path in enumerate(paths)
        }

    def _columns(self, path: Path) -> Iterator[Column]:
        table = self.tables[path]
        for place, leaf in enumerate(table.leaves):
            column = F.col(_at(place))
            if place in table.inner:
                column = F.when(F.size(column) > 0, self._number(path))
            yield column.alias(leaf.name)

    def _rows(self, path: Path) -> DataFrame:
        if not path:
            return self._records
        *above, place = path
        table = self.tables[path]
        parents = self._rows(tuple(above))
        names = ("index", "key", "value") if table.of_map else ("index", "value")
        items = F.posexplode(_at(place)).alias(*names)
        exploded = parents.select(self._number(tuple(above)).alias("id"), items)
        columns = [leaf.of(F.col("value")).alias(_at(i)) for i, leaf in enumerate(table.leaves)]
        number = [F.monotonically_increasing_id().alias("row")] if table.inner else []
        return exploded.select("id", *names[:-1], *columns, *number)

    def _number(self, path: Path) -> Column:
        before = F.split(F.lit(",".join(map(str, self._before[path]))), ",").cast("array<bigint>")
        partition = F.shiftright("row", _ROW_BITS).cast("int")
        place = F.col("row").bitwiseAND(F.lit((1 << _ROW_BITS) - 1))
        # A partition that was not there when rows were counted is an error, not a null.
        return F.element_at(before, partition + 1) + place + 1

    def _count(self, path: Path) -> Column:
        """Return how many rows of the table at a path a record has."""
        if not path:
            return F.lit(1)
        return self._count_in(F.col(_at(path[0])), self.tables[path[:1]], path[1:])

    def _count_in(self, items: Column, table: Table, path: Path) -> Column:
        if not path:
            return F.when(items.isNotNull(), F.size(items).cast("long")).otherwise(0)
        leaf, inner = table.leaves[path[0]], table.inner[path[0]]
        values = F.map_values(items) if table.of_map else items

        def add(total: Column, value: Column) -> Column:
            return total + self._count_in(leaf.of(value), inner, path[1:])

        return F.coalesce(F.aggregate(values, F.lit(0).cast("long"), add), F.lit(0))


def _at(place: int) -> str:
    return f"c{place}"


def _temp_dir(arguments: Sequence[str]) -> str | None:
    for argument, following in zip(arguments, [*arguments[1:], ""], strict=True):
        if argument == "--TempDir":
            return following
        if argument.startswith("--TempDir="):
            return argument.partition("=")[2]
    return None
