"""What the console does not let through: scripts, forms and names from elsewhere."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from gluepot.access import open_access
from gluepot.console.guard import LoginNeededError
from gluepot.console.pages.site import ACTIONS, PAGES
from gluepot.console.session import COOKIE, sessions_of
from gluepot.settings import AuthSettings
from tests.console.conftest import console_at
from tests.console.everything import NAMES, PAYLOAD, fill
from tests.console.keys import log_in, logged_in, make_key
from tests.console.looking import WIDE, listen

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from playwright.sync_api import Browser, Dialog

    from gluepot.catalog.access.keys import NewKey
    from tests.console.conftest import ConsoleServer
    from tests.console.visitor import Visitor

PARAMETERS = ("q", "name", "id", "database", "table", "job", "gate", "expression", "after", "sql")
"""What addresses of pages may hold."""


@pytest.fixture
def keyed(tmp_path: Path) -> Iterator[ConsoleServer]:
    """Return a console that asks for keys."""
    home = tmp_path / "keyed"
    home.mkdir()
    with console_at(home, conf_dir=home / "conf", auth=AuthSettings(required=True)) as server:
        yield server


def cookie_of(visitor: Visitor) -> str:
    """Return the value of a visitor's session cookie."""
    (found,) = [one.value for one in visitor.cookies if one.name == COOKIE]
    return str(found).strip('"')


def asked(
    console: ConsoleServer,
    method: str,
    path: str,
    headers: Mapping[str, str] | None = None,
    body: str | None = None,
) -> tuple[int, dict[str, str], str]:
    """Return the reply to one request, sent as it stands."""
    connection = HTTPConnection(urlsplit(console.url).netloc, timeout=30)
    connection.request(method, path, body, dict(headers or {}))
    reply = connection.getresponse()
    found = (reply.status, {k.lower(): v for k, v in reply.getheaders()}, reply.read().decode())
    connection.close()
    return found


def test_a_copied_cookie_is_refused_after_logout(keyed: ConsoleServer) -> None:
    made = make_key(keyed, "ann", "gluepot:admin")
    visitor, other = logged_in(keyed, made), logged_in(keyed, made)
    copied = {"cookie": f"{COOKIE}={cookie_of(visitor)}"}
    before, _, _ = asked(keyed, "GET", "/console/catalog", copied)

    assert visitor.post("/console/logout", {}).url.endswith("/console/login")

    after, headers, _ = asked(keyed, "GET", "/console/catalog", copied)
    data, _, _ = asked(keyed, "GET", "/console/catalog?format=json", copied)
    assert (before, after, data) == (200, 303, LoginNeededError.http_status)
    assert headers["location"].startswith("/console/login")
    assert other.get("/console/catalog").status == 200


def test_no_text_that_is_kept_or_sent_becomes_markup(
    console: ConsoleServer, tmp_path: Path
) -> None:
    visitor = console.visitor()

    for path, address in fill(console, tmp_path).items():
        reflected = f"/console/{path}?" + "&".join(
            f"{name}={quote(PAYLOAD)}" for name in PARAMETERS
        )
        for shown in (address, reflected):
            seen = visitor.get(shown)
            assert seen.status < 500, (shown, seen.text[-2000:])
            assert "<img src=x" not in seen.text, shown
            assert "<script>window" not in seen.text, shown


