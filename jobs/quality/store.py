"""Where results of rules are kept, and the history of what they measured."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields, replace
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from gluepot.catalog.errors import EntityNotFoundError
from gluepot.catalog.scope import ScopedStore
from gluepot.jobs.quality.model import (
    GateResult,
    Inclusion,
    Statistic,
    Subject,
    new_profile_id,
    new_result_id,
    statistic_id,
)
from gluepot.jobs.quality.tables import quality_results, quality_statistics
from gluepot.transforms.quality.dqdl.history import Point

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

RESULT = "Data quality result"
STATISTIC = "Data quality statistic"
_JOINED = quality_statistics.join(
    quality_results, quality_statistics.c.profile_id == quality_results.c.profile_id
)


class QualityStore(ScopedStore):
    """Results and statistics in the database of ``engine``; each call is a transaction."""

    def record(self, result: GateResult) -> GateResult:
        """Keep a result with what it has measured, and return it with its ids."""
        now = self._scope.clock()
        kept = replace(result, id=new_result_id(), profile_id=new_profile_id(), created_at=now)
        row = {name: value for name, value in asdict(kept).items() if name != "number"}
        values = [
            {
                "statistic_id": kept.statistic_id(key),
                "profile_id": kept.profile_id,
                "key": key,
                "value": value,
                "recorded_at": now,
            }
            for key, value in kept.result.get("statistics", {}).items()
        ]
        with self._scope.writing() as connection:
            new = sa.insert(quality_results).values(row).returning(quality_results.c.number)
            number = connection.execute(new).scalar_one()
            if values:
                connection.execute(sa.insert(quality_statistics), values)
        return replace(kept, number=number)

    def list(
        self,
        *,
        where: Sequence[sa.ColumnElement[bool]] = (),
        after: int | None = None,
        limit: int = 100,
    ) -> list[GateResult]:
        """Return results, the newest first.

        Args:
            where: Conditions on the columns of ``quality_results``.
            after: The number of a result: only older ones follow.
            limit: How many at most.
        """
        query = sa.select(quality_results).where(*where)
        if after is not None:
            query = query.where(quality_results.c.number < after)
        query = query.order_by(quality_results.c.number.desc()).limit(limit)
        with self._scope.reading() as connection:
            return [_result(row) for row in connection.execute(query)]

    def find_many(self, ids: Collection[str]) -> dict[str, GateResult]:
        """Return those of ``ids`` that there are."""
        query = sa.select(quality_results).where(quality_results.c.id.in_(list(ids)))
        with self._scope.reading() as connection:
            return {row.id: _result(row) for row in connection.execute(query)}

    def get(self, result_id: str) -> GateResult:
        """Return a result.

        Raises:
            EntityNotFoundError: There is none of that id.
        """
        found = self.find_many([result_id]).get(result_id)
        if found is None:
            raise EntityNotFoundError(RESULT, result_id)
        return found

    def points(self, series: str, limit: int) -> Sequence[Point]:
        """Return the last values of a series that count, newest first."""
        query = (
            sa.select(quality_statistics.c.value, quality_statistics.c.recorded_at)
            .where(quality_statistics.c.statistic_id == series)
            .where(quality_statistics.c.inclusion.is_distinct_from(Inclusion.EXCLUDE))
            .order_by(quality_statistics.c.number.desc())
            .limit(limit)
        )
        with self._scope.reading() as connection:
            return [Point(value=row.value, at=row.recorded_at) for row in connection.execute(query)]

    def statistics(
        self,
        *,
        series: str | None = None,
        profile_id: str | None = None,
        where: Sequence[sa.ColumnElement[bool]] = (),
        after: int | None = None,
        limit: int = 100,
    ) -> Sequence[Statistic]:
        """Return values, the newest first.

        Args:
            series: Only those of this id of a statistic.
            profile_id: Only those of this run's profile.
            where: Conditions on the columns of ``quality_statistics``.
            after: The number of a value: only older ones follow.
            limit: How many at most.
        """
        columns = quality_statistics.c
        query = (
            sa.select(quality_statistics, quality_results.c.run_id, quality_results.c.subject)
            .select_from(_JOINED)
            .where(*where)
        )
        if series is not None:
            query = query.where(columns.statistic_id == series)
        if profile_id is not None:
            query = query.where(columns.profile_id == profile_id)
        if after is not None:
            query = query.where(columns.number < after)
        query = query.order_by(columns.number.desc()).limit(limit)
        with self._scope.reading() as connection:
            return [_statistic(row) for row in connection.execute(query)]

    def has_profile(self, profile_id: str) -> bool:
        """Return whether some run has measured under this id."""
        query = sa.select(quality_results.c.number).where(
            quality_results.c.profile_id == profile_id
        )
        with self._scope.reading() as connection:
            return connection.execute(query.limit(1)).first() is not None

    def annotate(self, profile_id: str, inclusion: Inclusion, *, series: str | None = None) -> int:
        """Say whether a run's values count, or that of one series; return how many there are."""
        change = (
            sa.update(quality_statistics)
            .where(quality_statistics.c.profile_id == profile_id)
            .values(inclusion=inclusion, annotated_at=self._scope.clock())
        )
        if series is not None:
            change = change.where(quality_statistics.c.statistic_id == series)
        with self._scope.writing() as connection:
            return connection.execute(change).rowcount


@dataclass(frozen=True, kw_only=True)
class StoredHistory:
    """Earlier values of one job or table in one evaluation context."""

    store: QualityStore
    subject: Subject
    name: str
    context: str

    def points(self, subject: str, limit: int) -> Sequence[Point]:
        """Return up to ``limit`` earlier values of a metric's key, newest first."""
        series = statistic_id(self.subject, self.name, self.context, subject)
        return self.store.points(series, limit)

    def values(self, subject: str, limit: int) -> Sequence[float]:
        """Return what ``points`` does, without times."""
        return [point.value for point in self.points(subject, limit)]


def _result(row: sa.Row[Any]) -> GateResult:
    members = {item.name: getattr(row, item.name) for item in fields(GateResult)}
    return GateResult(**(members | {"subject": Subject(row.subject)}))


def _statistic(row: sa.Row[Any]) -> Statistic:
    return Statistic(
        id=row.statistic_id,
        profile_id=row.profile_id,
        key=row.key,
        value=row.value,
        recorded_at=row.recorded_at,
        inclusion=None if row.inclusion is None else Inclusion(row.inclusion),
        annotated_at=row.annotated_at,
        run_id=row.run_id,
        subject=Subject(row.subject),
        number=row.number,
    )
