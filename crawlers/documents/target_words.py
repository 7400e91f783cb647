"""Targets as one word each, as a person types them on a command line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gluepot.catalog.errors import InvalidInputError
from gluepot.crawlers.targets import (
    AnyTarget,
    CatalogTarget,
    DeltaTarget,
    DynamoDBTarget,
    HudiTarget,
    IcebergTarget,
    JdbcTarget,
    MongoDBTarget,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

FORMS = (
    "jdbc:CONNECTION/database/schema/table",
    "mongodb:CONNECTION/database/collection",
    "dynamodb:TABLE",
    "catalog:database.table",
    "delta:FOLDER",
    "iceberg:FOLDER",
    "hudi:FOLDER",
)
"""What a word may be besides ``s3://bucket/prefix`` and a folder."""


def is_target_word(text: str) -> bool:
    """Return whether a text names a target that is no plain place of objects.

    >>> is_target_word("jdbc:shop/db/public/%"), is_target_word("s3://bucket/raw")
    (True, False)
    """
    kind, colon, rest = text.partition(":")
    return bool(colon) and kind in _KINDS and not rest.startswith("//")


def target_from_word(text: str) -> AnyTarget:
    """Return the target that a word names.

    >>> target_from_word("jdbc:shop/db/public/%")
    JdbcTarget(connection_name='shop', path='db/public/%', exclusions=(), additional_metadata=())

    Raises:
        InvalidInputError: Something is missing in it.
    """
    kind, _, rest = text.partition(":")
    if not rest or kind not in _KINDS:
        raise InvalidInputError(f"{text!r} is no target; write one of {', '.join(FORMS)}")
    return _KINDS[kind](text, rest)


def _split(text: str, rest: str, mark: str) -> tuple[str, str]:
    first, found, second = rest.partition(mark)
    if not (first and found and second):
        raise InvalidInputError(f"{text!r} is no target; write one of {', '.join(FORMS)}")
    return first, second


def _jdbc(text: str, rest: str) -> AnyTarget:
    connection, path = _split(text, rest, "/")
    return JdbcTarget(connection_name=connection, path=path)


def _mongodb(text: str, rest: str) -> AnyTarget:
    connection, path = _split(text, rest, "/")
    return MongoDBTarget(connection_name=connection, path=path)


def _catalog(text: str, rest: str) -> AnyTarget:
    database, table = _split(text, rest, ".")
    return CatalogTarget(database=database, tables=(table,))


_KINDS: Mapping[str, Callable[[str, str], AnyTarget]] = {
    "jdbc": _jdbc,
    "mongodb": _mongodb,
    "catalog": _catalog,
    "dynamodb": lambda _text, rest: DynamoDBTarget(path=rest),
    "delta": lambda _text, rest: DeltaTarget(tables=(rest,)),
    "iceberg": lambda _text, rest: IcebergTarget(paths=(rest,)),
    "hudi": lambda _text, rest: HudiTarget(paths=(rest,)),
}
