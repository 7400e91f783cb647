from __future__ import annotations

from typing import Any

import pytest

from gluepot import transforms
from gluepot.transforms.base import GlueTransform
from gluepot.transforms.error_records import ErrorsAsDynamicFrame
from gluepot.transforms.fields import DropFields, RenameField, SelectFields
from gluepot.transforms.join import Join, Union
from gluepot.transforms.mapping import ApplyMapping
from gluepot.transforms.merge_frames import MergeDynamicFrame
from gluepot.transforms.nulls import DropNullFields
from gluepot.transforms.partitions import Coalesce, Repartition
from gluepot.transforms.spigot import Spigot

OURS: tuple[type[GlueTransform], ...] = (
    *(ApplyMapping, Coalesce, DropFields, DropNullFields, ErrorsAsDynamicFrame, Join),
    *(MergeDynamicFrame, RenameField, Repartition, SelectFields, Spigot, Union),
)


def exported() -> list[type[GlueTransform]]:
    found: list[Any] = [getattr(transforms, name) for name in transforms.__all__]
    return [each for each in found if isinstance(each, type) and issubclass(each, GlueTransform)]


@pytest.mark.parametrize("transform", exported(), ids=lambda each: each.__name__)
def test_every_transform_describes_itself(transform: type[GlueTransform]) -> None:
    described = transform.describe()["transform"]

    assert set(described) == {"name", "args", "returns", "description", "raises", "location"}
    assert described["name"] == transform.__name__
    assert described["description"].endswith((".", ")"))
    assert described["returns"]["description"].startswith("Return")
    for argument in described["args"]:
        assert list(argument) == ["name", "type", "description", "optional", "defaultValue"]


@pytest.mark.parametrize("transform", OURS, ids=lambda each: each.__name__)
def test_every_argument_is_described(transform: type[GlueTransform]) -> None:
    arguments = transform.describeArgs()

    assert [each["name"] for each in arguments if not each["type"] or not each["description"]] == []


def test_arguments_are_those_of_the_call() -> None:
    old_name, *_, threshold = RenameField.describeArgs()[1:]

    assert old_name == {
        "name": "old_name",
        "type": "str",
        "description": "Full path of the field; a name with dots is put in back-ticks.",
        "optional": False,
        "defaultValue": None,
    }
    assert (threshold["name"], threshold["optional"], threshold["defaultValue"]) == (
        *("totalThreshold", True, "0"),
    )
    assert RenameField.describeReturn()["type"] == "DynamicFrame"
    errors = RenameField.describeErrors()
    assert errors[0] == {
        "type": "UnknownFieldError",
        "description": "There is no field ``old_name``.",
    }
    assert len(errors) == 2


def test_transforms_of_one_class_are_equal() -> None:
    assert Union() == Union()
    assert hash(Union()) == hash(Union())
    assert Union() != Join()
    assert repr(Union()) == "<Transform: Union>"
