from __future__ import annotations

from typing import Any

import pytest

INSTANCE = "arn:aws:sso:::instance/ssoins-1"
ARN = "arn:aws:glue:us-east-1:000000000000"


def test_usage_profiles_have_a_life(glue: Any) -> None:  # noqa: ANN401
    configuration = {
        "SessionConfiguration": {},
        "JobConfiguration": {
            "WorkerType": {"DefaultValue": "G.1X", "AllowedValues": ["G.1X", "G.2X"]},
            "NumberOfWorkers": {"DefaultValue": "9", "MinValue": "2", "MaxValue": "10"},
        },
    }
    reply = glue.create_usage_profile(
        Name="b", Description="", Configuration=configuration, Tags={"team": "a"}
    )
    glue.create_usage_profile(Name="a", Configuration={})
    found = glue.get_usage_profile(Name="b")
    pages = glue.get_paginator("list_usage_profiles").paginate(PaginationConfig={"PageSize": 1})
    names = [one["Name"] for page in pages for one in page["Profiles"]]
    tags = glue.get_tags(ResourceArn=f"{ARN}:usageProfile/b")["Tags"]
    glue.update_usage_profile(Name="b", Configuration={})
    updated = glue.get_usage_profile(Name="b")

    assert (reply["Name"], names, tags) == ("b", ["a", "b"], {"team": "a"})
    assert (found["Description"], found["Configuration"]) == ("", configuration)
    assert found["CreatedOn"] == found["LastModifiedOn"] < updated["LastModifiedOn"]
    assert (updated.get("Description"), updated["Configuration"]) == (None, {})
    with pytest.raises(glue.exceptions.AlreadyExistsException):
        glue.create_usage_profile(Name="b", Configuration={})
    glue.delete_usage_profile(Name="b")
    glue.delete_usage_profile(Name="b")
    with pytest.raises(glue.exceptions.EntityNotFoundException):
        glue.get_usage_profile(Name="b")
    with pytest.raises(glue.exceptions.EntityNotFoundException):
        glue.update_usage_profile(Name="b", Configuration={})


NOT_ALLOWED: tuple[dict[str, Any], ...] = (
    {"DefaultValue": "a", "AllowedValues": ["b"]},
    {"DefaultValue": "11", "MaxValue": "9"},
    {"MinValue": "10", "MaxValue": "9"},
)


def test_a_profile_whose_default_is_not_allowed_is_refused(glue: Any) -> None:  # noqa: ANN401
    for parameter in NOT_ALLOWED:
        configuration = {"JobConfiguration": {"timeout": parameter}}
        with pytest.raises(glue.exceptions.InvalidInputException, match="JobConfiguration timeout"):
            glue.create_usage_profile(Name="a", Configuration=configuration)


def test_custom_entity_types_have_a_life(glue: Any) -> None:  # noqa: ANN401
    given = {"RegexString": r"\p{L}{3}[0-9]++", "ContextWords": ["id"]}
    glue.create_custom_entity_type(Name="b", **given, Tags={"team": "a", "stage": "x"})
    glue.create_custom_entity_type(Name="a", RegexString="x")

    found = glue.get_custom_entity_type(Name="b")
    listed = glue.list_custom_entity_types()["CustomEntityTypes"]
    tagged = glue.list_custom_entity_types(Tags={"team": "a"})["CustomEntityTypes"]
    batch = glue.batch_get_custom_entity_types(Names=["b", "x", "a", "b"])

    assert {key: found[key] for key in given} == given
    assert [one["Name"] for one in listed] == ["a", "b"]
    assert [one["Name"] for one in tagged] == ["b"]
    assert [one["Name"] for one in batch["CustomEntityTypes"]] == ["b", "a"]
    assert batch["CustomEntityTypesNotFound"] == ["x"]
    with pytest.raises(glue.exceptions.AlreadyExistsException):
        glue.create_custom_entity_type(Name="b", RegexString="x")
    assert glue.delete_custom_entity_type(Name="b")["Name"] == "b"
    with pytest.raises(glue.exceptions.EntityNotFoundException):
        glue.delete_custom_entity_type(Name="b")


def test_the_identity_center_configuration_is_there_once(glue: Any) -> None:  # noqa: ANN401
    missing = glue.exceptions.EntityNotFoundException
    with pytest.raises(missing):
        glue.get_glue_identity_center_configuration()

    made = glue.create_glue_identity_center_configuration(InstanceArn=INSTANCE, Scopes=["a"])
    glue.update_glue_identity_center_configuration(UserBackgroundSessionsEnabled=True)

    found = glue.get_glue_identity_center_configuration()
    found.pop("ResponseMetadata")
    assert found == {
        "ApplicationArn": made["ApplicationArn"],
        "InstanceArn": INSTANCE,
        "Scopes": ["a"],
        "UserBackgroundSessionsEnabled": True,
    }
    with pytest.raises(glue.exceptions.AlreadyExistsException):
        glue.create_glue_identity_center_configuration(InstanceArn=INSTANCE)
    glue.delete_glue_identity_center_configuration()
    with pytest.raises(missing):
        glue.delete_glue_identity_center_configuration()


def test_the_export_to_s3_tables_can_only_be_off(glue: Any) -> None:  # noqa: ANN401
    with pytest.raises(glue.exceptions.EntityNotFoundException):
        glue.get_data_catalog_export_configuration()
    with pytest.raises(glue.exceptions.OperationNotSupportedException, match="S3 Tables"):
        glue.put_data_catalog_export_configuration(ExportSetting="ENABLED")

    glue.put_data_catalog_export_configuration(ExportSetting="DISABLED")

    found = glue.get_data_catalog_export_configuration()
    assert (found["ExportSetting"], found["Status"]) == ("DISABLED", "DISABLED")
