"""One page of an S3 listing: asked for through boto3, read by lxml.

boto3 signs, repeats and follows redirects; but its own reader takes 70 ms of processor time for a
page of 1,000 keys, in which lxml reads ten.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote_plus

from botocore.exceptions import BotoCoreError, ClientError
from lxml import etree

from gluepot.crawlers.sources.errors import AccessRefusedError
from gluepot.crawlers.sources.objects import ObjectInfo
from gluepot.crawlers.sources.s3_errors import renamed

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from gluepot.crawlers.sources.s3_client import S3Clients

_EVENT = "before-parse.s3.ListObjectsV2"
_PAGE = "GluepotPage"
_NAMES = ("Key", "Size", "LastModified", "ETag", "StorageClass")
_EMPTY_REPLY = b"<ListBucketResult/>"
_ERROR_STATUS = 300
_DAMAGED_STATUS = 500


@dataclass(frozen=True, kw_only=True, slots=True)
class ListPage:
    """What S3 answered.

    Attributes:
        objects: As S3 orders them.
        folders: The keys up to the delimiter, where one was given.
        token: Continues the listing; None on the last page.
    """

    objects: Sequence[ObjectInfo]
    folders: Sequence[str]
    token: str | None


class PageReader:
    """Lists pages of buckets of one S3; may be used by many threads at once."""

    def __init__(self, clients: S3Clients) -> None:
        self._clients = clients
        clients.client.meta.events.register(_EVENT, _read_reply, unique_id="gluepot-pages")

    def page(self, bucket: str, prefix: str, **options: Any) -> ListPage:  # noqa: ANN401
        """Return one page; ``options`` are boto3's, such as ``ContinuationToken``.

        Raises:
            StorageError: It could not be had, after all repetitions.
        """
        try:
            reply = self._clients.client.list_objects_v2(
                Bucket=bucket, Prefix=prefix, **self._clients.payer, **options
            )
        except (BotoCoreError, ClientError) as error:
            raise renamed(f"s3://{bucket}/{prefix}", error) from error
        except RuntimeError as error:  # botocore's, where new keys are as expired as the old
            raise AccessRefusedError(f"s3://{bucket}/{prefix}", str(error)) from error
        found: ListPage = reply[_PAGE](bucket)
        return found


def _read_reply(
    response_dict: dict[str, Any], customized_response_dict: dict[str, Any], **_: object
) -> None:
    """Take the body from boto3's reader, which gets an empty one; an error's body stays."""
    if response_dict["status_code"] >= _ERROR_STATUS:
        return
    try:
        root = etree.fromstring(response_dict["body"], _parser())
    except etree.XMLSyntaxError:
        # A reply that was cut off is like none: boto3 repeats what was answered by 500.
        response_dict["status_code"] = _DAMAGED_STATUS
        response_dict["body"] = b""
        return
    response_dict["body"] = _EMPTY_REPLY
    customized_response_dict[_PAGE] = lambda bucket: _page_of(root, bucket)


def _parser() -> etree.XMLParser:
    return etree.XMLParser(resolve_entities=False, no_network=True, remove_comments=True)


def _page_of(root: Any, bucket: str) -> ListPage:  # noqa: ANN401 - lxml's types are a package apart
    # AWS's elements are in its namespace; some stores leave it away.
    space = root.tag[: root.tag.index("}") + 1] if root.tag.startswith("{") else ""
    escaped = root.findtext(f"{space}EncodingType") == "url"
    plain: Callable[[str], str] = unquote_plus if escaped else str
    base = f"s3://{bucket}/"
    return ListPage(
        objects=[
            ObjectInfo(
                base + plain(key),
                int(size),
                _moment(modified),
                etag.strip('"') or None if etag else None,
                storage_class or None,
            )
            for key, size, modified, etag, storage_class in _rows(root, space)
        ],
        folders=[
            plain(found.text or "")
            for found in root.iterfind(f"{space}CommonPrefixes/{space}Prefix")
        ],
        token=(
            root.findtext(f"{space}NextContinuationToken")
            if root.findtext(f"{space}IsTruncated") == "true"
            else None
        ),
    )


def _rows(root: Any, space: str) -> list[tuple[str, ...]]:  # noqa: ANN401
    """Return the texts of ``_NAMES`` of each object; one column at a time is quickest."""
    names = {"x": space[1:-1]} if space else None
    mark = "x:" if space else ""
    columns = [
        root.xpath(f"{mark}Contents/{mark}{name}/text()", namespaces=names, smart_strings=False)
        for name in _NAMES
    ]
    if len({len(column) for column in columns}) == 1:
        return list(zip(*columns, strict=True))
    return [
        tuple(item.findtext(f"{space}{name}") or "" for name in _NAMES)
        for item in root.iterfind(f"{space}Contents")
    ]


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)
