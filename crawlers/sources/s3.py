"""Any S3 as a store of objects: boto3 lists, obstore reads ranges many at once.

boto3 lists because obstore keeps storage classes to itself and stops at keys such as ``a/../b``;
obstore reads because a ranged read costs it a tenth of boto3's processor time.
"""

from __future__ import annotations

import threading
from datetime import UTC
from functools import cached_property
from itertools import islice
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import boto3
import obstore
from boto3.s3.transfer import TransferConfig
from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    NoCredentialsError,
    PartialCredentialsError,
    ProfileNotFound,
)
from obstore.auth.boto3 import Boto3CredentialProvider
from obstore.exceptions import BaseError
from obstore.store import S3Store

from gluepot.catalog.errors import InvalidInputError, StorageError
from gluepot.crawlers.sources.batches import answers_in_order
from gluepot.crawlers.sources.errors import (
    AccessRefusedError,
    PathNotFoundError,
    StoreUnavailableError,
)
from gluepot.crawlers.sources.objects import ObjectInfo, normalize_uri

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from obstore.store import ClientConfig, RetryConfig
    from obstore.store import S3Config as StoreConfig

    from gluepot.crawlers.sources.config import S3Config
    from gluepot.crawlers.sources.objects import ReadRequest

DELETE_BATCH = 1_000
"""Most keys in one DeleteObjects request; S3's own bound."""

CONNECTIONS = 64
RETRIES = 5
TIMEOUT_SECONDS = 60
REFUSED = frozenset(
    {
        "403",
        "AccessDenied",
        "ExpiredToken",
        "InvalidAccessKeyId",
        "InvalidToken",
        "SignatureDoesNotMatch",
    }
)


