"""Which files a source consists of: partitions chosen by the catalog, files listed by the store."""

from __future__ import annotations

from bisect import bisect_right
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from gluepot.catalog.errors import AccessDeniedError, GluepotError, InvalidInputError, did_you_mean
from gluepot.catalog.table_format import table_format as known_format
from gluepot.crawlers.sources.objects import normalize_uri
from gluepot.jobs.bookmarks.store import InputFile
from gluepot.jobs.errors import SourceError
from gluepot.jobs.reading.symlink_tables import listed_files
from gluepot.jobs.reading.unreadable import why_unreadable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from gluepot.catalog.model import Partition, Table
    from gluepot.catalog.store import CatalogStore
    from gluepot.crawlers.sources.objects import ObjectInfo
    from gluepot.jobs.bookmarks.keys import KeyRange
    from gluepot.jobs.run_context.stores import Stores

    Wanted = Callable[[ObjectInfo], bool]

FEW_PARTITIONS = 64
"""Up to here each partition is listed by itself; beyond, one listing of the table is cheaper."""

LISTING_THREADS = 16

BY_LOG = ("delta", "iceberg")
READABLE = ("csv", "json", "xml", "grok", "parquet", "orc", "avro", "symlink", *BY_LOG)
"""The formats that jobs read; ``symlink`` is Parquet that manifests list."""


@dataclass(frozen=True, kw_only=True)
class SourceInput:
    """What a source reads in one pass.

    Attributes:
        name: The alias, or the script's transformation_ctx.
        table: The catalog's definition; None for files at a path.
        format: One of READABLE.
        root: Where the table or the path lies; every file of most tables is below it.
        files: What is read; empty for delta and iceberg, whose logs say.
        options: The reader's options, before those of the table.
        predicate: Of tables by a log, and of folders named by keys: which rows of them.
        detail: For iceberg: a metadata table, such as ``snapshots``.
        changes: Of tables by a log with a bookmark: which of their versions are read.
    """

    name: str
    table: Table | None
    format: str
    root: str
    files: tuple[InputFile, ...] = ()
    options: Mapping[str, str]
    predicate: str | None = None
    detail: str | None = None
    changes: KeyRange | None = None

    @property
    def by_log(self) -> bool:
        """Return whether the table's own log says which files it consists of."""
        return self.format in BY_LOG

    def of(self, files: tuple[InputFile, ...]) -> SourceInput:
        """Return this source with these files."""
        return replace(self, files=files)

    @property
    def bytes(self) -> int:
        """Return the size of all files."""
        return sum(file.size for file in self.files)


def find_source_table(catalog: CatalogStore, source: str, name: str) -> Table:
    """Return the table ``database.name``.

    Raises:
        SourceError: It is not there; the sentence names the nearest one.
    """
    database, _, table = name.partition(".")
    return find_table(catalog, source, database, table)


def find_table(catalog: CatalogStore, source: str, database: str, table: str) -> Table:
    """Return a table of the catalog; ``source`` is what the sentence of an error calls it.

    Raises:
        SourceError: It is not there; the sentence names the nearest one.
    """
    try:
        return catalog.get_linked_table(database, table)
    except AccessDeniedError:
        raise
    except GluepotError as error:
        raise SourceError(source, f"{error}{_nearest(catalog, database, table)}") from error


def _nearest(catalog: CatalogStore, database: str, table: str) -> str:
    try:
        return _nearest_of_all(catalog, database, table)
    except AccessDeniedError:
        return ""  # Who may not list is not told what there is.


def _nearest_of_all(catalog: CatalogStore, database: str, table: str) -> str:
    databases = [item.name for item in catalog.list_databases()]
    if database.lower() not in databases:
        return did_you_mean(database, databases) + " Has the crawler run?"
    tables = [item.name for item in catalog.list_tables(database)]
    return did_you_mean(table, tables)


def table_format(table: Table) -> str:
    """Return how a table's rows lie in files: one of READABLE.

    Raises:
        InvalidInputError: It is a view, or of a format that jobs do not read.
    """
    found = known_format(table)
    if found in READABLE:
        return found
    raise InvalidInputError(why_unreadable(table, found, READABLE, "jobs"))


def location_of(table: Table) -> str:
    """Return where a table lies, in the spelling of listings; of Iceberg, its metadata file.

    Raises:
        InvalidInputError: The catalog does not say, or says something that jobs do not read.
    """
    metadata = (table.parameters or {}).get("metadata_location")
    if metadata and known_format(table) == "iceberg":
        return normalize_uri(metadata)
    storage = table.storage_descriptor
    if storage is None or not storage.location:
        raise InvalidInputError(f"table {table.database_name}.{table.name} has no location")
    return normalize_uri(storage.location)


