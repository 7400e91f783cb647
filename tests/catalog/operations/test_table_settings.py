from __future__ import annotations

from typing import Any

import pytest

PLACE = {"DatabaseName": "Sales", "TableName": "Days"}
OPTIMIZER = {"CatalogId": "000000000000", **PLACE}
CONFIGURATION = {
    "roleArn": "arn:aws:iam::000000000000:role/r",
    "enabled": False,
    "compactionConfiguration": {"icebergConfiguration": {"strategy": "sort"}},
}
TAGS_ARN = "arn:aws:glue:us-east-1:000000000000:columnStatisticsTaskSettings/sales/days"


@pytest.fixture
def tables(glue: Any) -> Any:  # noqa: ANN401
    """Return a client of a catalog with the table sales.days."""
    glue.create_database(DatabaseInput={"Name": "sales"})
    glue.create_table(DatabaseName="sales", TableInput={"Name": "days"})
    return glue


def test_an_optimizer_has_a_life(tables: Any) -> None:  # noqa: ANN401
    tables.create_table_optimizer(
        **OPTIMIZER, Type="compaction", TableOptimizerConfiguration=CONFIGURATION
    )
    made = tables.get_table_optimizer(**OPTIMIZER, Type="compaction")
    tables.update_table_optimizer(
        **OPTIMIZER, Type="compaction", TableOptimizerConfiguration={"enabled": True}
    )
    updated = tables.get_table_optimizer(**OPTIMIZER, Type="compaction")["TableOptimizer"]
    runs = tables.list_table_optimizer_runs(**OPTIMIZER, Type="compaction")
    with pytest.raises(tables.exceptions.AlreadyExistsException):
        tables.create_table_optimizer(
            **OPTIMIZER, Type="compaction", TableOptimizerConfiguration={}
        )
    tables.delete_table_optimizer(**OPTIMIZER, Type="compaction")

    shown = made["TableOptimizer"]
    assert (shown["type"], shown["configuration"]) == ("compaction", CONFIGURATION)
    assert {key: made[key] for key in OPTIMIZER} == OPTIMIZER
    assert updated["configuration"] == {"enabled": True}
    assert runs["TableOptimizerRuns"] == []
    missing = tables.exceptions.EntityNotFoundException
    with pytest.raises(missing, match=r"compaction of sales\.days"):
        tables.get_table_optimizer(**OPTIMIZER, Type="compaction")
    with pytest.raises(missing):
        tables.delete_table_optimizer(**OPTIMIZER, Type="compaction")
    with pytest.raises(missing):
        tables.list_table_optimizer_runs(**OPTIMIZER, Type="compaction")
    with pytest.raises(missing):
        tables.update_table_optimizer(
            **OPTIMIZER, Type="compaction", TableOptimizerConfiguration={}
        )


def test_an_optimizer_is_refused_where_it_makes_no_sense(tables: Any) -> None:  # noqa: ANN401
    with pytest.raises(tables.exceptions.InvalidInputException, match="compactionConfiguration"):
        tables.create_table_optimizer(
            **OPTIMIZER, Type="retention", TableOptimizerConfiguration=CONFIGURATION
        )
    with pytest.raises(tables.exceptions.EntityNotFoundException, match="Table x not found"):
        tables.create_table_optimizer(
            **{**OPTIMIZER, "TableName": "x"}, Type="retention", TableOptimizerConfiguration={}
        )


def test_a_batch_of_optimizers_says_what_failed(tables: Any) -> None:  # noqa: ANN401
    tables.create_table_optimizer(
        **OPTIMIZER, Type="compaction", TableOptimizerConfiguration=CONFIGURATION
    )
    entry = {"catalogId": "000000000000", "databaseName": "sales", "tableName": "days"}
    entries = [{**entry, "type": "compaction"}, {**entry, "type": "retention"}, entry]

    reply = tables.batch_get_table_optimizer(Entries=entries)

    [found] = reply["TableOptimizers"]
    assert found["tableOptimizer"]["configuration"] == CONFIGURATION
    codes = [failure["error"]["ErrorCode"] for failure in reply["Failures"]]
    assert codes == ["EntityNotFoundException", "InvalidInputException"]


