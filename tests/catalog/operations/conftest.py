"""A server with a database in it, and short ways to look at what it holds."""

from __future__ import annotations

from typing import Any

import pytest


@pytest.fixture
def database(glue: Any) -> Any:  # noqa: ANN401
    """Return a client of a server that has a database ``d``."""
    glue.create_database(DatabaseInput={"Name": "d"})
    return glue
