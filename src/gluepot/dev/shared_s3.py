"""The embedded S3 of a running ``gluepot dev``, found by the other commands of the same home."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from gluepot.crawlers.sources.config import S3Config
from gluepot.jobs.process import lifeline

if TYPE_CHECKING:
    from gluepot.settings import Settings

_FILE = "s3.json"
_LIFELINE = "lifeline"
_MEMBERS = ("endpoint_url", "region", "path_style", "access_key_id", "secret_access_key")


def folder_of(settings: Settings) -> Path:
    """Return the folder where ``gluepot dev`` says what it has started."""
    return settings.home.absolute() / "dev"


def says_nothing(settings: Settings) -> bool:
    """Return whether no setting and no variable says which S3 is meant."""
    s3 = settings.s3_config
    said = (s3.endpoint_url, s3.profile, s3.access_key_id, s3.role_arn)
    return all(one is None for one in said)


def share(settings: Settings, s3: S3Config, alive: Path) -> None:
    """Let other commands find ``s3`` as long as the lifeline is held."""
    from gluepot.jobs.launchers.launch import write_private  # noqa: PLC0415 - whoever looks needs it not

    told = {name: getattr(s3, name) for name in _MEMBERS}
    write_private(folder_of(settings) / _FILE, json.dumps(told | {_LIFELINE: str(alive)}))


def shared(settings: Settings) -> S3Config | None:
    """Return the embedded S3 of the ``gluepot dev`` that is at work in this home, if one is.

    Settings that say which S3 is meant go first, and then there is none.
    """
    file = folder_of(settings) / _FILE
    if not file.is_file() or not says_nothing(settings):
        return None
    told = json.loads(file.read_text())
    if not lifeline.is_held(Path(told.pop(_LIFELINE))):
        return None
    return S3Config(**told)
