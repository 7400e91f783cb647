"""Files at paths: listed by the run's stores, or by Spark where a script runs on its own."""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from pyspark.sql import functions as F  # noqa: N812

from gluepot.crawlers.sources.objects import ObjectInfo, normalize_uri
from gluepot.jobs.bookmarks.store import InputFile
from gluepot.jobs.reading.inputs import is_hidden, list_path
from gluepot.jobs.reading.sources import plain_reader

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pyspark.sql import SparkSession

    from gluepot.jobs.file_sources.chosen import Choice
    from gluepot.jobs.run_context.stores import Stores

logger = logging.getLogger(__name__)


def list_paths(
    spark: SparkSession, paths: Sequence[str], choice: Choice, stores: Stores | None
) -> Iterator[InputFile]:
    """Yield the files at or below paths that ``choice`` wants, each once.

    Raises:
        StorageError: A store cannot list.
        AnalysisException: Spark does not find a path.
    """
    seen: set[str] = set()
    for path in paths:
        root = root_of(path, stores)
        wanted = choice.wanted(root)
        found = (
            (file for file in _listed_by_spark(spark, root) if wanted(_info(file)))
            if stores is None
            else list_path(path, stores, wanted)
        )
        for file in found:
            if file.uri not in seen:
                seen.add(file.uri)
                yield file
    if not seen:
        hint = "" if choice.recurse else "; of folders below them files are read by recurse=True"
        logger.warning("No file is read at %s%s", ", ".join(paths), hint)


def root_of(path: str, stores: Stores | None) -> str:
    """Return a path in the spelling of its listing.

    Without stores of ours ``s3a://`` stays what it is: Spark may know it by that name only.
    """
    return path if stores is None and "://" in path else normalize_uri(path)


def _listed_by_spark(spark: SparkSession, root: str) -> Iterator[InputFile]:
    # The reader of whole files opens none whose content nobody asks for.
    found = plain_reader(spark).format("binaryFile").load(root)
    rows = found.select("path", "length", F.unix_millis("modificationTime").alias("at"))
    for row in rows.where("length > 0").orderBy("path").toLocalIterator():
        uri = row["path"]
        if uri.startswith("file:"):
            uri = normalize_uri(f"file:///{uri.removeprefix('file:').lstrip('/')}")
        if not is_hidden(uri, root):
            modified = datetime.fromtimestamp(row["at"] / 1000, UTC)
            yield InputFile(uri=uri, size=row["length"], modified=modified)


def _info(file: InputFile) -> ObjectInfo:
    return ObjectInfo(uri=file.uri, size=file.size, modified=file.modified, etag=file.etag)
