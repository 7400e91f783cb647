"""Who asks a store: a boto3 session of keys, a profile or an assumed role, renewed in time."""

from __future__ import annotations

from datetime import UTC, timedelta
from typing import TYPE_CHECKING, Any

import boto3
import botocore.session
from botocore.credentials import (
    CredentialProvider,
    CredentialResolver,
    DeferredRefreshableCredentials,
)
from botocore.exceptions import BotoCoreError, ClientError, ProfileNotFound
from obstore.auth.boto3 import Boto3CredentialProvider

from gluepot.crawlers.sources.errors import AccessRefusedError, StoreUnavailableError

if TYPE_CHECKING:
    from gluepot.crawlers.sources.config import S3Config

DEFAULT_REGION = "us-east-1"

KEYS_LIVE = timedelta(minutes=1)
"""How long obstore trusts the keys it was given; boto3 is asked again then, which is cheap.

obstore's own default of 30 minutes outlives keys that had 15 minutes left when it asked.
"""


def open_session(config: S3Config) -> boto3.session.Session:
    """Return a session with the config's credentials; nothing is asked of the store yet.

    Raises:
        AccessRefusedError: The profile is in no configuration file.
    """
    try:
        session = boto3.session.Session(
            aws_access_key_id=config.access_key_id,
            aws_secret_access_key=config.secret_access_key,
            aws_session_token=config.session_token,
            region_name=config.region,
            profile_name=None if config.access_key_id else config.profile,
        )
        region = session.region_name or DEFAULT_REGION
    except ProfileNotFound as error:
        raise AccessRefusedError("S3", str(error)) from error
    # boto3 looks for the profile only when something of it is asked for: not with a region.
    if not config.access_key_id and config.profile not in {None, *session.available_profiles}:
        reason = f"The config profile ({config.profile}) could not be found"
        raise AccessRefusedError("S3", reason)
    if config.role_arn is None:
        return session
    core = botocore.session.get_session()
    core.register_component(
        "credential_provider", CredentialResolver([_AssumedRole(session, config)])
    )
    return boto3.session.Session(botocore_session=core, region_name=region)


def store_credentials(session: boto3.session.Session, bucket: str) -> Boto3CredentialProvider:
    """Return what gives obstore the session's keys, and new ones before they expire.

    Raises:
        AccessRefusedError: There are no credentials.
    """
    try:
        return Boto3CredentialProvider(session, ttl=KEYS_LIVE)
    except ValueError as error:
        raise AccessRefusedError(f"s3://{bucket}", "no credentials were found") from error


class _AssumedRole(CredentialProvider):
    """Assumes the config's role with the keys of a session, whenever botocore asks."""

    METHOD = "assume-role"

    def __init__(self, session: boto3.session.Session, config: S3Config) -> None:
        super().__init__()
        self._session = session
        self._config = config

    def load(self) -> DeferredRefreshableCredentials:
        """Return credentials that are fetched on first use and renewed before they expire."""
        return DeferredRefreshableCredentials(refresh_using=self._assume, method=self.METHOD)

    def _assume(self) -> dict[str, str]:
        config = self._config
        wanted: dict[str, Any] = {
            "RoleArn": config.role_arn,
            "RoleSessionName": config.role_session_name,
        }
        if config.external_id is not None:
            wanted["ExternalId"] = config.external_id
        try:
            client: Any = self._session.client(
                "sts",
                endpoint_url=config.sts_endpoint_url,
                region_name=self._session.region_name or DEFAULT_REGION,
            )
            found = client.assume_role(**wanted)["Credentials"]
        except ClientError as error:
            code = str(error.response.get("Error", {}).get("Code", "unknown"))
            raise AccessRefusedError(f"Role {config.role_arn}", code) from error
        except BotoCoreError as error:
            raise StoreUnavailableError(f"Role {config.role_arn}", str(error)) from error
        return {
            "access_key": found["AccessKeyId"],
            "secret_key": found["SecretAccessKey"],
            "token": found["SessionToken"],
            "expiry_time": found["Expiration"].astimezone(UTC).isoformat(),
        }
