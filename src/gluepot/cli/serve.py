"""``gluepot serve``: the Glue API."""

from __future__ import annotations


def serve(*, host: str | None = None, port: int | None = None) -> None:
    """Serve the AWS Glue API over the catalog."""
    from gluepot.cli.output import note  # noqa: PLC0415
    from gluepot.server.serve import serve as run  # noqa: PLC0415
    from gluepot.services import open_services  # noqa: PLC0415
    from gluepot.settings import load_settings  # noqa: PLC0415

    settings = load_settings()
    given = {"host": host, "port": port}
    changed = {key: value for key, value in given.items() if value is not None}
    server = settings.server.model_copy(update=changed)
    with open_services(settings.model_copy(update={"server": server})) as services:
        note(f"The Glue API listens on http://{server.host}:{server.port}")
        run(services)
