from __future__ import annotations

import subprocess
import sys
from typing import Any

import jsonschema
import pytest
from jsonschema import Draft202012Validator

import gluepot.transforms
from gluepot.catalog.errors import InvalidInputError
from gluepot.transforms.parameters import Kind
from gluepot.transforms.paths import parse_path
from gluepot.transforms.registry import TRANSFORMS, find_step

RIGHT: dict[str, dict[str, Any]] = {
    "DropFields": {"paths": ["a", "b.c", "`d.e`"]},
    "SelectFields": {"paths": "a"},
    "RenameField": {"old_name": "a", "new_name": "b"},
    "DropNullFields": {"all_null": True},
    "Filter": {"expression": "a > 1"},
    "Map": {"columns": {"a": "upper(b)"}},
    "Join": {"keys1": ["a"], "keys2": ["b"], "how": "left"},
    "Union": {},
    "ApplyMapping": {"mappings": [["a", "b"], ["a", "b", "int"], ["a", "string", "b", "int"]]},
    "DropDuplicates": {
        "keys": ["a"],
        "normalize": True,
        "max_edits": 2,
        "match_id_column": "match_id",
        "keep": "lowest id",
    },
    "MergeDynamicFrame": {"primary_keys": "id"},
    "Spigot": {"path": "s3://b/p", "options": {"topk": 5, "prob": 0.5}},
    "Repartition": {"num_partitions": 4},
    "Coalesce": {"num_partitions": 1, "shuffle": True},
    "ErrorsAsDynamicFrame": {},
    "FillMissingValues": {"missing_values_column": "a", "output_column": "b"},
    "FindMatches": {
        "id_column": "id",
        "link": "one-to-one",
        "precision_recall": 0.7,
        "accuracy_cost": 1,
        "confidence": True,
    },
    "MLStage": {
        "stage": "pyspark.ml.clustering.KMeans",
        "params": {"k": 3},
        "features": ["a", "b.c"],
        "scale": True,
    },
    "ResolveChoice": {"specs": [["a.b", "cast:int"], ["c[].d", "make_cols"]]},
    "Relationalize": {"name": "root"},
    "UnnestFrame": {},
    "SplitFields": {"paths": ["a", "b.c"], "name1": "some", "name2": "others"},
    "SplitRows": {"comparison_dict": {"age": {">": 10, "<=": 20}}},
    "SelectFromCollection": {"key": "root"},
    "Unbox": {"path": "a", "format": "csv", "separator": " ", "withHeader": True},
    "SimplifyDDBJson": {},
    "UnnestDDBJson": {},
}


@pytest.mark.parametrize("name", TRANSFORMS)
def test_right_parameters_pass(name: str) -> None:
    TRANSFORMS[name].validate(RIGHT[name])

    assert TRANSFORMS[name].name == name


@pytest.mark.parametrize(
    ("name", "params", "sentence"),
    [
        ("DropFields", {"path": ["a"]}, "Did you mean 'paths'?"),
        ("DropFields", {}, "'paths' is missing"),
        ("DropFields", {"paths": []}, "must be a list of paths"),
        ("DropFields", {"paths": ["a..b"]}, "must be a list of paths"),
        ("RenameField", {"old_name": "`a", "new_name": "b"}, "the path of a field"),
        ("DropNullFields", {"all_null": "yes"}, "true or false"),
        ("Filter", {"expression": " "}, "must be a text"),
        ("Map", {"columns": ["a"]}, "mapping from column names"),
        ("Join", {"keys1": ["a"], "keys2": ["a", "b"]}, "compared in pairs"),
        ("Join", {"keys1": ["a"], "keys2": ["a"], "how": "outer"}, "one of inner, left"),
        ("Union", {"keys": ["a"]}, "It takes: no parameters"),
        ("ApplyMapping", {"mappings": [["a"]]}, "[source, target]"),
        ("ApplyMapping", {"mappings": ["ab"]}, "[source, target]"),
        ("DropDuplicates", {"max_edits": 9}, "a number from 0 to 3"),
        ("DropDuplicates", {"max_edits": True}, "a number from 0 to 3"),
        ("DropDuplicates", {"keep": "first"}, "'lowest COLUMN'"),
        ("DropDuplicates", {"keep": "all"}, "match_id_column"),
        ("Spigot", {"path": "p", "options": [5]}, "a mapping from names to values"),
        ("Repartition", {"num_partitions": 0}, "a number from 1 to"),
        ("ResolveChoice", {}, "either specs (path by path) or choice"),
        ("ResolveChoice", {"specs": [["a", "cost:int"]]}, "cast:TYPE, project:TYPE"),
        ("ResolveChoice", {"choice": "match_catalog", "database": "d"}, "needs table_name"),
        ("ResolveChoice", {"choice": "make_cols", "database": "d"}, "only match_catalog takes"),
        ("SplitFields", {"paths": "a", "name1": "x", "name2": "x"}, "both frames would be called"),
        ("SplitRows", {"comparison_dict": {"a": {"<>": 1}}}, "a mapping from paths to comparisons"),
        ("Unbox", {"path": "a", "format": "jsn"}, "one of json, csv, avro, xml"),
        ("Unbox", {"path": "a", "format": "json", "rowTag": "r"}, "rowTag is not for json"),
    ],
)
def test_wrong_parameters_are_named(name: str, params: dict[str, object], sentence: str) -> None:
    with pytest.raises(InvalidInputError) as caught:
        TRANSFORMS[name].validate(params)

    assert sentence in str(caught.value)
    assert str(caught.value).startswith(f"{name}: ")


