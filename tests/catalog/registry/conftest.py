"""A registry with one schema, which most tests of the operations begin with."""

from __future__ import annotations

import pytest

from tests.catalog.registry.calls import Client, Reply, create


@pytest.fixture
def schema(glue: Client) -> Reply:
    glue.create_registry(RegistryName="events", Description="all of them", Tags={"team": "a"})
    return create(glue)
