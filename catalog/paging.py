"""Page tokens: opaque and signed, and a place in an order rather than a number of rows.

A token holds the key of the last item that was given. The next page begins after that key, so
what others add or remove meanwhile neither repeats nor hides an item that stays.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
from typing import TYPE_CHECKING, Any, TypeVar

from gluepot.catalog.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

T = TypeVar("T")

_SIGNATURE_BYTES = 16
_PAGING = frozenset({"NextToken", "MaxResults"})


class PageTokens:
    """Makes and reads tokens with one secret, which all servers on a database share."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret

    def page(  # noqa: PLR0913  the parts of a paged operation
        self,
        request: Mapping[str, Any],
        member: str,
        fetch: Callable[[Any, int], Sequence[T]],
        place: Callable[[T], Any],
        *,
        most: int,
        show: Callable[[T], Any] = lambda item: item,
    ) -> dict[str, Any]:
        """Return one page as the reply ``{member: [...], "NextToken": ...}``.

        Args:
            request: The request; ``NextToken`` and ``MaxResults`` are read, and the rest is what
                the token is bound to.
            member: The name of the list in the reply.
            fetch: ``(place, limit) -> items`` after that place in order; None is the beginning.
            place: The place of an item, as JSON data.
            most: How many items a page has at most, and without ``MaxResults``.
            show: What stands in the reply for an item.

        Raises:
            InvalidInputError: The token is not one of ours, or is of another request.
        """
        limit = min(request.get("MaxResults") or most, most)
        items = fetch(self.read(request), limit + 1)
        reply: dict[str, Any] = {member: [show(item) for item in items[:limit]]}
        if len(items) > limit:
            reply["NextToken"] = self.make(request, place(items[limit - 1]))
        return reply

    def make(self, request: Mapping[str, Any], place: Any) -> str:  # noqa: ANN401
        """Return a token for the page after ``place``, which is JSON data."""
        body = json.dumps([_digest(request), place], separators=(",", ":")).encode()
        return base64.urlsafe_b64encode(self._sign(body) + body).decode().rstrip("=")

    def read(self, request: Mapping[str, Any]) -> Any:  # noqa: ANN401
        """Return the place of a request's token, or None without one.

        Raises:
            InvalidInputError: The token is not one of ours, or is of another request.
        """
        token = request.get("NextToken")
        if not token:
            return None
        try:
            raw = base64.urlsafe_b64decode(f"{token}{'=' * (-len(token) % 4)}".encode("ascii"))
        except (ValueError, binascii.Error):
            raw = b""
        signature, body = raw[:_SIGNATURE_BYTES], raw[_SIGNATURE_BYTES:]
        if not hmac.compare_digest(signature, self._sign(body)):
            raise InvalidInputError("NextToken is not a token that this catalog gave")
        of_request, place = json.loads(body)
        if of_request != _digest(request):
            raise InvalidInputError(
                "NextToken belongs to a request with other parameters; repeat them all"
            )
        return place

    def _sign(self, body: bytes) -> bytes:
        return hmac.digest(self._secret, body, "sha256")[:_SIGNATURE_BYTES]


def _digest(request: Mapping[str, Any]) -> str:
    rest = {key: value for key, value in request.items() if key not in _PAGING}
    text = json.dumps(rest, sort_keys=True, separators=(",", ":"))
    return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()
