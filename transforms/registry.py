"""The steps that a declarative job may use: name, parameters, and the transform behind each.

Nothing here imports Spark, so a job's YAML is checked before a session is paid for.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from importlib import import_module
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from gluepot.catalog.errors import InvalidInputError, did_you_mean
from gluepot.transforms import parameters as kinds
from gluepot.transforms.parameters import Parameter
from gluepot.transforms.paths import as_paths

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from gluepot.transforms.frame import DynamicFrame

JOIN_KINDS = ("inner", "left", "right", "full", "left_semi", "left_anti")
MOST_EDITS = 3
"""Candidate pairs grow with the square of the edits; beyond three, learned matching is right."""


def _nothing(_params: Mapping[str, Any]) -> str | None:
    return None


@dataclass(frozen=True, kw_only=True)
class Step:
    """One kind of step: what it takes, and the transform class (``module:Class``) it runs.

    ``agree`` looks at parameters together and returns what is wrong, or None. ``most_inputs``
    None is no bound; the transform is then folded over its inputs, two by two.
    """

    name: str
    transform: str
    meaning: str
    parameters: Mapping[str, Parameter] = field(default_factory=dict)
    least_inputs: int = 1
    most_inputs: int | None = 1
    agree: Callable[[Mapping[str, Any]], str | None] = _nothing

    def validate(self, params: Mapping[str, Any]) -> None:
        """Check parameters without Spark.

        Raises:
            InvalidInputError: Names every parameter that is unknown, missing or of a wrong kind.
        """
        problems = [*self._unknown(params), *self._missing(params), *self._wrong(params)]
        if not problems:
            problems = [problem for problem in [self.agree(params)] if problem]
        if problems:
            raise InvalidInputError(f"{self.name}: " + "; ".join(problems))

    def check_inputs(self, count: int) -> None:
        """Check the number of frames that the step is given.

        Raises:
            InvalidInputError: There are too few or too many.
        """
        if count < self.least_inputs or (self.most_inputs is not None and count > self.most_inputs):
            wanted = str(self.least_inputs) + (" or more" if self.most_inputs is None else "")
            raise InvalidInputError(f"{self.name}: takes {wanted} inputs, but was given {count}")

    def run(self, inputs: Sequence[DynamicFrame], params: Mapping[str, Any]) -> DynamicFrame:
        """Return the frame that the transform makes of ``inputs``; nothing is computed yet.

        Raises:
            InvalidInputError: As for validate, or the frames lack a field that is named.
        """
        self.check_inputs(len(inputs))
        self.validate(params)
        module, name = self.transform.split(":")
        apply = getattr(import_module(module), name).apply
        arguments = {self.parameters[key].argument or key: value for key, value in params.items()}
        if self.most_inputs is not None:
            result: DynamicFrame = apply(*inputs, **arguments)
            return result
        result = inputs[0]
        for frame in inputs[1:]:
            result = apply(result, frame, **arguments)
        return result

    def _unknown(self, params: Mapping[str, Any]) -> list[str]:
        takes = "It takes: " + (", ".join(self.parameters) or "no parameters")
        return [
            f"unknown parameter {name!r}.{did_you_mean(str(name), self.parameters)} {takes}"
            for name in params
            if name not in self.parameters
        ]

    def _missing(self, params: Mapping[str, Any]) -> list[str]:
        return [
            f"parameter {name!r} is missing: {parameter.meaning}"
            for name, parameter in self.parameters.items()
            if parameter.required and name not in params
        ]

    def _wrong(self, params: Mapping[str, Any]) -> list[str]:
        return [
            f"parameter {name!r} must be {right}, but is {params[name]!r}"
            for name, parameter in self.parameters.items()
            if name in params and (right := parameter.check(params[name]))
        ]


def find_step(name: str) -> Step:
    """Return the step of that name.

    Raises:
        InvalidInputError: There is none; the sentence names the nearest one.
    """
    if name not in TRANSFORMS:
        known = ", ".join(TRANSFORMS)
        hint = did_you_mean(name, TRANSFORMS)
        raise InvalidInputError(f"there is no transform {name!r}.{hint} There are: {known}")
    return TRANSFORMS[name]


def _keys_agree(params: Mapping[str, Any]) -> str | None:
    left, right = as_paths(params["keys1"]), as_paths(params["keys2"])
    if len(left) == len(right):
        return None
    return f"keys1 has {len(left)} fields but keys2 has {len(right)}; they are compared in pairs"


def _keep(value: object) -> str | None:
    words = value.split(maxsplit=1) if isinstance(value, str) else []
    if value in {"most_complete", "all"} or (len(words) == 2 and words[0] in {"lowest", "highest"}):  # noqa: PLR2004
        return None
    return "most_complete, all, 'lowest COLUMN' or 'highest COLUMN'"


def _duplicates_agree(params: Mapping[str, Any]) -> str | None:
    if params.get("keep") == "all" and not params.get("match_id_column"):
        return "keep 'all' only marks rows, so match_id_column must name the column of the mark"
    return None


_PATHS = Parameter(check=kinds.paths, required=True, meaning="paths of the fields")
_PARTITIONS = Parameter(
    check=kinds.integer(1, 1_000_000), required=True, meaning="number of partitions"
)
_KEY = "fields compared, in the same order on both sides"

_STEPS = (
    Step(
        name="DropFields",
        transform="gluepot.transforms.fields:DropFields",
        meaning="drop fields, nested ones too; unknown ones are ignored",
        parameters={"paths": _PATHS},
    ),
    Step(
        name="SelectFields",
        transform="gluepot.transforms.fields:SelectFields",
        meaning="keep only these top-level fields",
        parameters={"paths": _PATHS},
    ),
    Step(
        name="RenameField",
        transform="gluepot.transforms.fields:RenameField",
        meaning="rename one field, nested ones too",
        parameters={
            "old_name": Parameter(check=kinds.path, required=True, meaning="path of the field"),
            "new_name": Parameter(check=kinds.path, required=True, meaning="its new path"),
        },
    ),
    Step(
        name="DropNullFields",
        transform="gluepot.transforms.nulls:DropNullFields",
        meaning="drop fields that have no type because all their values are null",
        parameters={
            "all_null": Parameter(
                check=kinds.boolean,
                meaning="drop typed fields too that are null in every row (one pass over the data)",
            )
        },
    ),
    Step(
        name="Filter",
        transform="gluepot.transforms.rows:Filter",
        meaning="keep the rows for which a Spark SQL expression is true",
        parameters={
            "expression": Parameter(
                check=kinds.text, required=True, argument="f", meaning="a Spark SQL condition"
            )
        },
    ),
    Step(
        name="Map",
        transform="gluepot.transforms.rows:Map",
        meaning="add or replace columns by Spark SQL expressions over the row as it came",
        parameters={
            "columns": Parameter(
                check=kinds.expressions,
                required=True,
                argument="f",
                meaning="column name to Spark SQL expression",
            )
        },
    ),
    Step(
        name="Join",
        transform="gluepot.transforms.join:Join",
        meaning="join two inputs on equal keys",
        parameters={
            "keys1": Parameter(check=kinds.paths, required=True, meaning=_KEY),
            "keys2": Parameter(check=kinds.paths, required=True, meaning=_KEY),
            "how": Parameter(check=kinds.one_of(*JOIN_KINDS), meaning="the kind of join"),
        },
        least_inputs=2,
        most_inputs=2,
        agree=_keys_agree,
    ),
    Step(
        name="Union",
        transform="gluepot.transforms.join:Union",
        meaning="put the rows of all inputs together, columns by name",
        least_inputs=2,
        most_inputs=None,
    ),
    Step(
        name="ApplyMapping",
        transform="gluepot.transforms.mapping:ApplyMapping",
        meaning="pick, rename, nest and cast fields",
        parameters={
            "mappings": Parameter(check=kinds.mappings, required=True, meaning="Glue's mappings"),
            "case_sensitive": Parameter(check=kinds.boolean, meaning="tell names apart by case"),
        },
    ),
    Step(
        name="DropDuplicates",
        transform="gluepot.transforms.duplicates:DropDuplicates",
        meaning="keep one of the rows that are equal, or nearly so, in their keys",
        parameters={
            "keys": Parameter(check=kinds.paths, meaning="fields compared; all when not given"),
            "normalize": Parameter(
                check=kinds.boolean, meaning="ignore case, accents, punctuation and white space"
            ),
            "max_edits": Parameter(
                check=kinds.integer(0, MOST_EDITS),
                meaning="characters that may differ over all keys, after normalisation",
            ),
            "match_id_column": Parameter(
                check=kinds.text, meaning="column that gets the same number in all duplicates"
            ),
            "keep": Parameter(check=_keep, meaning="which row of the duplicates stays"),
        },
        agree=_duplicates_agree,
    ),
    Step(
        name="MergeDynamicFrame",
        transform="gluepot.transforms.merge_frames:MergeDynamicFrame",
        meaning="put the rows of the second input over those of the first with equal keys",
        parameters={
            "primary_keys": Parameter(
                check=kinds.paths, required=True, meaning="fields that tell rows apart"
            )
        },
        least_inputs=2,
        most_inputs=2,
    ),
    Step(
        name="Spigot",
        transform="gluepot.transforms.spigot:Spigot",
        meaning="write some rows as JSON and hand on all",
        parameters={
            "path": Parameter(check=kinds.text, required=True, meaning="folder to write to"),
            "options": Parameter(
                check=kinds.settings,
                meaning="topk: the most rows (100); prob: the probability of each row (1)",
            ),
        },
    ),
    Step(
        name="Repartition",
        transform="gluepot.transforms.partitions:Repartition",
        meaning="spread the rows evenly over partitions",
        parameters={"num_partitions": _PARTITIONS},
    ),
    Step(
        name="Coalesce",
        transform="gluepot.transforms.partitions:Coalesce",
        meaning="bring the rows into fewer partitions",
        parameters={
            "num_partitions": _PARTITIONS,
            "shuffle": Parameter(check=kinds.boolean, meaning="spread the rows evenly"),
        },
    ),
    Step(
        name="ErrorsAsDynamicFrame",
        transform="gluepot.transforms.error_records:ErrorsAsDynamicFrame",
        meaning="go on with the rows that failed so far, one column error",
    ),
    Step(
        name="FillMissingValues",
        transform="gluepot.transforms.fill_missing:FillMissingValues",
        meaning="fill the gaps of a column with what a model makes of the others",
        parameters={
            "missing_values_column": Parameter(
                check=kinds.path, required=True, meaning="column that lacks values"
            ),
            "output_column": Parameter(
                check=kinds.text, meaning="name of the new column; COLUMN_filled if not given"
            ),
        },
    ),
    Step(
        name="MLStage",
        transform="gluepot.transforms.ml_stage:MLStage",
        meaning="add what a stage of Spark ML (K-Means, ...) says about each row",
        parameters={
            "stage": Parameter(
                check=kinds.text,
                required=True,
                meaning="full name of the class, as in pyspark.ml.clustering.KMeans",
            ),
            "params": Parameter(check=kinds.settings, meaning="parameters of the class"),
            "features": Parameter(check=kinds.paths, meaning="numbers that make up the features"),
            "scale": Parameter(check=kinds.boolean, meaning="bring the features to one scale"),
        },
    ),
)

TRANSFORMS: Mapping[str, Step] = MappingProxyType({step.name: step for step in _STEPS})
