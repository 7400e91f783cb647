"""MongoDB targets, and what speaks its protocol: a collection's documents, or a sample of them.

The sample is the first and the last documents by ``_id``, which has an index everywhere and, as
MongoDB makes it, grows with time: old and new documents are seen, and the same ones again while
nothing changes, so that a second crawl changes nothing either. A random sample would differ.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from gluepot.catalog.errors import (
    FederationSourceError,
    InvalidInputError,
    OperationNotSupportedError,
)
from gluepot.crawlers.classifiers.bson_types import type_of
from gluepot.crawlers.databases.documents import DocumentMerge
from gluepot.crawlers.databases.found import StoredTable, found_table
from gluepot.crawlers.databases.jdbc_paths import ANYTHING, matches, read_path
from gluepot.crawlers.findings import Found, TargetSurvey

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Iterator

    from gluepot.crawlers.access import Access, OpenedConnection
    from gluepot.crawlers.databases.jdbc_paths import IncludePath
    from gluepot.crawlers.model import Crawler
    from gluepot.crawlers.targets import MongoDBTarget

SAMPLE_DOCUMENTS = 1_000
SAMPLE_BYTES = 32 * 1024 * 1024
TIMEOUT_MS = 10_000
READ_TIMEOUT_MS = 60_000

_SYSTEM_DATABASES = frozenset({"admin", "config", "local"})
_COLLECTION = "collection"
_SHORT_PASSWORD = 4


@dataclass(frozen=True, kw_only=True)
class _Address:
    """Where a server is, and as whom to log in."""

    url: str = field(repr=False)
    user: str | None
    password: str | None = field(repr=False)
    tls: bool


@dataclass
class _Reading:
    """How much of a collection was read."""

    documents: int = 0
    size_bytes: int = 0
    whole: bool = True


def survey_mongodb(_crawler: Crawler, target: MongoDBTarget, access: Access) -> TargetSurvey:
    """Look at the documents of collections; all of them, or a sample without ``scan_all``.

    Raises:
        EntityNotFoundError: There is no such connection.
        FederationSourceError: The server does not answer, or refuses.
        InvalidInputError: The path cannot be one, or the connection says not where the server is.
        OperationNotSupportedError: PyMongo is not installed.
    """
    try:
        from pymongo.errors import PyMongoError  # noqa: PLC0415 - an extra
    except ModuleNotFoundError:
        raise OperationNotSupportedError(
            "MongoDB needs PyMongo, which is not installed: pip install 'gluepot[databases]'"
        ) from None

    started = time.perf_counter()
    path = read_path(target.path, has_schemas=False)
    address = _address(access.connection(target.connection_name))
    try:
        roots, found = _survey(address, path, target)
    except PyMongoError as error:
        raise FederationSourceError(
            f"MongoDB behind connection {target.connection_name} cannot be used:"
            f" {_reason(address, error)}"
        ) from None
    return TargetSurvey(
        roots=roots,
        tables=tuple(Found(table=found_table(stored)) for stored, _ in found),
        locations=frozenset(stored.location for stored, _ in found),
        objects=len(found),
        objects_read=len(found),
        bytes_read=sum(reading.size_bytes for _, reading in found),
        seconds={"read": time.perf_counter() - started},
    )


def _address(opened: OpenedConnection) -> _Address:
    properties = opened.properties
    url = properties.get("CONNECTION_URL", "")
    if not url and "HOST" in properties:
        url = f"mongodb://{properties['HOST']}:{properties.get('PORT', '27017')}/"
    # The URL may hold a password, so no sentence quotes it.
    if not url.startswith(("mongodb://", "mongodb+srv://")):
        raise InvalidInputError(
            f"Connection {opened.name} has no CONNECTION_URL such as mongodb://HOST:PORT/DATABASE"
        )
    return _Address(
        url=url,
        user=properties.get("USERNAME") or None,
        password=properties.get("PASSWORD") or None,
        tls=properties.get("JDBC_ENFORCE_SSL", "").lower() == "true",
    )


def _reason(address: _Address, error: Exception) -> str:
    """Return the first of what PyMongo says, without the password and without the URL."""
    reason = str(error).strip().partition("\n")[0]
    for secret in (address.url, address.password or ""):
        if len(secret) >= _SHORT_PASSWORD:
            reason = reason.replace(secret, "***")
    return reason[:400]


def _survey(
    address: _Address, path: IncludePath, target: MongoDBTarget
) -> tuple[tuple[str, ...], list[tuple[StoredTable, _Reading]]]:
    """Return what the locations of collections begin with that were looked for, and those found.

    A root begins with the name of a database, never with a part of it, which another kind of
    location may begin with too.
    """
    from pymongo import MongoClient  # noqa: PLC0415 - an extra

    options: dict[str, Any] = {"tls": True} if address.tls else {}
    if address.user is not None:
        options |= {"username": address.user, "password": address.password}
    try:
        client: MongoClient[Any] = MongoClient(
            address.url,
            serverSelectionTimeoutMS=TIMEOUT_MS,
            connectTimeoutMS=TIMEOUT_MS,
            socketTimeoutMS=READ_TIMEOUT_MS,
            appname="gluepot",
            **options,
        )
    except ValueError:
        raise InvalidInputError(
            f"CONNECTION_URL of connection {target.connection_name} cannot be read; right is"
            " mongodb://HOST:PORT/DATABASE"
        ) from None
    with client:
        databases = _databases(client, path)
        found = [
            _look(client[database], name, kind, target)
            for database in databases
            for name, kind in _collections(client[database], path.table)
        ]
    return tuple(replace(path, database=name).root for name in databases), found


def _databases(client: Any, path: IncludePath) -> list[str]:  # noqa: ANN401 - PyMongo's client
    if ANYTHING not in path.database:
        return [path.database]
    names = client.list_database_names()
    return [
        name
        for name in sorted(names)
        if name not in _SYSTEM_DATABASES and matches(path.database, name)
    ]


def _collections(database: Any, pattern: str) -> list[tuple[str, str]]:  # noqa: ANN401
    listed = database.list_collections()
    found = ((item["name"], item.get("type", _COLLECTION)) for item in listed)
    return sorted(
        (name, kind)
        for name, kind in found
        if not name.startswith("system.") and matches(pattern, name)
    )


def _look(
    database: Any,  # noqa: ANN401 - PyMongo's database
    name: str,
    kind: str,
    target: MongoDBTarget,
) -> tuple[StoredTable, _Reading]:
    from bson.codec_options import CodecOptions  # noqa: PLC0415 - an extra
    from bson.raw_bson import RawBSONDocument  # noqa: PLC0415

    raw = database.get_collection(name, codec_options=CodecOptions(document_class=RawBSONDocument))
    location = f"{database.name}.{name}"
    # A view has no count of its own; counting it would run it.
    known = 0 if kind == "view" else raw.estimated_document_count()
    reading = _Reading()
    whole = target.scan_all
    documents = _everything(raw, reading) if whole else _sample(raw, known, kind, reading)
    merge, faults = merge_documents(location, documents)
    merged = merge.merged(location)
    records = max(known, reading.documents)
    told = f"{'all' if reading.whole else 'a sample of'} {reading.documents} of about {records}"
    told += " documents were read"
    if not reading.whole:
        told += ", the first and the last by _id" if kind == _COLLECTION else ", the first"
    sampled = () if reading.whole else (f"{location}: {told}",)
    stored = StoredTable(
        engine="mongodb",
        location=location,
        folder=f"{database.name}_{name}",
        kind="view" if kind == "view" else "table",
        columns=merged.columns,
        original_names=merged.original_names,
        parameters={"connectionName": target.connection_name},
        records=records,
        size_bytes=reading.size_bytes * records // max(reading.documents, 1),
        reasons=(f"MongoDB has a {kind} {location}", told),
        warnings=(*faults, *sampled, *merged.warnings),
    )
    return stored, reading


def merge_documents(
    location: str, documents: Iterable[bytes]
) -> tuple[DocumentMerge, tuple[str, ...]]:
    """Return the merged documents, and a warning where some are no valid BSON.

    Args:
        location: The collection, for labels.
        documents: As BSON.
    """
    from bson import decode  # noqa: PLC0415 - an extra
    from bson.codec_options import CodecOptions, DatetimeConversion  # noqa: PLC0415
    from bson.errors import BSONError  # noqa: PLC0415

    # A date beyond Python's years, or text that is not UTF-8, is no reason to fail.
    codec: CodecOptions[Any] = CodecOptions(
        datetime_conversion=DatetimeConversion.DATETIME_MS, unicode_decode_error_handler="replace"
    )
    merge = DocumentMerge(first=("_id",))
    faults: list[str] = []
    for raw in documents:
        try:
            document = decode(raw, codec)
        except BSONError as error:
            faults.append(str(error) if not faults else "")
            continue
        label = f"{location}[{str(document.get('_id'))[:50]}]"
        merge.add(label, {key: type_of(value) for key, value in document.items()})
    told = f"{location}: {len(faults)} documents cannot be decoded; the first: {''.join(faults)}"
    return merge, (told,) if faults else ()


def _everything(raw: Any, reading: _Reading) -> Iterator[bytes]:  # noqa: ANN401 - a collection
    for item in raw.find():
        yield _noted(item, reading)


def _sample(
    raw: Any,  # noqa: ANN401 - PyMongo's collection
    known: int,
    kind: str,
    reading: _Reading,
) -> Iterator[bytes]:
    """Yield the documents of a sample, and note what was read.

    Only collections have an index on ``_id``: of views and time series it is the first documents.
    """
    small = 0 < known <= SAMPLE_DOCUMENTS
    ways = (1,) if small else (1, -1)
    if kind != _COLLECTION:
        ways = (0,)
    # One more than there are, so that the end is seen.
    most = SAMPLE_DOCUMENTS + 1 if small else SAMPLE_DOCUMENTS // len(ways)
    for way in ways:
        ended = yield from _one_end(raw, way, most, SAMPLE_BYTES // len(ways), reading)
        if ended and way != -1:
            return
    reading.whole = False


def _one_end(
    raw: Any,  # noqa: ANN401 - PyMongo's collection
    way: int,
    most: int,
    most_bytes: int,
    reading: _Reading,
) -> Generator[bytes, None, bool]:
    """Yield documents from one end of a collection; return whether there were no more."""
    before, count = reading.size_bytes, 0
    cursor = raw.find().limit(most)
    with cursor.sort("_id", way) if way else cursor:
        for item in cursor:
            count += 1
            yield _noted(item, reading)
            if reading.size_bytes - before > most_bytes:
                return False
    return count < most


def _noted(item: Any, reading: _Reading) -> bytes:  # noqa: ANN401 - a document as it came
    reading.documents += 1
    reading.size_bytes += len(item.raw)
    raw: bytes = item.raw
    return raw