def test_every_problem_is_told_at_once() -> None:
    with pytest.raises(InvalidInputError) as caught:
        TRANSFORMS["Join"].validate({"key1": ["a"], "keys2": 3})

    assert "'key1'" in str(caught.value)
    assert "'keys1' is missing" in str(caught.value)
    assert "'keys2' must be" in str(caught.value)


def test_an_unknown_transform_has_a_suggestion() -> None:
    with pytest.raises(InvalidInputError, match="Did you mean 'DropFields'"):
        find_step("DropField")


@pytest.mark.parametrize(("name", "count"), [("Join", 1), ("Union", 1), ("Filter", 2)])
def test_a_wrong_number_of_inputs_is_refused(name: str, count: int) -> None:
    with pytest.raises(InvalidInputError, match=f"given {count}"):
        TRANSFORMS[name].check_inputs(count)


def test_a_step_of_one_or_two_inputs_says_so() -> None:
    for count in (1, 2):
        TRANSFORMS["FindMatches"].check_inputs(count)
    with pytest.raises(InvalidInputError, match="takes 1 to 2 inputs, but was given 3"):
        TRANSFORMS["FindMatches"].check_inputs(3)


def test_a_union_takes_many_inputs() -> None:
    TRANSFORMS["Union"].check_inputs(5)

    assert TRANSFORMS["Union"].most_inputs is None


def test_the_names_in_a_collection_are_known_as_far_as_they_can_be() -> None:
    split, tables = TRANSFORMS["SplitRows"].parts, TRANSFORMS["Relationalize"].parts
    assert split is not None
    assert tables is not None

    assert split({"name1": "old"}).fault("frame2") is None
    assert "Did you mean 'old'?" in str(split({"name1": "old"}).fault("odl"))
    assert tables({}).fault("roottable_friends.val.phone") is None
    assert "begin with 'roottable_'" in str(tables({}).fault("root_friends"))


@pytest.mark.parametrize("name", TRANSFORMS)
def test_every_parameter_is_described_for_editors_as_it_is_checked(name: str) -> None:
    for key, parameter in TRANSFORMS[name].parameters.items():
        assert isinstance(parameter.check, Kind), key
        if key in RIGHT[name]:
            jsonschema.validate(RIGHT[name][key], parameter.schema)
        for value in (None, 5.5, [], {}, [None], {"a": None}, "", " ", True, ["a", 3], 10**9):
            if not Draft202012Validator(parameter.schema).is_valid(value):
                assert parameter.check(value), (key, value)


def test_every_transform_is_a_step_but_those_that_take_functions() -> None:
    bases = {"DynamicFrame", "DynamicFrameCollection", "DynamicRecord", "GlueTransform"}

    missing = set(gluepot.transforms.__all__) - set(TRANSFORMS) - bases

    assert missing == {"FlatMap", "MapToCollection", "ResolveOption"}


def test_parameters_are_checked_without_importing_spark() -> None:
    code = (
        "import sys\n"
        "from gluepot.transforms.registry import find_step\n"
        "find_step('DropFields').validate({'paths': ['a']})\n"
        "sys.exit('pyspark' in sys.modules)"
    )

    done = subprocess.run([sys.executable, "-c", code], check=False)

    assert done.returncode == 0


@pytest.mark.parametrize(
    ("path", "names"),
    [
        ("a", ("a",)),
        ("a.b.c", ("a", "b", "c")),
        ("`a.b`.c", ("a.b", "c")),
        ("a[].b", ("a", "b")),
        ("`a``b`", ("a`b",)),
        ("provider id", ("provider id",)),
    ],
)
def test_a_path_is_parsed_to_names(path: str, names: tuple[str, ...]) -> None:
    assert parse_path(path) == names


@pytest.mark.parametrize("path", ["", ".", "a.", ".a", "a..b", "`a", "a`", "``"])
def test_a_broken_path_is_refused(path: str) -> None:
    with pytest.raises(InvalidInputError, match="is no path of a field"):
        parse_path(path)
