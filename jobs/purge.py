"""Old files deleted or moved to another storage class, below a path or of a table.

Source: ``purge_table``, ``purge_s3_path`` and their ``transition`` twins of the AWS Glue developer
guide's GlueContext page.
"""

from __future__ import annotations

import csv
import io
import logging
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from gluepot.catalog.errors import GluepotError, InvalidInputError, did_you_mean
from gluepot.crawlers.sources.addresses import split_uri
from gluepot.crawlers.sources.config import S3Config
from gluepot.crawlers.sources.objects import FILE_SCHEME, normalize_uri
from gluepot.jobs.inputs import find_table, location_of
from gluepot.jobs.scripts import current_run, find_run
from gluepot.jobs.stores import Stores

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from gluepot.catalog.model import Table
    from gluepot.catalog.store import CatalogStore
    from gluepot.crawlers.sources.objects import ObjectInfo

    Act = Callable[[Sequence[ObjectInfo]], dict[str, str]]

logger = logging.getLogger(__name__)

RETENTION_HOURS = 168
KEPT_CLASSES = ("GLACIER", "DEEP_ARCHIVE")
BATCH = 1_000
OPTIONS = (
    *("retentionPeriod", "partitionPredicate", "excludeStorageClasses", "manifestFilePath"),
    *("accountId", "roleArn"),
)
CLASSES = (
    *("STANDARD", "REDUCED_REDUNDANCY", "STANDARD_IA", "ONEZONE_IA", "INTELLIGENT_TIERING"),
    *("GLACIER", "GLACIER_IR", "DEEP_ARCHIVE"),
)


@dataclass(frozen=True, kw_only=True)
class Upkeep:
    """Which files are meant, and where it is noted what became of them.

    Attributes:
        before: Files changed since are left alone.
        kept_classes: Files of these storage classes are left alone.
        manifest: A folder for Success.csv and Failed.csv, or None.
        predicate: Of a table, which partitions; in the catalog's own expressions.
    """

    before: datetime
    kept_classes: frozenset[str]
    manifest: str | None
    predicate: str | None

    def means(self, file: ObjectInfo) -> bool:
        """Return whether a file is one of those meant."""
        return file.modified <= self.before and file.storage_class not in self.kept_classes


def read_upkeep(options: Mapping[str, Any]) -> Upkeep:
    """Return the options of a call; unknown ones are logged and ignored, as Glue does.

    Raises:
        InvalidInputError: The period is no number of hours.
    """
    for name in options:
        if name not in OPTIONS:
            logger.warning("Option %r is not known.%s", name, did_you_mean(str(name), OPTIONS))
    given = options.get("retentionPeriod", RETENTION_HOURS)
    try:
        hours = float(given)
    except (TypeError, ValueError):
        raise InvalidInputError(f"retentionPeriod is a number of hours, not {given!r}") from None
    return Upkeep(
        before=datetime.now(UTC) - timedelta(hours=hours),
        kept_classes=frozenset(options.get("excludeStorageClasses", KEPT_CLASSES)),
        manifest=options.get("manifestFilePath"),
        predicate=options.get("partitionPredicate"),
    )


def purge_path(path: str, options: Mapping[str, Any]) -> int:
    """Delete the old files below a path, and return how many.

    Raises:
        InvalidInputError: The path is empty or of no store.
        StorageError: The path cannot be listed, or files could not be deleted.
    """
    upkeep, stores, root = read_upkeep(options), _stores(), _root(path)
    return _carry_out(_meant(stores, root, upkeep), _deleting(stores, root), upkeep, stores)


def transition_path(path: str, transition_to: str, options: Mapping[str, Any]) -> int:
    """Give the old files below a path another storage class, and return how many.

    Raises:
        InvalidInputError: The path is empty or not in S3, or there is no such class.
        StorageError: The path cannot be listed, or files could not be moved.
    """
    upkeep, stores, root = read_upkeep(options), _stores(), _root(path)
    act = _moving(root, transition_to)
    found = (file for file in _meant(stores, root, upkeep) if file.storage_class != transition_to)
    return _carry_out(found, act, upkeep, stores)


def purge_table(database: str, table_name: str, options: Mapping[str, Any]) -> int:
    """Delete a table's old files; a partition whose files are all gone leaves the catalog.

    Raises:
        SourceError: The table is not there.
        StorageError: A place cannot be listed, or files could not be deleted.
    """
    upkeep, stores = read_upkeep(options), _stores()
    catalog = current_run().workshop.catalog
    table = find_table(catalog, f"{database}.{table_name}", database, table_name)
    gone = 0
    for root, values in _places(catalog, table, upkeep):
        gone += _carry_out(_meant(stores, root, upkeep), _deleting(stores, root), upkeep, stores)
        if values is not None and not any(True for _ in stores.open(root).list(root)):
            catalog.partitions.delete(database, table_name, [values])
    return gone


