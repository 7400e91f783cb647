"""How to reach an S3: plain data that the shell fills in and every reader takes."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True)
class S3Config:
    """Connection facts of one S3-compatible store.

    Attributes:
        endpoint_url: None for AWS itself.
        region: The signing region.
        path_style: Address buckets as ``endpoint/bucket``, which most other stores need.
        profile: A profile of boto3's configuration files; None for boto3's own chain.
        access_key_id: With the two below, fixed credentials that go before the chain.
        secret_access_key: Never shown by ``repr``.
        session_token: Never shown by ``repr``.
    """

    endpoint_url: str | None = None
    region: str | None = None
    path_style: bool = False
    profile: str | None = None
    access_key_id: str | None = None
    secret_access_key: str | None = field(default=None, repr=False)
    session_token: str | None = field(default=None, repr=False)
