from __future__ import annotations

from typing import Any

import pytest


def settings(glue: Any) -> dict[str, Any]:  # noqa: ANN401
    found: dict[str, Any] = glue.get_data_catalog_encryption_settings()
    return found["DataCatalogEncryptionSettings"]  # type: ignore[no-any-return]


def test_encryption_is_off_until_it_is_put(glue: Any) -> None:  # noqa: ANN401
    assert settings(glue) == {
        "EncryptionAtRest": {"CatalogEncryptionMode": "DISABLED"},
        "ConnectionPasswordEncryption": {"ReturnConnectionPasswordEncrypted": False},
    }


def test_a_setting_that_is_not_given_stays(glue: Any) -> None:  # noqa: ANN401
    at_rest = {"CatalogEncryptionMode": "SSE-KMS", "SseAwsKmsKeyId": "k"}
    passwords = {"ReturnConnectionPasswordEncrypted": True, "AwsKmsKeyId": "k"}
    for given in ({"EncryptionAtRest": at_rest}, {"ConnectionPasswordEncryption": passwords}):
        glue.put_data_catalog_encryption_settings(DataCatalogEncryptionSettings=given)

    assert settings(glue) == {
        "EncryptionAtRest": at_rest,
        "ConnectionPasswordEncryption": passwords,
    }


def test_security_configurations_have_a_life(glue: Any) -> None:  # noqa: ANN401
    given = {
        "S3Encryption": [{"S3EncryptionMode": "SSE-S3"}],
        "CloudWatchEncryption": {"CloudWatchEncryptionMode": "DISABLED"},
        "JobBookmarksEncryption": {},
    }

    made = glue.create_security_configuration(Name="b", EncryptionConfiguration=given)
    glue.create_security_configuration(Name="a", EncryptionConfiguration={})

    found = glue.get_security_configuration(Name="b")["SecurityConfiguration"]
    assert found["EncryptionConfiguration"] == given
    assert found["CreatedTimeStamp"] == made["CreatedTimestamp"]
    listed = glue.get_security_configurations()["SecurityConfigurations"]
    assert [one["Name"] for one in listed] == ["a", "b"]
    with pytest.raises(glue.exceptions.AlreadyExistsException):
        glue.create_security_configuration(Name="b", EncryptionConfiguration={})
    glue.delete_security_configuration(Name="b")
    with pytest.raises(glue.exceptions.EntityNotFoundException):
        glue.get_security_configuration(Name="b")
    with pytest.raises(glue.exceptions.EntityNotFoundException):
        glue.delete_security_configuration(Name="b")
