# ruff: noqa: N803  (names and signatures are Glue's)
"""UnnestFrame: structs become fields of the top level, named by their paths."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import reduce
from typing import TYPE_CHECKING

from pyspark.sql import functions as F  # noqa: N812
from pyspark.sql.types import ArrayType, DataType, StructField, StructType

from gluepot.catalog.errors import InvalidInputError
from gluepot.transforms.base import GlueTransform
from gluepot.transforms.choices import CHOICE, is_choice
from gluepot.transforms.paths import quote

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from pyspark.sql import Column, DataFrame

    from gluepot.transforms.frame import DynamicFrame

    Opens = Callable[[StructType], bool]

ITEM = "val"
"""What Glue calls the item of an array in the names of its fields."""


class UnnestFrame(GlueTransform):
    """Make the fields of structs fields of the top level, with dots in their names.

    Arrays stay arrays and maps stay maps. The structs inside an array are flattened too, and the
    names of their fields begin with the array's name and ``val``: ``orders.val.price``. A choice
    stays a choice, whatever its members are: resolve it first to have it flat. A struct without
    fields leaves nothing.

    Source: Glue developer guide, "AWS Glue Scala DynamicFrame class", unnest.
    """

    def __call__(
        self,
        frame: DynamicFrame,
        transformation_ctx: str = "",
        info: str = "",
        stageThreshold: int = 0,
        totalThreshold: int = 0,
    ) -> DynamicFrame:
        """Return the flat frame.

        Raises:
            InvalidInputError: Two fields would have one name.
        """
        stage = self.stage(transformation_ctx, info, stageThreshold, totalThreshold)
        return frame.derive(lambda: _unnest(frame.planned()), stage)


@dataclass(frozen=True, kw_only=True)
class Leaf:
    """A field of a record that holds no further fields, or is not opened to have them.

    Attributes:
        name: What it is called in a flat record.
        steps: Names of fields that lead to it.
        kind: Its type.
        member: Whether it is a member of a choice that was opened.
    """

    name: str
    steps: tuple[str, ...]
    kind: DataType
    member: bool = False

    def of(self, value: Column) -> Column:
        """Return the leaf of a value, under its own name."""
        leaf = reduce(lambda column, step: column.getField(step), self.steps, value)
        return self._named(leaf)

    def of_row(self) -> Column:
        """Return the leaf of a row, whose first step is a column, under its own name."""
        first, *rest = self.steps
        leaf = reduce(lambda column, step: column.getField(step), rest, F.col(quote(first)))
        return self._named(leaf)

    def _named(self, column: Column) -> Column:
        # The mark of a choice's member would stay on the column that is no member any more.
        return column.alias(self.name, metadata={}) if self.member else column.alias(self.name)


def row_leaves(schema: StructType, opens: Opens) -> list[Leaf]:
    """Return the leaves of rows; ``opens`` says whether a struct is taken apart."""
    return [
        leaf
        for field in schema.fields
        for leaf in leaves(field.dataType, field.name, opens, (field.name,))
    ]


def leaves(
    kind: DataType, name: str, opens: Opens, steps: tuple[str, ...] = (), *, member: bool = False
) -> Iterator[Leaf]:
    """Yield the leaves of a value; a value that is not opened is its own leaf."""
    if not isinstance(kind, StructType) or not opens(kind):
        yield Leaf(name=name, steps=steps, kind=kind, member=member)
        return
    for field in kind.fields:
        inner = (*steps, field.name)
        marked = _marked(field)
        yield from leaves(field.dataType, f"{name}.{field.name}", opens, inner, member=marked)


def check_names(where: str, names: Iterable[str]) -> None:
    """Check that names differ, by more than case: Spark looks them up without it.

    Raises:
        InvalidInputError: Some do not.
    """
    counts = Counter(name.lower() for name in names)
    twice = sorted(name for name, count in counts.items() if count > 1)
    if twice:
        raise InvalidInputError(
            f"{where}: more than one field would be called {', '.join(map(repr, twice))};"
            " rename one of them with RenameField first"
        )


def _marked(field: StructField) -> bool:
    return CHOICE in (field.metadata or {})


def _no_choice(kind: StructType) -> bool:
    return not is_choice(kind)


def _unnest(source: DataFrame) -> DataFrame:
    found = row_leaves(source.schema, _no_choice)
    check_names("UnnestFrame", (leaf.name for leaf in found))
    return source.select(*(_flat(leaf.of_row(), leaf.kind, leaf.name) for leaf in found))


def _flat(column: Column, kind: DataType, name: str) -> Column:
    """Return a leaf whose structs inside arrays are flat."""
    if not isinstance(kind, ArrayType) or not _holds_structs(kind):
        return column
    inner = kind.elementType
    item_name = f"{name}.{ITEM}"

    def item(value: Column) -> Column:
        if not isinstance(inner, StructType):
            return _flat(value, inner, item_name)
        found = list(leaves(inner, item_name, _no_choice))
        check_names("UnnestFrame", (leaf.name for leaf in found))
        members = [_flat(leaf.of(value), leaf.kind, leaf.name) for leaf in found]
        return F.when(value.isNotNull(), F.struct(*members))

    return F.transform(column, item).alias(name)


def _holds_structs(kind: DataType) -> bool:
    while isinstance(kind, ArrayType):
        kind = kind.elementType
    return isinstance(kind, StructType) and bool(kind.fields) and not is_choice(kind)
