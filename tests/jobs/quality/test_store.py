"""Results and values as they are kept: ids, series, annotations, and results of old."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa
from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from gluepot.catalog.engine import open_engine, writing
from gluepot.catalog.errors import EntityNotFoundError
from gluepot.catalog.migrate import migrate
from gluepot.jobs.quality.metric_names import read_key
from gluepot.jobs.quality.model import GateResult, Inclusion, Subject, statistic_id
from gluepot.jobs.quality.store import QualityStore, StoredHistory

if TYPE_CHECKING:
    from collections.abc import Iterator

ROWS = "Dataset.*.RowCount"
START = datetime(2024, 3, 1, tzinfo=UTC)


class Clock:
    """Goes on by a day with each look."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        """Return the next day."""
        self.now += timedelta(days=1)
        return self.now


@pytest.fixture
def store(database_url: str) -> Iterator[QualityStore]:
    engine = open_engine(database_url)
    migrate(engine)
    yield QualityStore(engine, Clock())
    engine.dispose()


def result(**values: float) -> GateResult:
    return GateResult(
        run_id="jr_1",
        job_name="load",
        gate="g",
        on_failure="warn",
        passed=True,
        result={"score": 1.0, "statistics": values or {ROWS: 3.0}},
        html_report="x.html",
        json_report="x.json",
    )


def history(store: QualityStore, subject: Subject = Subject.JOB) -> StoredHistory:
    return StoredHistory(store=store, subject=subject, name="load", context="g")


def test_results_get_ids_and_come_back_as_they_were(store: QualityStore) -> None:
    given = replace(
        result(),
        subject=Subject.TABLE,
        table="d.t",
        data_source={"GlueTable": {"DatabaseName": "d", "TableName": "t"}},
        evaluated={"rules": []},
        started_at=START,
        completed_at=START,
        failing_rows=3,
        failing_path="s3://b/x",
    )

    kept, other = store.record(given), store.record(result())

    assert store.get(kept.id) == kept
    assert replace(kept, id="", profile_id="", created_at=None, number=0) == given
    assert len({kept.id, other.id, kept.profile_id, other.profile_id}) == 4
    assert [one.id for one in store.list()] == [other.id, kept.id]
    assert [one.id for one in store.list(after=other.number)] == [kept.id]
    with pytest.raises(EntityNotFoundError, match="dqresult-x not found"):
        store.get("dqresult-x")


def test_history_is_of_one_subject_and_newest_first(store: QualityStore) -> None:
    for value in (1.0, 2.0, 3.0):
        store.record(result(**{ROWS: value, "Column.a.Mean": -value}))
    store.record(replace(result(**{ROWS: 9.0}), subject=Subject.TABLE))
    store.record(replace(result(**{ROWS: 9.0}), gate="other"))

    assert history(store).values(ROWS, 2) == [3.0, 2.0]
    assert history(store).values("Column.a.Mean", 9) == [-3.0, -2.0, -1.0]
    assert history(store, Subject.TABLE).values(ROWS, 9) == [9.0]
    times = [point.at for point in history(store).points(ROWS, 9)]
    assert times == [START + timedelta(days=day) for day in (3, 2, 1)]


def test_what_somebody_excludes_does_not_count_until_it_is_included_again(
    store: QualityStore,
) -> None:
    kept = [store.record(result(**{ROWS: value, "x": value})) for value in (1.0, 2.0, 3.0)]
    series = statistic_id(Subject.JOB, "load", "g", ROWS)

    assert store.annotate(kept[2].profile_id, Inclusion.EXCLUDE, series=series) == 1
    assert history(store).values(ROWS, 9) == [2.0, 1.0]
    assert history(store).values("x", 9) == [3.0, 2.0, 1.0]
    assert store.annotate(kept[1].profile_id, Inclusion.EXCLUDE) == 2
    assert history(store).values("x", 9) == [3.0, 1.0]
    store.annotate(kept[2].profile_id, Inclusion.INCLUDE, series=series)
    assert history(store).values(ROWS, 9) == [3.0, 1.0]
    assert store.annotate("dqprofile-x", Inclusion.EXCLUDE) == 0
    (value,) = store.statistics(series=series, profile_id=kept[1].profile_id)
    assert (value.value, value.inclusion, value.run_id) == (2.0, Inclusion.EXCLUDE, "jr_1")


def test_results_of_old_get_ids_and_a_history(empty_database_url: str) -> None:
    engine = open_engine(empty_database_url)
    migrate(engine)
    revision = ScriptDirectory("src/gluepot/catalog/migrations").get_revision("0018_quality").module
    with writing(engine) as connection:
        with Operations.context(MigrationContext.configure(connection)):
            revision.downgrade()
        connection.execute(
            sa.text(
                "INSERT INTO quality_results (run_id, job_name, gate, on_failure, passed, result,"
                " html_report, json_report, created_at) VALUES ('r', 'load', 'g', 'warn', true,"
                """ '{"score": 1.0, "statistics": {"Dataset.*.RowCount": 7.0}}', 'h', 'j',"""
                " '2024-03-01 00:00:00')"
            )
        )
        with Operations.context(MigrationContext.configure(connection)):
            revision.upgrade()
    store = QualityStore(engine, Clock())

    (kept,) = store.list()

    assert (kept.subject, kept.id[:9], kept.profile_id[:10]) == (
        Subject.JOB,
        "dqresult-",
        "dqprofile-",
    )
    assert history(store).values(ROWS, 9) == [7.0]
    engine.dispose()


@pytest.mark.parametrize(
    ("key", "level", "columns", "name"),
    [
        (ROWS, "Dataset", (), "RowCount"),
        ("Column.a b.Completeness where x = 'a.B'", "Column", ("a b",), "Completeness"),
        ("Column.a.ColumnValues.Compliance", "Column", ("a",), "ColumnValues.Compliance"),
        ("Multicolumn.a,b.Uniqueness", "Multicolumn", ("a", "b"), "Uniqueness"),
        ("Dataset.*.CustomSQL of select 1.0 from x", "Dataset", (), "CustomSQL"),
    ],
)
def test_keys_of_metrics_are_read_in_their_parts(
    key: str, level: str, columns: tuple[str, ...], name: str
) -> None:
    found = read_key(key)
    assert (found.level, found.columns, found.name) == (level, columns, name)
