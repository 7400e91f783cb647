"""A worker beside the server of each test, and what the tests give to the API."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

import pytest
from pydantic import SecretStr

from gluepot.executors import build_executors
from gluepot.jobs.scheduling.scheduler import Scheduler
from gluepot.services import Services, open_services
from gluepot.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.servers.glue import GlueServer

COMMAND = {"Name": "glueetl", "ScriptLocation": "s3://scripts/load.py", "PythonVersion": "3"}


@pytest.fixture
def services(glue_server: GlueServer, tmp_path: Path) -> Iterator[Services]:
    """Yield the services that a command on the server's database would have."""
    url = SecretStr(glue_server.database_url)
    settings = Settings(home=tmp_path / "home", catalog_url=url, conf_dir=tmp_path / "conf")
    with open_services(settings) as found:
        yield found


@pytest.fixture
def work(services: Services) -> Callable[[], None]:
    """Return what carries out all that waits, as `gluepot scheduler run --until-idle` does."""

    def carry_out() -> None:
        import threading  # noqa: PLC0415

        scheduler = Scheduler(
            services.runs,
            services.triggers,
            build_executors(services),
            services.clock,
            services.owner(),
            crawlers=services.crawlers,
            workflows=services.workflows,
        )
        scheduler.run(threading.Event(), until_idle=True)

    return carry_out


@contextlib.contextmanager
def refused(glue: Any, code: str, match: str | None = None) -> Iterator[None]:  # noqa: ANN401
    """Expect that the block's call is refused with AWS Glue's error of that name."""
    with pytest.raises(getattr(glue.exceptions, f"{code}Exception"), match=match):
        yield


def names_of(glue: Any, operation: str, member: str, **request: Any) -> list[Any]:  # noqa: ANN401
    """Return what botocore's paginator finds, two items a page."""
    pages = glue.get_paginator(operation).paginate(PaginationConfig={"PageSize": 2}, **request)
    return [item for page in pages for item in page[member]]
