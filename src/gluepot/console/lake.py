"""The catalog as somebody who asks may read it: each use is a call that policies allow."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gluepot.jobs.run_context.guarded_catalog import guarded
from gluepot.jobs.run_context.stores import Stores

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from gluepot.catalog.store import CatalogStore
    from gluepot.console.asking import Ask
    from gluepot.services import Services


@dataclass(frozen=True)
class _AskGuard:
    ask: Ask

    def check(self, operation: str, request: Mapping[str, Any]) -> None:
        """Raise AccessDeniedError unless an operation of AWS Glue is allowed."""
        self.ask.allow(operation, request)

    @contextlib.contextmanager
    def transaction(self) -> Iterator[None]:
        """Keep nothing back: pages only read."""
        yield


def shown_stores(services: Services) -> Stores:
    """Return S3, and the folders of this machine whose files the console shows."""
    return Stores(services.s3, services.settings.file_roots)


def readable_catalog(ask: Ask) -> CatalogStore:
    """Return the catalog for whoever asks; a use that policies do not allow is refused.

    A table that is read through a link needs the right on what the link leads to as well.
    """
    return guarded(ask.services.catalog, _AskGuard(ask))
