"""Old files deleted, or moved to another storage class: below a path, or of a table.

Nothing outside the path, or the places of the table's partitions, is touched. A pass that repeats
what a dead run had begun keeps the files that the dead run published: they are not written again.

Source: the AWS Glue developer guide, "GlueContext class": ``purge_table``, ``purge_s3_path`` and
their ``transition`` twins.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from gluepot.catalog.errors import InvalidInputError, StorageError, did_you_mean
from gluepot.catalog.table_format import table_format
from gluepot.crawlers.sources.addresses import split_uri
from gluepot.crawlers.sources.config import S3Config
from gluepot.crawlers.sources.objects import FILE_SCHEME
from gluepot.jobs.reading.inputs import find_table
from gluepot.jobs.run_context.script_run import current_run, find_run
from gluepot.jobs.run_context.stores import Stores
from gluepot.jobs.script_api.old_files import Outcome, files_below, place, read_choice

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from gluepot.catalog.model import Table
    from gluepot.catalog.store import CatalogStore
    from gluepot.crawlers.sources.objects import ObjectInfo
    from gluepot.jobs.script_api.old_files import Act, Choice

CLASSES = (
    *("STANDARD", "REDUCED_REDUNDANCY", "STANDARD_IA", "ONEZONE_IA", "INTELLIGENT_TIERING"),
    *("GLACIER", "GLACIER_IR", "DEEP_ARCHIVE"),
)
_NO_CLASS = "InvalidStorageClass"
COPIES = 16
"""How many files are moved at a time."""


def purge_path(path: str, options: Mapping[str, Any]) -> int:
    """Delete the old files at or below a path, and return how many.

    Raises:
        InvalidInputError: The path is empty or of no store, or an option cannot be used.
        StorageError: The path cannot be listed, or files could not be deleted.
    """
    choice, stores, root = read_choice(options), _stores(), place(path)
    outcome = Outcome(stores=stores, manifest=choice.manifest)
    outcome.carry_out(_meant(stores, root, choice), _deleting(stores, root))
    return outcome.finish("deleted")


def purge_table(database: str, table_name: str, options: Mapping[str, Any]) -> int:
    """Delete a table's old files, and return how many; partitions left without files go too.

    Raises:
        SourceError: The table is not there.
        InvalidInputError: Its own log says which files it has, or an option cannot be used.
        StorageError: A place cannot be listed, or files could not be deleted.
    """
    choice, stores = read_choice(options), _stores()
    catalog = current_run().workshop.catalog
    table = find_table(catalog, f"{database}.{table_name}", database, table_name)
    if table_format(table) in {"delta", "hudi", "iceberg"}:
        raise InvalidInputError(
            f"table {database}.{table_name} has a log of its files, which would break if they"
            " went: delete its rows, and let its own clean-up (such as VACUUM) delete the files"
        )
    outcome = Outcome(stores=stores, manifest=choice.manifest)
    for root, values in _places(catalog, table, choice):
        outcome.carry_out(_meant(stores, root, choice), _deleting(stores, root))
        if values is not None and next(files_below(stores, root), None) is None:
            catalog.partitions.delete(table.database_name, table.name, [values])
    return outcome.finish("deleted")


def transition_path(path: str, transition_to: str, options: Mapping[str, Any]) -> int:
    """Give the old files at or below a path another storage class, and return how many.

    Raises:
        InvalidInputError: The path is empty or not in S3, or there is no such class.
        StorageError: The path cannot be listed, or files could not be moved.
    """
    choice, stores, root = read_choice(options), _stores(), place(path)
    outcome = Outcome(stores=stores, manifest=choice.manifest)
    _transition(stores, root, transition_to, choice, outcome)
    return outcome.finish("moved")


def transition_table(
    database: str, table_name: str, transition_to: str, options: Mapping[str, Any]
) -> int:
    """Give a table's old files another storage class, and return how many.

    Raises:
        SourceError: The table is not there.
        InvalidInputError: It does not lie in S3, or there is no such class.
        StorageError: A place cannot be listed, or files could not be moved.
    """
    choice, stores = read_choice(options), _stores()
    catalog = current_run().workshop.catalog
    table = find_table(catalog, f"{database}.{table_name}", database, table_name)
    outcome = Outcome(stores=stores, manifest=choice.manifest)
    for root, _ in _places(catalog, table, choice):
        _transition(stores, root, transition_to, choice, outcome)
    return outcome.finish("moved")


def _stores() -> Stores:
    run = find_run()
    return Stores(S3Config()) if run is None else run.workshop.stores


def _places(
    catalog: CatalogStore, table: Table, choice: Choice
) -> Iterator[tuple[str, tuple[str, ...] | None]]:
    """Yield the places of the chosen partitions with their values, or the table's own place."""
    name = f"{table.database_name}.{table.name}"
    if table.partition_keys:
        found = catalog.partitions.list(
            table.database_name, table.name, expression=choice.predicate
        )
        for partition in list(found):
            storage = partition.storage_descriptor
            if storage is not None and storage.location:
                yield _folder(storage.location), partition.values
        return
    if choice.predicate:
        raise InvalidInputError(
            f"{name} has no partitions, so nothing to choose: {choice.predicate}"
        )
    storage = table.storage_descriptor
    if storage is None or not storage.location:
        raise InvalidInputError(f"table {name} has no location")
    yield _folder(storage.location), None


