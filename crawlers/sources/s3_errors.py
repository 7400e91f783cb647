"""What boto3 and obstore raise, in our words."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError, NoCredentialsError, PartialCredentialsError

from gluepot.crawlers.sources.addresses import split_uri
from gluepot.crawlers.sources.errors import (
    AccessRefusedError,
    ObjectChangedError,
    PathNotFoundError,
    StoreUnavailableError,
)

if TYPE_CHECKING:
    from botocore.exceptions import BotoCoreError
    from obstore.exceptions import BaseError

    from gluepot.catalog.errors import StorageError

REFUSED = frozenset(
    {
        "400",  # a HEAD has no body that could say more: wrong or missing SSE-C key
        "401",
        "403",
        "AccessDenied",
        "ExpiredToken",
        "InvalidAccessKeyId",
        "InvalidToken",
        "SignatureDoesNotMatch",
    }
)
_STATUS = re.compile(r"status code: (\d{3})")
ARCHIVED = "it is archived and must be restored first"


def renamed(uri: str, error: BotoCoreError | ClientError) -> StorageError:
    """Return the error of ours that says what boto3 raised about ``uri``."""
    if isinstance(error, NoCredentialsError | PartialCredentialsError):
        return AccessRefusedError(uri, "no credentials were found")
    if not isinstance(error, ClientError):
        return StoreUnavailableError(uri, str(error))
    code = str(error.response.get("Error", {}).get("Code", "unknown"))
    if code == "NoSuchBucket":
        bucket = split_uri(uri)[0]
        return PathNotFoundError(f"Bucket {bucket}", "check its name and the endpoint")
    return _of_object(uri, code) or StoreUnavailableError(uri, str(error))


def _of_object(uri: str, code: str) -> StorageError | None:
    if code in {"NoSuchKey", "404"}:
        return PathNotFoundError(uri, "no object has this key")
    if code in {"InvalidRange", "416"}:
        return ObjectChangedError(uri)
    if code == "InvalidObjectState":
        return AccessRefusedError(uri, ARCHIVED)
    return AccessRefusedError(uri, code) if code in REFUSED else None


def renamed_read(uri: str, error: BaseError | OSError) -> StorageError:
    """Rename what obstore raised; its own text is the whole request, so one line of it is kept."""
    text = str(error)
    status = _STATUS.search(text)
    code = status[1] if status else ""
    if isinstance(error, FileNotFoundError):
        return PathNotFoundError(uri, "it was listed, but is gone")
    if code == "416":
        return ObjectChangedError(uri)
    if code in {"400", "401", "403"} or isinstance(error, PermissionError):
        archived = "InvalidObjectState" in text
        return AccessRefusedError(uri, ARCHIVED if archived else f"HTTP {code or 403}")
    return StoreUnavailableError(uri, text.partition("\n")[0])
