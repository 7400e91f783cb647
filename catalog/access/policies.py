"""Policies by name, and the keys and users that have them."""

from __future__ import annotations

import json
import re
from functools import lru_cache
from typing import TYPE_CHECKING

import sqlalchemy as sa

from gluepot.catalog.access.access_tables import access_policies, policy_attachments
from gluepot.catalog.access.policy_documents import parse_policy
from gluepot.catalog.errors import ConflictError, EntityNotFoundError, InvalidInputError
from gluepot.catalog.insert import insert_new
from gluepot.catalog.scope import Scope

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence
    from datetime import datetime

    from gluepot.catalog.access.policy import Policy

_NAME = re.compile(r"[A-Za-z0-9+=,.@_-]{1,128}", re.ASCII)
_READING = ("Get", "BatchGet", "List", "Search", "Describe", "Query", "Check")


def _document(*statements: Mapping[str, object]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)}, indent=2)


MANAGED: Mapping[str, str] = {
    "gluepot:admin": _document(
        {"Sid": "Everything", "Effect": "Allow", "Action": "glue:*", "Resource": "*"}
    ),
    "gluepot:read-only": _document(
        {
            "Sid": "Read",
            "Effect": "Allow",
            "Action": [f"glue:{word}*" for word in _READING],
            "Resource": "*",
        },
        {
            # They answer with passwords, or with what lies behind a connection.
            "Sid": "NoSecrets",
            "Effect": "Deny",
            "Action": ["glue:GetConnection", "glue:GetConnections", "glue:GetEntityRecords"],
            "Resource": "*",
        },
    ),
}
"""Policies that are always there; nobody can change them."""


def is_reading(operation: str) -> bool:
    """Tell whether an operation changes nothing."""
    return operation.startswith(_READING)


@lru_cache(maxsize=1024)
def read_policy(text: str) -> Policy:
    """Return a stored policy; each text is parsed once."""
    return parse_policy(text)


class PolicyStore:
    """Policies and attachments; each call is a transaction."""

    def __init__(self, engine: sa.Engine, clock: Callable[[], datetime]) -> None:
        self._scope = Scope(engine=engine, clock=clock)

    def put(self, name: str, document: str) -> None:
        """Store a policy under a name, in place of one that is there.

        Raises:
            InvalidInputError: The name or the document cannot be.
        """
        if not _NAME.fullmatch(name):
            raise InvalidInputError(
                f"Policy name {name[:80]!r} does not fit: 1 to 128 of A-Z a-z 0-9 + = , . @ _ -"
            )
        parse_policy(document)
        now = self._scope.clock()
        row = {"name": name, "document": document, "created_at": now, "updated_at": now}
        update = sa.update(access_policies).where(access_policies.c.name == name)
        with self._scope.writing() as connection:
            if not insert_new(connection, access_policies, [row], access_policies.c.name):
                connection.execute(update.values(document=document, updated_at=now))

    def get(self, name: str) -> str:
        """Return a policy's document as it was written.

        Raises:
            EntityNotFoundError: There is no such policy.
        """
        if name in MANAGED:
            return MANAGED[name]
        query = sa.select(access_policies.c.document).where(access_policies.c.name == name)
        with self._scope.reading() as connection:
            found: str | None = connection.scalar(query)
        if found is None:
            raise EntityNotFoundError("Policy", name)
        return found

    def names(self) -> list[str]:
        """Return the names of all policies, gluepot's own first."""
        query = sa.select(access_policies.c.name).order_by(access_policies.c.name)
        with self._scope.reading() as connection:
            return [*MANAGED, *connection.execute(query).scalars()]

    def delete(self, name: str) -> None:
        """Delete a policy that nobody has.

        Raises:
            EntityNotFoundError: There is no such policy.
            ConflictError: It is attached, or is gluepot's own.
        """
        if name in MANAGED:
            raise ConflictError(f"{name} is gluepot's own policy and stays")
        holders = [holder for holder, policy in self.attachments() if policy == name]
        if holders:
            raise ConflictError(f"Policy {name} is attached to {', '.join(holders)}: detach it")
        delete = sa.delete(access_policies).where(access_policies.c.name == name)
        with self._scope.writing() as connection:
            if connection.execute(delete).rowcount == 0:
                raise EntityNotFoundError("Policy", name)

    def attach(self, holder: str, name: str) -> None:
        """Give a policy to a user (by name) or to one key (by id); again changes nothing.

        Raises:
            EntityNotFoundError: There is no such policy.
        """
        self.get(name)
        row = {"holder": holder, "policy_name": name}
        with self._scope.writing() as connection:
            insert_new(connection, policy_attachments, [row], policy_attachments.c.holder)

    def detach(self, holder: str, name: str) -> None:
        """Take a policy away.

        Raises:
            EntityNotFoundError: The holder does not have it.
        """
        delete = sa.delete(policy_attachments).where(
            policy_attachments.c.holder == holder, policy_attachments.c.policy_name == name
        )
        with self._scope.writing() as connection:
            if connection.execute(delete).rowcount == 0:
                raise EntityNotFoundError(f"Policy of {holder}", name)

    def attachments(self) -> list[tuple[str, str]]:
        """Return holders and the names of their policies."""
        query = sa.select(policy_attachments).order_by(*policy_attachments.c)
        with self._scope.reading() as connection:
            return [(row.holder, row.policy_name) for row in connection.execute(query)]

    def of(self, holders: Collection[str]) -> Sequence[Policy]:
        """Return the policies that any of the holders has."""
        attached, stored = policy_attachments.c, access_policies.c
        query = (
            sa.select(attached.policy_name, stored.document)
            .select_from(
                policy_attachments.outerjoin(access_policies, stored.name == attached.policy_name)
            )
            .where(attached.holder.in_(list(holders)))
        )
        with self._scope.reading() as connection:
            rows = connection.execute(query).all()
        texts = (MANAGED.get(row.policy_name, row.document) for row in rows)
        return [read_policy(text) for text in texts if text is not None]
