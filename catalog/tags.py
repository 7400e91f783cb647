"""Tags: a few words on any resource, kept by its ARN."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from gluepot.catalog.errors import InvalidInputError
from gluepot.catalog.insert import insert_new
from gluepot.catalog.object_tables import resource_tags
from gluepot.catalog.scope import ScopedStore

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

MAX_TAGS = 50
"""How many tags a resource has at most, as in AWS Glue."""

_MAX_KEY = 128
_MAX_VALUE = 256
_RESERVED = "aws:"


class TagStore(ScopedStore):
    """Tags by ARN; each call is a transaction, or a part of the caller's."""

    def tag(self, arn: str, tags: Mapping[str, str]) -> None:
        """Add tags to a resource, or give new values to those it has.

        Raises:
            InvalidInputError: A key is reserved or a tag is too long, or the resource would have
                more than 50; nothing is changed.
        """
        for key, value in tags.items():
            _check(key, value)
        if not tags:
            return
        with self._scope.writing() as connection:
            insert_new(connection, resource_tags, [{"arn": arn, "tags": {}}], resource_tags.c.arn)
            new = {**_tags(connection, arn, lock=True), **tags}
            if len(new) > MAX_TAGS:
                raise InvalidInputError(
                    f"{arn} would have {len(new)} tags; at most {MAX_TAGS} are allowed"
                )
            _write(connection, arn, new)

    def untag(self, arn: str, keys: Collection[str]) -> None:
        """Remove tags; keys that the resource does not have are passed over."""
        gone = set(keys)
        with self._scope.writing() as connection:
            before = _tags(connection, arn, lock=True)
            _write(connection, arn, {key: text for key, text in before.items() if key not in gone})

    def tags(self, arn: str) -> dict[str, str]:
        """Return a resource's tags; one that has none, or is not there, has an empty dict."""
        with self._scope.reading() as connection:
            return _tags(connection, arn)

    def drop(self, arn: str) -> None:
        """Forget a resource that was deleted."""
        with self._scope.writing() as connection:
            connection.execute(sa.delete(resource_tags).where(resource_tags.c.arn == arn))


def _tags(connection: sa.Connection, arn: str, *, lock: bool = False) -> dict[str, str]:
    query = sa.select(resource_tags.c.tags).where(resource_tags.c.arn == arn)
    found: dict[str, str] | None = connection.scalar(query.with_for_update() if lock else query)
    return found or {}


def _write(connection: sa.Connection, arn: str, tags: Mapping[str, str]) -> None:
    update = sa.update(resource_tags).where(resource_tags.c.arn == arn)
    connection.execute(update.values(tags=dict(tags)))


def _check(key: str, value: str) -> None:
    if not 1 <= len(key) <= _MAX_KEY or len(value) > _MAX_VALUE:
        raise InvalidInputError(
            f"Tag {key[:40]!r} does not fit: keys have 1 to {_MAX_KEY} characters,"
            f" values at most {_MAX_VALUE}"
        )
    if key.lower().startswith(_RESERVED):
        raise InvalidInputError(
            f"Tag {key!r} is reserved: keys that begin with {_RESERVED} belong to AWS"
        )