class S3Objects:
    """An ObjectSource over one S3-compatible store; clients are made on first use."""

    def __init__(self, config: S3Config) -> None:
        self._config = config
        self._stores: dict[str, S3Store] = {}
        self._lock = threading.Lock()

    def list(self, uri: str) -> Iterator[ObjectInfo]:
        """Yield the object at ``uri`` or every one below it; a page of 1,000 is held at a time."""
        bucket, prefix = split_uri(uri)
        folder = prefix if prefix.endswith("/") or not prefix else f"{prefix}/"
        found = False
        for info in self._pages(bucket, folder):
            found = True
            yield info
        if not found and prefix and not prefix.endswith("/"):
            # Keys come in order, so an object of exactly this name is the first of its prefix.
            first = next(self._pages(bucket, prefix, page_size=1), None)
            if first is not None and first.uri == f"s3://{bucket}/{prefix}":
                yield first

    def list_pages(self, uri: str) -> Iterator[Sequence[ObjectInfo]]:
        """Yield what ``list`` yields in pages of at most 1,000."""
        remaining = self.list(uri)
        while page := list(islice(remaining, 1_000)):
            yield page

    def read(self, uri: str, start: int, length: int) -> bytes:
        """Return up to ``length`` bytes from ``start``."""
        bucket, key = split_uri(uri)
        if length <= 0:
            return b""
        try:
            return bytes(obstore.get_range(self._store(bucket), key, start=start, length=length))
        except ValueError:  # obstore takes no key with an empty, "." or ".." segment
            return self._read_by_boto3(uri, start, length)
        except (BaseError, OSError) as error:
            raise _renamed_read(uri, error) from error

    def read_batch(self, requests: Sequence[ReadRequest]) -> Iterator[bytes | StorageError]:
        """Yield for each request, in their order, what ``read`` returns or the error it raises."""
        return answers_in_order(lambda wanted: self.read(*wanted), requests, threads=32)

    def read_tail(self, uri: str, length: int) -> bytes:
        """Return the last ``length`` bytes, or all of a shorter object."""
        bucket, key = split_uri(uri)
        try:
            size = self._client.head_object(Bucket=bucket, Key=key)["ContentLength"]
        except (BotoCoreError, ClientError) as error:
            raise _renamed(uri, error) from error
        return self.read(uri, max(size - length, 0), min(length, size))

    def write(self, uri: str, data: bytes) -> None:
        """Write an object in one request."""
        bucket, key = split_uri(uri)
        try:
            self._client.put_object(Bucket=bucket, Key=key, Body=data)
        except (BotoCoreError, ClientError) as error:
            raise _renamed(uri, error) from error

    def copy(self, source_uri: str, target_uri: str) -> None:
        """Copy an object inside the store, without its bytes passing through here."""
        source_bucket, source_key = split_uri(source_uri)
        bucket, key = split_uri(target_uri)
        source = {"Bucket": source_bucket, "Key": source_key}
        try:
            self._client.copy(source, bucket, key, Config=TransferConfig(use_threads=False))
        except (BotoCoreError, ClientError) as error:
            raise _renamed(source_uri, error) from error

    def delete(self, uris: Iterable[str]) -> None:
        """Delete objects, 1,000 in a request."""
        waiting: dict[str, list[str]] = {}
        for uri in uris:
            bucket, key = split_uri(uri)
            waiting.setdefault(bucket, []).append(key)
        for bucket, keys in waiting.items():
            remaining = iter(keys)
            while batch := list(islice(remaining, DELETE_BATCH)):
                self._delete_batch(bucket, batch)

    def _delete_batch(self, bucket: str, keys: Sequence[str]) -> None:
        objects = [{"Key": key} for key in keys]
        try:
            reply = self._client.delete_objects(
                Bucket=bucket, Delete={"Objects": objects, "Quiet": True}
            )
        except (BotoCoreError, ClientError) as error:
            raise _renamed(f"s3://{bucket}", error) from error
        for fault in reply.get("Errors", ()):
            key = f"s3://{bucket}/{fault.get('Key')}"
            raise StorageError(f"{key} could not be deleted: {fault.get('Code')}")

    def _pages(self, bucket: str, prefix: str, page_size: int = 1_000) -> Iterator[ObjectInfo]:
        pages = self._client.get_paginator("list_objects_v2").paginate(
            Bucket=bucket, Prefix=prefix, PaginationConfig={"PageSize": page_size}
        )
        try:
            for page in pages:
                for entry in page.get("Contents", ()):
                    yield _info(bucket, entry)
        except (BotoCoreError, ClientError) as error:
            raise _renamed(f"s3://{bucket}/{prefix}", error) from error

    def _read_by_boto3(self, uri: str, start: int, length: int) -> bytes:
        bucket, key = split_uri(uri)
        wanted = f"bytes={start}-{start + length - 1}"
        try:
            reply = self._client.get_object(Bucket=bucket, Key=key, Range=wanted)
            data: bytes = reply["Body"].read()
        except (BotoCoreError, ClientError) as error:
            raise _renamed(uri, error) from error
        return data

    @cached_property
    def _session(self) -> boto3.session.Session:
        config = self._config
        try:
            session = boto3.session.Session(
                aws_access_key_id=config.access_key_id,
                aws_secret_access_key=config.secret_access_key,
                aws_session_token=config.session_token,
                region_name=config.region,
                profile_name=None if config.access_key_id else config.profile,
            )
            # Some versions of boto3 look for the profile only when something of it is asked for.
            _ = session.region_name
        except ProfileNotFound as error:
            raise AccessRefusedError("S3", str(error)) from error
        return session

    @cached_property
    def _client(self) -> Any:  # noqa: ANN401 - boto3 makes its classes while running
        options = Config(
            s3={"addressing_style": "path" if self._config.path_style else "auto"},
            retries={"mode": "standard", "max_attempts": RETRIES},
            connect_timeout=10,
            read_timeout=TIMEOUT_SECONDS,
            max_pool_connections=CONNECTIONS,
        )
        return self._session.client(
            "s3",
            endpoint_url=self._config.endpoint_url,
            region_name=self._session.region_name or "us-east-1",
            config=options,
        )

    def _store(self, bucket: str) -> S3Store:
        with self._lock:
            if bucket not in self._stores:
                self._stores[bucket] = self._open_store(bucket)
            return self._stores[bucket]

    def _open_store(self, bucket: str) -> S3Store:
        # The provider asks boto3 again before the keys expire, so a long crawl goes on.
        try:
            provider = Boto3CredentialProvider(self._session)
        except ValueError as error:
            raise AccessRefusedError(f"s3://{bucket}", "no credentials were found") from error
        config: StoreConfig = {"region": self._client.meta.region_name}
        client: ClientConfig = {"timeout": f"{TIMEOUT_SECONDS}s"}
        retry: RetryConfig = {"max_retries": RETRIES}
        endpoint = str(self._client.meta.endpoint_url)
        if (urlsplit(endpoint).hostname or "").endswith(".amazonaws.com"):
            config["region"] = self._bucket_region(bucket)
        else:
            config |= _address(endpoint, bucket, path_style=self._config.path_style)
            client["allow_http"] = endpoint.startswith("http://")
        return S3Store(
            bucket,
            config=config,
            client_options=client,
            retry_config=retry,
            credential_provider=provider,
        )

    def _bucket_region(self, bucket: str) -> str:
        """Ask for the bucket's own region: boto3 follows S3's redirects to it, obstore does not."""
        try:
            reply = self._client.head_bucket(Bucket=bucket)
        except (BotoCoreError, ClientError) as error:
            raise _renamed(f"s3://{bucket}", error) from error
        return str(reply.get("BucketRegion") or self._client.meta.region_name)


