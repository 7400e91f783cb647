"""The clients of one S3: boto3's for what it alone can do, obstore's for reading ranges.

Both take their keys from one session, so both see them renewed.
"""

from __future__ import annotations

import threading
from datetime import timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from obstore.store import S3Store

from gluepot.crawlers.sources.s3_errors import renamed
from gluepot.crawlers.sources.sessions import (
    DEFAULT_REGION,
    open_session,
    store_credentials,
)

if TYPE_CHECKING:
    import boto3
    from obstore.store import ClientConfig, RetryConfig
    from obstore.store import S3Config as StoreConfig

    from gluepot.crawlers.sources.config import S3Config

CONNECTIONS = 64
RETRIES = 5
"""Repetitions of one request that was answered by 429, 500, 503 or not at all.

Before each both clients wait a random time whose bound doubles, to 15 or 20 seconds at most.
"""

FIRST_WAIT = timedelta(milliseconds=200)
TIMEOUT_SECONDS: float = 60
CONNECT_TIMEOUT_SECONDS = 10


class S3Clients:
    """Clients of one S3, made on first use and shared by threads."""

    def __init__(self, config: S3Config) -> None:
        self.config = config
        self._stores: dict[str, S3Store] = {}
        self._lock = threading.RLock()

    @cached_property
    def session(self) -> boto3.session.Session:
        """The session whose keys both clients use."""
        return open_session(self.config)

    @cached_property
    def client(self) -> Any:  # noqa: ANN401 - boto3 makes its classes while running
        """boto3's client."""
        with self._lock:  # sessions are not made for several threads
            return self.session.client(
                "s3",
                endpoint_url=self.config.endpoint_url,
                region_name=self.session.region_name or DEFAULT_REGION,
                config=client_config(path_style=self.config.path_style),
            )

    @property
    def payer(self) -> dict[str, str]:
        """What every request says of who pays."""
        return {"RequestPayer": "requester"} if self.config.requester_pays else {}

    @property
    def encryption(self) -> dict[str, str | bytes]:
        """What requests that touch an object's bytes or size say of its encryption."""
        key = self.config.encryption_key
        return {} if key is None else {"SSECustomerAlgorithm": "AES256", "SSECustomerKey": key}

    def store(self, bucket: str) -> S3Store:
        """Return obstore's client of a bucket."""
        with self._lock:
            if bucket not in self._stores:
                self._stores[bucket] = self._open_store(bucket)
            return self._stores[bucket]

    def _open_store(self, bucket: str) -> S3Store:
        config: StoreConfig = {"region": self.client.meta.region_name}
        client: ClientConfig = {"timeout": f"{int(TIMEOUT_SECONDS * 1_000)}ms"}
        retry: RetryConfig = {
            "max_retries": RETRIES,
            "retry_timeout": timedelta(minutes=3),
            "backoff": {
                "init_backoff": FIRST_WAIT,
                "max_backoff": timedelta(seconds=15),
                "base": 2,
            },
        }
        endpoint = str(self.client.meta.endpoint_url)
        if (urlsplit(endpoint).hostname or "").endswith(".amazonaws.com"):
            config["region"] = self._bucket_region(bucket)
        else:
            config |= _address(endpoint, bucket, path_style=self.config.path_style)
            client["allow_http"] = endpoint.startswith("http://")
        if self.config.requester_pays:
            config["request_payer"] = True
        if self.config.sse_c_key is not None:
            config["server_side_encryption"] = "sse-c"
            config["sse_customer_key_base64"] = self.config.sse_c_key
        return S3Store(
            bucket,
            config=config,
            client_options=client,
            retry_config=retry,
            credential_provider=store_credentials(self.session, bucket),
        )

    def _bucket_region(self, bucket: str) -> str:
        """Ask for the bucket's own region: boto3 follows S3's redirects to it, obstore does not."""
        try:
            reply = self.client.head_bucket(Bucket=bucket)
        except (BotoCoreError, ClientError) as error:
            raise renamed(f"s3://{bucket}", error) from error
        return str(reply.get("BucketRegion") or self.client.meta.region_name)


def client_config(*, path_style: bool = False) -> Config:
    """Return how boto3's clients wait, repeat and address."""
    return Config(
        s3={"addressing_style": "path" if path_style else "auto"},
        retries={"mode": "standard", "max_attempts": RETRIES},
        connect_timeout=CONNECT_TIMEOUT_SECONDS,
        read_timeout=TIMEOUT_SECONDS,
        max_pool_connections=CONNECTIONS,
    )


def _address(endpoint: str, bucket: str, *, path_style: bool) -> StoreConfig:
    if path_style:
        return {"endpoint": endpoint, "virtual_hosted_style_request": False}
    parts = urlsplit(endpoint)
    return {
        "endpoint": f"{parts.scheme}://{bucket}.{parts.netloc}",
        "virtual_hosted_style_request": True,
    }
