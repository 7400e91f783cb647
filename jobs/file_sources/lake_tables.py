"""Delta and Iceberg tables by the folder that they lie in."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from gluepot.jobs.errors import SourceError
from gluepot.jobs.file_sources.chosen import Choice
from gluepot.jobs.file_sources.listing import list_paths, root_of
from gluepot.jobs.reading.sources import errors_of

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

    from gluepot.jobs.run_context.stores import Stores

METADATA_FILE = re.compile(r"v?(\d+)[^/]*\.metadata\.json(?:\.gz)?$")


def lake_place(spark: SparkSession, kind: str, path: str, stores: Stores | None) -> str:
    """Return what Spark loads: of Iceberg the newest metadata file, if a folder is given.

    Raises:
        SourceError: The folder has no metadata of Iceberg.
    """
    root = root_of(path, stores)
    if kind != "iceberg" or ".metadata.json" in root:
        return root
    folder = f"{root.rstrip('/')}/metadata"
    with errors_of(path):
        files = list(list_paths(spark, [folder], Choice(), stores))
    found = [
        (int(match[1]), file.modified, file.uri)
        for file in files
        if (match := METADATA_FILE.match(file.uri.rpartition("/")[2])) is not None
    ]
    if not found:
        raise SourceError(path, f"there is no metadata of Iceberg in {folder}")
    return max(found)[2]