def test_no_kept_text_runs_in_a_browser(
    browser: Browser, console: ConsoleServer, tmp_path: Path
) -> None:
    addresses = fill(console, tmp_path)
    page = browser.new_page(viewport=WIDE)
    dialogs: list[str] = []

    def note(dialog: Dialog) -> None:
        dialogs.append(dialog.message)
        dialog.dismiss()

    page.on("dialog", note)
    said, _ = listen(page)
    hostile = f"database=sales&name={quote(PAYLOAD.lower())}"
    shown = [
        *(addresses[path] for path in ("", "catalog", "run", "run-log", "workflow-run", "runs")),
        *(f"/console/{path}?{hostile}" for path in ("table", "table-code", "table-versions")),
        addresses["table-rows"],
    ]

    for address in shown:
        page.goto(f"{console.url}{address}")
        page.wait_for_load_state()
        assert page.evaluate("window.hacked") is None, address
        assert page.locator("img[src=x]").count() == 0, address
    assert (said, dialogs) == ([], [])

    # Even where a page forgot to escape, its policy lets no such script run.
    page.evaluate(
        "text => document.body.insertAdjacentHTML('beforeend', text)",
        '<img src="/nowhere" onerror="window.hacked=1">',
    )
    page.wait_for_timeout(200)
    assert page.evaluate("window.hacked") is None
    assert any("Content Security Policy" in each for each in said)
    page.close()


def test_no_action_is_done_for_another_page(console: ConsoleServer) -> None:
    visitor, other = console.visitor(), console.visitor()
    visitor.get("/console/keys")
    other.get("/console/keys")
    elsewhere = {"origin": "https://evil.test", "sec-fetch-site": "cross-site"}

    for action in ACTIONS:
        path = f"/console/{action.path}"
        form = {"user": "eve", "name": "x", "id": "x", "query": "SELECT 1"}
        for token in ("", "0" * 64, other.token):
            seen = visitor.post(path, {**form, "form_token": token})
            assert (seen.status, "earlier session" in seen.text) == (400, True), path
        for headers in (
            elsewhere,
            {"origin": "null", "sec-fetch-site": "same-origin"},
            {"origin": console.url, "sec-fetch-site": "same-site"},
            {"origin": console.url, "sec-fetch-site": "none"},
        ):
            seen = visitor.post(path, form, headers)
            assert "not sent by a page of the console" in seen.text, (path, headers)
        status, _, _ = asked(console, "POST", path, None, f"form_token={visitor.token}")
        assert status in (400, 403), path

    assert open_access(console.services).keys.list() == []


def test_a_password_in_an_address_is_no_signature(console: ConsoleServer) -> None:
    headers = {
        "authorization": "Basic ZXZlOmV2ZQ==",
        "content-type": "application/x-www-form-urlencoded",
    }

    status, _, text = asked(console, "POST", "/console/key-create", headers, "user=eve")

    assert (status, open_access(console.services).keys.list()) == (400, []), text


def test_looking_changes_nothing(console: ConsoleServer) -> None:
    shown = {page.path for page in PAGES}

    for action in ACTIONS:
        if action.path not in shown:
            status, _, _ = asked(console, "GET", f"/console/{action.path}?id=x&name=x&user=eve")
            assert status in (404, 405), action.path


@pytest.mark.parametrize(
    "name",
    [
        "../app.py",
        "..%2fapp.py",
        "%2e%2e/app.py",
        "..%5capp.py",
        "....//app.py",
        "/etc/passwd",
        "%2fetc%2fpasswd",
        "console.css%00.js",
        "..%252fapp.py",
        "ORIGIN.md",
    ],
)
def test_only_assets_are_served_as_such(console: ConsoleServer, name: str) -> None:
    status, _, text = asked(console, "GET", f"/console/static/{name}")

    assert status == 404
    assert "import" not in text


def test_a_session_from_before_the_login_is_not_the_one_after(keyed: ConsoleServer) -> None:
    visitor, made = keyed.visitor(), make_key(keyed, "anna", "gluepot:admin")
    visitor.get("/console/login")
    planted = cookie_of(visitor)
    token = visitor.token

    log_in(visitor, made)

    assert cookie_of(visitor) != planted
    status, headers, _ = asked(keyed, "GET", "/console", {"cookie": f"{COOKIE}={planted}"})
    assert (status, "/console/login" in headers["location"]) == (303, True)
    seen = visitor.post("/console/key-create", {"user": "eve", "form_token": token})
    assert "earlier session" in seen.text


