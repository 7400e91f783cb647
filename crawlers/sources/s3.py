"""Any S3 as a store of objects: boto3 lists, obstore reads ranges many at once.

boto3 lists because obstore keeps storage classes to itself and stops at keys such as ``a/../b``;
obstore reads because a ranged read costs it a tenth of boto3's processor time. It reads from
threads: on its asynchronous side 20,000 reads took no less time, and 10 % less of the processor.
"""

from __future__ import annotations

import time
from functools import cached_property
from itertools import islice
from random import random
from typing import TYPE_CHECKING, Any

import obstore
from boto3.s3.transfer import TransferConfig
from botocore.exceptions import BotoCoreError, ClientError
from obstore.exceptions import BaseError

from gluepot.catalog.errors import StorageError
from gluepot.crawlers.sources.addresses import split_uri
from gluepot.crawlers.sources.batches import answers_in_order
from gluepot.crawlers.sources.errors import ObjectChangedError, StoreUnavailableError
from gluepot.crawlers.sources.s3_client import S3Clients
from gluepot.crawlers.sources.s3_errors import renamed, renamed_read
from gluepot.crawlers.sources.s3_listing import KeyRange, list_at_once, list_in_order
from gluepot.crawlers.sources.s3_pages import PageReader

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from gluepot.crawlers.sources.config import S3Config
    from gluepot.crawlers.sources.objects import ObjectInfo, ReadRequest

DELETE_BATCH = 1_000
"""Most keys in one DeleteObjects request; S3's own bound."""

READERS = 32
BODY_RETRIES = 3
"""Repetitions of a read whose body broke off, beyond those that obstore does itself."""


class S3Objects:
    """An ObjectSource over one S3-compatible store; clients are made on first use."""

    def __init__(self, config: S3Config) -> None:
        self._clients = S3Clients(config)

    def list(self, uri: str) -> Iterator[ObjectInfo]:
        """Yield the object at ``uri`` or every one below it; a page of 1,000 is held at a time."""
        for page in self._list(uri, list_in_order):
            yield from page

    def list_pages(self, uri: str) -> Iterator[Sequence[ObjectInfo]]:
        """Yield what ``list`` yields in pages; where there are many, by several listers at once."""
        return self._list(uri, list_at_once)

    def read(self, uri: str, start: int, length: int) -> bytes:
        """Return up to ``length`` bytes from ``start``."""
        bucket, key = split_uri(uri)
        if length <= 0:
            return b""
        wanted = f"bytes={start}-{start + length - 1}"
        if _loses_a_slash(key):
            return self._read_by_boto3(uri, wanted)
        store = self._clients.store(bucket)
        try:
            return _unbroken(
                uri, lambda: bytes(obstore.get_range(store, key, start=start, length=length))
            )
        except ValueError:  # obstore takes no key with an empty, "." or ".." segment
            return self._read_by_boto3(uri, wanted)

    def read_batch(self, requests: Sequence[ReadRequest]) -> Iterator[bytes | StorageError]:
        """Yield for each request, in their order, what ``read`` returns or the error it raises."""
        return answers_in_order(lambda wanted: self.read(*wanted), requests, threads=READERS)

    def read_tail(self, uri: str, length: int) -> bytes:
        """Return the last ``length`` bytes, or all of a shorter object, in one request."""
        bucket, key = split_uri(uri)
        if length <= 0:
            return b""
        if _loses_a_slash(key):
            return self._read_by_boto3(uri, f"bytes=-{length}")
        store = self._clients.store(bucket)
        try:
            return _unbroken(
                uri,
                lambda: bytes(
                    obstore.get(store, key, options={"range": {"suffix": length}}).bytes()
                ),
            )
        except ObjectChangedError:  # of an empty object there is no last byte
            return b""
        except ValueError:
            return self._read_by_boto3(uri, f"bytes=-{length}")

    def write(self, uri: str, data: bytes) -> None:
        """Write an object in one request."""
        bucket, key = split_uri(uri)
        try:
            self._client.put_object(
                Bucket=bucket, Key=key, Body=data, **self._clients.payer, **self._clients.encryption
            )
        except (BotoCoreError, ClientError) as error:
            raise renamed(uri, error) from error

    def copy(self, source_uri: str, target_uri: str) -> None:
        """Copy an object inside the store, without its bytes passing through here."""
        source_bucket, source_key = split_uri(source_uri)
        bucket, key = split_uri(target_uri)
        source = {"Bucket": source_bucket, "Key": source_key}
        try:
            self._client.copy(
                source,
                bucket,
                key,
                ExtraArgs=self._clients.payer | self._clients.encryption | self._copied_key(),
                Config=TransferConfig(use_threads=False),
            )
        except (BotoCoreError, ClientError) as error:
            raise renamed(source_uri, error) from error

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
                Bucket=bucket, Delete={"Objects": objects, "Quiet": True}, **self._clients.payer
            )
        except (BotoCoreError, ClientError) as error:
            raise renamed(f"s3://{bucket}", error) from error
        for fault in reply.get("Errors", ()):
            key = f"s3://{bucket}/{fault.get('Key')}"
            raise StorageError(f"{key} could not be deleted: {fault.get('Code')}")

    def _list(
        self,
        uri: str,
        listing: Callable[[PageReader, KeyRange], Iterator[Sequence[ObjectInfo]]],
    ) -> Iterator[Sequence[ObjectInfo]]:
        bucket, prefix = split_uri(uri)
        folder = prefix if prefix.endswith("/") or not prefix else f"{prefix}/"
        found = False
        for page in listing(self._reader, KeyRange(bucket=bucket, folder=folder)):
            found = True
            yield page
        if not found and prefix and not prefix.endswith("/"):
            # Keys come in order, so an object of exactly this name is the first of its prefix.
            first = self._reader.page(bucket, prefix, MaxKeys=1).objects
            if first and first[0].uri == f"s3://{bucket}/{prefix}":
                yield first

    def _read_by_boto3(self, uri: str, wanted: str) -> bytes:
        bucket, key = split_uri(uri)
        try:
            reply = self._client.get_object(
                Bucket=bucket,
                Key=key,
                Range=wanted,
                **self._clients.payer,
                **self._clients.encryption,
            )
            data: bytes = reply["Body"].read()
        except (BotoCoreError, ClientError) as error:
            raise renamed(uri, error) from error
        return data

    def _copied_key(self) -> dict[str, str | bytes]:
        return {f"CopySource{name}": value for name, value in self._clients.encryption.items()}

    @property
    def _client(self) -> Any:  # noqa: ANN401 - boto3 makes its classes while running
        return self._clients.client

    @cached_property
    def _reader(self) -> PageReader:
        return PageReader(self._clients)


def _loses_a_slash(key: str) -> bool:
    """Return whether obstore would read another key: it drops a slash at either end."""
    return key.startswith("/") or key.endswith("/")


def _unbroken(uri: str, read: Callable[[], bytes]) -> bytes:
    """Return what ``read`` does, and call it again where the answer broke off in the middle."""
    for attempt in range(BODY_RETRIES + 1):
        try:
            return read()
        except (BaseError, OSError) as error:
            renamed_error = renamed_read(uri, error)
            broken = isinstance(renamed_error, StoreUnavailableError) and "body" in str(error)
            if attempt == BODY_RETRIES or not broken:
                raise renamed_error from error
            time.sleep(random() * 0.2 * 2**attempt)  # noqa: S311 - only spreads repetitions
    raise AssertionError(uri)
