"""The S3 of tests, and what a test leaves in it."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import boto3

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from gluepot.crawlers.sources.config import S3Config


@dataclass(frozen=True, kw_only=True)
class LocalS3:
    """An S3 on this machine.

    Attributes:
        client: A boto3 client.
        config: How others reach it: ``endpoint_url``, ``region`` and keys that open nothing else.
    """

    client: Any
    config: S3Config

    @contextlib.contextmanager
    def isolated(self) -> Iterator[None]:
        """Delete, at the end of the block, the buckets that were made inside it."""
        before = self._buckets()
        try:
            yield
        finally:
            for name in self._buckets() - before:
                self._delete(name)

    def _buckets(self) -> set[str]:
        return {item["Name"] for item in self.client.list_buckets()["Buckets"]}

    def _delete(self, bucket: str) -> None:
        for page in self.client.get_paginator("list_object_versions").paginate(Bucket=bucket):
            found = [*page.get("Versions", ()), *page.get("DeleteMarkers", ())]
            keys = [{"Key": item["Key"], "VersionId": item["VersionId"]} for item in found]
            if keys:
                self.client.delete_objects(Bucket=bucket, Delete={"Objects": keys})
        self.client.delete_bucket(Bucket=bucket)


@contextlib.contextmanager
def open_s3(config: S3Config) -> Iterator[LocalS3]:
    """Yield the S3 that ``config`` reaches."""
    client = boto3.client(
        "s3",
        endpoint_url=config.endpoint_url,
        region_name=config.region,
        aws_access_key_id=config.access_key_id,
        aws_secret_access_key=config.secret_access_key,
    )
    try:
        yield LocalS3(client=client, config=config)
    finally:
        client.close()


def variables(config: S3Config) -> Mapping[str, str]:
    """Return the variables by which a script's own boto3 clients reach the same S3.

    Clients of other services get the same keys, which AWS does not know: a test changes nothing
    there.
    """
    found = {
        "AWS_ENDPOINT_URL_S3": config.endpoint_url,
        "AWS_DEFAULT_REGION": config.region,
        "AWS_ACCESS_KEY_ID": config.access_key_id,
        "AWS_SECRET_ACCESS_KEY": config.secret_access_key,
    }
    return {name: value for name, value in found.items() if value is not None}
