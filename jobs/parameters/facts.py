"""What a job's process must know, carried in Spark's settings: ``spark.gluepot.*``.

Spark's properties file is readable by its owner only, works for a plain ``spark-submit`` too, and
keeps secrets off the command line and out of the environment. Where the process starts on another
machine, ``spark.gluepot.facts`` says where they lie instead: a file, or a secret of AWS.
"""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gluepot.crawlers.sources.config import S3Config
from gluepot.jobs.errors import LaunchError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

PREFIX = "spark.gluepot."
FACTS = f"{PREFIX}facts"
"""Where the facts lie that a process does not find in its settings."""

FACTS_VARIABLE = "GLUEPOT_FACTS"
"""The same for a process whose Spark session is a remote one, so that it has no settings."""

_SECRET = "secretsmanager:"  # noqa: S105
_S3 = {
    "endpoint_url": "s3.endpoint.url",
    "region": "s3.region",
    "profile": "s3.profile",
    "access_key_id": "s3.access.key",
    "secret_access_key": "s3.secret.key",
    "session_token": "s3.session.token",
}
_SEALING = "sealing.secret"
"""Names whose values Spark hides in its logs and pages hold secret, token or access.key."""


@dataclass(frozen=True, kw_only=True)
class JobFacts:
    """Where a job's process finds everything.

    Attributes:
        catalog_url: The database, with its password.
        home: The folder of state: logs and reports.
        conf_dir: The folder of definitions.
        s3: The store that ``s3://`` means.
        account_id: The catalog's account.
        region: The catalog's region, for ARNs.
        keys_required: Whether requests must be signed, so that jobs' roles count.
        sealing_key: What opens the secrets of connections; None where there is none yet.
    """

    catalog_url: str
    home: Path
    conf_dir: Path
    s3: S3Config
    account_id: str = "000000000000"
    region: str = "us-east-1"
    keys_required: bool = False
    sealing_key: bytes | None = field(default=None, repr=False)


def to_conf(facts: JobFacts) -> dict[str, str]:
    """Return the settings that carry the facts."""
    conf = {
        "catalog.url": facts.catalog_url,
        "home": str(facts.home.absolute()),
        "conf.dir": str(facts.conf_dir.absolute()),
        "account.id": facts.account_id,
        "catalog.region": facts.region,
        "keys.required": str(facts.keys_required).lower(),
        "s3.path.style": str(facts.s3.path_style).lower(),
    }
    if facts.sealing_key is not None:
        conf[_SEALING] = base64.b64encode(facts.sealing_key).decode()
    for attribute, key in _S3.items():
        value = getattr(facts.s3, attribute)
        if value is not None:
            conf[key] = value
    return {f"{PREFIX}{key}": value for key, value in conf.items()}


def from_conf(get: Callable[[str, str | None], str | None]) -> JobFacts:
    """Return the facts that a session's settings carry.

    Args:
        get: ``spark.conf.get``: name and default.

    Raises:
        LaunchError: The session was started without them, or they cannot be read.
    """
    elsewhere = get(FACTS, None)
    kept = {} if elsewhere is None else read_facts_at(elsewhere)

    def find(key: str) -> str | None:
        return get(f"{PREFIX}{key}", kept.get(f"{PREFIX}{key}"))

    url, home, conf_dir = find("catalog.url"), find("home"), find("conf.dir")
    if url is None or home is None or conf_dir is None:
        raise LaunchError(
            f"Spark's settings hold no {PREFIX}*: start the job by `gluepot job run`, or give"
            " spark-submit the --properties-file that it prints"
        )
    members: dict[str, Any] = {attribute: find(key) for attribute, key in _S3.items()}
    s3 = S3Config(path_style=find("s3.path.style") == "true", **members)
    sealing = find(_SEALING)
    place = {"account_id": find("account.id"), "region": find("catalog.region")}
    return JobFacts(
        catalog_url=url,
        home=Path(home),
        conf_dir=Path(conf_dir),
        s3=s3,
        keys_required=find("keys.required") == "true",
        sealing_key=None if sealing is None else base64.b64decode(sealing),
        **{name: value for name, value in place.items() if value is not None},
    )


def read_facts_at(place: str) -> Mapping[str, str]:
    """Return settings that lie elsewhere, as the JSON object that ``gluepot job facts`` prints.

    Args:
        place: A file, or ``secretsmanager:`` and the name of a secret of AWS Secrets Manager.

    Raises:
        LaunchError: There are none; what is there is never quoted, for it holds passwords.
    """
    try:
        text = _secret(place) if place.startswith(_SECRET) else Path(place).read_text("utf-8")
    except OSError as error:
        raise LaunchError(f"The facts at {place} cannot be read: {error.strerror}") from error
    try:
        found = json.loads(text)
    except ValueError:
        found = None
    if not isinstance(found, dict) or not all(isinstance(item, str) for item in found.values()):
        raise LaunchError(
            f"The facts at {place} are not a JSON object of texts; `gluepot job facts` prints them"
        )
    return found


def _secret(place: str) -> str:
    import boto3  # noqa: PLC0415
    from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415

    name = place.removeprefix(_SECRET)
    try:
        found = boto3.client("secretsmanager").get_secret_value(SecretId=name)
    except (BotoCoreError, ClientError) as error:
        raise LaunchError(f"The secret {name} cannot be read: {error}") from error
    return str(found["SecretString"])
