"""``gluepot dev``: all of gluepot on this machine, for trying and developing."""

from __future__ import annotations

import logging
import os
import sys


def dev(*, host: str | None, port: int | None, warm: bool) -> None:
    """Run all until Ctrl-C; begin anew with new code when the settings or gluepot change."""
    from gluepot.dev.supervisor import Options, run_dev  # noqa: PLC0415

    logging.basicConfig(format="%(asctime)s %(levelname)s %(message)s")
    if run_dev(Options(host=host, port=port, warm=warm)):
        os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])  # noqa: S606
