# ruff: noqa: N803, PLR0913, PLR0917  (names and signatures are Glue's)
"""ResolveChoice: fields of several types made fields of one, by path or all at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from pyspark.sql import types as T  # noqa: N812

from gluepot.catalog.errors import InvalidInputError, did_you_mean
from gluepot.transforms.base import GlueTransform
from gluepot.transforms.casts import Target
from gluepot.transforms.choice_actions import Cast, MakeStruct, Project, parse_action
from gluepot.transforms.choice_rewrite import rewritten
from gluepot.transforms.choices import has_choice
from gluepot.transforms.edits import find_level, struct_of
from gluepot.transforms.paths import UnknownFieldError, parse_path

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from pyspark.sql import DataFrame

    from gluepot.transforms import gluetypes as G  # noqa: N812
    from gluepot.transforms.choice_actions import Action
    from gluepot.transforms.frame import DynamicFrame

Names: TypeAlias = tuple[str, ...]
Specs: TypeAlias = "Sequence[tuple[str, str]] | tuple[str, str]"

_MATCH = "match_catalog"
_OPTIONS = ("Project", "KeepAsStruct", "Cast")


class ResolveChoice(GlueTransform):
    """Make fields of one type out of choices.

    ``cast:TYPE`` casts every value, what cannot be cast becomes null; ``project:TYPE`` keeps the
    values that are of the type, others become null; ``make_cols`` makes a field ``NAME_TYPE`` of
    each type and ``make_struct`` a struct of them.
    """

    def __call__(
        self,
        frame: DynamicFrame,
        specs: Specs | None = None,
        choice: str = "",
        database: str | None = None,
        table_name: str | None = None,
        transformation_ctx: str = "",
        info: str = "",
        stageThreshold: int = 0,
        totalThreshold: int = 0,
        catalog_id: str | None = None,
    ) -> DynamicFrame:
        """Return the frame with its choices resolved.

        Args:
            frame: Any frame.
            specs: Pairs of a path and an action, or one pair. ``[]`` after an array's name leads
                into its elements, and may be left out where the array is no choice itself. A
                field that is no choice is cast by ``cast:TYPE`` and left by other actions.
            choice: An action for all choices at any depth, those in arrays too; also
                ``match_catalog``, which casts each to the type that its field has in a table and
                leaves those that the table has not. ``make_cols`` makes a struct of a choice
                that has no name of its own, inside an array in a choice.
            database: Of the table, for match_catalog.
            table_name: Of the table, for match_catalog.
            transformation_ctx: See GlueTransform, as for the next three.
            info: Kept for messages.
            stageThreshold: Failed records of this transform that end the job.
            totalThreshold: Failed records so far that end the job.
            catalog_id: Of the table's catalog.

        Raises:
            InvalidInputError: ``specs`` and ``choice`` are both there or both not, an action or a
                type is none, the table is not told, or a new column's name is taken.
            UnknownFieldError: The frame has no such field.
        """
        stage = self.stage(transformation_ctx, info, stageThreshold, totalThreshold)
        _check_arguments(specs, choice, database, table_name)
        if choice == _MATCH:

            def matched() -> DataFrame:
                return match_table(frame, str(database), str(table_name), catalog_id)

            return frame.derive(matched, stage)
        if specs is None:
            action = parse_action(choice)
            return frame.derive(lambda: rewritten(frame.planned(), AllChoices(action)), stage)
        parsed = [(path, parse_action(text)) for path, text in _pairs(specs)]
        return frame.derive(lambda: resolve_paths(frame.planned(), parsed, frame.name), stage)


@dataclass(frozen=True)
class ResolveOption:
    """How ``toDF`` treats one choice.

    Attributes:
        path: Of the choice.
        action: ``Project`` keeps the values of the target type, ``Cast`` casts to it,
            ``KeepAsStruct`` makes a struct of a field a type.
        target: A type of Glue or of Spark; none for KeepAsStruct.
    """

    path: str
    action: str
    target: G.DataType | T.DataType | None = None


def resolve_for_dataframe(dataframe: DataFrame, options: Iterable[ResolveOption]) -> DataFrame:
    """Return a planned DataFrame with some choices resolved; others stay.

    Raises:
        InvalidInputError: An action is none, or has no target where it needs one.
        UnknownFieldError: There is no such field.
    """
    parsed = [(option.path, _option_action(option)) for option in options]
    return resolve_paths(dataframe, parsed, "") if parsed else dataframe


def _option_action(option: ResolveOption) -> Action:
    known = {name.lower(): name for name in _OPTIONS}
    action = known.get(str(option.action).lower())
    if action is None:
        raise InvalidInputError(
            f"ResolveOption of {option.path!r}: there is no action {option.action!r}."
            f"{did_you_mean(str(option.action), _OPTIONS)} There are: {', '.join(_OPTIONS)}"
        )
    if action == "KeepAsStruct":
        return MakeStruct()
    if option.target is None:
        raise InvalidInputError(
            f"ResolveOption of {option.path!r}: the action {action} needs a target type"
        )
    target = Target.of(option.target)
    return Cast(target=target) if action == "Cast" else Project(target=target)


def resolve_paths(
    source: DataFrame, specs: Iterable[tuple[str, Action]], frame_name: str
) -> DataFrame:
    """Return the DataFrame with the fields at some paths resolved.

    Raises:
        UnknownFieldError: There is no such field.
    """
    actions: dict[tuple[Names, bool], Action] = {}
    for path, action in specs:
        names, element = _parse_spec(path)
        level, depth = find_level(source.schema, names)
        if depth < len(names):
            raise UnknownFieldError("resolveChoice", path, frame_name, tuple(level))
        actions[names, element] = action
    return rewritten(source, SomePaths(actions))


def match_table(
    frame: DynamicFrame, database: str, table_name: str, catalog_id: str | None
) -> DataFrame:
    """Return the frame's rows with each choice cast to the type of its field in a table.

    Raises:
        InvalidInputError: The frame has no context, which knows the catalog.
    """
    context: Any = frame.glue_ctx
    if context is None:
        raise InvalidInputError(
            "resolveChoice: match_catalog needs a frame that was made with a GlueContext"
        )
    table = context.get_catalog_schema_as_spark_schema(database, table_name, catalog_id)
    return rewritten(frame.planned(), TableTypes(table))


@dataclass(frozen=True)
class AllChoices:
    """The plan that resolves every choice in one way."""

    action: Action

    def of_choice(self, path: Names, *, element: bool) -> Action | None:  # noqa: ARG002
        """Return the action."""
        return self.action

    def of_plain(self, path: Names, *, element: bool) -> Action | None:  # noqa: ARG002
        """Return nothing: what is no choice stays."""
        return None

    def goes_into(self, path: Names, kind: T.DataType) -> bool:  # noqa: ARG002
        """Return whether there is a choice."""
        return has_choice(kind)


@dataclass(frozen=True)
class SomePaths:
    """The plan that resolves fields by path; True beside a path is for elements of its array."""

    actions: Mapping[tuple[Names, bool], Action]

    def of_choice(self, path: Names, *, element: bool) -> Action | None:
        """Return the action that names exactly this field, or its elements."""
        return self.actions.get((path, element))

    def of_plain(self, path: Names, *, element: bool) -> Action | None:
        """Return the action that names exactly this field."""
        return self.actions.get((path, element))

    def goes_into(self, path: Names, kind: T.DataType) -> bool:  # noqa: ARG002
        """Return whether a path leads to or through a field."""
        return any(names[: len(path)] == path for names, _ in self.actions)


@dataclass(frozen=True)
class TableTypes:
    """The plan that casts each choice to what a table has for its field."""

    table: T.StructType

    def of_choice(self, path: Names, *, element: bool) -> Action | None:
        """Return a cast to the table's type, if it has the field; names are equal but for case."""
        kind: T.DataType = self.table
        for name in path:
            struct = struct_of(kind)
            known = {} if struct is None else {field.name.lower(): field for field in struct}
            if name.lower() not in known:
                return None
            kind = known[name.lower()].dataType
        while element and isinstance(kind, T.ArrayType | T.MapType):
            kind = kind.elementType if isinstance(kind, T.ArrayType) else kind.valueType
        return Cast(target=Target.of(kind))

    def of_plain(self, path: Names, *, element: bool) -> Action | None:  # noqa: ARG002
        """Return nothing: what is no choice stays."""
        return None

    def goes_into(self, path: Names, kind: T.DataType) -> bool:  # noqa: ARG002
        """Return whether there is a choice."""
        return has_choice(kind)


def _check_arguments(
    specs: Specs | None, choice: str, database: str | None, table_name: str | None
) -> None:
    if specs is None and not choice:
        raise InvalidInputError("Parameter specs and option are both missing, add one.")
    if specs is not None and choice:
        raise InvalidInputError("Parameter specs and option are both specified, choose one.")
    if choice == _MATCH and not (database and table_name):
        raise InvalidInputError("resolveChoice: match_catalog needs database and table_name")


def _pairs(specs: Specs) -> list[tuple[str, str]]:
    single = isinstance(specs, tuple) and bool(specs) and isinstance(specs[0], str)
    pairs: list[tuple[str, str]] = []
    for spec in [specs] if single else specs:
        texts = [] if isinstance(spec, str) else [text for text in spec if isinstance(text, str)]
        if len(texts) != 2 or len(spec) != 2:  # noqa: PLR2004
            raise InvalidInputError(f"resolveChoice: {spec!r} is no spec; write (path, action)")
        pairs.append((texts[0], texts[1]))
    return pairs


def _parse_spec(path: str) -> tuple[Names, bool]:
    return parse_path(path), path.endswith("[]")
