"""One S3 in the words of each library that a query reads with."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import boto3

if TYPE_CHECKING:
    from gluepot.crawlers.sources.config import S3Config


def arrow_filesystem(location: str, s3: S3Config) -> Any:  # noqa: ANN401
    """Return Arrow's file system for ``s3://`` or ``file://`` locations."""
    from pyarrow import fs  # noqa: PLC0415

    if not location.startswith("s3://"):
        return fs.LocalFileSystem()
    known = with_credentials(s3)
    scheme, _, host = (known.endpoint_url or "https://").partition("://")
    options = {
        "access_key": known.access_key_id,
        "secret_key": known.secret_access_key,
        "session_token": known.session_token,
        "region": known.region,
        "endpoint_override": host,
        "scheme": scheme,
    }
    chosen = {key: value for key, value in options.items() if value}
    return fs.S3FileSystem(force_virtual_addressing=not known.path_style, **chosen)


def delta_options(s3: S3Config) -> dict[str, str]:
    """Return delta-rs's storage options."""
    known = with_credentials(s3)
    options = {
        "AWS_ALLOW_HTTP": str((known.endpoint_url or "").startswith("http://")).lower(),
        "AWS_ENDPOINT_URL": known.endpoint_url,
        "AWS_REGION": known.region,
        "AWS_ACCESS_KEY_ID": known.access_key_id,
        "AWS_SECRET_ACCESS_KEY": known.secret_access_key,
        "AWS_SESSION_TOKEN": known.session_token,
    }
    return {key: value for key, value in options.items() if value is not None}


def with_credentials(s3: S3Config) -> S3Config:
    """Return ``s3`` with the credentials that boto3's chain finds, unless it has its own."""
    if s3.access_key_id is not None:
        return s3
    found = boto3.Session(profile_name=s3.profile).get_credentials()
    if found is None:
        return s3
    frozen = found.get_frozen_credentials()
    return replace(
        s3,
        access_key_id=frozen.access_key,
        secret_access_key=frozen.secret_key,
        session_token=frozen.token,
    )
