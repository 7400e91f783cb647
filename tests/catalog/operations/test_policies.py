from __future__ import annotations

import contextlib
import json
import threading
from typing import TYPE_CHECKING, Any

import pytest

from gluepot.catalog.definitions import DefinitionStore
from gluepot.catalog.engine import open_engine
from gluepot.catalog.operations.policies import resource_policy_texts
from tests.catalog.conftest import Clock

if TYPE_CHECKING:
    from tests.servers.glue import GlueServer

DATABASE = "arn:aws:glue:us-east-1:000000000000:database/sales"


def policy(*actions: str) -> str:
    statement = {"Effect": "Allow", "Principal": "*", "Action": list(actions), "Resource": "*"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]}, indent=1)


def test_a_policy_is_kept_letter_by_letter_with_a_hash(glue: Any) -> None:  # noqa: ANN401
    text = policy("glue:GetTable")

    put = glue.put_resource_policy(PolicyInJson=text)

    found = glue.get_resource_policy()
    assert found["PolicyInJson"] == text
    assert found["PolicyHash"] == put["PolicyHash"]
    assert found["CreateTime"] == found["UpdateTime"]


def test_policies_of_several_resources_stand_side_by_side(
    glue: Any,  # noqa: ANN401
    glue_server: GlueServer,
) -> None:
    glue.put_resource_policy(PolicyInJson=policy("glue:A"))
    glue.put_resource_policy(PolicyInJson=policy("glue:B"), ResourceArn=DATABASE)

    pages = glue.get_paginator("get_resource_policies").paginate(PaginationConfig={"PageSize": 1})
    found = [one for page in pages for one in page["GetResourcePoliciesResponseList"]]

    assert [one["PolicyInJson"] for one in found] == [policy("glue:A"), policy("glue:B")]
    engine = open_engine(glue_server.database_url)
    texts = resource_policy_texts(DefinitionStore(engine, Clock()))
    engine.dispose()
    assert texts == [policy("glue:A"), policy("glue:B")]


def test_conditions_guard_against_a_change_in_between(glue: Any) -> None:  # noqa: ANN401
    failed = glue.exceptions.ConditionCheckFailureException
    missing = glue.exceptions.EntityNotFoundException
    text = policy("glue:GetTable")

    with pytest.raises(missing):
        glue.put_resource_policy(PolicyInJson=text, PolicyExistsCondition="MUST_EXIST")
    with pytest.raises(failed):
        glue.put_resource_policy(PolicyInJson=text, PolicyHashCondition="x")
    first = glue.put_resource_policy(PolicyInJson=text, PolicyExistsCondition="NOT_EXIST")
    with pytest.raises(failed):
        glue.put_resource_policy(PolicyInJson=text, PolicyExistsCondition="NOT_EXIST")
    second = glue.put_resource_policy(
        PolicyInJson=policy("glue:B"),
        PolicyExistsCondition="MUST_EXIST",
        PolicyHashCondition=first["PolicyHash"],
    )
    with pytest.raises(failed):
        glue.delete_resource_policy(PolicyHashCondition=first["PolicyHash"])
    glue.delete_resource_policy(PolicyHashCondition=second["PolicyHash"])
    with pytest.raises(missing):
        glue.get_resource_policy()
    with pytest.raises(missing):
        glue.delete_resource_policy()


NOT_POLICIES = (
    "{]",
    "[]",
    "{}",
    '{"Statement": []}',
    '{"Statement": [{"Effect": "Maybe", "Action": "*", "Principal": "*", "Resource": "*"}]}',
    '{"Statement": [{"Effect": "Deny", "Principal": "*", "Resource": "*"}]}',
    '{"Statement": [{"Effect": "Deny", "Action": "*", "Resource": "*"}]}',
    "[" * 5000,
    policy("x" * 10240),
)


def test_what_is_not_a_policy_is_refused(glue: Any) -> None:  # noqa: ANN401
    for text in NOT_POLICIES:
        with pytest.raises(glue.exceptions.InvalidInputException):
            glue.put_resource_policy(PolicyInJson=text)

    with pytest.raises(glue.exceptions.EntityNotFoundException):
        glue.get_resource_policy()


def test_of_concurrent_callers_one_creates_and_one_replaces(glue: Any) -> None:  # noqa: ANN401
    # The client makes its error classes at the first look, and threads would make them twice.
    failed = glue.exceptions.ConditionCheckFailureException

    def race(verb: str, **condition: str) -> list[str]:
        done: list[str] = []

        def put(number: int) -> None:
            with contextlib.suppress(failed):
                text = policy(f"glue:{verb}{number}")
                done.append(glue.put_resource_policy(PolicyInJson=text, **condition)["PolicyHash"])

        threads = [threading.Thread(target=put, args=(number,)) for number in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return done

    created = race("Get", PolicyExistsCondition="NOT_EXIST")
    replaced = race("Update", PolicyHashCondition=created[0])

    assert (len(created), len(replaced)) == (1, 1)
    assert glue.get_resource_policy()["PolicyHash"] == replaced[0]
