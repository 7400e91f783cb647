"""The console's routes: sessions, forms and errors around pages that are plain functions."""

from __future__ import annotations

import logging
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, parse_qsl, quote, urlencode

import orjson
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from gluepot.access import open_access
from gluepot.catalog.access.model import HttpRequest
from gluepot.catalog.errors import GluepotError, InvalidInputError
from gluepot.console.asking import Ask, Operating
from gluepot.console.assets import asset_response
from gluepot.console.guard import (
    Guard,
    LoginNeededError,
    check_host,
    check_same_site,
    is_local_host,
)
from gluepot.console.page import ROOT, Action, Done, Page, Sent, href
from gluepot.console.pages.site import ACTIONS, NAVIGATION, PAGES
from gluepot.console.rendering import render
from gluepot.console.session import COOKIE, LIFE, Session, sessions_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.requests import Request

    from gluepot.console.page import Data
    from gluepot.services import Services

log = logging.getLogger(__name__)

RunInThread = Callable[[AsyncIterator[bytes], Callable[[bytes], Response]], Awaitable[Response]]
"""Reads a request's body, as long as it may be, and returns what a thread makes of it."""

LOGIN, LOGOUT = f"{ROOT}/login", f"{ROOT}/logout"
_SEE_OTHER = 303
_MESSAGE_BYTES = 1200
"""Browsers keep no cookie beyond 4,096 bytes, and sealing makes it longer by a third."""
_HEADERS = {
    "content-security-policy": (
        "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none';"
        " object-src 'none'"
    ),
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cache-control": "no-store",
}


@dataclass(frozen=True, kw_only=True)
class _Request:
    """A request of a browser, read whole, and its session."""

    http: HttpRequest
    headers: Mapping[str, str]
    query: Mapping[str, str]
    fields: Mapping[str, list[str]]
    session: Session
    is_new: bool

    @property
    def form(self) -> dict[str, str]:
        return {name: values[-1] for name, values in self.fields.items()}

    @property
    def wants_json(self) -> bool:
        accepted = self.headers.get("accept", "")
        asked = "application/json" in accepted and "text/html" not in accepted
        return self.query.get("format") == "json" or asked


