"""AWS's published signing test vectors; tests/data/sigv4/ORIGIN.md says where they are from."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from gluepot.catalog.access.errors import InvalidSignatureError
from gluepot.catalog.access.model import HttpRequest
from gluepot.catalog.access.signing import canonical_request, signature, signing_key, string_to_sign
from gluepot.catalog.access.sigv4 import check_claim, check_signature, read_claim

if TYPE_CHECKING:
    from gluepot.catalog.access.sigv4 import Claim

SUITE = Path(__file__).parents[2] / "data" / "sigv4"
CASES = sorted(folder.name for folder in SUITE.iterdir() if folder.is_dir())
FORMS = ("header", "query")
TOKEN = re.compile("&X-Amz-Security-Token=[^&]*")


def read(case: str, name: str) -> str:
    return (SUITE / case / name).read_bytes().decode("latin-1")


def signed_request(case: str, form: str) -> HttpRequest:
    head, _, body = read(case, f"{form}-signed-request.txt").partition("\n\n")
    first, *lines = head.split("\n")
    method, _, rest = first.partition(" ")
    path, _, query = rest.removesuffix(" HTTP/1.1").partition("?")
    headers: list[tuple[str, str]] = []
    for line in lines:
        if line.startswith(" "):
            name, value = headers.pop()
            headers.append((name, f"{value} {line}"))
        else:
            name, _, value = line.partition(":")
            headers.append((name.lower(), value))
    return HttpRequest(
        method=method,
        path=path,
        query=query,
        headers=tuple(headers),
        body=body.strip("\n").encode("latin-1"),
        source="127.0.0.1",
    )


def secret_key(context: dict[str, Any], claim: Claim) -> bytes:
    return signing_key(context["credentials"]["secret_access_key"], claim.scope)


def test_the_suite_is_there() -> None:
    assert len(CASES) == 38


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("case", CASES)
def test_every_step_is_as_published(case: str, form: str) -> None:
    context = json.loads(read(case, "context.json"))
    request = signed_request(case, form)
    claim = read_claim(request)
    if context.get("omit_session_token") and form == "query":
        request = replace(request, query=TOKEN.sub("", request.query))

    canonical = canonical_request(
        request, claim.signed_headers, normalize_path=context["normalize"]
    )
    text = string_to_sign(claim.amz_date, claim.scope, canonical)
    made = signature(secret_key(context, claim), text)

    assert canonical.decode("latin-1") == read(case, f"{form}-canonical-request.txt")
    assert text == read(case, f"{form}-string-to-sign.txt")
    assert made == read(case, f"{form}-signature.txt") == claim.signature


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("case", CASES)
def test_the_verifier_takes_the_published_request_and_no_other(case: str, form: str) -> None:
    context = json.loads(read(case, "context.json"))
    request = signed_request(case, form)
    if context.get("omit_session_token"):
        request = replace(request, query=TOKEN.sub("", request.query))
    claim = read_claim(request)
    key = secret_key(context, claim)
    normalize: bool = context["normalize"]

    check_claim(
        claim, region="us-east-1", service="service", now=claim.signed_at + timedelta(minutes=1)
    )
    check_signature(request, claim, key, normalize_path=normalize)

    altered = replace(request, body=request.body + b"x")
    with pytest.raises(InvalidSignatureError, match="does not match"):
        check_signature(altered, claim, key, normalize_path=normalize)
