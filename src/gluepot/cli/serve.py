"""``gluepot serve``: the Glue API."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def serve(
    *,
    host: str | None = None,
    port: int | None = None,
    workers: int | None = None,
    unix_socket: Path | None = None,
) -> None:
    """Serve the AWS Glue API over the catalog until told to end."""
    from gluepot.access import check_bind  # noqa: PLC0415
    from gluepot.cli.output import note  # noqa: PLC0415
    from gluepot.server.serve import listen  # noqa: PLC0415
    from gluepot.server.serve import serve as run  # noqa: PLC0415
    from gluepot.server.workers import Supervisor  # noqa: PLC0415
    from gluepot.services import open_services  # noqa: PLC0415
    from gluepot.settings import ServerSettings, load_settings  # noqa: PLC0415

    settings = load_settings()
    given = {"host": host, "port": port, "workers": workers, "unix_socket": unix_socket}
    changed = {key: value for key, value in given.items() if value is not None}
    server = ServerSettings.model_validate(settings.server.model_dump() | changed)
    settings = settings.model_copy(update={"server": server})
    check_bind(settings)
    with open_services(settings) as services:
        services.engine  # noqa: B018  migrated here once, and what is wrong is told here
        with listen(server) as listener:
            address = server.unix_socket or "http://{}:{}".format(*listener.getsockname())
            note(f"The Glue API listens on {address}")
            if server.workers == 1:
                run(services, listener)
            else:
                services.close()
                Supervisor(
                    listener,
                    workers=server.workers,
                    shutdown_seconds=server.shutdown_seconds,
                ).run()
