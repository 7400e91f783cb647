"""Buckets and keys of S3 URIs."""

from __future__ import annotations

from gluepot.catalog.errors import InvalidInputError
from gluepot.crawlers.sources.objects import normalize_uri


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
