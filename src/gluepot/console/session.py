"""Sessions of the console: who is logged in, sealed in a cookie that scripts cannot read."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import orjson

from gluepot.catalog.sealing import Sealer, SealError

if TYPE_CHECKING:
    from collections.abc import Callable

COOKIE = "gluepot_console"
LIFE = timedelta(hours=12)
"""How long a login lasts; logging out ends it before, and so does the end of its key."""


@dataclass(frozen=True, kw_only=True)
class Session:
    """One browser's session.

    Attributes:
        id: Random; made anew at each login, so that nobody can plant one.
        key_id: The access key that logged in; None where nobody has to.
        made_at: When, as seconds since 1970.
        message: What the next page shows once.
    """

    id: str
    key_id: str | None
    made_at: int
    message: str = ""

    @property
    def expires_at(self) -> datetime:
        """Return when it ends by itself."""
        return datetime.fromtimestamp(self.made_at, UTC) + LIFE


@dataclass(frozen=True, kw_only=True)
class Sessions:
    """Makes and reads sessions.

    Attributes:
        sealer: Of a key of its own: what others have sealed is no session.
        clock: The time.
    """

    sealer: Sealer
    clock: Callable[[], datetime]

    def begin(self, key_id: str | None) -> Session:
        """Return a new session."""
        made_at = int(self.clock().timestamp())
        return Session(id=secrets.token_urlsafe(24), key_id=key_id, made_at=made_at)

    def write(self, session: Session) -> str:
        """Return the cookie's value: nobody but the server can read or alter it."""
        return self.sealer.seal(orjson.dumps(asdict(session)).decode())

    def read(self, cookie: str | None) -> Session | None:
        """Return the session of a cookie; None where there is none, or its life has ended."""
        if not cookie:
            return None
        try:
            session = Session(**orjson.loads(self.sealer.open(cookie)))
        except (SealError, TypeError):
            return None  # Another server's, an older release's, or somebody's try: as if none.
        return session if self.clock() < session.expires_at else None

    def form_token(self, session: Session) -> str:
        """Return what a form of this session must bring along, and no other page knows."""
        key = self.sealer.derive("console forms")
        return hmac.new(key, session.id.encode(), hashlib.sha256).hexdigest()

    def is_form_token(self, session: Session, token: str) -> bool:
        """Tell whether a form was made for this session."""
        return hmac.compare_digest(self.form_token(session).encode(), token.encode())


def sessions_of(sealer: Sealer, clock: Callable[[], datetime]) -> Sessions:
    """Return the sessions of an installation; all its servers read one another's."""
    return Sessions(sealer=Sealer(sealer.derive("console sessions")), clock=clock)