def test_settings_end_with_their_table(tables: Any) -> None:  # noqa: ANN401
    tables.create_table_optimizer(**OPTIMIZER, Type="retention", TableOptimizerConfiguration={})
    tables.delete_table(DatabaseName="sales", Name="days")
    tables.create_table(DatabaseName="sales", TableInput={"Name": "days"})

    with pytest.raises(tables.exceptions.EntityNotFoundException):
        tables.get_table_optimizer(**OPTIMIZER, Type="retention")
    tables.create_table_optimizer(
        **OPTIMIZER, Type="retention", TableOptimizerConfiguration={"enabled": True}
    )

    found = tables.get_table_optimizer(**OPTIMIZER, Type="retention")["TableOptimizer"]
    assert found["configuration"] == {"enabled": True}


def test_statistics_settings_have_a_life(tables: Any) -> None:  # noqa: ANN401
    given = {"Role": "r", "ColumnNameList": ["a"], "SampleSize": 12.5}
    tables.create_column_statistics_task_settings(
        **PLACE, **given, Schedule="cron(0 10 * * ? *)", Tags={"team": "a"}
    )

    found = tables.get_column_statistics_task_settings(**PLACE)["ColumnStatisticsTaskSettings"]
    tags = tables.get_tags(ResourceArn=TAGS_ARN)["Tags"]
    tables.stop_column_statistics_task_run_schedule(**PLACE)
    tables.update_column_statistics_task_settings(**PLACE, SampleSize=1.0)
    stopped = tables.get_column_statistics_task_settings(**PLACE)["ColumnStatisticsTaskSettings"]
    tables.start_column_statistics_task_run_schedule(**PLACE)
    tables.update_column_statistics_task_settings(**PLACE, Schedule="")
    cleared = tables.get_column_statistics_task_settings(**PLACE)["ColumnStatisticsTaskSettings"]

    schedule = {"ScheduleExpression": "cron(0 10 * * ? *)", "State": "SCHEDULED"}
    assert found == {
        "CatalogID": "000000000000",
        "DatabaseName": "sales",
        "TableName": "days",
        **given,
        "Schedule": schedule,
        "ScheduleType": "CRON",
        "SettingSource": "TABLE",
    }
    assert tags == {"team": "a"}
    changed = {"Schedule": {**schedule, "State": "NOT_SCHEDULED"}, "SampleSize": 1.0}
    assert stopped == {**found, **changed}
    assert cleared.keys() & {"Schedule", "ScheduleType"} == set()


def test_statistics_settings_that_cannot_be_are_refused(tables: Any) -> None:  # noqa: ANN401
    invalid = tables.exceptions.InvalidInputException
    missing = tables.exceptions.EntityNotFoundException
    with pytest.raises(invalid):
        tables.create_column_statistics_task_settings(**PLACE, Role="r", Schedule="at noon")
    with pytest.raises(missing):
        tables.get_column_statistics_task_settings(**PLACE)
    with pytest.raises(missing):
        tables.get_tags(ResourceArn=TAGS_ARN)

    tables.create_column_statistics_task_settings(**PLACE, Role="r")
    with pytest.raises(tables.exceptions.AlreadyExistsException):
        tables.create_column_statistics_task_settings(**PLACE, Role="r")
    with pytest.raises(invalid, match="no schedule"):
        tables.start_column_statistics_task_run_schedule(**PLACE)
    tables.delete_column_statistics_task_settings(**PLACE)
    with pytest.raises(missing):
        tables.delete_column_statistics_task_settings(**PLACE)
    with pytest.raises(missing):
        tables.update_column_statistics_task_settings(**PLACE, SampleSize=1.0)
