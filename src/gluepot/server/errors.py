"""Errors of the HTTP layer: a request that no operation gets to see."""

from __future__ import annotations

from typing import ClassVar

from gluepot.catalog.errors import GluepotError, ThrottlingError


class RequestTooLargeError(GluepotError):
    """The body is longer than the settings allow."""

    code = "RequestEntityTooLargeException"
    http_status: ClassVar[int] = 413


class HeadersTooLargeError(GluepotError):
    """There are more headers than the server reads, or they are longer."""

    code = "RequestHeaderFieldsTooLargeException"
    http_status: ClassVar[int] = 431


class MalformedRequestError(GluepotError):
    """What came is not HTTP."""

    code = "MalformedHttpRequestException"


class RequestTimeoutError(GluepotError):
    """The client did not send its whole request in time; SDKs send it again."""

    code = "RequestTimeoutException"
    http_status: ClassVar[int] = 408


class UnknownPathError(GluepotError):
    """The URL or the method is none that the server has."""

    code = "UnknownOperationException"
    http_status: ClassVar[int] = 404


class OverloadedError(ThrottlingError):
    """The server has as many connections as it keeps; SDKs try again by the status alone."""

    http_status: ClassVar[int] = 503