def test_only_our_own_living_cookies_are_sessions(keyed: ConsoleServer) -> None:
    services, made = keyed.services, make_key(keyed, "anna", "gluepot:admin")
    visitor = logged_in(keyed, made)
    good = cookie_of(visitor)
    sessions = sessions_of(services.sealer, services.clock)
    fresh = sessions.begin(made.key.id)
    old = replace(fresh, made_at=int((datetime.now(UTC) - timedelta(hours=13)).timestamp()))
    middle = len(good) // 2
    swapped = "A" if good[middle] != "A" else "B"

    def status(cookie: str) -> int:
        return asked(keyed, "GET", "/console", {"cookie": f"{COOKIE}={cookie}"})[0]

    assert status(good) == status(sessions.write(fresh)) == 200
    for bad in (
        sessions.write(old),
        good[:middle] + swapped + good[middle + 1 :],
        good[:-4],
        services.sealer.seal(sessions.sealer.open(good)),
        services.sealer.seal("{}"),
        "x",
        "",
    ):
        assert status(bad) == 303


def signed(made: NewKey, url: str) -> dict[str, str]:
    """Return the headers of a request that a key has signed."""
    request = AWSRequest(method="GET", url=url)
    credentials = Credentials(made.key.id, made.secret)
    SigV4Auth(credentials, "glue", "us-east-1").add_auth(request)
    return dict(request.headers)


@pytest.mark.parametrize("accepted", ["text/html", "application/json"])
def test_a_signature_stands_for_a_session_once(keyed: ConsoleServer, accepted: str) -> None:
    made = make_key(keyed, "ann", "gluepot:admin")
    headers = signed(made, f"{keyed.url}/console/catalog") | {"accept": accepted}

    first, second = (asked(keyed, "GET", "/console/catalog", headers) for _ in range(2))

    assert (first[0], second[0]) == (200, 400)
    assert first[1]["content-type"].startswith(accepted)


@pytest.mark.parametrize(
    ("back", "to"),
    [
        ("/console/jobs?after=x", "/console/jobs?after=x"),
        ("https://evil.test/console", "/console"),
        ("//evil.test/console/", "/console"),
        ("/consoleevil", "/console"),
        ("javascript:alert(1)", "/console"),
        ("/\\evil.test", "/console"),
    ],
)
def test_a_login_leads_nowhere_else(keyed: ConsoleServer, back: str, to: str) -> None:
    seen = log_in(keyed.visitor(), make_key(keyed, "anna", "gluepot:admin"), back=back)

    assert seen.url == f"{keyed.url}{to}"


def test_a_name_from_elsewhere_does_not_reach_an_open_console(console: ConsoleServer) -> None:
    for host in ("evil.test", "evil.test:8470", "127.0.0.1.evil.test", "localhost.evil.test"):
        status, _, text = asked(console, "GET", "/console/catalog", {"host": host})
        assert (status, "names of this machine" in text) == (400, True), host
    for host in ("localhost:1", "127.0.0.1", "[::1]:80"):
        assert asked(console, "GET", "/console", {"host": host})[0] == 200, host


def test_answers_keep_others_from_framing_guessing_and_keeping_them(
    console: ConsoleServer, keyed: ConsoleServer
) -> None:
    for server, path in ((console, "/console"), (console, "/console/run"), (keyed, "/console")):
        _, headers, _ = asked(server, "GET", path)
        policy = headers["content-security-policy"]
        for part in ("default-src 'self'", "frame-ancestors 'none'", "form-action 'self'"):
            assert part in policy
        assert "unsafe" not in policy
        assert headers["x-frame-options"] == "DENY"
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["cache-control"] == "no-store"
        assert headers["referrer-policy"] == "same-origin"


def test_cookies_are_for_the_browser_alone(keyed: ConsoleServer) -> None:
    _, headers, _ = asked(keyed, "GET", "/console/login")
    beyond = asked(keyed, "GET", "/console/login", {"host": "lake.test"})[1]["set-cookie"]

    for part in ("HttpOnly", "SameSite=lax", "Path=/"):
        assert part in headers["set-cookie"]
    assert "Secure" not in headers["set-cookie"]
    assert "Secure" in beyond