def _folder(location: str) -> str:
    return place(location).rstrip("/") + "/"


def _meant(stores: Stores, root: str, choice: Choice) -> Iterator[ObjectInfo]:
    run = find_run()
    for file in files_below(stores, root):
        if choice.means(file) and not (run is not None and run.ledger.has_published(file.uri)):
            yield file


def _deleting(stores: Stores, root: str) -> Act:
    store = stores.open(root)

    def delete(uris: Sequence[str]) -> Mapping[str, str]:
        try:
            store.delete(uris)
        except StorageError:
            # One of them: each by itself tells which, and the others go all the same.
            return _each(lambda uri: store.delete([uri]), uris)
        return {}

    return delete


def _transition(
    stores: Stores, root: str, storage_class: str, choice: Choice, outcome: Outcome
) -> None:
    if root.startswith(FILE_SCHEME):
        raise InvalidInputError(f"{root} is a folder of this machine; only S3 has storage classes")
    if storage_class not in CLASSES:
        raise InvalidInputError(
            f"there is no storage class {storage_class!r}.{did_you_mean(storage_class, CLASSES)}"
            f" There are: {', '.join(CLASSES)}"
        )
    files = (
        file
        for file in files_below(stores, root)
        if choice.means(file) and (file.storage_class or "STANDARD") != storage_class
    )
    outcome.carry_out(files, _moving(stores, storage_class))


def _moving(stores: Stores, storage_class: str) -> Act:
    from boto3.s3.transfer import TransferConfig  # noqa: PLC0415 - for this call alone
    from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415

    from gluepot.crawlers.sources.s3_client import S3Clients  # noqa: PLC0415
    from gluepot.crawlers.sources.s3_errors import renamed  # noqa: PLC0415

    clients = S3Clients(stores.s3)
    copied = {f"CopySource{name}": value for name, value in clients.encryption.items()}
    extra = {"StorageClass": storage_class, **clients.payer, **clients.encryption, **copied}

    def move(uri: str) -> None:
        bucket, key = split_uri(uri)
        source = {"Bucket": bucket, "Key": key}
        config = TransferConfig(use_threads=False)
        try:
            clients.client.copy(source, bucket, key, ExtraArgs=extra, Config=config)
        except ClientError as error:
            if error.response.get("Error", {}).get("Code") in {"InvalidRequest", _NO_CLASS}:
                reason = f"the store does not have the storage class {storage_class}"
                raise StorageError(reason) from error
            raise renamed(uri, error) from error
        except BotoCoreError as error:
            raise renamed(uri, error) from error

    return lambda uris: _each(move, uris)


def _each(act: Callable[[str], None], uris: Sequence[str]) -> Mapping[str, str]:
    """Return why it failed, by address, for each file that it failed for."""

    def attempt(uri: str) -> tuple[str, str] | None:
        try:
            act(uri)
        except StorageError as error:
            return uri, str(error)
        return None

    with ThreadPoolExecutor(COPIES) as pool:
        return dict(filter(None, pool.map(attempt, uris)))