def split_uri(uri: str) -> tuple[str, str]:
    """Return bucket and key of an S3 URI.

    >>> split_uri("s3a://raw/flights/year=2013/x.csv")
    ('raw', 'flights/year=2013/x.csv')

    Raises:
        InvalidInputError: There is no bucket in it.
    """
    bucket, _, key = normalize_uri(uri).removeprefix("s3://").partition("/")
    if not bucket:
        raise InvalidInputError(f"{uri} names no bucket; write s3://bucket/prefix")
    return bucket, key


def _address(endpoint: str, bucket: str, *, path_style: bool) -> StoreConfig:
    if path_style:
        return {"endpoint": endpoint, "virtual_hosted_style_request": False}
    parts = urlsplit(endpoint)
    return {
        "endpoint": f"{parts.scheme}://{bucket}.{parts.netloc}",
        "virtual_hosted_style_request": True,
    }


def _info(bucket: str, entry: dict[str, Any]) -> ObjectInfo:
    return ObjectInfo(
        uri=f"s3://{bucket}/{entry['Key']}",
        size=entry["Size"],
        modified=entry["LastModified"].astimezone(UTC),
        etag=entry.get("ETag", "").strip('"') or None,
        storage_class=entry.get("StorageClass"),
    )


def _renamed(uri: str, error: BotoCoreError | ClientError) -> StorageError:
    if isinstance(error, NoCredentialsError | PartialCredentialsError):
        return AccessRefusedError(uri, "no credentials were found")
    if not isinstance(error, ClientError):
        return StoreUnavailableError(uri, str(error))
    code = str(error.response.get("Error", {}).get("Code", "unknown"))
    if code == "NoSuchBucket":
        bucket = split_uri(uri)[0]
        return PathNotFoundError(f"Bucket {bucket}", "check its name and the endpoint")
    if code in {"NoSuchKey", "404"}:
        return PathNotFoundError(uri, "no object has this key")
    if code in REFUSED:
        return AccessRefusedError(uri, code)
    return StoreUnavailableError(uri, str(error))


def _renamed_read(uri: str, error: BaseError | OSError) -> StorageError:
    """Rename what obstore raised; its own text is the whole request, so one line of it is kept."""
    first = str(error).partition("\n")[0]
    if isinstance(error, FileNotFoundError):
        return PathNotFoundError(uri, "it was listed, but is gone")
    if "403" in first or "401" in first or isinstance(error, PermissionError):
        archived = "InvalidObjectState" in str(error)
        reason = "it is archived and must be restored first" if archived else "HTTP 403"
        return AccessRefusedError(uri, reason)
    return StoreUnavailableError(uri, first)
