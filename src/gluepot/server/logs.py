"""The server's log: one JSON object a line on standard error, with the request it belongs to."""

from __future__ import annotations

import logging
import sys
from typing import TYPE_CHECKING

import orjson
import structlog

if TYPE_CHECKING:
    from structlog.typing import EventDict, Processor

REQUESTS = "gluepot.server.observe"
"""The logger that tells of every request."""


def configure_logs(*, requests: bool) -> None:
    """Send all logs of this process to standard error; ``requests`` are one line each."""
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
        structlog.processors.format_exc_info,
    ]
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared,
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, _json],
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.INFO)
    # uvicorn tells of each step of its own at this level.
    logging.getLogger("uvicorn").setLevel(logging.WARNING)
    logging.getLogger(REQUESTS).setLevel(logging.INFO if requests else logging.WARNING)


def _json(_logger: object, _method: str, event: EventDict) -> str:
    present = {key: value for key, value in event.items() if value is not None}
    return orjson.dumps(present, default=str, option=orjson.OPT_NON_STR_KEYS).decode()
