"""Who may use the console: logins by access keys, and no page from elsewhere."""

from __future__ import annotations

import hmac
import ipaddress
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from gluepot.catalog.access.audit import AuditEntry
from gluepot.catalog.access.errors import AuthenticationError
from gluepot.catalog.access.keys import user_arn
from gluepot.catalog.access.model import Principal
from gluepot.catalog.errors import AccessDeniedError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from gluepot.access import Access
    from gluepot.catalog.access.keys import AccessKey
    from gluepot.console.session import Session


class LoginNeededError(AuthenticationError):
    """Nobody is logged in; the page to log in is shown instead."""

    code = "UnrecognizedClientException"


@dataclass(frozen=True, kw_only=True)
class Guard:
    """Decides who a session is.

    Attributes:
        access: The keys; None where nobody is asked for one.
        account_id: Of the installation.
        clock: The time.
    """

    access: Access | None
    account_id: str
    clock: Callable[[], datetime]

    @property
    def is_open(self) -> bool:
        """Tell whether everybody on this machine may do everything."""
        return self.access is None

    def principal(self, session: Session) -> Principal:
        """Return whose session it is.

        Raises:
            LoginNeededError: Nobody's any more: it was logged out of, here or in a browser that
                has the same cookie, or its key was revoked or has expired.
        """
        if self.access is None:
            return Principal(arn=f"arn:aws:iam::{self.account_id}:root")
        known = self.access.authority.key(session.key_id) if session.key_id else None
        if known is None or not self._is_alive(known.key):
            raise LoginNeededError("Log in with an access key")
        if self.access.ended.has_ended(session.id):
            raise LoginNeededError("This session was logged out; log in again")
        return Principal(arn=user_arn(self.account_id, known.key.user_name), key_id=known.key.id)

    def log_in(self, key_id: str, secret: str, *, source: str) -> None:
        """Check a key and its secret.

        Raises:
            LoginNeededError: They are not right; that is on record. The sentence does not tell
                which of both is wrong.
        """
        if self.access is None:
            return
        known = self.access.authority.key(key_id)
        # Both are compared in any case, so that the time taken does not tell what is wrong.
        expected = known.secret if known is not None else "-" * 40
        right = hmac.compare_digest(expected.encode(), secret.encode())
        if known is not None and right and self._is_alive(known.key):
            return
        self._note_stranger(key_id, source)
        raise LoginNeededError(
            "There is no such access key with this secret, or it was revoked or has expired;"
            " make one with: gluepot auth key create NAME --policy gluepot:admin"
        )

    def log_out(self, session: Session) -> None:
        """End a session wherever its cookie is."""
        if self.access is not None and session.key_id is not None:
            self.access.ended.end(session.id, expires_at=session.expires_at)

    def _is_alive(self, key: AccessKey) -> bool:
        ended = key.expires_at is not None and key.expires_at <= self.clock()
        return key.revoked_at is None and not ended

    def _note_stranger(self, key_id: str, source: str) -> None:
        if self.access is None:
            return
        entry = AuditEntry(
            at=self.clock(),
            principal=None,
            key_id=key_id[:128],
            source=source,
            operation="ConsoleLogin",
            resources=(),
            allowed=False,
            error_code=LoginNeededError.code,
            request_id="",
        )
        self.access.audit.write([entry])


def check_host(headers: Mapping[str, str]) -> None:
    """Check that the browser means this machine, where nobody is asked for a key.

    A page from elsewhere can have its own name lead to 127.0.0.1, and would then read what the
    console shows.

    Raises:
        AccessDeniedError: The host is another.
    """
    host = headers.get("host", "")
    if not is_local_host(host):
        raise AccessDeniedError(
            f"Without keys the console answers to names of this machine, and not to {host}"
        )


def is_local_host(host: str) -> bool:
    """Tell whether a Host header, with or without a port, names this machine."""
    try:
        name = urlsplit(f"//{host}").hostname or ""
        return name == "localhost" or ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


def check_same_site(headers: Mapping[str, str]) -> None:
    """Check that a form was posted by a page of the console itself.

    Raises:
        AccessDeniedError: By another, or the browser does not tell.
    """
    site = headers.get("sec-fetch-site")
    origin = headers.get("origin")
    own = urlsplit(origin).netloc == headers.get("host") if origin else None
    if site in (None, "same-origin") and own is not False and (site, own) != (None, None):
        return
    raise AccessDeniedError("This form was not sent by a page of the console; nothing was done")
