"""Who a key is and what its user may do: keys and policies as they were at most a second ago."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from gluepot.catalog.access.rights import is_fresh
from gluepot.catalog.access.signing import signing_key

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from gluepot.catalog.access.keys import AccessKey, KeyStore
    from gluepot.catalog.access.model import Attempt
    from gluepot.catalog.access.policies import PolicyStore
    from gluepot.catalog.access.policy import Policy
    from gluepot.catalog.access.rights import Rights

_REMEMBERED = 1000


@dataclass(frozen=True, kw_only=True)
class KnownKey:
    """A key as it was read a moment ago, with what follows from it."""

    key: AccessKey
    secret: str = field(repr=False)
    policies: Sequence[Policy]
    read_at: datetime
    _signing_keys: dict[str, bytes] = field(default_factory=dict, repr=False)

    def signing_key(self, scope: str) -> bytes:
        """Return the key that signs for a day, region and service; made once."""
        found = self._signing_keys.get(scope)
        if found is None:
            found = self._signing_keys[scope] = signing_key(self.secret, scope)
        return found


@dataclass(kw_only=True)
class Authority:
    """Answers who a key is and what its user may do.

    Attributes:
        keys: The keys.
        policies: What is attached to them.
        rights: Decides.
        clock: The time.
    """

    keys: KeyStore
    policies: PolicyStore
    rights: Rights
    clock: Callable[[], datetime]
    _known: dict[str, KnownKey] = field(default_factory=dict, init=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, init=False)

    def key(self, key_id: str) -> KnownKey | None:
        """Return a key as it is now, or was a second ago; None where there is none."""
        known = self._known.get(key_id)
        if known is not None and is_fresh(known.read_at, self.clock()):
            return known
        with self._lock:
            known = self._known.get(key_id)
            if known is not None and is_fresh(known.read_at, self.clock()):
                return known
            return self._read(key_id)

    def check(self, attempt: Attempt) -> None:
        """Check that a call is allowed: by the policies of the key that signed it and of its user.

        A caller who is known otherwise has no key, and the policies of the user alone.

        Raises:
            AccessDeniedError: It is not; the sentence names the action and the resource.
        """
        principal = attempt.principal
        if principal.key_id is None:
            own = self.policies.of({principal.arn.rpartition("/")[2]})
        else:
            known = self.key(principal.key_id)
            own = () if known is None else known.policies
        self.rights.check(attempt, own)

    def _read(self, key_id: str) -> KnownKey | None:
        now = self.clock()
        found = self.keys.find(key_id)
        if found is None:
            self._known.pop(key_id, None)
            return None
        key, secret = found
        known = KnownKey(
            key=key,
            secret=secret,
            policies=self.policies.of({key.id, key.user_name}),
            read_at=now,
        )
        if len(self._known) >= _REMEMBERED:
            self._known.clear()
        self._known[key_id] = known
        return known
