"""Consoles that ask for keys, and visitors who have logged in."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from gluepot.access import open_access

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gluepot.catalog.access.keys import NewKey
    from tests.console.conftest import ConsoleServer
    from tests.console.visitor import Seen, Visitor


def make_key(
    console: ConsoleServer,
    user: str,
    *policies: str,
    statements: Sequence[Mapping[str, object]] = (),
) -> NewKey:
    """Return a new key with policies by name, or one that is written for it."""
    access = open_access(console.services)
    made = access.keys.create(user)
    for name in policies:
        access.policies.attach(made.key.id, name)
    if statements:
        document = {"Version": "2012-10-17", "Statement": list(statements)}
        access.policies.put(f"of-{user}", json.dumps(document))
        access.policies.attach(made.key.id, f"of-{user}")
    return made


def log_in(visitor: Visitor, made: NewKey, **form: str) -> Seen:
    """Log a visitor in, and return the page on which that ends."""
    visitor.get("/console/login")
    return visitor.post("/console/login", {"key_id": made.key.id, "secret": made.secret, **form})


def logged_in(console: ConsoleServer, made: NewKey) -> Visitor:
    """Return a visitor who has logged in."""
    visitor = console.visitor()
    assert log_in(visitor, made).status == 200
    visitor.get("/console/keys")
    return visitor
