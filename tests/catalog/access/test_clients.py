"""Clients as they are sign in a way that is taken: boto3, the AWS CLI, PyIceberg, awswrangler."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import awswrangler as wr
import boto3
import pytest
from botocore.exceptions import ClientError
from pyiceberg.catalog.glue import GlueCatalog

from tests.servers.glue import REGION

if TYPE_CHECKING:
    from gluepot.catalog.access.keys import NewKey
    from tests.catalog.access.conftest import Secured

AWS = Path(sys.executable).with_name("aws")


@pytest.fixture
def admin(secured: Secured) -> NewKey:
    return secured.admin()


def test_boto3_asks_the_same_many_times_and_pages(secured: Secured, admin: NewKey) -> None:
    client = secured.client(admin)
    for number in range(3):
        client.create_database(DatabaseInput={"Name": f"boto{number}", "Description": "ä € 中"})

    for _ in range(30):
        assert client.get_database(Name="boto1")["Database"]["Description"] == "ä € 中"
    pages = client.get_paginator("get_databases").paginate(PaginationConfig={"PageSize": 1})
    names = [item["Name"] for page in pages for item in page["DatabaseList"]]

    assert {"boto0", "boto1", "boto2"} <= set(names)


def test_the_aws_cli_signs(secured: Secured, admin: NewKey) -> None:
    def aws(*words: str, secret: str) -> subprocess.CompletedProcess[str]:
        environment = {
            "PATH": os.environ["PATH"],
            "AWS_ACCESS_KEY_ID": admin.key.id,
            "AWS_SECRET_ACCESS_KEY": secret,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_ENDPOINT_URL_GLUE": secured.server.url,
            "AWS_MAX_ATTEMPTS": "1",
        }
        command = [str(AWS), "glue", *words, "--output", "json"]
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)

    made = aws("create-database", "--database-input", '{"Name": "cli"}', secret=admin.secret)
    found = aws("get-database", "--name", "cli", secret=admin.secret)
    refused = aws("get-database", "--name", "cli", secret="x" * 40)

    assert made.returncode == 0, made.stderr
    assert json.loads(found.stdout)["Database"]["Name"] == "cli"
    assert refused.returncode != 0
    assert "InvalidSignatureException" in refused.stderr


def test_pyiceberg_signs(secured: Secured, admin: NewKey) -> None:
    def catalog(secret: str) -> GlueCatalog:
        properties: dict[str, Any] = {
            "glue.endpoint": secured.server.url,
            "glue.region": REGION,
            "glue.access-key-id": admin.key.id,
            "glue.secret-access-key": secret,
        }
        return GlueCatalog("glue", **properties)

    catalog(admin.secret).create_namespace("iceberg")

    assert ("iceberg",) in catalog(admin.secret).list_namespaces()
    with pytest.raises(ClientError, match="InvalidSignature"):
        catalog("x" * 40).list_namespaces()


def test_awswrangler_signs(
    secured: Secured, admin: NewKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wr.config, "glue_endpoint_url", secured.server.url)

    def session(secret: str) -> Any:  # noqa: ANN401
        return boto3.Session(
            aws_access_key_id=admin.key.id, aws_secret_access_key=secret, region_name=REGION
        )

    wr.catalog.create_database("wrangler", boto3_session=session(admin.secret))

    found = wr.catalog.databases(boto3_session=session(admin.secret))
    assert "wrangler" in set(found["Database"])
    with pytest.raises(ClientError, match="InvalidSignature"):
        wr.catalog.databases(boto3_session=session("x" * 40))
