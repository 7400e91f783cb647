"""What both of AWS's services need: a client, and errors that say what to do."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any, Literal

from gluepot.jobs.errors import LaunchError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gluepot.jobs.launchers.places import AwsGluePlace, EmrServerlessPlace


def make_client(
    service: Literal["emr-serverless", "glue"], place: AwsGluePlace | EmrServerlessPlace
) -> Any:  # noqa: ANN401
    """Return a client with the credentials of boto3's own chain."""
    import boto3  # noqa: PLC0415

    return boto3.client(service, region_name=place.region, endpoint_url=place.endpoint_url)


@contextlib.contextmanager
def service_errors(what: str) -> Iterator[None]:
    """Say what was tried when AWS, or the way to it, says no.

    Raises:
        LaunchError: It did.
    """
    from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415

    try:
        yield
    except (BotoCoreError, ClientError) as error:
        raise LaunchError(f"{what}: {error}") from error
