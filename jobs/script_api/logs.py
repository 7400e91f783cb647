"""The logger that ``glueContext.get_logger()`` returns."""

from __future__ import annotations

import logging
from typing import Any

NAME = "gluepot.script"


class ScriptLogger(logging.LoggerAdapter[logging.Logger]):
    """A logger with log4j's names of levels beside Python's."""

    def warn(self, msg: object, *args: object, **kwargs: Any) -> None:  # noqa: ANN401
        """Log at level WARN."""
        self.warning(msg, *args, **kwargs)

    def trace(self, msg: object, *args: object, **kwargs: Any) -> None:  # noqa: ANN401
        """Log at level DEBUG, the lowest that Python has."""
        self.debug(msg, *args, **kwargs)


def script_logger() -> ScriptLogger:
    """Return the script's logger: INFO and above, on standard error, beside Spark's own lines.

    A script that has set up Python's logging itself gets its lines there instead.
    """
    logger = logging.getLogger(NAME)
    if logger.level == logging.NOTSET:
        logger.setLevel(logging.INFO)
    if not logger.hasHandlers():
        handler = logging.StreamHandler()
        line = "%(asctime)s %(levelname)s GlueLogger: %(message)s"
        handler.setFormatter(logging.Formatter(line, datefmt="%Y-%m-%dT%H:%M:%S%z"))
        logger.addHandler(handler)
    return ScriptLogger(logger, {})
