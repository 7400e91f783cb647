"""The settings: environment and ``gluepot.toml`` become one frozen object; nothing else reads them.

Order of precedence: environment (``GLUEPOT_S3__ENDPOINT_URL``), the file that ``GLUEPOT_CONFIG``
names or ``gluepot.toml`` in the working directory, then the defaults below.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from gluepot.catalog.errors import InvalidInputError
from gluepot.catalog.limits import DEFAULT_LIMITS
from gluepot.crawlers.sources.config import S3Config
from gluepot.crawlers.sources.roots import FileRoots
from gluepot.jobs.launchers.places import Places

DEFAULT_FILE = "gluepot.toml"


class S3Settings(BaseModel):
    """``[s3]``: the store that ``s3://`` addresses mean."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    endpoint_url: str | None = None
    region: str | None = None
    path_style: bool = False
    profile: str | None = None
    access_key_id: str | None = None
    secret_access_key: SecretStr | None = None
    session_token: SecretStr | None = None
    role_arn: str | None = None
    external_id: str | None = None
    requester_pays: bool = False
    sse_c_key: SecretStr | None = None
    sts_endpoint_url: str | None = None
    sqs_endpoint_url: str | None = None
    embedded: bool = False


class SparkSettings(BaseModel):
    """``[spark]``: where jobs run."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    master: str = "local[*]"
    conf: dict[str, str] = Field(default_factory=dict)
    jars_dir: Path | None = None
    standby: bool = False


class ServerSettings(BaseModel):
    """``[server]``: where the Glue API listens, and as which account it answers."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    host: str = "127.0.0.1"
    port: int = Field(default=8470, ge=0, le=65535)
    account_id: str = Field(default="000000000000", pattern=r"^\d{12}$")
    region: str = "us-east-1"
    unix_socket: Path | None = None
    workers: int = Field(default=1, ge=1, le=64)
    threads: int = Field(default=8, ge=1, le=256)
    max_requests: int = Field(default=256, ge=1)
    max_connections: int = Field(default=1000, ge=1)
    max_body_bytes: int = Field(default=16 << 20, ge=1024)
    max_header_bytes: int = Field(default=32 << 10, ge=1024)
    request_seconds: float = Field(default=30, gt=0)
    operation_seconds: float = Field(default=60, gt=0)
    keep_alive_seconds: float = Field(default=60, gt=0)
    shutdown_seconds: float = Field(default=30, gt=0)
    log_requests: bool = True


class AuthSettings(BaseModel):
    """``[auth]``: whether requests must be signed with a key of ``gluepot auth key create``."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    required: bool = False
    event_token: SecretStr | None = Field(default=None, min_length=32)


class ConsoleSettings(BaseModel):
    """``[console]``: what the pages in the browser may show."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    file_roots: tuple[Path, ...] | None = None


class HistorySettings(BaseModel):
    """``[history]``: how long runs that have ended are kept, with all that is on record of them.

    Source of the default: Glue API reference, GetJobRuns.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    days: int = Field(default=90, ge=0, le=36_500)


class LineageSettings(BaseModel):
    """``[lineage]``: who else is told what comes from what, and under which name."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    namespace: str = "gluepot"
    url: str | None = Field(default=None, repr=False)
    api_key: SecretStr | None = None
    file: Path | None = None
    timeout_seconds: float = Field(default=10, gt=0, le=60)


class TelemetrySettings(BaseModel):
    """``[telemetry]``: where traces of OpenTelemetry go; without an endpoint there are none."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    endpoint: str | None = None


class LimitsSettings(BaseModel):
    """``[limits]``: how many things of a kind there may be; AWS Glue's default quotas."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    catalogs: int = Field(default=DEFAULT_LIMITS.catalogs, ge=0)
    databases: int = Field(default=DEFAULT_LIMITS.databases, ge=1)
    tables_per_database: int = Field(default=DEFAULT_LIMITS.tables_per_database, ge=1)
    versions_per_table: int = Field(default=DEFAULT_LIMITS.versions_per_table, ge=1)
    functions_per_database: int = Field(default=DEFAULT_LIMITS.functions_per_database, ge=0)
    schema_registries: int = Field(default=DEFAULT_LIMITS.schema_registries, ge=1)
    schema_versions: int = Field(default=DEFAULT_LIMITS.schema_versions, ge=1)
    ml_transforms: int = Field(default=DEFAULT_LIMITS.ml_transforms, ge=0)
    ml_task_runs_per_transform: int = Field(default=DEFAULT_LIMITS.ml_task_runs_per_transform, ge=1)
    label_file_megabytes: int = Field(default=DEFAULT_LIMITS.label_file_megabytes, ge=1, le=100)


