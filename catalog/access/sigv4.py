"""Whether a request was signed by the owner of a key, for this service, a moment ago.

Both forms are read: the ``Authorization`` header and the presigned URL.

Source: AWS Identity and Access Management user guide, "AWS Signature Version 4 for API requests"
and "Troubleshoot signed requests".
"""

from __future__ import annotations

import hashlib
import hmac
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from urllib.parse import unquote_to_bytes

from gluepot.catalog.access.errors import (
    IncompleteSignatureError,
    InvalidSignatureError,
    MissingAuthenticationTokenError,
    UnrecognizedClientError,
)
from gluepot.catalog.access.signing import (
    ALGORITHM,
    TERMINATOR,
    canonical_request,
    signature,
    string_to_sign,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gluepot.catalog.access.model import HttpRequest

SKEW = timedelta(minutes=5)
LONGEST_EXPIRY = timedelta(days=7)
_DATE = "%Y%m%dT%H%M%SZ"
_DATE_SHAPE = re.compile(r"\d{8}T\d{6}Z", re.ASCII)
_SIGNATURE_SHAPE = re.compile(r"[0-9a-f]{64}")
_HEADER_SHAPE = re.compile(r"[!#$%&'*+.^_`|~0-9a-z-]+")
_QUERY = "X-Amz-"
_HASH = "x-amz-content-sha256"
_TOKEN = "x-amz-security-token"  # noqa: S105 - a header's name


@dataclass(frozen=True, kw_only=True, slots=True)
class Claim:
    """What a request says about its signature; nothing of it is proven.

    Attributes:
        key_id: The access key.
        scope: ``DATE/REGION/SERVICE/aws4_request``.
        signed_at: The second of signing.
        signed_headers: Their names, in lower case and in order.
        signature: Hexadecimal.
        lifetime: Of a presigned URL, from ``signed_at`` on.
    """

    key_id: str
    scope: str
    signed_at: datetime
    signed_headers: tuple[str, ...]
    signature: str
    lifetime: timedelta | None = None

    @property
    def amz_date(self) -> str:
        """Return the time as it was signed."""
        return self.signed_at.strftime(_DATE)

    @property
    def ends_at(self) -> datetime:
        """Return the time after which the signature is refused for its age."""
        return self.signed_at + (SKEW if self.lifetime is None else self.lifetime)


def read_claim(request: HttpRequest) -> Claim:
    """Return what a request says about its signature.

    Raises:
        MissingAuthenticationTokenError: It is not signed.
        IncompleteSignatureError: A part is missing, given twice, or cannot be read.
        InvalidSignatureError: It is signed in a way that is not taken.
    """
    headers = _single_headers(request)
    query = _signing_parameters(request.query)
    authorization = headers.get("authorization")
    if authorization is not None and query:
        raise IncompleteSignatureError(
            "The request is signed twice, by header and by query; leave one out"
        )
    if authorization is not None:
        return _from_header(authorization, headers)
    if query:
        return _from_query(query)
    raise MissingAuthenticationTokenError(
        "The request is not signed; sign it by AWS Signature Version 4 with an access key"
        " of this server (gluepot auth key create)"
    )


def check_claim(claim: Claim, *, region: str, service: str, now: datetime) -> None:
    """Check that a signature is for this server and this moment.

    Raises:
        InvalidSignatureError: For another region, service or day, or too old, or too new.
    """
    day, found_region, found_service, _ = claim.scope.split("/")
    if found_region != region:
        raise InvalidSignatureError(
            f"Credential should be scoped to a valid region: {region!r}, not {found_region!r}"
        )
    if found_service != service:
        raise InvalidSignatureError(
            f"Credential should be scoped to correct service: {service!r}, not {found_service!r}"
        )
    if day != claim.amz_date[:8]:
        raise InvalidSignatureError(
            f"Date in Credential scope does not match the date of signing: {day}, not"
            f" {claim.amz_date[:8]}"
        )
    if claim.signed_at > now + SKEW:
        raise InvalidSignatureError(
            f"Signature not yet current: {claim.amz_date} is later than"
            f" {now.strftime(_DATE)} + 5 min.; set the clock of the client"
        )
    if now > claim.ends_at:
        raise InvalidSignatureError(
            f"Signature expired: {claim.amz_date} is too long before {now.strftime(_DATE)};"
            " sign the request anew, and set the clock of the client"
        )


def check_coverage(request: HttpRequest, claim: Claim) -> None:
    """Check that everything that decides what the request does is signed.

    Raises:
        InvalidSignatureError: A header that matters is not signed, a signed one is not there, or
            the body is not the one that its header tells.
        UnrecognizedClientError: The request carries a session token, which nobody gives out.
    """
    headers = _single_headers(request)
    there = {name for name, _ in request.headers}
    matter = {"host", *(name for name in there if name.startswith("x-amz-"))}
    unsigned = sorted(matter.difference(claim.signed_headers))
    if unsigned:
        raise InvalidSignatureError(
            f"There were headers present in the request which were not signed: {unsigned}"
        )
    missing = sorted(set(claim.signed_headers) - there)
    if missing:
        raise InvalidSignatureError(f"Signed headers are not in the request: {missing}")
    if _TOKEN in there or _query_has_token(request):
        raise UnrecognizedClientError(
            "The security token included in the request is invalid: keys of gluepot have no"
            " session token; unset AWS_SESSION_TOKEN"
        )
    _check_body(request.body, headers.get(_HASH))


def check_signature(
    request: HttpRequest, claim: Claim, key: bytes, *, normalize_path: bool = True
) -> None:
    """Check that whoever signed holds the key; takes the same time wherever they differ.

    Raises:
        InvalidSignatureError: The signature is another one.
    """
    canonical = canonical_request(request, claim.signed_headers, normalize_path=normalize_path)
    right = signature(key, string_to_sign(claim.amz_date, claim.scope, canonical))
    if not hmac.compare_digest(right, claim.signature):
        raise InvalidSignatureError(
            "The request signature we calculated does not match the signature you provided."
            " Check the secret access key, and that nothing changes the request on its way"
        )


def _check_body(body: bytes, told: str | None) -> None:
    if told is None:
        return
    if told.startswith("STREAMING-"):
        raise InvalidSignatureError(
            f"A body signed in chunks ({told}) is not taken here; sign the whole body"
        )
    if not hmac.compare_digest(told.encode("latin-1"), hashlib.sha256(body).hexdigest().encode()):
        raise InvalidSignatureError(
            f"{_HASH} is not the SHA-256 of the body; the body is always signed here"
        )


def _single_headers(request: HttpRequest) -> dict[str, str]:
    """Return the headers that decide, each of which may come once only."""
    found: dict[str, str] = {}
    for name, value in request.headers:
        if name in {"authorization", "host"} or name.startswith("x-amz-"):
            if name in found:
                raise IncompleteSignatureError(f"Header {name} is in the request twice")
            found[name] = value.strip()
    return found


def _signing_parameters(query: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for part in query.split("&"):
        name, _, value = part.partition("=")
        if not name.startswith(_QUERY):
            continue
        if name in found:
            raise IncompleteSignatureError(f"Query parameter {name} is in the request twice")
        found[name] = unquote_to_bytes(value.encode("latin-1")).decode("latin-1")
    return found


def _query_has_token(request: HttpRequest) -> bool:
    return any(name.lower() == _TOKEN for name in _signing_parameters(request.query))


def _from_header(authorization: str, headers: Mapping[str, str]) -> Claim:
    algorithm, _, rest = authorization.partition(" ")
    _check_algorithm(algorithm)
    parts: dict[str, str] = {}
    for part in rest.split(","):
        name, equals, value = part.strip().partition("=")
        if not equals or name in parts or name not in {"Credential", "SignedHeaders", "Signature"}:
            raise IncompleteSignatureError(
                "Authorization header is not Credential=..., SignedHeaders=..., Signature=..."
            )
        parts[name] = value
    return _claim(parts, headers.get("x-amz-date"), where="Authorization header")


def _from_query(query: Mapping[str, str]) -> Claim:
    _check_algorithm(query.get(f"{_QUERY}Algorithm", ""))
    parts = {name.removeprefix(_QUERY): value for name, value in query.items()}
    return _claim(
        parts, query.get(f"{_QUERY}Date"), where="Query", lifetime=_lifetime(parts.get("Expires"))
    )


def _check_algorithm(algorithm: str) -> None:
    if algorithm.startswith("AWS4-ECDSA"):
        raise InvalidSignatureError(
            f"Signatures by {algorithm} (SigV4A) are not taken here; sign by {ALGORITHM}"
        )
    if algorithm != ALGORITHM:
        raise IncompleteSignatureError(f"The request is not signed by {ALGORITHM}")


def _lifetime(text: str | None) -> timedelta:
    if text is None or not re.fullmatch(r"[1-9]\d{0,6}", text, re.ASCII):
        raise IncompleteSignatureError("X-Amz-Expires must be a number of seconds, 1 to 604800")
    lifetime = timedelta(seconds=int(text))
    if lifetime > LONGEST_EXPIRY:
        raise IncompleteSignatureError("X-Amz-Expires must be at most 604800 seconds, a week")
    return lifetime


def _claim(
    parts: Mapping[str, str],
    amz_date: str | None,
    *,
    where: str,
    lifetime: timedelta | None = None,
) -> Claim:
    for name in ("Credential", "SignedHeaders", "Signature"):
        if not parts.get(name):
            raise IncompleteSignatureError(f"{where} requires {name!r}")
    key_id, _, scope = parts["Credential"].partition("/")
    if not key_id or scope.count("/") != 3 or not scope.endswith(f"/{TERMINATOR}"):  # noqa: PLR2004
        raise IncompleteSignatureError(
            f"Credential must be KEY/DATE/REGION/SERVICE/{TERMINATOR}, with nothing left out"
        )
    if not _SIGNATURE_SHAPE.fullmatch(parts["Signature"]):
        raise IncompleteSignatureError("Signature must be 64 hexadecimal digits, in lower case")
    return Claim(
        key_id=key_id,
        scope=scope,
        signed_at=_time(amz_date, where),
        signed_headers=_names(parts["SignedHeaders"]),
        signature=parts["Signature"],
        lifetime=lifetime,
    )


def _time(amz_date: str | None, where: str) -> datetime:
    if amz_date is None or not _DATE_SHAPE.fullmatch(amz_date):
        raise IncompleteSignatureError(f"{where} requires X-Amz-Date, such as 20260102T030405Z")
    try:
        return datetime.strptime(amz_date, _DATE).replace(tzinfo=UTC)
    except ValueError:
        raise IncompleteSignatureError("X-Amz-Date is no time that there is") from None


def _names(text: str) -> tuple[str, ...]:
    names = text.split(";")
    if names != sorted(set(names)) or not all(map(_HEADER_SHAPE.fullmatch, names)):
        raise IncompleteSignatureError(
            "SignedHeaders must be names in lower case, in order, with ; between them"
        )
    return tuple(names)
