"""Fields inside records: where a path leads, and records that have other fields there.

Arrays are looked through, and so are choices: a path goes on in those of a choice's types that
are structs (or arrays of them) and have the field, as it does in Glue record by record.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyspark.sql import functions as F  # noqa: N812
from pyspark.sql.types import ArrayType, DataType, StructType

from gluepot.catalog.errors import InvalidInputError
from gluepot.transforms.choices import choice_column, is_choice
from gluepot.transforms.paths import UnknownFieldError, parse_path, quote

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from pyspark.sql import Column, DataFrame

    from gluepot.transforms.frame import DynamicFrame

    Edit = Callable[[Column, StructType], Column]
    Names = tuple[str, ...]

Tree = dict[str, "Tree | None"]
"""Fields to drop: by name, None for the whole field, else what to drop inside it."""


def struct_of(kind: DataType) -> StructType | None:
    """Return the struct that a type is, or is an array of (at any depth); None for others."""
    while isinstance(kind, ArrayType):
        kind = kind.elementType
    return kind if isinstance(kind, StructType) and not is_choice(kind) else None


def structs_of(kind: DataType) -> list[StructType]:
    """Return the structs in which a path may go on: of a choice there may be two."""
    if isinstance(kind, ArrayType):
        return structs_of(kind.elementType)
    if isinstance(kind, StructType) and is_choice(kind):
        return [struct for member in kind.fields for struct in structs_of(member.dataType)]
    return [kind] if isinstance(kind, StructType) else []


def find_level(kind: DataType, names: Names) -> tuple[list[str], int]:
    """Return the names at the level where ``names`` stop to lead on, and how many did lead."""
    kinds = [kind]
    level: list[str] = []
    for depth, name in enumerate(names):
        structs = [struct for each in kinds for struct in structs_of(each)]
        level = list(dict.fromkeys(known for struct in structs for known in struct.names))
        if name not in level:
            return level, depth
        kinds = [struct[name].dataType for struct in structs if name in struct.names]
    return level, len(names)


def key_column(where: str, path: str, frame: DynamicFrame) -> tuple[Column, DataType]:
    """Return the column at a path, and its type.

    Raises:
        UnknownFieldError: There is none; ``where`` says who looked for it.
        InvalidInputError: It lies inside an array, so a record has not one value of it.
    """
    names = parse_path(path)
    schema = frame.planned().schema
    level, depth = find_level(schema, names)
    if depth < len(names):
        raise UnknownFieldError(where, path, frame.name, tuple(level))
    column, kind = F.col(quote(names[0])), schema[names[0]].dataType
    for name in names[1:]:
        column, struct = as_struct(column, kind)
        if struct is None or name not in struct.names:
            raise InvalidInputError(f"{where}: {path!r} lies inside an array; it has many values")
        column, kind = column.getField(name), struct[name].dataType
    return column, kind


def as_struct(column: Column, kind: DataType) -> tuple[Column, StructType | None]:
    """Return a struct's column, or a choice's values that are structs; None for other types."""
    if not isinstance(kind, StructType):
        return column, None
    if not is_choice(kind):
        return column, kind
    for member in kind.fields:
        if struct_of(member.dataType) is member.dataType:
            return as_struct(column.getField(member.name), member.dataType)
    return column, None


def edit_parent(column: Column, kind: DataType, parents: Names, edit: Edit) -> Column:
    """Return ``column`` with ``edit`` done to each struct at ``parents``, through arrays.

    A struct that is null stays null. ``edit`` gets the struct's type too.
    """
    if isinstance(kind, ArrayType):
        inner = kind.elementType
        return F.transform(column, lambda item: edit_parent(item, inner, parents, edit))
    if not isinstance(kind, StructType):
        return column
    if is_choice(kind):
        # Not withField: a replaced member would lose its mark.
        return choice_column(
            {
                each.name: edit_parent(column.getField(each.name), each.dataType, parents, edit)
                for each in kind.fields
            }
        )
    if not parents:
        return edit(column, kind)
    name = parents[0]
    if name not in kind.names:
        return column
    member_column = edit_parent(column.getField(name), kind[name].dataType, parents[1:], edit)
    return column.withField(quote(name), member_column)


def tree_of(paths: Iterable[Names]) -> Tree:
    """Return the fields at ``paths`` as a tree; a path inside another's field is nothing more."""
    root: Tree = {}
    for names in sorted(paths, key=len):
        level: Tree | None = root
        for name in names[:-1]:
            level = level.setdefault(name, {}) if level is not None else None
        if level is not None:
            level[names[-1]] = None
    return root


def remaining(source: DataFrame, tree: Tree) -> dict[str, Column]:
    """Return the columns that stay when the fields of a tree go, by name and in order.

    A struct that loses its last member goes too: Spark has no struct without members to write.
    """
    columns = {}
    for field in source.schema.fields:
        if vanishes(field.dataType, tree, field.name):
            continue
        column = F.col(quote(field.name))
        below = tree.get(field.name)
        if below is not None:
            column = _without(column, field.dataType, below).alias(field.name)
        columns[field.name] = column
    return columns


def vanishes(kind: DataType, tree: Tree, name: str) -> bool:
    """Return whether nothing remains of a field of that name and type."""
    if name not in tree:
        return False
    below = tree[name]
    return below is None or _all_go(kind, below)


def _all_go(kind: DataType, tree: Tree) -> bool:
    if isinstance(kind, ArrayType):
        return _all_go(kind.elementType, tree)
    if not isinstance(kind, StructType) or not kind.fields:
        return False
    if is_choice(kind):
        return all(_all_go(member.dataType, tree) for member in kind.fields)
    return all(vanishes(field.dataType, tree, field.name) for field in kind.fields)


def _without(column: Column, kind: DataType, tree: Tree) -> Column:
    if isinstance(kind, ArrayType):
        inner = kind.elementType
        return F.transform(column, lambda item: _without(item, inner, tree))
    if not isinstance(kind, StructType):
        return column
    if is_choice(kind):
        return _choice_without(column, kind, tree)
    for name in (name for name in tree if name in kind.names):
        below, inside = tree[name], kind[name].dataType
        if below is None or _all_go(inside, below):
            column = column.dropFields(quote(name))
        else:
            member = _without(column.getField(name), inside, below)
            column = column.withField(quote(name), member)
    return column


def _choice_without(column: Column, kind: StructType, tree: Tree) -> Column:
    kept = {
        member.name: _without(column.getField(member.name), member.dataType, tree)
        for member in kind.fields
        if not _all_go(member.dataType, tree)
    }
    return choice_column(kept) if len(kept) > 1 else next(iter(kept.values()))
