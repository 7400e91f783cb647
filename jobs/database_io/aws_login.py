"""Where a service of AWS answers and as whom one asks it, in a form that goes to executors.

Executors get this module by value: it imports nothing of gluepot's.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, kw_only=True)
class AwsLogin:
    """An account's access; without keys, as boto3 finds out itself where it runs."""

    region: str
    endpoint_url: str | None = None
    access_key_id: str | None = field(default=None, repr=False)
    secret_access_key: str | None = field(default=None, repr=False)
    session_token: str | None = field(default=None, repr=False)
    role_arn: str | None = None
    role_session_name: str = "gluepot"


def open_client(login: AwsLogin, service: str, attempts: int = 10) -> Any:  # noqa: ANN401
    """Return a boto3 client; requests that are refused for their number are tried again, slower.

    Raises:
        ModuleNotFoundError: boto3 is not installed where this runs.
    """
    try:
        import boto3  # noqa: PLC0415 - only here can it be told what to do
        from botocore.config import Config  # noqa: PLC0415
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError(
            f"{service} needs boto3 on every executor: pack an environment that has it and give"
            " it by --archives"
        ) from error
    keys: dict[str, Any] = {
        "aws_access_key_id": login.access_key_id,
        "aws_secret_access_key": login.secret_access_key,
        "aws_session_token": login.session_token,
    }
    session: Any = boto3.session.Session(region_name=login.region, **keys)
    if login.role_arn is not None:
        granted = session.client("sts").assume_role(
            RoleArn=login.role_arn, RoleSessionName=login.role_session_name
        )["Credentials"]
        session = boto3.session.Session(
            aws_access_key_id=granted["AccessKeyId"],
            aws_secret_access_key=granted["SecretAccessKey"],
            aws_session_token=granted["SessionToken"],
            region_name=login.region,
        )
    config = Config(retries={"mode": "adaptive", "max_attempts": attempts})
    return session.client(service, endpoint_url=login.endpoint_url, config=config)
