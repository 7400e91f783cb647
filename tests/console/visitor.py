"""A visitor of the console without a browser: follows redirects, keeps cookies, posts forms."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cached_property
from http.cookiejar import CookieJar
from typing import TYPE_CHECKING, Any
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, Request, build_opener

import orjson

if TYPE_CHECKING:
    from collections.abc import Mapping
    from urllib.request import OpenerDirector

_TOKEN = re.compile(r'name="form_token" value="([0-9a-f]{64})"')


@dataclass(frozen=True, kw_only=True)
class Seen:
    """What came back, after redirects."""

    status: int
    url: str
    text: str
    headers: Mapping[str, str]

    @property
    def json(self) -> Any:  # noqa: ANN401
        """Return the JSON that it is."""
        return orjson.loads(self.text)


@dataclass(kw_only=True)
class Visitor:
    """One visitor's cookies.

    Attributes:
        url: Of the server.
    """

    url: str
    cookies: CookieJar = field(default_factory=CookieJar)
    token: str = ""

    @cached_property
    def opener(self) -> OpenerDirector:
        """Return what asks with the visitor's cookies."""
        return build_opener(HTTPCookieProcessor(self.cookies))

    def get(self, path: str, headers: Mapping[str, str] | None = None, **query: str) -> Seen:
        """Look at a page."""
        joint = "&" if "?" in path else "?"
        address = f"{path}{joint}{urlencode(query)}" if query else path
        request = Request(f"{self.url}{address}", headers=dict(headers or {}))  # noqa: S310
        return self._seen(request)

    def data(self, path: str, **query: str) -> Any:  # noqa: ANN401
        """Return a page's JSON twin."""
        seen = self.get(path, None, **query, format="json")
        assert seen.status == 200, seen.text
        return seen.json

    def post(
        self, path: str, form: Mapping[str, Any], headers: Mapping[str, str] | None = None
    ) -> Seen:
        """Send a form as a page of the console does, with the token of the last page seen."""
        if not self.token:
            self.get("/console")
        fields = {"form_token": self.token, **form}
        own = {"origin": self.url, "sec-fetch-site": "same-origin"}
        body = urlencode(fields, doseq=True).encode()
        request = Request(f"{self.url}{path}", body, headers={**own, **(headers or {})})  # noqa: S310
        return self._seen(request)

    def _seen(self, request: Request) -> Seen:
        try:
            with self.opener.open(request, timeout=30) as reply:
                status, url, body, headers = (
                    reply.status,
                    reply.url,
                    reply.read(),
                    dict(reply.headers),
                )
        except HTTPError as error:
            with error:
                status, url, body, headers = (
                    error.code,
                    error.url or "",
                    error.read(),
                    dict(error.headers),
                )
        text = body.decode()
        found = _TOKEN.search(text)
        if found:
            self.token = found[1]
        lower = {name.lower(): value for name, value in headers.items()}
        return Seen(status=status, url=url, text=text, headers=lower)