def test_long_news_in_any_writing_do_not_cost_the_session(console: ConsoleServer) -> None:
    visitor = console.visitor()
    visitor.get("/console/keys")
    name = "\u202e\x01" * 250
    console.services.jobs.definitions.create("workflow", name, {})
    visitor.post("/console/workflow-start", {"name": name})

    assert len(cookie_of(visitor)) < 3500


def test_who_has_no_rights_reads_no_name_on_any_page(keyed: ConsoleServer, tmp_path: Path) -> None:
    addresses = fill(keyed, tmp_path)
    visitor = logged_in(keyed, make_key(keyed, "eve"))

    leaks = set()
    for path, address in addresses.items():
        for suffix in ("", "&format=json" if "?" in address else "?format=json"):
            text = visitor.get(f"{address}{suffix}").text.replace("borders", "")
            # What an address says may come back, and nothing else.
            leaks |= {(path, name) for name in NAMES if name in text and name not in address}
    assert leaks == set()
    assert {page.path for page in PAGES} == addresses.keys()


def test_no_action_is_done_without_its_right(keyed: ConsoleServer, tmp_path: Path) -> None:
    fill(keyed, tmp_path)
    visitor = logged_in(keyed, make_key(keyed, "eve"))
    form = {
        "database": "sales",
        "name": "nightly",
        "id": "x",
        "user": "eve",
        "job": "clean_sales",
        "gate": "x",
        "query": "SELECT * FROM sales.orders",
        "text": "Rules = [ RowCount > 0 ]",
        "rules": "Rules = [ RowCount > 0 ]",
        "table": "sales.orders",
        "version": "1",
        "current": "1",
        "run": "x",
        "answer": "yes",
    }
    before = state_of(keyed)

    for action in ACTIONS:
        seen = visitor.post(f"/console/{action.path}", form)
        refused = "not authorized" in seen.text or "may not" in seen.text
        assert seen.status in (400, 403, 404) or refused, (action.path, seen.status, seen.url)
        assert "one row an order" not in seen.text.lower(), action.path

    assert state_of(keyed) == before


def state_of(console: ConsoleServer) -> tuple[object, ...]:
    """Return what actions would change."""
    services = console.services
    return (
        len(services.runs.list(limit=1000)),
        [key.revoked_at for key in open_access(services).keys.list()],
        services.catalog.get_table("sales", "orders"),
        services.triggers.get("mornings").state,
    )


def test_tables_of_a_database_are_seen_by_those_who_may(
    keyed: ConsoleServer, tmp_path: Path
) -> None:
    fill(keyed, tmp_path)
    arn = "arn:aws:glue:us-east-1:000000000000:"
    only_shop = {
        "Effect": "Allow",
        "Action": "glue:*",
        "Resource": [f"{arn}{each}" for each in ("catalog", "database/shop", "table/shop/*")],
    }
    deny = {
        "Effect": "Deny",
        "Action": "glue:*",
        "Resource": [f"{arn}{each}" for each in ("database/sales", "table/sales/*")],
    }
    visitor = logged_in(keyed, make_key(keyed, "eve", statements=[only_shop, deny]))

    for path in ("", "/catalog?q=order", "/sql", "/sql-names", "/databases", "/recipes"):
        seen = visitor.get(f"/console{path}", None)
        assert "sales.orders" not in seen.text, path
        assert "secret_column" not in seen.text, path
    for path in ("table", "table-rows", "table-lineage", "table-code", "table-profile"):
        seen = visitor.get(f"/console/{path}?database=sales&name=orders")
        assert (seen.status, "not authorized" in seen.text) == (400, True), path
        assert "One row an order" not in seen.text, path
    seen = visitor.post("/console/sql", {"query": "SELECT * FROM sales.orders"})
    assert seen.status >= 400 or "not authorized" in seen.text, seen.text
