"""Places to put files in: a folder, and a bucket of each real S3."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING

import boto3
import pytest

from gluepot.crawlers.sources.config import S3Config
from gluepot.crawlers.sources.objects import ObjectSource, open_source

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, kw_only=True)
class Place:
    """An empty root in a store, and how to reach it."""

    root: str
    s3: S3Config
    source: ObjectSource

    def put(self, name: str, data: bytes | str) -> str:
        """Write a file below the root and return its URI."""
        uri = f"{self.root}/{name}"
        self.source.write(uri, data.encode() if isinstance(data, str) else data)
        return uri


@pytest.fixture
def folder(tmp_path: Path) -> Place:
    """Return an empty folder."""
    s3 = S3Config(region="us-east-1")
    root = tmp_path / "data"
    root.mkdir()
    return Place(root=f"file://{root}", s3=s3, source=open_source(str(root), s3))


@pytest.fixture(params=["file", "moto", "versitygw"])
def place(request: pytest.FixtureRequest) -> Place:
    """Return an empty place of each kind in turn."""
    if request.param == "file":
        place: Place = request.getfixturevalue("folder")
        return place
    s3: S3Config = request.getfixturevalue(f"{request.param}_s3")
    return Place(root=f"s3://{_new_bucket(s3)}", s3=s3, source=open_source("s3://", s3))


def _new_bucket(s3: S3Config) -> str:
    client = boto3.client(
        "s3",
        endpoint_url=s3.endpoint_url,
        region_name=s3.region,
        aws_access_key_id=s3.access_key_id,
        aws_secret_access_key=s3.secret_access_key,
    )
    name = f"b-{uuid.uuid4().hex}"
    client.create_bucket(Bucket=name)
    return name
