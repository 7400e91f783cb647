"""How many things of a kind there may be; AWS Glue's default quotas."""

from __future__ import annotations

from dataclasses import dataclass

from gluepot.catalog.errors import ResourceNumberLimitExceededError


@dataclass(frozen=True, kw_only=True)
class Limits:
    """The quotas of one database server.

    Two callers that create at the same moment may pass one by one each: the count is read, not
    locked.
    """

    catalogs: int = 10_000
    databases: int = 10_000
    tables_per_database: int = 200_000
    versions_per_table: int = 100_000
    functions_per_database: int = 100
    schema_registries: int = 10
    schema_versions: int = 10_000
    ml_transforms: int = 100
    ml_task_runs_per_transform: int = 3
    label_file_megabytes: int = 10


DEFAULT_LIMITS = Limits()


def refuse_beyond(limit: int, count: int, *, resource: str, container: str) -> None:
    """Refuse one more of what there are ``count`` of.

    Raises:
        ResourceNumberLimitExceededError: There are ``limit`` already.
    """
    if count >= limit:
        raise ResourceNumberLimitExceededError(
            f"Number of {resource} resources exceeds the limit {limit} per {container}"
        )
