"""Which catalog a command means: the one of the settings, or one behind a Glue endpoint."""

from __future__ import annotations

import contextlib
from contextvars import ContextVar
from typing import TYPE_CHECKING, Annotated, TypeAlias

import typer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gluepot.catalog.remote import RemoteCatalog
    from gluepot.catalog.store import CatalogStore
    from gluepot.catalog.transfer.callers import Caller

Catalog: TypeAlias = "CatalogStore | RemoteCatalog"

_endpoint: ContextVar[str | None] = ContextVar("endpoint", default=None)


def choose_endpoint(
    endpoint_url: Annotated[
        str | None,
        typer.Option(help="A Glue endpoint instead of the catalog's database; calls are signed."),
    ] = None,
) -> None:
    """Databases, tables, their versions and partitions."""
    _endpoint.set(endpoint_url)


@contextlib.contextmanager
def open_catalog() -> Iterator[Catalog]:
    """Yield the catalog of ``--endpoint-url``, of the settings' endpoint or of the database."""
    from gluepot.services import open_services  # noqa: PLC0415
    from gluepot.settings import load_settings  # noqa: PLC0415

    settings = load_settings()
    endpoint = _endpoint.get() or settings.endpoint_url
    if endpoint is not None:
        from gluepot.callers import remote_caller  # noqa: PLC0415
        from gluepot.catalog.remote import RemoteCatalog  # noqa: PLC0415

        call = remote_caller(endpoint_url=endpoint, region=settings.server.region)
        yield RemoteCatalog(call)
        return
    with open_services(settings) as services:
        yield services.catalog


@contextlib.contextmanager
def open_caller() -> Iterator[Caller]:
    """Yield the operations of the same catalog."""
    from gluepot.callers import local_caller, remote_caller  # noqa: PLC0415
    from gluepot.services import open_services  # noqa: PLC0415
    from gluepot.settings import load_settings  # noqa: PLC0415

    settings = load_settings()
    endpoint = _endpoint.get() or settings.endpoint_url
    if endpoint is not None:
        yield remote_caller(endpoint_url=endpoint, region=settings.server.region)
        return
    with open_services(settings) as services:
        yield local_caller(services)