class Settings(BaseSettings):
    """Every setting of gluepot; ``conf/gluepot.toml`` is the same list with comments."""

    model_config = SettingsConfigDict(
        frozen=True, extra="forbid", env_prefix="GLUEPOT_", env_nested_delimiter="__"
    )

    home: Path = Path(".gluepot")
    catalog_url: SecretStr | None = None
    endpoint_url: str | None = None
    conf_dir: Path = Path("conf")
    s3: S3Settings = S3Settings()
    spark: SparkSettings = SparkSettings()
    launch: Places = Places()
    server: ServerSettings = ServerSettings()
    auth: AuthSettings = AuthSettings()
    console: ConsoleSettings = ConsoleSettings()
    limits: LimitsSettings = LimitsSettings()
    history: HistorySettings = HistorySettings()
    lineage: LineageSettings = LineageSettings()
    telemetry: TelemetrySettings = TelemetrySettings()
    sealing_key: SecretStr | None = None
    sealing_key_file: Path | None = None

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Read arguments, then the environment, then the file."""
        file = TomlConfigSettingsSource(settings_cls, toml_file=settings_file())
        return init_settings, env_settings, file

    @property
    def database_url(self) -> str:
        """Return the catalog database's URL, with its password: never print it."""
        if self.catalog_url is not None:
            return self.catalog_url.get_secret_value()
        return f"sqlite:///{self.home.absolute() / 'catalog.db'}"

    @property
    def s3_config(self) -> S3Config:
        """Return the connection facts that the layers below take."""
        s3 = self.s3
        return S3Config(
            endpoint_url=s3.endpoint_url
            or _first_variable("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"),
            region=s3.region or _first_variable("AWS_REGION", "AWS_DEFAULT_REGION"),
            path_style=s3.path_style,
            profile=s3.profile or os.environ.get("AWS_PROFILE"),
            access_key_id=s3.access_key_id,
            secret_access_key=_reveal(s3.secret_access_key),
            session_token=_reveal(s3.session_token),
            role_arn=s3.role_arn,
            external_id=s3.external_id,
            requester_pays=s3.requester_pays,
            sse_c_key=_reveal(s3.sse_c_key),
            sts_endpoint_url=s3.sts_endpoint_url,
            sqs_endpoint_url=s3.sqs_endpoint_url,
        )

    @property
    def file_roots(self) -> FileRoots:
        """Return which files of this machine the console shows, as links lead now.

        By default those of the project's folder, which has ``home`` and ``conf_dir`` in it. Where
        they lie elsewhere, as in containers, nothing says which folder is meant, and it is none.
        """
        home, conf_dir = self.home.resolve(), self.conf_dir.resolve()
        project = conf_dir.parent
        is_project = project in home.parents and project != project.parent
        default = (project,) if is_project else ()
        given = self.console.file_roots
        key = self.sealing_key_file
        own = (home, home / "sealing.key", home / "catalog.db", conf_dir, settings_file().resolve())
        return FileRoots(
            allowed=default if given is None else tuple(each.resolve() for each in given),
            hidden=own if key is None else (*own, key.resolve()),
        )

    @property
    def jars_dir(self) -> Path:
        """Return the folder of Spark's companion jars."""
        return self.spark.jars_dir or cache_dir() / "jars"

    @property
    def java_home(self) -> str | None:
        """Return ``JAVA_HOME``."""
        return os.environ.get("JAVA_HOME")


def _first_variable(*names: str) -> str | None:
    return next((os.environ[name] for name in names if os.environ.get(name)), None)


def _reveal(secret: SecretStr | None) -> str | None:
    return None if secret is None else secret.get_secret_value()


def cache_dir() -> Path:
    """Return the folder for what can be fetched again (XDG base directory specification)."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "gluepot"


def settings_file() -> Path:
    """Return the path of the settings file, which need not exist unless it was named."""
    return Path(os.environ.get("GLUEPOT_CONFIG", DEFAULT_FILE))


def load_settings(**overrides: Any) -> Settings:  # noqa: ANN401
    """Read the settings.

    Raises:
        InvalidInputError: A key is unknown or has a wrong value (named, the value left out), or
            the file that ``GLUEPOT_CONFIG`` names is not there.
    """
    file = settings_file()
    if "GLUEPOT_CONFIG" in os.environ and not file.is_file():
        raise InvalidInputError(f"GLUEPOT_CONFIG names {file}, which is not a file")
    try:
        return Settings(**overrides)
    except ValidationError as error:
        raise InvalidInputError(_settings_fault(error, file)) from None
    except ValueError as error:  # tomllib's errors carry the line and column
        raise InvalidInputError(f"{file} is not valid TOML: {error}") from error


def _settings_fault(error: ValidationError, file: Path) -> str:
    faults = "; ".join(
        f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}"
        for fault in error.errors(include_input=False, include_url=False)
    )
    return f"Wrong settings in {file} or GLUEPOT_* variables: {faults}"
