"""awswrangler's ``store_parquet_metadata``, which writes to a Glue endpoint as a crawl does."""

from __future__ import annotations

import os
import uuid
from typing import TYPE_CHECKING

import awswrangler as wr

from crawling.task import Seen

if TYPE_CHECKING:
    from collections.abc import Callable

    from crawling.task import Task

DATABASE = "bench"


def prepare(task: Task) -> Callable[[], Seen]:
    """Store the metadata of a few files; return the storing of all."""
    store = task.store
    os.environ["AWS_ACCESS_KEY_ID"] = str(store.access_key_id)
    os.environ["AWS_SECRET_ACCESS_KEY"] = str(store.secret_access_key)
    os.environ["AWS_DEFAULT_REGION"] = str(store.region)
    wr.config.glue_endpoint_url = task.glue_url
    wr.config.s3_endpoint_url = store.endpoint_url
    wr.catalog.create_database(DATABASE, exist_ok=True)
    _store(task.warm_uri)
    return lambda: _store(task.uri)


def _store(uri: str) -> Seen:
    columns, keys, _ = wr.s3.store_parquet_metadata(
        path=f"{uri}/", database=DATABASE, table=f"t{uuid.uuid4().hex}", dataset=True
    )
    return Seen(types=columns | (keys or {}), keys=tuple(keys or ()))
