"""Access keys: who may sign requests. Secrets are sealed, and shown once."""

from __future__ import annotations

import re
import secrets
import string
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import sqlalchemy as sa

from gluepot.catalog.access.access_tables import access_keys
from gluepot.catalog.errors import EntityNotFoundError, InvalidInputError
from gluepot.catalog.scope import Scope

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from gluepot.catalog.sealing import Sealer

KEY_PREFIX = "GPAK"
_ID_LETTERS = string.ascii_uppercase + "234567"
_SECRET_LETTERS = string.ascii_letters + string.digits + "+/"
USER_NAME = re.compile(r"[A-Za-z0-9+=,.@_-]{1,64}", re.ASCII)
"""Source: names of IAM users."""


@dataclass(frozen=True, kw_only=True, slots=True)
class AccessKey:
    """A key without its secret.

    Attributes:
        id: What requests name.
        user_name: Whose key it is; a user may have several.
        created_at: When it was made.
        expires_at: After this it is not taken any more.
        revoked_at: Since then it is not taken any more.
        last_used_at: To the minute.
    """

    id: str
    user_name: str
    created_at: datetime
    expires_at: datetime | None = None
    revoked_at: datetime | None = None
    last_used_at: datetime | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class NewKey:
    """A key that was just made, with its secret, which nobody can read again."""

    key: AccessKey
    secret: str = field(repr=False)


class KeyStore:
    """Keys; each call is a transaction."""

    def __init__(self, engine: sa.Engine, clock: Callable[[], datetime], sealer: Sealer) -> None:
        self._scope = Scope(engine=engine, clock=clock)
        self._sealer = sealer

    def create(self, user_name: str, *, expires_at: datetime | None = None) -> NewKey:
        """Make a key for a user; the first one makes the user.

        Raises:
            InvalidInputError: The name cannot be a user's, or the key would be dead already.
        """
        check_user_name(user_name)
        now = self._scope.clock()
        if expires_at is not None and expires_at <= now:
            raise InvalidInputError("A key must expire in the future")
        key = AccessKey(
            id=KEY_PREFIX + _random(_ID_LETTERS, 16),
            user_name=user_name,
            created_at=now,
            expires_at=expires_at,
        )
        secret = _random(_SECRET_LETTERS, 40)
        row = {
            "id": key.id,
            "user_name": user_name,
            "sealed_secret": self._sealer.seal(secret),
            "created_at": now,
            "expires_at": expires_at,
        }
        with self._scope.writing() as connection:
            connection.execute(sa.insert(access_keys), row)
        return NewKey(key=key, secret=secret)

    def list(self) -> list[AccessKey]:
        """Return all keys, revoked ones too, by user and age."""
        query = sa.select(access_keys).order_by(
            access_keys.c.user_name, access_keys.c.created_at, access_keys.c.id
        )
        with self._scope.reading() as connection:
            return [_key(row) for row in connection.execute(query).mappings()]

    def find(self, key_id: str) -> tuple[AccessKey, str] | None:
        """Return a key and its secret.

        Raises:
            SealError: The secret was sealed with another key than ours.
        """
        query = sa.select(access_keys).where(access_keys.c.id == key_id)
        with self._scope.reading() as connection:
            row = connection.execute(query).mappings().first()
        return None if row is None else (_key(row), self._sealer.open(row["sealed_secret"]))

    def revoke(self, key_id: str) -> AccessKey:
        """Let a key be used no more; revoking again changes nothing.

        Raises:
            EntityNotFoundError: There is no such key.
        """
        update = sa.update(access_keys).where(
            access_keys.c.id == key_id, access_keys.c.revoked_at.is_(None)
        )
        query = sa.select(access_keys).where(access_keys.c.id == key_id)
        with self._scope.writing() as connection:
            connection.execute(update.values(revoked_at=self._scope.clock()))
            row = connection.execute(query).mappings().first()
        if row is None:
            raise EntityNotFoundError("Access key", key_id)
        return _key(row)

    def exists(self, holder: str) -> bool:
        """Tell whether there is a key of this id, or of a user of this name."""
        query = sa.select(access_keys.c.id).where(
            (access_keys.c.id == holder) | (access_keys.c.user_name == holder)
        )
        with self._scope.reading() as connection:
            return connection.execute(query.limit(1)).first() is not None


def check_user_name(name: str) -> None:
    """Check that a name can be a user's.

    Raises:
        InvalidInputError: It is too long, has other characters, or looks like a key.
    """
    if not USER_NAME.fullmatch(name) or name.startswith(KEY_PREFIX):
        raise InvalidInputError(
            f"User name {name[:80]!r} does not fit: 1 to 64 of A-Z a-z 0-9 + = , . @ _ -,"
            f" and not beginning with {KEY_PREFIX}"
        )


def user_arn(account_id: str, user_name: str) -> str:
    """Return how policies and the audit log name a user."""
    return f"arn:aws:iam::{account_id}:user/{user_name}"


def _random(letters: str, length: int) -> str:
    return "".join(secrets.choice(letters) for _ in range(length))


def _key(row: sa.RowMapping) -> AccessKey:
    return AccessKey(**{name: row[name] for name in AccessKey.__slots__})
