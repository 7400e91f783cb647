"""How a request fails to prove who sent it; the names are those of AWS's JSON services."""

from __future__ import annotations

from gluepot.catalog.errors import GluepotError


class AuthenticationError(GluepotError):
    """The base: nobody is known to have sent the request."""


class MissingAuthenticationTokenError(AuthenticationError):
    """The request is not signed at all."""

    code = "MissingAuthenticationTokenException"


class IncompleteSignatureError(AuthenticationError):
    """The request is signed, but a part of the signature is missing or cannot be read."""

    code = "IncompleteSignatureException"


class InvalidSignatureError(AuthenticationError):
    """The signature is whole, but is not one for this request, this server and this moment."""

    code = "InvalidSignatureException"


class UnrecognizedClientError(AuthenticationError):
    """No key of that id may be used here: it is unknown, or was revoked."""

    code = "UnrecognizedClientException"


class ExpiredTokenError(AuthenticationError):
    """The key was made for a time that is over."""

    code = "ExpiredTokenException"
