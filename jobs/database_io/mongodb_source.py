"""Collections of MongoDB, and of what speaks its protocol, as frames: read in ranges of ``_id``."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

from gluepot.catalog.errors import InvalidInputError
from gluepot.jobs.database_io import mongodb_login, mongodb_tasks, mongodb_values
from gluepot.jobs.database_io.jdbc_source import named_connection
from gluepot.jobs.database_io.mongodb_login import collection_of, open_client
from gluepot.jobs.database_io.mongodb_options import read_mongo_login
from gluepot.jobs.database_io.mongodb_tasks import Find
from gluepot.jobs.database_io.mongodb_values import KEY
from gluepot.jobs.database_io.options import whole_number
from gluepot.jobs.database_io.whole_numbers import with_longs
from gluepot.jobs.errors import SourceError
from gluepot.jobs.run_context.connections import open_connection
from gluepot.jobs.run_context.script_run import current_run
from gluepot.transforms.packed import Origin, packed_frame
from gluepot.transforms.shipping import ship
from gluepot.transforms.stages import Stage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from gluepot.catalog.errors import GluepotError
    from gluepot.catalog.model import Table
    from gluepot.jobs.context import GlueContext
    from gluepot.jobs.database_io.mongodb_login import MongoLogin
    from gluepot.transforms.frame import DynamicFrame

_PARTS = "partitionerOptions.numberOfPartitions"
_SIZE = "partitionerOptions.partitionSizeMB"
READ_OPTIONS = (
    *("batchSize", "partitioner", _PARTS, _SIZE),
    *("partitionerOptions.partitionKey", "partitionerOptions.samplesPerPartition"),
    *("partitionerOptions.shardkey", "partitionerOptions.numberOfDocumentsPerPartition"),
)
PARTITION_MEGABYTES = 64
MOST_PARTITIONS = 10_000
_BATCH_DOCUMENTS = 1_000
_MEGABYTE = 1024 * 1024
_SHORT_PASSWORD = 4


def read_mongodb(
    context: GlueContext, options: Mapping[str, Any], *, transformation_ctx: str
) -> DynamicFrame:
    """Return the documents of a collection, choices among their types.

    They are read once, when the frame is first needed, and kept. Whatever ``partitioner`` says,
    the parts are ranges of ``_id`` with as many documents each.

    Args:
        context: Whose session reads.
        options: Glue's.
        transformation_ctx: The frame's name.

    Raises:
        InvalidInputError: An option is missing, unknown or wrong.
        SourceError: The server does not answer, or refuses.
    """
    login = read_mongo_login(options, named_connection(options), READ_OPTIONS)
    return _found(context, login, options, transformation_ctx or login.collection)


def read_mongodb_table(
    context: GlueContext, table: Table, options: Mapping[str, Any]
) -> DynamicFrame:
    """Return the documents of the collection that a catalog table stands for.

    Raises:
        InvalidInputError: An option is unknown or wrong, or the table names no connection.
        SourceError: The server does not answer, or refuses.
    """
    login = table_login(table, options, READ_OPTIONS)
    return _found(context, login, options, table.name)


def table_login(table: Table, options: Mapping[str, Any], known: tuple[str, ...]) -> MongoLogin:
    """Return the collection that a catalog table stands for.

    Raises:
        InvalidInputError: It names no connection, or its location is none.
    """
    connection = (table.parameters or {}).get("connectionName")
    descriptor = table.storage_descriptor
    location = (descriptor.location if descriptor else None) or ""
    database, _, collection = location.partition(".")
    if not connection or not collection:
        raise InvalidInputError(
            f"table {table.database_name}.{table.name} has no connectionName among its parameters,"
            " or no location such as database.collection: crawl the database again"
        )
    opened = open_connection(current_run().workshop, connection)
    place = {"database": database, "collection": collection}
    return read_mongo_login({**place, **options}, opened, known)


@contextlib.contextmanager
def told(login: MongoLogin, failed: Callable[[str], GluepotError]) -> Iterator[None]:
    """Turn PyMongo's errors into one sentence without password and address.

    Raises:
        GluepotError: As ``failed`` makes it.
    """
    from pymongo.errors import PyMongoError  # noqa: PLC0415 - an extra

    try:
        yield
    except PyMongoError as error:
        reason = str(error).strip().partition("\n")[0]
        for secret in (login.uri, login.password or ""):
            if len(secret) >= _SHORT_PASSWORD:
                reason = reason.replace(secret, "***")
        raise failed(reason) from None


def _found(
    context: GlueContext, login: MongoLogin, options: Mapping[str, Any], name: str
) -> DynamicFrame:
    batch_size = whole_number(options, "batchSize", _BATCH_DOCUMENTS)
    place = f"{login.database}.{login.collection}"
    with open_client(login) as client, told(login, lambda reason: SourceError(name, reason)):
        bounds = _bounds(client, login, options)
    find = Find(login=login, bounds=bounds, batch_size=batch_size)
    ship(mongodb_login, mongodb_tasks, mongodb_values)
    count = len(bounds) + 1
    parts = context.spark_session.range(0, count, 1, count)
    origin = Origin(site="", info="", source=f"mongodb:{place}")
    found = packed_frame(parts, find.produce, origin=origin, glue_ctx=context, name=name)
    stage = Stage(name=f"read MongoDB collection {place}")
    return found.derive(lambda: with_longs(found.planned()), stage, lazily=True)


def _bounds(
    client: Any,  # noqa: ANN401 - PyMongo's client
    login: MongoLogin,
    options: Mapping[str, Any],
) -> tuple[bytes, ...]:
    """Return the keys between the parts; none where keys of several types forbid ranges."""
    from bson import encode  # noqa: PLC0415 - an extra

    found = collection_of(client, login)
    documents = found.estimated_document_count()
    parts = min(_parts(client, login, options, documents), documents)
    if parts <= 1 or not _is_one_kind(_end(found, 1), _end(found, -1)):
        return ()
    keys: list[bytes] = []
    for part in range(1, parts):
        at = found.find({}, {KEY: 1}).sort(KEY, 1).skip(documents * part // parts).limit(1)
        keys += [encode({KEY: document[KEY]}) for document in at]
    return tuple(dict.fromkeys(keys))


def _parts(
    client: Any,  # noqa: ANN401
    login: MongoLogin,
    options: Mapping[str, Any],
    documents: int,
) -> int:
    if _PARTS in options:
        return whole_number(options, _PARTS, 1, most=MOST_PARTITIONS)
    megabytes = whole_number(options, _SIZE, PARTITION_MEGABYTES)
    if documents == 0:
        return 1
    size = client[login.database].command("collStats", login.collection).get("size", 0)
    return min(int(size // (megabytes * _MEGABYTE)) + 1, MOST_PARTITIONS)


def _end(found: Any, way: int) -> Any:  # noqa: ANN401 - a collection, and a key
    return next(
        (document[KEY] for document in found.find({}, {KEY: 1}).sort(KEY, way).limit(1)), None
    )


def _is_one_kind(first: object, last: object) -> bool:
    """Return whether keys between two are of one type, so that each is in one range.

    Keys are sorted by types first, and a range finds only those of its bounds' type. A number that
    is none (NaN) is in no range, so fractions are left out.
    """
    from bson import ObjectId  # noqa: PLC0415 - an extra

    kinds = (ObjectId, str, int)
    return any(isinstance(first, kind) and isinstance(last, kind) for kind in kinds)
