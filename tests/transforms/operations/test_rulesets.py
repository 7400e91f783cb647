"""Data quality rulesets through the API."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

RULES = 'Rules = [ IsComplete "a", # one, two\n  ColumnValues "b" in ["x, y", "]"] ]'


def make(glue: Any, name: str, **members: Any) -> None:  # noqa: ANN401
    glue.create_data_quality_ruleset(**{"Name": name, "Ruleset": RULES, **members})


def test_a_ruleset_is_made_changed_and_deleted(glue: Any) -> None:  # noqa: ANN401
    table = {"DatabaseName": "d", "TableName": "t"}
    make(glue, "r", Description="", TargetTable=table, Tags={"a": "1"})

    found = glue.get_data_quality_ruleset(Name="r")

    assert (found["Ruleset"], found["Description"], found["TargetTable"]) == (RULES, "", table)
    with pytest.raises(glue.exceptions.AlreadyExistsException):
        make(glue, "r")
    changed = glue.update_data_quality_ruleset(Name="r", Description="new")
    assert (changed["Name"], changed["Description"], changed["Ruleset"]) == ("r", "new", RULES)
    again = glue.get_data_quality_ruleset(Name="r")
    assert again["LastModifiedOn"] > again["CreatedOn"]
    assert again["TargetTable"] == table
    glue.delete_data_quality_ruleset(Name="r")
    for operation in ("get", "update", "delete"):
        with pytest.raises(glue.exceptions.EntityNotFoundException):
            getattr(glue, f"{operation}_data_quality_ruleset")(Name="r")


def test_rulesets_are_listed_filtered_and_paged(glue: Any) -> None:  # noqa: ANN401
    for number in range(5):
        table = {"DatabaseName": "d", "TableName": f"t{number % 2}"}
        make(glue, f"r{number}", TargetTable=table, Description=str(number), Tags={"n": "x"})
    made = glue.get_data_quality_ruleset(Name="r0")["CreatedOn"]

    def names(**request: Any) -> list[str]:  # noqa: ANN401
        found: list[str] = []
        token: dict[str, str] = {}
        while True:
            page = glue.list_data_quality_rulesets(MaxResults=2, **request, **token)
            found += [item["Name"] for item in page["Rulesets"]]
            if "NextToken" not in page:
                return found
            token = {"NextToken": page["NextToken"]}

    assert names() == [f"r{number}" for number in range(5)]
    assert names(Filter={"Name": "r2"}) == ["r2"]
    assert names(Filter={"Description": "3"}) == ["r3"]
    target = {"DatabaseName": "d", "TableName": "t0"}
    assert names(Filter={"TargetTable": target}) == ["r0", "r2", "r4"]
    assert names(Filter={"CreatedBefore": made}) == []
    assert len(names(Filter={"CreatedAfter": made - timedelta(seconds=1)})) == 5
    assert names(Filter={"LastModifiedAfter": made + timedelta(hours=1)}) == []
    assert names(Tags={"n": "y"}) == []
    (listed,) = glue.list_data_quality_rulesets(Filter={"Name": "r2"})["Rulesets"]
    assert listed["RuleCount"] == 2
    assert "Ruleset" not in listed


def test_a_token_makes_a_repeated_request_one(glue: Any) -> None:  # noqa: ANN401
    make(glue, "r", ClientToken="one")
    make(glue, "r", ClientToken="one")

    with pytest.raises(glue.exceptions.IdempotentParameterMismatchException, match="one"):
        make(glue, "s", ClientToken="one")
    with pytest.raises(glue.exceptions.AlreadyExistsException):
        make(glue, "r", ClientToken="two")
    make(glue, "s", ClientToken="two")

    listed = glue.list_data_quality_rulesets()["Rulesets"]
    assert [item["Name"] for item in listed] == ["r", "s"]
    assert "ClientToken" not in glue.get_data_quality_ruleset(Name="r")


@pytest.mark.parametrize("text", ["none", "Rules = [", 'Rules = [ "a ]', "Rules = [ ) ]"])
def test_a_text_without_a_list_of_rules_is_refused(glue: Any, text: str) -> None:  # noqa: ANN401
    with pytest.raises(glue.exceptions.InvalidInputException):
        make(glue, "r", Ruleset=text)

    assert glue.list_data_quality_rulesets()["Rulesets"] == []
