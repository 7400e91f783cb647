"""The gate of a server that asks for signatures: verify, decide, keep a record."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gluepot.catalog.access.audit import AuditEntry
from gluepot.catalog.access.errors import (
    AuthenticationError,
    ExpiredTokenError,
    InvalidSignatureError,
    UnrecognizedClientError,
)
from gluepot.catalog.access.keys import user_arn
from gluepot.catalog.access.model import Principal
from gluepot.catalog.access.policies import is_reading
from gluepot.catalog.access.resources import resources_of
from gluepot.catalog.access.sigv4 import check_claim, check_coverage, check_signature, read_claim
from gluepot.catalog.errors import AccessDeniedError

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from gluepot.catalog.access.audit_writer import AuditWriter
    from gluepot.catalog.access.authority import Authority, KnownKey
    from gluepot.catalog.access.model import Attempt, HttpRequest
    from gluepot.catalog.access.replay import SeenSignatures
    from gluepot.catalog.access.sigv4 import Claim

SERVICE = "glue"
_INVOCATION = ("amz-sdk-invocation-id", "amz-sdk-request")


class KeyGate:
    """Lets in who signs with a key, as far as policies allow, and keeps the audit log."""

    def __init__(
        self,
        *,
        authority: Authority,
        seen: SeenSignatures,
        audit: AuditWriter,
        clock: Callable[[], datetime],
    ) -> None:
        self._authority = authority
        self._place = authority.rights.place
        self._seen = seen
        self._audit = audit
        self._clock = clock

    def authenticate(self, request: HttpRequest) -> Principal:
        """Return whose key signed a request.

        Raises:
            AuthenticationError: Nobody's did; that is on record.
            OperationTimeoutError: The database does not answer.
        """
        claim: Claim | None = None
        try:
            claim = read_claim(request)
            return self._verify(request, claim)
        except AuthenticationError as error:
            self._note_stranger(request, claim, error)
            raise

    def authorize(self, attempt: Attempt) -> None:
        """Let a call through; a change is on record then.

        Raises:
            AccessDeniedError: Policies do not allow it.
            OperationTimeoutError: The audit log cannot be written.
        """
        self._authority.check(attempt)
        if not is_reading(attempt.operation):
            self._audit.write(self._entry(attempt, allowed=True, error_code=None))

    def ended(self, attempt: Attempt, error_code: str | None) -> None:
        """Put a call's end on record; that of a refused or failed one before its answer.

        Raises:
            OperationTimeoutError: The audit log cannot be written.
        """
        allowed = error_code != AccessDeniedError.code
        reads = is_reading(attempt.operation)
        if allowed and error_code is None and not reads:
            return
        entry = self._entry(attempt, allowed=allowed, error_code=error_code)
        if allowed and reads:
            self._audit.add(entry)
        else:
            self._audit.write(entry)

    def close(self) -> None:
        """Write what the audit log still lacks, and let the database go."""
        self._audit.close()
        self._seen.close()

    def _verify(self, request: HttpRequest, claim: Claim) -> Principal:
        now = self._clock()
        check_claim(claim, region=self._place.region, service=SERVICE, now=now)
        known = self._authority.key(claim.key_id)
        if known is None or known.key.revoked_at is not None:
            raise UnrecognizedClientError(
                "The security token included in the request is invalid: there is no such access"
                " key, or it was revoked"
            )
        check_coverage(request, claim)
        check_signature(request, claim, known.signing_key(claim.scope))
        self._check_life(known, now)
        self._check_replay(request, claim, now)
        return Principal(
            arn=user_arn(self._place.account_id, known.key.user_name), key_id=claim.key_id
        )

    def _check_life(self, known: KnownKey, now: datetime) -> None:
        expires_at = known.key.expires_at
        if expires_at is not None and expires_at <= now:
            raise ExpiredTokenError(
                "The security token included in the request is expired: the access key was made"
                f" to last until {expires_at.isoformat()}"
            )

    def _check_replay(self, request: HttpRequest, claim: Claim, now: datetime) -> None:
        invocation = "\n".join(value for name, value in request.headers if name in _INVOCATION)
        new = self._seen.claim(
            claim.signature,
            "" if claim.lifetime is not None else invocation,
            now=now,
            expires_at=claim.ends_at,
        )
        if not new:
            raise InvalidSignatureError(
                "This signature was used before, and a signature is good for one request; sign"
                " the request anew"
            )

    def _note_stranger(
        self, request: HttpRequest, claim: Claim | None, error: AuthenticationError
    ) -> None:
        target = next((value for name, value in request.headers if name == "x-amz-target"), "")
        entry = AuditEntry(
            at=self._clock(),
            principal=None,
            key_id=None if claim is None else claim.key_id,
            source=request.source,
            operation=target.rpartition(".")[2],
            resources=(),
            allowed=False,
            error_code=error.code,
            request_id="",
        )
        self._audit.write(entry)

    def _entry(self, attempt: Attempt, *, allowed: bool, error_code: str | None) -> AuditEntry:
        return AuditEntry(
            at=self._clock(),
            principal=attempt.principal.arn,
            key_id=attempt.principal.key_id,
            source=attempt.source,
            operation=attempt.operation,
            resources=resources_of(attempt.operation, attempt.request, self._place),
            allowed=allowed,
            error_code=error_code,
            request_id=attempt.request_id,
        )
