"""Traces of this process, as the settings ask for them."""

from __future__ import annotations

import atexit
from typing import TYPE_CHECKING

from gluepot.jobs.metrics.tracing import configure, shut_down

if TYPE_CHECKING:
    from gluepot.services import Services


def configure_tracing(services: Services, service: str) -> None:
    """Send spans where ``telemetry.endpoint`` says, until the process ends; without one, none.

    Raises:
        InvalidInputError: The packages of OpenTelemetry are not installed.
    """
    endpoint = services.settings.telemetry.endpoint
    if endpoint is not None:
        configure(endpoint, service=service)
        atexit.register(shut_down)
