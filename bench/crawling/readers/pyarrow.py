"""pyarrow: all fragments of a data set, or the first block of a file."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow.csv
import pyarrow.dataset
import pyarrow.json
from pyarrow import fs

from crawling.hive_types import from_arrow
from crawling.task import Seen, plain_path

if TYPE_CHECKING:
    from collections.abc import Callable

    from crawling.task import Task


def prepare(task: Task) -> Callable[[], Seen]:
    """Read a few files; return the inspection."""
    _inspect(task, task.warm_uri)
    return lambda: _inspect(task, task.uri)


def _inspect(task: Task, uri: str) -> Seen:
    files, path = _reach(task, uri)
    selector = fs.FileSelector(path, recursive=True)
    if task.format == "parquet":
        schema = _merged(files, selector)
    else:
        (info,) = files.get_file_info(selector)
        with files.open_input_stream(info.path) as stream:
            read = pyarrow.csv.open_csv if task.format == "csv" else pyarrow.json.open_json
            schema = read(stream).schema
    return Seen(types={item.name: from_arrow(item.type) for item in schema})


def _merged(files: fs.FileSystem, selector: fs.FileSelector) -> pyarrow.Schema:
    options = pyarrow.dataset.FileSystemFactoryOptions(
        partitioning=pyarrow.dataset.HivePartitioning.discover(),
        partition_base_dir=selector.base_dir,
    )
    parquet = pyarrow.dataset.ParquetFileFormat()
    factory = pyarrow.dataset.FileSystemDatasetFactory(files, selector, parquet, options)
    # With its own defaults pyarrow looks at the first file only.
    return factory.inspect(promote_options="permissive", fragments=None)


def _reach(task: Task, uri: str) -> tuple[fs.FileSystem, str]:
    if not task.on_s3:
        return fs.LocalFileSystem(), plain_path(uri)
    store = task.store
    files = fs.S3FileSystem(
        access_key=store.access_key_id,
        secret_key=store.secret_access_key,
        endpoint_override=str(store.endpoint_url).removeprefix("http://"),
        scheme="http",
        region=store.region,
    )
    return files, uri.removeprefix("s3://")
