"""A server that speaks MongoDB's protocol, in a form that goes to executors.

Executors get this module by value: it imports nothing of gluepot's.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

TIMEOUT_MS = 10_000


@dataclass(frozen=True, kw_only=True)
class MongoLogin:
    """A collection, and as whom to log in; the address may hold a password too."""

    uri: str = field(repr=False)
    database: str
    collection: str
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    tls: bool | None = None
    any_host: bool = False


def open_client(login: MongoLogin) -> Any:  # noqa: ANN401 - PyMongo's client
    """Return a client, which is to be closed.

    Raises:
        ModuleNotFoundError: PyMongo is not installed where this runs.
    """
    try:
        from pymongo import MongoClient  # noqa: PLC0415 - only here can it be told what to do
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError(
            "MongoDB needs PyMongo (pip install 'gluepot[databases]'), on every executor as well:"
            " pack an environment that has it and give it by --archives"
        ) from error
    options: dict[str, Any] = {"serverSelectionTimeoutMS": TIMEOUT_MS, "tz_aware": True}
    if login.user is not None:
        options |= {"username": login.user, "password": login.password}
    if login.tls is not None:
        options["tls"] = login.tls
    if login.any_host:
        options["tlsAllowInvalidHostnames"] = True
    return MongoClient(login.uri, **options)


def collection_of(client: Any, login: MongoLogin) -> Any:  # noqa: ANN401
    """Return the collection; times that Python has not are numbers of milliseconds."""
    from bson.codec_options import CodecOptions, DatetimeConversion  # noqa: PLC0415

    codec: Any = CodecOptions(tz_aware=True, datetime_conversion=DatetimeConversion.DATETIME_AUTO)
    return client[login.database].get_collection(login.collection, codec_options=codec)
