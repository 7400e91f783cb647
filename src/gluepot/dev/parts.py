"""The processes below ``gluepot dev``, each a command of its own that ends with it.

python -m gluepot.dev.parts api DESCRIPTOR
python -m gluepot.dev.parts scheduler
python -m gluepot.dev.parts apply
"""

from __future__ import annotations

import socket
import sys
from typing import TYPE_CHECKING

from gluepot.catalog.errors import GluepotError
from gluepot.jobs.process import lifeline

if TYPE_CHECKING:
    from collections.abc import Sequence


def main(args: Sequence[str]) -> int:
    """Be the part that ``args`` name, and return the exit code."""
    lifeline.watch_of_process()
    try:
        if args[0] == "api":
            _serve(int(args[1]))
        elif args[0] == "scheduler":
            _schedule()
        else:
            _apply()
    except GluepotError as error:
        sys.stderr.write(f"Error: {error}\n")
        return 1
    return 0


def _serve(descriptor: int) -> None:
    from gluepot.server.serve import serve  # noqa: PLC0415 - each part imports its own
    from gluepot.services import open_services  # noqa: PLC0415
    from gluepot.settings import load_settings  # noqa: PLC0415

    with open_services(load_settings()) as services, socket.socket(fileno=descriptor) as listener:
        serve(services, listener)


def _schedule() -> None:
    from gluepot.cli.scheduler import run  # noqa: PLC0415

    run()


def _apply() -> None:
    from gluepot.cli.apply import apply  # noqa: PLC0415
    from gluepot.cli.output import OutputFormat  # noqa: PLC0415

    apply(OutputFormat.table)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
