"""Tables and files profiled by a command: read, kept, and read again from what was kept."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

from gluepot.catalog.errors import InvalidInputError
from gluepot.catalog.profile_store import ProfileStore
from gluepot.checking import data_source, subject_of
from gluepot.jobs.quality.model import Subject
from gluepot.jobs.quality.orders import table_source
from gluepot.launching import workshop_of
from gluepot.spark_session import quiet_session
from gluepot.transforms.quality.profiling.filling import (
    fill_partitions,
    fill_statistics,
    part_of_partition,
)
from gluepot.transforms.quality.profiling.keeping import (
    keep_profile,
    kept_profile,
    newest_parts,
    table_subject,
)
from gluepot.transforms.quality.profiling.model import FrameProfile, merged

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pyspark.sql import DataFrame

    from gluepot.catalog.model import Table
    from gluepot.services import Services
    from gluepot.transforms.quality.profiling.model import Part


@dataclass(frozen=True)
class Profiled:
    """A table of the catalog, or files, and its profiles.

    Raises:
        EntityNotFoundError: There is neither such a table nor such a file.
    """

    services: Services
    target: str

    @cached_property
    def store(self) -> ProfileStore:
        """Return where profiles are kept."""
        return ProfileStore(self.services.engine, self.services.clock)

    @cached_property
    def table(self) -> Table | None:
        """Return the table's definition; None of files."""
        kind, name = self._found
        return None if kind is Subject.FILE else self.services.catalog.get_table(*name.split("."))

    @cached_property
    def subject(self) -> str:
        """Return what profiles are kept under."""
        kind, name = self._found
        return name if kind is Subject.FILE else table_subject("", *name.lower().split("."))

    @property
    def partitioned_by(self) -> tuple[str, ...]:
        """Return the partition keys; none of files."""
        table = self.table
        return () if table is None else tuple(key.name for key in table.partition_keys or ())

    @cached_property
    def _found(self) -> tuple[Subject, str]:
        return subject_of(self.services, self.target)

    def last(self) -> FrameProfile:
        """Return the last profile, without reading any rows.

        Raises:
            EntityNotFoundError: There is none.
        """
        return kept_profile(self.store, self.store.newest(self.subject))

    def make(self, conf: Mapping[str, str], *, only_new: bool = False) -> FrameProfile:
        """Profile all rows, or only new partitions; keep that, and fill the column statistics.

        Args:
            conf: Spark settings that go before those of the settings file.
            only_new: Only partitions that were never profiled are read; the profile is that of all
                partitions that the catalog has.

        Raises:
            InvalidInputError: Only what is new is wanted of what has no partitions.
            SourceError: The rows cannot be read.
        """
        new = self._new_partitions() if only_new else None
        if new is not None and not new:
            return self._whole(self.last())
        found = self._profiled(conf, None if new is None else _predicate(self.partitioned_by, new))
        keep_profile(self.store, self.subject, found)
        self._fill(found)
        return found if new is None else self._whole(found)

    def _profiled(self, conf: Mapping[str, str], predicate: str | None) -> FrameProfile:
        from gluepot.jobs.context import GlueContext  # noqa: PLC0415 - it imports Spark
        from gluepot.jobs.quality_runs.reading import read_path, read_table  # noqa: PLC0415
        from gluepot.jobs.run_context.script_run import ScriptRun, running  # noqa: PLC0415
        from gluepot.transforms.quality.profiling.reading import profile_frame  # noqa: PLC0415

        _, name = self._found
        workshop = workshop_of(self.services, job_name=name, run_id="profile")
        spark = quiet_session(self.services, conf)
        with running(ScriptRun(workshop=workshop, bookmark=False)):
            rows: DataFrame
            if self.table is None:
                rows = read_path(spark, name)
            else:
                source = table_source(data_source(name, predicate=predicate, only_new=False))
                rows = read_table(GlueContext(spark), source)
            return profile_frame(
                rows, now=self.services.clock(), partitioned_by=self.partitioned_by
            )

    def _fill(self, found: FrameProfile) -> None:
        if self.table is None:
            return
        catalog, now = self.services.catalog, found.profiled_at
        if found.parts:
            fill_partitions(catalog, self.table, found.parts, now=now)
        fill_statistics(catalog, self.table, self._whole(found).whole, now=now)

    def _whole(self, found: FrameProfile) -> FrameProfile:
        """Return the profile of all partitions that there are, each as it was last profiled."""
        if not self.partitioned_by:
            return found
        there = set(self._partitions())
        parts = {
            part: one
            for part, one in newest_parts(self.store, self.subject).items()
            if part in there or part in found.parts
        }
        if parts.keys() == found.parts.keys():
            return found
        # Keys were counted of the rows that were read, which says nothing of all rows.
        return replace(found, whole=merged(parts.values()), parts=parts, keys=())

    def _partitions(self) -> list[Part]:
        table = self.table
        if table is None:
            return []
        found = self.services.catalog.partitions.list(*self._found[1].split("."))
        return [part_of_partition(table, each) for each in found]

    def _new_partitions(self) -> list[Part]:
        if not self.partitioned_by:
            raise InvalidInputError(f"{self.target} has no partitions that could be new")
        known = newest_parts(self.store, self.subject)
        return [part for part in self._partitions() if part not in known]


def _predicate(keys: Sequence[str], parts: Sequence[Part]) -> str:
    """Return Spark SQL that is true in these partitions."""
    return " OR ".join("(" + " AND ".join(map(_equals, keys, part)) + ")" for part in parts)


def _equals(key: str, value: str | None) -> str:
    name = f"`{key.replace('`', '``')}`"
    if value is None:
        return f"{name} IS NULL"
    text = value.replace("\\", "\\\\").replace("'", "\\'")
    return f"{name} = '{text}'"