class Console:
    """Answers the console's requests, each in a thread."""

    def __init__(self, services: Services, dispatcher: Operating, run: RunInThread) -> None:
        settings = services.settings
        self._services = services
        self._dispatcher = dispatcher
        self._run = run
        self._sessions = sessions_of(services.sealer, services.clock)
        self._guard = Guard(
            access=open_access(services) if settings.auth.required else None,
            account_id=settings.server.account_id,
            clock=services.clock,
        )
        self._answers_any_host = settings.server.unix_socket is not None

    @property
    def routes(self) -> list[Route]:
        """Return the routes of all pages and actions, and of what is around them."""
        return [
            Route("/", self._to_home, methods=["GET"]),
            Route(f"{ROOT}/static/{{name}}", self._static, methods=["GET"]),
            Route(LOGIN, self._endpoint(self._show_login), methods=["GET"]),
            Route(LOGIN, self._endpoint(self._log_in), methods=["POST"]),
            Route(LOGOUT, self._endpoint(self._log_out), methods=["POST"]),
            *(
                Route(href(each.path), self._endpoint(partial(self._show, each)), methods=["GET"])
                for each in PAGES
            ),
            *(
                Route(href(each.path), self._endpoint(partial(self._act, each)), methods=["POST"])
                for each in ACTIONS
            ),
        ]

    async def _to_home(self, _request: Request) -> Response:
        return RedirectResponse(ROOT, _SEE_OTHER)

    async def _static(self, request: Request) -> Response:
        return asset_response(request.path_params["name"])

    def _endpoint(self, answer: Callable[[_Request], Response]) -> Callable[[Request], object]:
        async def endpoint(request: Request) -> Response:
            try:
                return await self._run(request.stream(), partial(self._answer, answer, request))
            except GluepotError as error:
                return Response(str(error), error.http_status, dict(_HEADERS), "text/plain")

        return endpoint

    def _answer(
        self, answer: Callable[[_Request], Response], starlette: Request, body: bytes
    ) -> Response:
        request = self._read(starlette, body)
        try:
            if self._guard.is_open and not self._answers_any_host:
                check_host(request.headers)
            if request.http.method == "POST":
                self._check_form(request)
            response = answer(request)
        except LoginNeededError as error:
            response = self._refuse_stranger(request, error)
        except GluepotError as error:
            response = self._refuse(request, error, error.http_status)
        except Exception:
            # The sentence may hold a secret: it goes to the log's trace only.
            name = str(uuid.uuid4())
            log.exception("A page failed", extra={"action": "page_failed", "request_id": name})
            hidden = GluepotError(f"Something is wrong inside gluepot; the log has {name}")
            response = self._refuse(request, hidden, 500)
        for name, value in _HEADERS.items():
            response.headers.setdefault(name, value)
        if request.is_new and "set-cookie" not in response.headers:
            self._set_cookie(response, request.session, request.headers)
        return response

    def _read(self, request: Request, body: bytes) -> _Request:
        session = self._sessions.read(request.cookies.get(COOKIE))
        http = HttpRequest(
            method=request.method,
            path=request.scope["raw_path"].decode("latin-1"),
            query=request.scope["query_string"].decode("latin-1"),
            headers=tuple(request.headers.items()),
            body=body,
            source=request.client.host if request.client else "",
        )
        return _Request(
            http=http,
            headers=dict(request.headers),
            query=dict(parse_qsl(http.query, keep_blank_values=True)),
            fields=parse_qs(body.decode("utf-8", "replace"), keep_blank_values=True),
            session=session or self._sessions.begin(None),
            is_new=session is None,
        )

    def _check_form(self, request: _Request) -> None:
        if _is_signed(request.headers):
            return  # No browser adds that by itself; a password in an address it does.
        check_same_site(request.headers)
        if not self._sessions.is_form_token(request.session, request.form.get("form_token", "")):
            raise InvalidInputError("The form is of an earlier session: load the page again")

    def _show(self, page: Page, request: _Request) -> Response:
        ask = self._ask(request)
        found = page.read(ask)
        return _sent(found) if isinstance(found, Sent) else self._drawn(page, found, request, ask)

    def _act(self, action: Action, request: _Request) -> Response:
        ask = self._ask(request)
        done = action.act(ask)
        if isinstance(done, Sent):
            return _sent(done)
        if not isinstance(done, Done):
            return self._drawn(done.page, done.data, request, ask)
        if request.wants_json:
            return _json({"message": done.message, "to": done.to})
        response = RedirectResponse(done.to, _SEE_OTHER)
        told = replace(request.session, message=_short(done.message))
        self._set_cookie(response, told, request.headers)
        return response

    def _ask(self, request: _Request) -> Ask:
        gate = self._dispatcher.gate
        principal = (
            gate.authenticate(request.http)
            if _is_signed(request.headers)
            else self._guard.principal(request.session)
        )
        return Ask(
            services=self._services,
            dispatcher=self._dispatcher,
            principal=principal,
            query=request.query,
            form=request.form,
            fields=request.fields,
            request_id=str(uuid.uuid4()),
            source=request.http.source,
        )

    def _drawn(self, page: Page, data: Data, request: _Request, ask: Ask) -> Response:
        if request.wants_json:
            return _json(data)
        snippets = page.snippets(ask) if page.snippets is not None else None
        around = self._around(request, page.title, page.section) | {
            "snippets": snippets,
            "twin": f"{href(page.path)}?{urlencode({**request.query, 'format': 'json'})}",
        }
        html = render(page.template, {**around, **data})
        response = Response(html, media_type="text/html")
        if request.session.message:
            self._set_cookie(response, replace(request.session, message=""), request.headers)
        return response

    def _around(self, request: _Request, title: str, section: str) -> dict[str, object]:
        """Return what every page has: navigation, who is logged in, the token of forms."""
        return {
            "title": title,
            "window_title": title,
            "section": section,
            "navigation": NAVIGATION,
            "form_token": self._sessions.form_token(request.session),
            "message": request.session.message,
            "logged_in": request.session.key_id,
            "snippets": None,
            "twin": None,
        }

    def _show_login(self, request: _Request) -> Response:
        if self._guard.is_open:
            return RedirectResponse(ROOT, _SEE_OTHER)
        return self._login_page(request, None, 200)

    def _login_page(self, request: _Request, error: str | None, status: int) -> Response:
        data = self._around(request, "Log in", "") | {
            "error": error,
            "back": request.query.get("back", request.form.get("back", "")),
        }
        return Response(render("login.html.jinja", data), status, media_type="text/html")

    def _log_in(self, request: _Request) -> Response:
        form = request.form
        key_id = form.get("key_id", "").strip()
        try:
            self._guard.log_in(key_id, form.get("secret", "").strip(), source=request.http.source)
        except LoginNeededError as error:
            return self._login_page(request, str(error), 403)
        back = form.get("back", "")
        # Only to the console itself: an address from elsewhere may have been planted in a link.
        to = back if back == ROOT or back.startswith((f"{ROOT}/", f"{ROOT}?")) else ROOT
        response = RedirectResponse(to, _SEE_OTHER)
        self._set_cookie(response, self._sessions.begin(key_id), request.headers)
        return response

    def _log_out(self, request: _Request) -> Response:
        self._guard.log_out(request.session)
        response = RedirectResponse(LOGIN, _SEE_OTHER)
        self._set_cookie(response, self._sessions.begin(None), request.headers)
        return response

    def _set_cookie(self, response: Response, session: Session, headers: Mapping[str, str]) -> None:
        response.set_cookie(
            COOKIE,
            self._sessions.write(session),
            max_age=int(LIFE.total_seconds()),
            path="/",
            # Over plain HTTP a browser keeps no such cookie: beyond this machine TLS is needed.
            secure=not is_local_host(headers.get("host", "")),
            httponly=True,
            samesite="lax",
        )

    def _refuse_stranger(self, request: _Request, error: LoginNeededError) -> Response:
        if request.wants_json or request.http.method != "GET":
            return self._refuse(request, error, error.http_status)
        back = f"{request.http.path}?{request.http.query}".removesuffix("?")
        return RedirectResponse(f"{LOGIN}?{urlencode({'back': back})}", _SEE_OTHER)

    def _refuse(self, request: _Request, error: GluepotError, status: int) -> Response:
        if request.wants_json:
            return _json({"error": error.code, "message": str(error)}, status)
        data = self._around(request, "Not possible", "") | {
            "code": error.code,
            "sentence": str(error),
        }
        return Response(render("error.html.jinja", data), status, media_type="text/html")


def _is_signed(headers: Mapping[str, str]) -> bool:
    return headers.get("authorization", "").startswith("AWS4-")


def _short(message: str) -> str:
    """Return a message that fits into a cookie, whatever it is written in."""
    while len(orjson.dumps(message)) > _MESSAGE_BYTES:
        message = f"{message[: len(message) * 2 // 3]}…"
    return message


def _sent(found: Sent) -> Response:
    headers = {"content-security-policy": found.policy}
    if found.file_name:
        headers["content-disposition"] = f"attachment; filename*=UTF-8''{quote(found.file_name)}"
    return Response(found.content, headers=headers, media_type=found.media_type)


def _json(data: object, status: int = 200) -> Response:
    body = orjson.dumps(data, default=str, option=orjson.OPT_NON_STR_KEYS | orjson.OPT_INDENT_2)
    return Response(body, status, media_type="application/json")
