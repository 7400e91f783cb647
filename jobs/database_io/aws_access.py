"""Whom a run asks AWS as: the keys of its settings, or those that boto3 finds on the driver."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from gluepot.crawlers.sources.config import S3Config
from gluepot.crawlers.sources.sessions import DEFAULT_REGION, open_session
from gluepot.jobs.database_io.aws_login import AwsLogin
from gluepot.jobs.run_context.script_run import find_run

if TYPE_CHECKING:
    from collections.abc import Mapping

_SHAREABLE = frozenset({"explicit", "env", "shared-credentials-file", "config-file"})
"""Where boto3 may have keys from that executors on other machines would not find."""


def read_login(options: Mapping[str, Any], service: str, region: str | None = None) -> AwsLogin:
    """Return where a service is and as whom to ask, from options, the environment and the run.

    The address is that of ``AWS_ENDPOINT_URL_<SERVICE>`` or ``AWS_ENDPOINT_URL``. The keys that a
    run has for S3 count where S3 is AWS's, or answers at the same address.

    Args:
        options: ``<service>.region``, ``<service>.sts.roleArn``, ``<service>.sts.roleSessionName``.
        service: Such as ``dynamodb``.
        region: Where the options name none.

    Raises:
        AccessRefusedError: The profile of the settings is in no configuration file.
    """
    endpoint = os.environ.get(f"AWS_ENDPOINT_URL_{service.upper()}") or os.environ.get(
        "AWS_ENDPOINT_URL"
    )
    run = find_run()
    s3 = None if run is None else run.workshop.s3
    config = s3 if s3 is not None and s3.endpoint_url in {None, endpoint} else S3Config()
    session = open_session(config)
    found = session.get_credentials()
    keys = {}
    if found is not None and found.method in _SHAREABLE:
        frozen = found.get_frozen_credentials()
        keys = {
            "access_key_id": frozen.access_key,
            "secret_access_key": frozen.secret_key,
            "session_token": frozen.token,
        }
    role = options.get(f"{service}.sts.roleArn")
    return AwsLogin(
        region=str(
            options.get(f"{service}.region") or region or session.region_name or DEFAULT_REGION
        ),
        endpoint_url=endpoint,
        role_arn=None if role is None else str(role),
        role_session_name=str(options.get(f"{service}.sts.roleSessionName", "gluepot")),
        **keys,
    )
