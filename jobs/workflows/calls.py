"""Carries out the calls over HTTP that state machines make, each as a run of its own.

A worker that dies in a call has it made again only where the machine retries it; the receiver sees
the run's id as Idempotency-Key. Source of limits and of the names of errors: Step Functions
developer guide, "Call HTTPS APIs".
"""

from __future__ import annotations

import http.client
import json
import ssl
import threading
from dataclasses import dataclass
from datetime import timedelta
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode, urlsplit

from gluepot.catalog.errors import GluepotError
from gluepot.jobs.parameters.secret_references import Masker, resolve
from gluepot.jobs.runs.state import RunError, RunState
from gluepot.jobs.workflows.data_flow import MAX_BYTES
from gluepot.jobs.workflows.reports import ERROR_NAME, RESULT

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from gluepot.jobs.runs.state import Run
    from gluepot.jobs.runs.store import RunStore

SECONDS = 60.0
"""How long a call takes at most. Source: the same guide."""

LEASE = timedelta(seconds=2 * SECONDS)
SOCKET_ERROR = "States.Http.Socket"


class CallError(GluepotError):
    """A call got no answer of success: ``CallError(error, cause)``, the error by AWS's name."""

    def __init__(self, error: str, cause: str) -> None:
        super().__init__(error, cause)

    def __str__(self) -> str:
        """Say the cause."""
        return str(self.args[1])


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What came back."""

    status: int
    reason: str
    headers: Mapping[str, list[str]]
    body: bytes


class CallExecutor:
    """Makes calls; ``connection`` returns the properties of a connection, for secrets in headers.

    Redirects are not followed: a request goes to nobody that the definition does not name.
    """

    def __init__(
        self, runs: RunStore, connection: Callable[[str], Mapping[str, str]], owner: str
    ) -> None:
        self._runs = runs
        self._connection = connection
        self._owner = owner

    def execute(self, run: Run) -> None:
        """Make the call, and record its answer as the result of the run, or why there is none."""
        self._runs.begin(run.id, run.owner or self._owner, lease=LEASE)
        call = run.settings["Call"]
        headers, secrets = self._headers(call)
        try:
            answer = _answer(call, {"Idempotency-Key": run.id, **headers})
            result = _result(call, answer)
        except CallError as error:
            failed = RunError(message=Masker(secrets).mask(str(error)))
            metrics = {ERROR_NAME: error.args[0]}
            self._runs.finish(run.id, RunState.FAILED, error=failed, metrics=metrics)
            return
        self._runs.finish(run.id, RunState.SUCCEEDED, metrics={RESULT: result})

    def _headers(self, call: Mapping[str, Any]) -> tuple[dict[str, str], tuple[str, ...]]:
        """Return the headers with their secrets in place, those that the definition names."""
        headers = {name: _text(value) for name, value in call.get("headers", {}).items()}
        opened: dict[str, str] = {}
        secrets: tuple[str, ...] = ()
        for reference in call.get("secrets", ()):
            found, kept = resolve({"": reference}, self._connection)
            opened[reference] = found[""]
            secrets += kept
        for reference, secret in opened.items():
            headers = {name: text.replace(reference, secret) for name, text in headers.items()}
        return headers, secrets


def _answer(call: Mapping[str, Any], headers: Mapping[str, str]) -> Answer:
    parts = urlsplit(call["url"])
    query = urlencode(call.get("query", {}), doseq=True)
    path = parts.path or "/"
    full = "&".join(filter(None, (parts.query, query)))
    body, kind = _body(call)
    given = {**({"Content-Type": kind} if kind else {}), **headers}
    connection = _connect(parts.scheme, parts.hostname or "", parts.port)
    # The time-outs of sockets bound each read; this bounds them all.
    watchdog = threading.Timer(SECONDS, connection.close)
    watchdog.daemon = True
    watchdog.start()
    try:
        connection.request(call["method"], f"{path}?{full}" if full else path, body, given)
        response = connection.getresponse()
        content = response.read(MAX_BYTES + 1)
    except (OSError, http.client.HTTPException, ValueError) as error:
        cause = f"{parts.hostname} did not answer within {SECONDS:g} s: {type(error).__name__}"
        raise CallError(SOCKET_ERROR, cause) from error
    finally:
        watchdog.cancel()
        connection.close()
    if len(content) > MAX_BYTES:
        cause = f"The answer has more than {MAX_BYTES} bytes"
        raise CallError("States.DataLimitExceeded", cause)
    found: dict[str, list[str]] = {}
    for name, value in response.getheaders():
        found.setdefault(name, []).append(value)
    return Answer(status=response.status, reason=response.reason, headers=found, body=content)


def _connect(scheme: str, host: str, port: int | None) -> http.client.HTTPConnection:
    if scheme == "http":
        return http.client.HTTPConnection(host, port, timeout=SECONDS)
    context = ssl.create_default_context()
    return http.client.HTTPSConnection(host, port, timeout=SECONDS, context=context)


def _body(call: Mapping[str, Any]) -> tuple[bytes | None, str | None]:
    if call.get("body") is None and not call.get("plain"):
        return None, None
    return json.dumps(call["body"], ensure_ascii=False).encode(), "application/json"


def _result(call: Mapping[str, Any], answer: Answer) -> Any:  # noqa: ANN401
    body = _parsed(answer.body)
    if not HTTPStatus.OK <= answer.status < HTTPStatus.MULTIPLE_CHOICES:
        cause = f"{call['method']} {_place(call['url'])} was answered {answer.status}"
        raise CallError(_error_name(call, answer.status, body), f"{cause}: {_text(body):.1000}")
    if call.get("plain"):
        return body
    return {
        "ResponseBody": body,
        "StatusCode": answer.status,
        "StatusText": answer.reason,
        "Headers": dict(answer.headers),
    }


def _error_name(call: Mapping[str, Any], status: int, body: Any) -> str:  # noqa: ANN401
    """Return the error's name: a function may say its own, as ``errorType``."""
    if call.get("plain") and isinstance(body, dict) and isinstance(body.get("errorType"), str):
        return str(body["errorType"])
    return f"States.Http.StatusCode.{status}"


def _parsed(body: bytes) -> Any:  # noqa: ANN401
    text = body.decode(errors="replace")
    try:
        return json.loads(text) if text else None
    except (ValueError, RecursionError):
        return text


def _place(url: str) -> str:
    """Return an address without what may be secret: its user, password and query."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.hostname}{parts.path}"


def _text(value: Any) -> str:  # noqa: ANN401
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