def list_table(  # noqa: PLR0913 - what choosing goes by
    catalog: CatalogStore,
    table: Table,
    *,
    expression: str | None,
    stores: Stores,
    keep: Callable[[Sequence[Partition]], Sequence[Partition]] | None = None,
    wanted: Wanted | None = None,
) -> Iterator[InputFile]:
    """Yield the files of a table, of the partitions that ``expression`` chooses.

    ``keep`` chooses among those again, ``wanted`` among the files. Of symlink manifests these are
    the files that they list.

    Raises:
        InvalidInputError: The expression does not fit the table's partition keys, or a manifest
            lists what it may not.
        StorageError: A place cannot be listed.
    """
    found = _list_places(catalog, table, expression, stores, keep, wanted)
    if known_format(table) == "symlink":
        return listed_files(found, location_of(table), stores)
    return found


def _list_places(  # noqa: PLR0913, PLR0917 - what choosing goes by
    catalog: CatalogStore,
    table: Table,
    expression: str | None,
    stores: Stores,
    keep: Callable[[Sequence[Partition]], Sequence[Partition]] | None,
    wanted: Wanted | None,
) -> Iterator[InputFile]:
    root = location_of(table)
    if not table.partition_keys:
        if expression:
            name = f"{table.database_name}.{table.name}"
            raise InvalidInputError(f"{name} has no partitions, so nothing to choose: {expression}")
        yield from list_path(root, stores, wanted)
        return
    chosen = list(catalog.partitions.list(table.database_name, table.name, expression=expression))
    if keep is not None:
        chosen = list(keep(chosen))
    places = {_folder(_place(table, root, item)): item.values for item in chosen}
    below = {place: values for place, values in places.items() if place.startswith(_folder(root))}
    if len(below) > FEW_PARTITIONS:
        yield from _list_together(root, below, stores, wanted)
        places = {place: values for place, values in places.items() if place not in below}
    with ThreadPoolExecutor(LISTING_THREADS) as pool:
        listings = pool.map(lambda place: list(list_path(place, stores, wanted)), places)
        for values, files in zip(places.values(), listings, strict=True):
            yield from (_with_values(file, values) for file in files)


def list_path(uri: str, stores: Stores, wanted: Wanted | None = None) -> Iterator[InputFile]:
    """Yield the files at or below ``uri`` that hold data: not hidden, not empty, and ``wanted``."""
    place = normalize_uri(uri)
    for found in stores.open(place).list(place):
        if found.size > 0 and not is_hidden(found.uri, place) and (not wanted or wanted(found)):
            yield _input(found)


def is_hidden(uri: str, root: str) -> bool:
    """Return whether a file, or a folder between it and ``root``, begins with ``_`` or ``.``.

    Spark, Hive and Athena leave these out: markers, logs and unfinished writes.
    """
    tail = uri.removeprefix(root.rstrip("/")).strip("/") or uri.rpartition("/")[2]
    return any(part.startswith(("_", ".")) for part in tail.split("/"))


def _list_together(
    root: str, places: Mapping[str, tuple[str, ...]], stores: Stores, wanted: Wanted | None
) -> Iterator[InputFile]:
    ordered = sorted(places)
    for file in list_path(root, stores, wanted):
        # The partition of a file is the last folder, in order, that its address begins with.
        place = _covering(ordered, file.uri)
        if place is not None:
            yield _with_values(file, places[place])


def _covering(ordered: Sequence[str], uri: str) -> str | None:
    folder = uri.rpartition("/")[0] + "/"
    while len(folder) > len("s3://"):
        at = bisect_right(ordered, folder) - 1
        if at >= 0 and ordered[at] == folder:
            return folder
        folder = folder.rstrip("/").rpartition("/")[0] + "/"
    return None


def _place(table: Table, root: str, partition: Partition) -> str:
    storage = partition.storage_descriptor
    if storage is not None and storage.location:
        return normalize_uri(storage.location)
    keys = table.partition_keys or ()
    pairs = (f"{key.name}={value}" for key, value in zip(keys, partition.values, strict=True))
    return _folder(root) + "/".join(pairs)


def _folder(uri: str) -> str:
    return uri if uri.endswith("/") else f"{uri}/"


def _input(found: ObjectInfo) -> InputFile:
    return InputFile(uri=found.uri, size=found.size, modified=found.modified, etag=found.etag)


def _with_values(file: InputFile, values: tuple[str, ...]) -> InputFile:
    return InputFile(
        uri=file.uri, size=file.size, modified=file.modified, etag=file.etag, values=values
    )