def transition_table(
    database: str, table_name: str, transition_to: str, options: Mapping[str, Any]
) -> int:
    """Give a table's old files another storage class, and return how many; see purge_table."""
    upkeep, stores = read_upkeep(options), _stores()
    catalog = current_run().workshop.catalog
    table = find_table(catalog, f"{database}.{table_name}", database, table_name)
    moved = 0
    for root, _ in _places(catalog, table, upkeep):
        found = (f for f in _meant(stores, root, upkeep) if f.storage_class != transition_to)
        moved += _carry_out(found, _moving(root, transition_to), upkeep, stores)
    return moved


def _places(
    catalog: CatalogStore, table: Table, upkeep: Upkeep
) -> Iterator[tuple[str, tuple[str, ...] | None]]:
    root = location_of(table)
    if not table.partition_keys:
        yield root, None
        return
    found = catalog.partitions.list(
        table.database_name, table.name, expression=upkeep.predicate or None
    )
    for partition in list(found):
        storage = partition.storage_descriptor
        if storage is not None and storage.location:
            yield _root(storage.location), partition.values


def _stores() -> Stores:
    run = find_run()
    return Stores(S3Config()) if run is None else run.workshop.stores


def _root(path: str) -> str:
    if not path.strip():
        raise InvalidInputError("the path is empty; it is s3://bucket/prefix or a folder")
    return normalize_uri(path).rstrip("/") + "/"


def _meant(stores: Stores, root: str, upkeep: Upkeep) -> Iterator[ObjectInfo]:
    return (file for file in stores.open(root).list(root) if upkeep.means(file))


def _deleting(stores: Stores, root: str) -> Act:
    store = stores.open(root)

    def act(files: Sequence[ObjectInfo]) -> dict[str, str]:
        try:
            store.delete([file.uri for file in files])
        except GluepotError as error:
            return dict.fromkeys([file.uri for file in files], str(error))
        return {}

    return act


def _moving(root: str, storage_class: str) -> Act:
    if root.startswith(FILE_SCHEME):
        raise InvalidInputError(f"{root} is a folder; only S3 has storage classes")
    if storage_class not in CLASSES:
        raise InvalidInputError(
            f"there is no storage class {storage_class!r}.{did_you_mean(storage_class, CLASSES)}"
            f" There are: {', '.join(CLASSES)}"
        )
    from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415 - seldom used

    from gluepot.crawlers.sources.s3_client import S3Clients  # noqa: PLC0415 - likewise

    run = find_run()
    config = run.workshop.s3 if run is not None else None
    client = S3Clients(config or S3Config()).client

    def act(files: Sequence[ObjectInfo]) -> dict[str, str]:
        failed = {}
        for file in files:
            bucket, key = split_uri(file.uri)
            try:
                client.copy(
                    {"Bucket": bucket, "Key": key},
                    bucket,
                    key,
                    ExtraArgs={"StorageClass": storage_class},
                )
            except (BotoCoreError, ClientError) as error:
                failed[file.uri] = str(error)
        return failed

    return act


def _carry_out(files: Iterator[ObjectInfo], act: Act, upkeep: Upkeep, stores: Stores) -> int:
    """Act on files in batches; write down what became of each; raise when some failed."""
    done: list[ObjectInfo] = []
    failed: dict[str, str] = {}
    batch: list[ObjectInfo] = []
    for file in [*files, None]:
        if file is not None:
            batch.append(file)
        if batch and (file is None or len(batch) == BATCH):
            wrong = act(batch)
            failed |= wrong
            done += [each for each in batch if each.uri not in wrong]
            batch = []
    if upkeep.manifest is not None:
        _note(upkeep.manifest, done, failed, stores)
    if failed:
        uri, reason = next(iter(failed.items()))
        raise InvalidInputError(
            f"{len(failed)} files could not be changed. The first, {uri}: {reason}"
        )
    return len(done)


def _note(
    folder: str, done: Sequence[ObjectInfo], failed: Mapping[str, str], stores: Stores
) -> None:
    root = _root(folder)
    rows: dict[str, list[tuple[Any, ...]]] = {
        "Success.csv": [(file.uri, file.size, file.modified.isoformat()) for file in done],
        "Failed.csv": list(failed.items()),
    }
    for name, lines in rows.items():
        text = io.StringIO()
        csv.writer(text).writerows(lines)
        stores.open(root).write(f"{root}{name}", text.getvalue().encode())
