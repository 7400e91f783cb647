from __future__ import annotations

from typing import Any

import pytest

from gluepot.catalog.errors import AlreadyExistsError
from gluepot.catalog.operations.tags import join_taggable

ARN = "arn:aws:glue:us-east-1:000000000000:connection/a"
CONNECTION = {"Name": "a", "ConnectionType": "NETWORK", "ConnectionProperties": {}}


def test_tags_given_at_creation_can_be_changed_and_go_with_the_resource(
    glue: Any,  # noqa: ANN401
) -> None:
    glue.create_connection(ConnectionInput=CONNECTION, Tags={"team": "a", "stage": "test"})
    created = glue.get_tags(ResourceArn=ARN)["Tags"]

    glue.tag_resource(ResourceArn=ARN, TagsToAdd={"team": "b"})
    glue.untag_resource(ResourceArn=ARN, TagsToRemove=["stage", "unknown"])

    changed = glue.get_tags(ResourceArn=ARN)["Tags"]
    glue.delete_connection(ConnectionName="a")
    glue.create_connection(ConnectionInput=CONNECTION)
    assert created == {"team": "a", "stage": "test"}
    assert changed == {"team": "b"}
    assert glue.get_tags(ResourceArn=ARN)["Tags"] == {}


def test_a_reserved_tag_stops_the_creation(glue: Any) -> None:  # noqa: ANN401
    with pytest.raises(glue.exceptions.InvalidInputException, match="reserved"):
        glue.create_connection(ConnectionInput=CONNECTION, Tags={"aws:team": "a"})

    with pytest.raises(glue.exceptions.EntityNotFoundException):
        glue.get_connection(Name="a")


MISSING = (
    "arn:aws:glue:us-east-1:000000000000:connection/b",
    "arn:aws:glue:us-east-1:000000000001:connection/a",
    "arn:aws:glue:eu-west-1:000000000000:connection/a",
    "arn:aws:glue:us-east-1:000000000000:connection",
)
NOT_TAGGABLE = ("arn:aws:glue:x", "arn:aws:glue:us-east-1:000000000000:nope/a")


def test_a_resource_that_is_not_there_has_no_tags(glue: Any) -> None:  # noqa: ANN401
    glue.create_connection(ConnectionInput=CONNECTION)

    for arn in MISSING:
        with pytest.raises(glue.exceptions.EntityNotFoundException):
            glue.get_tags(ResourceArn=arn)
        with pytest.raises(glue.exceptions.EntityNotFoundException):
            glue.tag_resource(ResourceArn=arn, TagsToAdd={"team": "a"})
        with pytest.raises(glue.exceptions.EntityNotFoundException):
            glue.untag_resource(ResourceArn=arn, TagsToRemove=["team"])
    for arn in NOT_TAGGABLE:
        with pytest.raises(glue.exceptions.InvalidInputException):
            glue.get_tags(ResourceArn=arn)


def test_more_than_fifty_tags_are_refused(glue: Any) -> None:  # noqa: ANN401
    glue.create_connection(ConnectionInput=CONNECTION, Tags={f"k{n}": "" for n in range(50)})

    with pytest.raises(glue.exceptions.InvalidInputException, match="51 tags"):
        glue.tag_resource(ResourceArn=ARN, TagsToAdd={"more": ""})


def test_a_word_of_two_packages_is_a_fault_of_theirs() -> None:
    job = {"job": bool}

    assert join_taggable(job, {"trigger": bool}).keys() == {"job", "trigger"}
    with pytest.raises(AlreadyExistsError):
        join_taggable(job, {"job": bool})
