"""What is put comes back equal: random definitions of the service model, kind by kind."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import orjson
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from tests.server.model_requests import MODEL, SHAPES, input_shape, values

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.server.conftest import Direct


@dataclass(frozen=True, kw_only=True)
class Family:
    """How definitions of a kind are put, got back and deleted.

    Attributes:
        put: The operation that takes the definition.
        given: The member of its request that the definition is in; None is the request itself.
        get: The operation that returns it.
        shown: The member of its reply that the definition is in; None is the reply itself.
        delete: The operation that takes it away.
        key: The member of the get request that takes the name.
        delete_key: The same of the delete request, where it is another.
        name: The member of the definition that is the name.
    """

    put: str
    get: str
    delete: str
    given: str | None = None
    shown: str | None = None
    key: str = "Name"
    delete_key: str | None = None
    name: str = "Name"


FAMILIES = (
    Family(
        put="CreateConnection",
        given="ConnectionInput",
        get="GetConnection",
        shown="Connection",
        delete="DeleteConnection",
        delete_key="ConnectionName",
    ),
    Family(
        put="CreateSecurityConfiguration",
        get="GetSecurityConfiguration",
        shown="SecurityConfiguration",
        delete="DeleteSecurityConfiguration",
    ),
    Family(
        put="CreateClassifier", get="GetClassifier", shown="Classifier", delete="DeleteClassifier"
    ),
    Family(put="CreateUsageProfile", get="GetUsageProfile", delete="DeleteUsageProfile"),
    Family(
        put="CreateCustomEntityType", get="GetCustomEntityType", delete="DeleteCustomEntityType"
    ),
    Family(put="PutFormType", get="GetFormType", delete="DeleteFormType", key="Identifier"),
)


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.put)
@settings(
    max_examples=30,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.filter_too_much],
)
@given(data=st.data())
def test_what_is_put_comes_back_equal(empty: Direct, family: Family, data: st.DataObject) -> None:
    request = data.draw(values(input_shape(family.put) or ""))
    put = empty.call(family.put, request)
    assume(put.status == 200)

    given = request if family.given is None else request[family.given]
    name = _name(given, family.name)
    got = empty.call(family.get, {family.key: name})

    reply = orjson.loads(got.body)
    shape = MODEL["operations"][family.get]["output"]["shape"]
    if family.shown is not None:
        shape, reply = SHAPES[shape]["members"][family.shown]["shape"], reply[family.shown]
    assert_shows(shape, reply, given)
    delete = {family.delete_key or family.key: name}
    assert empty.call(family.delete, delete).status == 200
    assert empty.call(family.get, {family.key: name}).status == 400


def _name(given: Mapping[str, Any], member: str) -> str:
    """Return the name of a definition, or of the one member that is the definition."""
    found: str = given[member] if member in given else next(iter(given.values()))[member]
    return found


def assert_shows(shape: str, shown: Any, given: Any) -> None:  # noqa: ANN401
    """See that all that was given is shown, as far as the shape has members for it."""
    if SHAPES[shape]["type"] != "structure":
        assert shown == given
        return
    for key, member in SHAPES[shape]["members"].items():
        if key in given:
            assert_shows(member["shape"], shown[key], given[key])
