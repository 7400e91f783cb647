"""Operations of AWS Glue that gluepot refuses on purpose, each with the reason a caller gets."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

_SESSIONS = "gluepot has no interactive sessions; start a Spark session with gluepot's settings"
_DEV_ENDPOINTS = "AWS Glue's development endpoints were retired; use a local Spark session"

UNSUPPORTED: Mapping[str, str] = {
    **dict.fromkeys(
        (
            "CancelStatement",
            "CreateSession",
            "DeleteSession",
            "GetSession",
            "GetSessionEndpoint",
            "GetStatement",
            "GetSystemLogsForSession",
            "ListSessions",
            "ListStatements",
            "RunStatement",
            "StopSession",
        ),
        _SESSIONS,
    ),
    **dict.fromkeys(
        (
            "BatchGetDevEndpoints",
            "CreateDevEndpoint",
            "DeleteDevEndpoint",
            "GetDevEndpoint",
            "GetDevEndpoints",
            "ListDevEndpoints",
            "UpdateDevEndpoint",
        ),
        _DEV_ENDPOINTS,
    ),
}
"""Operations that are in neither table are refused too, with the general sentence."""

NOT_YET = "gluepot does not have this operation; docs/reference/api-coverage.md lists those it has"
