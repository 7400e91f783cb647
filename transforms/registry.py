"""The steps that a declarative job may use: name, parameters, and the transform behind each.

Nothing here imports Spark, so a job's YAML is checked before a session is paid for.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from gluepot.catalog.errors import InvalidInputError, did_you_mean
from gluepot.transforms import parameters as kinds
from gluepot.transforms.parameters import Kind, Parameter
from gluepot.transforms.paths import as_paths
from gluepot.transforms.step import Parts, Step

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["JOIN_KINDS", "TRANSFORMS", "Step", "find_step"]

JOIN_KINDS = ("inner", "left", "right", "full", "left_semi", "left_anti")
MOST_EDITS = 3
"""Candidate pairs grow with the square of the edits; beyond three, learned matching is right."""


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


def _keeps(value: object) -> bool:
    words = value.split(maxsplit=1) if isinstance(value, str) else []
    return value in ("most_complete", "all") or (
        len(words) == 2 and words[0] in {"lowest", "highest"}  # noqa: PLR2004
    )


_KEEP = Kind(
    wanted="most_complete, all, 'lowest COLUMN' or 'highest COLUMN'",
    accepts=_keeps,
    schema={
        "type": "string",
        "pattern": r"^(?:most_complete|all|\s*(?:lowest|highest)\s+\S[\s\S]*)$",
    },
)


def _duplicates_agree(params: Mapping[str, Any]) -> str | None:
    if params.get("keep") == "all" and not params.get("match_id_column"):
        return "keep 'all' only marks rows, so match_id_column must name the column of the mark"
    return None


def _choices_agree(params: Mapping[str, Any]) -> str | None:
    if ("specs" in params) == ("choice" in params):
        return "give either specs (path by path) or choice (for all of them)"
    if params.get("choice") == "match_catalog":
        missing = [name for name in ("database", "table_name") if name not in params]
        return f"match_catalog needs {' and '.join(missing)}" if missing else None
    told = [name for name in ("database", "table_name") if name in params]
    return f"only match_catalog takes {' and '.join(told)}" if told else None


_BOX_OPTIONS = {
    "csv": ("separator", "quoteChar", "escaper", "withHeader", "skipFirst"),
    "xml": (
        *("rowTag", "attributePrefix", "valueTag", "excludeAttribute", "treatEmptyValuesAsNulls"),
        "ignoreSurroundingSpaces",
    ),
}


def _box_agrees(params: Mapping[str, Any]) -> str | None:
    known = _BOX_OPTIONS.get(params["format"], ())
    given = [name for name in params if name not in {"path", "format", "withSchema", *known}]
    if not given:
        return None
    takes = ", ".join(known) or "none of them"
    return f"{', '.join(given)} is not for {params['format']}, which takes {takes}"


def _two_names(params: Mapping[str, Any]) -> Parts:
    return Parts(names=(params.get("name1", "frame1"), params.get("name2", "frame2")))


def _names_differ(params: Mapping[str, Any]) -> str | None:
    one, two = _two_names(params).names
    return f"both frames would be called {one!r}" if one == two else None


def _tables(params: Mapping[str, Any]) -> Parts:
    root = params.get("name", "roottable")
    return Parts(names=(root,), stem=f"{root}_")


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
            "keep": Parameter(check=_KEEP, meaning="which row of the duplicates stays"),
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
        name="FindMatches",
        transform="gluepot.transforms.find_matches:FindMatches",
        meaning=(
            "number the rows so that those of one thing, a person or a product, have one match_id;"
            " of two inputs, match_source tells left from right"
        ),
        parameters={
            "id_column": Parameter(
                check=kinds.text, required=True, meaning="column that tells rows apart"
            ),
            "link": Parameter(
                check=kinds.one_of("auto", "one-to-one", "many"),
                meaning="how many partners a row has in the other input (auto: it is found out)",
            ),
            "precision_recall": Parameter(
                check=kinds.number(0, 1),
                meaning="the probability above which rows match (0.5)",
            ),
            "accuracy_cost": Parameter(
                check=kinds.number(0, 1), meaning="how many pairs are compared (0.5)"
            ),
            "confidence": Parameter(
                check=kinds.boolean,
                meaning="add match_confidence_score: how sure a group is, 0 to 1",
            ),
        },
        most_inputs=2,
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
    Step(
        name="ResolveChoice",
        transform="gluepot.transforms.resolve:ResolveChoice",
        meaning="make fields of one type out of those of several",
        parameters={
            "specs": Parameter(check=kinds.specs, meaning="pairs of a path and an action"),
            "choice": Parameter(check=kinds.choice, meaning="an action for all choices"),
            "database": Parameter(check=kinds.text, meaning="of the table of match_catalog"),
            "table_name": Parameter(check=kinds.text, meaning="the table of match_catalog"),
        },
        agree=_choices_agree,
    ),
    Step(
        name="Relationalize",
        transform="gluepot.transforms.relationalize:Relationalize",
        meaning="make flat tables of nested rows: a collection of the root and one for each array",
        parameters={
            "name": Parameter(check=kinds.text, meaning="name of the root table (roottable)")
        },
        # Glue writes there for a while, and so wants it told; nothing is written here.
        constants={"staging_path": ""},
        parts=_tables,
    ),
    Step(
        name="UnnestFrame",
        transform="gluepot.transforms.unnest:UnnestFrame",
        meaning="bring the fields of structs to the top, named by their paths",
    ),
    Step(
        name="SplitFields",
        transform="gluepot.transforms.split:SplitFields",
        meaning="part the fields: name1 has those at the paths, name2 all others",
        parameters={
            "paths": _PATHS,
            "name1": Parameter(check=kinds.text, required=True, meaning="of the first part"),
            "name2": Parameter(check=kinds.text, required=True, meaning="of the second part"),
        },
        agree=_names_differ,
        parts=_two_names,
    ),
    Step(
        name="SplitRows",
        transform="gluepot.transforms.split:SplitRows",
        meaning="part the rows: name1 has those for which all comparisons hold, name2 the others",
        parameters={
            "comparison_dict": Parameter(
                check=kinds.comparisons, required=True, meaning="paths to comparisons with values"
            ),
            "name1": Parameter(check=kinds.text, meaning="of the first part (frame1)"),
            "name2": Parameter(check=kinds.text, meaning="of the second part (frame2)"),
        },
        agree=_names_differ,
        parts=_two_names,
    ),
    Step(
        name="SelectFromCollection",
        transform="gluepot.transforms.collection_transforms:SelectFromCollection",
        meaning="take one frame of a collection; input: COLLECTION.NAME does the same",
        parameters={
            "key": Parameter(check=kinds.text, required=True, meaning="the name of the frame")
        },
        takes_collection=True,
    ),
    Step(
        name="Unbox",
        transform="gluepot.transforms.unbox:Unbox",
        meaning="make the record out of a field of texts that hold one each",
        parameters={
            "path": Parameter(check=kinds.path, required=True, meaning="path of the field"),
            "format": Parameter(
                check=kinds.one_of("json", "csv", "avro", "xml"),
                required=True,
                meaning="what the texts are",
            ),
            "withSchema": Parameter(
                check=kinds.text, meaning="the types, as the JSON of Glue's StructType"
            ),
            "separator": Parameter(check=kinds.string, meaning="csv: between values (,)"),
            "quoteChar": Parameter(check=kinds.string, meaning='csv: around values (")'),
            "escaper": Parameter(check=kinds.string, meaning="csv: before a character as it is"),
            "withHeader": Parameter(check=kinds.boolean, meaning="csv: the first row has names"),
            "skipFirst": Parameter(check=kinds.boolean, meaning="csv: leave the first row out"),
            "rowTag": Parameter(check=kinds.text, meaning="xml: the element that is a record"),
            "attributePrefix": Parameter(check=kinds.string, meaning="xml: before attributes (_)"),
            "valueTag": Parameter(check=kinds.text, meaning="xml: the field of texts (_VALUE)"),
            "excludeAttribute": Parameter(check=kinds.boolean, meaning="xml: without attributes"),
            "treatEmptyValuesAsNulls": Parameter(check=kinds.boolean, meaning="xml: '' is null"),
            "ignoreSurroundingSpaces": Parameter(check=kinds.boolean, meaning="xml: trim texts"),
        },
        agree=_box_agrees,
    ),
    Step(
        name="SimplifyDDBJson",
        transform="gluepot.transforms.ddb_json:SimplifyDDBJson",
        meaning="make plain values of DynamoDB's typed JSON",
    ),
    Step(
        name="UnnestDDBJson",
        transform="gluepot.transforms.ddb_json:UnnestDDBJson",
        meaning="make plain columns of DynamoDB's typed JSON, those of maps named by their paths",
    ),
)

TRANSFORMS: Mapping[str, Step] = MappingProxyType({step.name: step for step in _STEPS})
