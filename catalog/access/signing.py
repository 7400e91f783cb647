"""AWS Signature Version 4 as arithmetic: what is signed, and what the signature must be.

Texts are those of an HTTP request, one character a byte (latin-1).

Source: AWS Identity and Access Management user guide, "Create a signed AWS API request".
"""

from __future__ import annotations

import hashlib
import hmac
import re
from typing import TYPE_CHECKING
from urllib.parse import quote_from_bytes, unquote_to_bytes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gluepot.catalog.access.model import HttpRequest

ALGORITHM = "AWS4-HMAC-SHA256"
TERMINATOR = "aws4_request"
SIGNATURE_PARAMETER = "X-Amz-Signature"
_SPACES = re.compile("[ \\t\\r\\n]+")


def canonical_request(
    request: HttpRequest, signed_headers: Sequence[str], *, normalize_path: bool = True
) -> bytes:
    """Return the request in the one spelling that both sides sign; the body goes in by its hash.

    Args:
        request: What was sent; the signature itself is left out.
        signed_headers: Names in lower case, in order.
        normalize_path: Resolve ``.`` and ``..`` and join slashes, as all services but S3 do.
    """
    headers = "".join(f"{name}:{_header(request, name)}\n" for name in signed_headers)
    parts = (
        request.method,
        _path(request.path, normalize=normalize_path),
        _query(request.query),
        headers,
        ";".join(signed_headers),
        hashlib.sha256(request.body).hexdigest(),
    )
    return "\n".join(parts).encode("latin-1")


def string_to_sign(amz_date: str, scope: str, canonical: bytes) -> str:
    """Return what the key signs.

    Args:
        amz_date: Such as ``20150830T123600Z``.
        scope: Such as ``20150830/us-east-1/glue/aws4_request``.
        canonical: From ``canonical_request``.
    """
    return "\n".join((ALGORITHM, amz_date, scope, hashlib.sha256(canonical).hexdigest()))


def signing_key(secret: str, scope: str) -> bytes:
    """Return the key that a secret gives for one day, region and service."""
    key = f"AWS4{secret}".encode()
    for part in scope.split("/"):
        key = _hmac(key, part).digest()
    return key


def signature(key: bytes, text: str) -> str:
    """Return the signature in hexadecimal."""
    return _hmac(key, text).hexdigest()


def _hmac(key: bytes, text: str) -> hmac.HMAC:
    return hmac.new(key, text.encode(), hashlib.sha256)


def _header(request: HttpRequest, name: str) -> str:
    found = (value for key, value in request.headers if key == name)
    return ",".join(_SPACES.sub(" ", value).strip(" ") for value in found)


def _path(path: str, *, normalize: bool) -> str:
    return _encode((_normalized(path) if normalize else path or "/").encode("latin-1"), safe="/")


def _normalized(path: str) -> str:
    kept: list[str] = []
    for part in path.split("/"):
        if part == "..":
            del kept[-1:]
        elif part not in {"", "."}:
            kept.append(part)
    folder = "/" if kept and path.endswith(("/", "/.", "/..")) else ""
    return "/" + "/".join(kept) + folder


def _query(query: str) -> str:
    pairs = (part.partition("=")[::2] for part in query.split("&") if part)
    encoded = [
        (_encode(_decode(name)), _encode(_decode(value)))
        for name, value in pairs
        if name != SIGNATURE_PARAMETER
    ]
    return "&".join(f"{name}={value}" for name, value in sorted(encoded))


def _decode(text: str) -> bytes:
    return unquote_to_bytes(text.encode("latin-1"))


def _encode(raw: bytes, safe: str = "") -> str:
    return quote_from_bytes(raw, safe=f"{safe}-_.~")
