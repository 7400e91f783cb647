"""How to reach an S3: plain data that the shell fills in and every reader takes."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass, field

from gluepot.catalog.errors import InvalidInputError

KEY_BYTES = 32
"""AES-256 is the only cipher that S3 takes customers' keys for."""


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
        role_arn: A role that the credentials above assume, again whenever it expires.
        external_id: What the role's trust policy may ask for.
        role_session_name: How the role's use is named in logs of the store.
        requester_pays: Agree to pay for requests to buckets that want it.
        sse_c_key: 32 bytes in base64 with which objects are encrypted; never shown by ``repr``.
        sts_endpoint_url: Where roles are assumed; None for AWS, as boto3 finds it.
        sqs_endpoint_url: Where queues of events are; None for AWS, as boto3 finds it.
    """

    endpoint_url: str | None = None
    region: str | None = None
    path_style: bool = False
    profile: str | None = None
    access_key_id: str | None = None
    secret_access_key: str | None = field(default=None, repr=False)
    session_token: str | None = field(default=None, repr=False)
    role_arn: str | None = None
    external_id: str | None = None
    role_session_name: str = "gluepot"
    requester_pays: bool = False
    sse_c_key: str | None = field(default=None, repr=False)
    sts_endpoint_url: str | None = None
    sqs_endpoint_url: str | None = None

    @property
    def encryption_key(self) -> bytes | None:
        """The bytes of ``sse_c_key``.

        Raises:
            InvalidInputError: It is not the base64 of 32 bytes; the message does not show it.
        """
        if self.sse_c_key is None:
            return None
        try:
            key = base64.b64decode(self.sse_c_key, validate=True)
        except (binascii.Error, ValueError):
            key = b""
        if len(key) != KEY_BYTES:
            raise InvalidInputError("The SSE-C key must be 32 bytes, written in base64") from None
        return key
