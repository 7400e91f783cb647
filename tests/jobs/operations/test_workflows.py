"""Workflows and blueprints through the API."""

from __future__ import annotations

from typing import Any

from tests.jobs.operations.conftest import names_of, refused


def test_a_workflow_is_made_changed_listed_and_deleted(glue: Any) -> None:  # noqa: ANN401
    members = {"Description": "d", "DefaultRunProperties": {"a": "1"}, "MaxConcurrentRuns": 2}
    assert glue.create_workflow(Name="flow", **members, Tags={"t": "1"}) is not None

    found = glue.get_workflow(Name="flow")["Workflow"]
    assert {key: found[key] for key in members} == members
    assert "Graph" not in found
    with refused(glue, "AlreadyExists"):
        glue.create_workflow(Name="flow")
    assert glue.update_workflow(Name="flow", Description="new")["Name"] == "flow"
    changed = glue.get_workflow(Name="flow")["Workflow"]
    assert (changed["Description"], changed["MaxConcurrentRuns"]) == ("new", 2)
    assert changed["LastModifiedOn"] > changed["CreatedOn"]
    batch = glue.batch_get_workflows(Names=["x", "flow"])
    assert [item["Name"] for item in batch["Workflows"]] == ["flow"]
    assert batch["MissingWorkflows"] == ["x"]
    for _ in range(2):
        assert glue.delete_workflow(Name="flow")["Name"] == "flow"
    with refused(glue, "EntityNotFound", "Entity not found"):
        glue.get_workflow(Name="flow")
    with refused(glue, "EntityNotFound", "Entity not found"):
        glue.update_workflow(Name="flow")


def test_the_graph_is_what_the_triggers_say(glue: Any) -> None:  # noqa: ANN401
    glue.create_workflow(Name="flow")
    glue.create_trigger(
        Name="begin", Type="ON_DEMAND", Actions=[{"CrawlerName": "raw"}], WorkflowName="flow"
    )
    condition = {"LogicalOperator": "EQUALS", "CrawlerName": "raw", "CrawlState": "SUCCEEDED"}
    glue.create_trigger(
        Name="then",
        Type="CONDITIONAL",
        Predicate={"Conditions": [condition]},
        Actions=[{"JobName": "load"}],
        WorkflowName="flow",
    )
    glue.create_trigger(Name="other", Type="ON_DEMAND", Actions=[{"JobName": "no"}])

    found = glue.get_workflow(Name="flow", IncludeGraph=True)["Workflow"]["Graph"]

    names = {node["UniqueId"]: (node["Type"], node["Name"]) for node in found["Nodes"]}
    assert sorted(names.values()) == [
        ("CRAWLER", "raw"),
        ("JOB", "load"),
        ("TRIGGER", "begin"),
        ("TRIGGER", "then"),
    ]
    edges = [(names[e["SourceId"]][1], names[e["DestinationId"]][1]) for e in found["Edges"]]
    assert sorted(edges) == [("begin", "raw"), ("raw", "then"), ("then", "load")]
    (batch,) = glue.batch_get_workflows(Names=["flow"], IncludeGraph=True)["Workflows"]
    assert batch["Graph"] == found


def test_workflows_and_blueprints_are_listed_by_page(glue: Any) -> None:  # noqa: ANN401
    for number in range(5):
        glue.create_workflow(Name=f"w{number}")
        glue.create_blueprint(
            Name=f"b{number}", BlueprintLocation="s3://b/x.zip", Tags={"odd": str(number % 2)}
        )

    assert names_of(glue, "list_workflows", "Workflows") == [f"w{n}" for n in range(5)]
    assert names_of(glue, "list_blueprints", "Blueprints") == [f"b{n}" for n in range(5)]
    assert glue.list_blueprints(Tags={"odd": "1"})["Blueprints"] == ["b1", "b3"]


def test_a_blueprint_is_made_changed_and_deleted(glue: Any) -> None:  # noqa: ANN401
    glue.create_blueprint(Name="b", BlueprintLocation="s3://b/x.zip", Description="d")
    with refused(glue, "AlreadyExists"):
        glue.create_blueprint(Name="b", BlueprintLocation="s3://b/x.zip")

    glue.update_blueprint(Name="b", BlueprintLocation="s3://b/y.zip")

    found = glue.get_blueprint(Name="b", IncludeBlueprint=True)["Blueprint"]
    assert (found["Description"], found["BlueprintLocation"]) == ("d", "s3://b/y.zip")
    assert glue.batch_get_blueprints(Names=["b", "x"])["MissingBlueprints"] == ["x"]
    for _ in range(2):
        assert glue.delete_blueprint(Name="b")["Name"] == "b"
    with refused(glue, "EntityNotFound"):
        glue.get_blueprint(Name="b")
    with refused(glue, "EntityNotFound"):
        glue.update_blueprint(Name="b", BlueprintLocation="s3://b/y.zip")
