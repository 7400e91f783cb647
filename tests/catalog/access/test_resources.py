"""The resources that each of AWS Glue's operations needs rights on."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import botocore.session
import pytest

from gluepot.catalog.access.resources import TEMPLATES, Place, resources_of
from tests.catalog.access.conftest import arn
from tests.servers.glue import ACCOUNT, REGION

if TYPE_CHECKING:
    from botocore.model import Shape

PLACE = Place(account_id=ACCOUNT, region=REGION)
MODEL = botocore.session.get_session().get_service_model("glue")


def test_every_operation_of_the_model_has_its_resources() -> None:
    assert set(TEMPLATES) == set(MODEL.operation_names)
    assert all(TEMPLATES.values())


@pytest.mark.parametrize("operation", MODEL.operation_names)
def test_templates_name_members_that_the_request_has(operation: str) -> None:
    for template in TEMPLATES[operation]:
        for paths in re.findall(r"\{([^}@]*)\}", template):
            for path in paths.split("|"):
                assert _leaf(MODEL.operation_model(operation).input_shape, path) == "string", path
        for words in re.findall(r"\{@\w+ ([^}]*)\}", template):
            for member in words.split():
                assert member in MODEL.operation_model(operation).input_shape.members  # type: ignore[union-attr]


@pytest.mark.parametrize("operation", MODEL.operation_names)
def test_what_a_request_leaves_out_is_all(operation: str) -> None:
    for resource in resources_of(operation, {}, PLACE):
        assert re.fullmatch(r"arn:aws:glue:us-east-1:0{12}:[A-Za-z]+(/[A-Za-z*/-]+)?", resource)


def _leaf(shape: Shape | None, path: str) -> str:
    found: Any = shape
    for part in path.split("."):
        found = found.member if found.type_name == "list" else found
        found = found.members[part]
    found = found.member if found.type_name == "list" else found
    return str(found.type_name)


TABLE = ("catalog", "database/db", "table/db/t")


@pytest.mark.parametrize(
    ("operation", "request_", "expected"),
    [
        ("GetTable", {"DatabaseName": "DB", "Name": "T"}, TABLE),
        ("CreateTable", {"DatabaseName": "db", "TableInput": {"Name": "T"}}, TABLE),
        ("GetPartitions", {"DatabaseName": "db", "TableName": "t"}, TABLE),
        (
            "UpdateTable",
            {"DatabaseName": "db", "Name": "t", "TableInput": {"Name": "u"}},
            (*TABLE, "table/db/u"),
        ),
        (
            "CreateTable",
            {
                "DatabaseName": "db",
                "TableInput": {"Name": "t", "TargetTable": {"DatabaseName": "far", "Name": "u"}},
            },
            (*TABLE, "table/far/u"),
        ),
        (
            "CreateDatabase",
            {"DatabaseInput": {"Name": "db", "TargetDatabase": {"DatabaseName": "far"}}},
            ("catalog", "database/db", "database/far", "table/far/*"),
        ),
        ("GetTables", {"DatabaseName": "db"}, ("catalog", "database/db", "table/db/*")),
        ("GetDatabases", {}, ("catalog", "database/*")),
        (
            "DeleteDatabase",
            {"Name": "db"},
            (
                "catalog",
                "database/db",
                "table/db/*",
                "tableversion/db/*",
                "userdefinedfunction/db/*",
            ),
        ),
        (
            "BatchDeleteTable",
            {"DatabaseName": "db", "TablesToDelete": ["t", "u"]},
            (*TABLE, "table/db/u"),
        ),
        (
            "BatchGetTableOptimizer",
            {"Entries": [{"databaseName": "db", "tableName": "t"}]},
            TABLE,
        ),
        ("StartJobRun", {"JobName": "Nightly"}, ("job/Nightly",)),
        ("BatchGetCrawlers", {"CrawlerNames": ["a", "b"]}, ("crawler/a", "crawler/b")),
        (
            "CreateClassifier",
            {"CsvClassifier": {"Name": "c"}},
            ("classifier/c",),
        ),
        (
            "CreateSchema",
            {"RegistryId": {"RegistryName": "r"}, "SchemaName": "s"},
            ("registry/r", "schema/r/s"),
        ),
        ("GetSchema", {"SchemaId": {"SchemaName": "s"}}, ("schema/default-registry/s",)),
        (
            "GetSchema",
            {"SchemaId": {"SchemaArn": "arn:aws:glue:eu-west-1:9:schema/r/s"}},
            ("schema/r/s",),
        ),
        ("TagResource", {"ResourceArn": arn("table/DB/T")}, ("table/db/t",)),
        ("PutResourcePolicy", {}, ("catalog",)),
        # A name with a slash in it must not look like a table of another database.
        (
            "GetTable",
            {"DatabaseName": "a/b", "Name": "c"},
            ("catalog", "database/a%2Fb", "table/a%2Fb/c"),
        ),
        (
            "GetTable",
            {"CatalogId": f"{ACCOUNT}:Sales", "DatabaseName": "db", "Name": "t"},
            ("catalog/sales", "database/sales/db", "table/sales/db/t"),
        ),
    ],
)
def test_resources_are_those_that_aws_names(
    operation: str, request_: dict[str, Any], expected: tuple[str, ...]
) -> None:
    found = resources_of(operation, request_, PLACE)

    assert [one.lower() for one in found] == [arn(resource).lower() for resource in expected]


def test_the_catalog_of_another_account_is_another_resource() -> None:
    found = resources_of("GetDatabase", {"CatalogId": "1" * 12, "Name": "db"}, PLACE)

    assert all(f":{'1' * 12}:" in resource for resource in found)
