"""Every paginator of botocore walks real data one by one, while others add and remove."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import orjson
import pytest
from botocore.loaders import Loader

from tests.server.conftest import check_reply
from tests.server.model_requests import example, input_shape

if TYPE_CHECKING:
    from tests.server.conftest import Direct

Act = Callable[[Any, str], Any]
PAGINATORS = Loader().load_service_model("glue", "paginators-1")["pagination"]
KEPT = ("b", "d", "f")
IN_A = {"DatabaseName": "a"}
OF_T = {"DatabaseName": "a", "TableName": "t"}
JOB = {"Role": "r", "Command": {"Name": "glueetl", "ScriptLocation": "s3://b/k"}}
CRAWL = {"Role": "r", "DatabaseName": "a", "Targets": {"S3Targets": [{"Path": "s3://b/p/"}]}}
JDBC = {"JDBC_CONNECTION_URL": "jdbc:postgresql://localhost/a", "USERNAME": "u", "PASSWORD": "p"}
AVRO = {"DataFormat": "AVRO", "Compatibility": "NONE", "SchemaDefinition": '{"type": "int"}'}


@dataclass(frozen=True, kw_only=True)
class Walk:
    """A paginator: how an item of a name is made and removed, and where its name stands."""

    make: Act
    remove: Act
    name: Callable[[Any], str] = lambda item: str(item["Name"])
    request: dict[str, Any] = field(default_factory=dict)


def job(client: Any, name: str) -> None:  # noqa: ANN401
    client.create_job(Name=name, **JOB)


def drop_job(client: Any, name: str) -> None:  # noqa: ANN401
    client.delete_job(JobName=name)


def trigger(client: Any, name: str) -> None:  # noqa: ANN401
    client.create_trigger(Name=name, Type="ON_DEMAND", Actions=[{"JobName": "j"}])


def crawler(client: Any, name: str) -> None:  # noqa: ANN401
    client.create_crawler(Name=name, **CRAWL)


def connection(client: Any, name: str) -> None:  # noqa: ANN401
    client.create_connection(
        ConnectionInput={"Name": name, "ConnectionType": "JDBC", "ConnectionProperties": JDBC}
    )


def function(client: Any, name: str) -> None:  # noqa: ANN401
    client.create_user_defined_function(
        DatabaseName="a", FunctionInput={"FunctionName": name, "ClassName": "c", "OwnerName": "o"}
    )


WALKS: dict[str, Walk] = {
    "GetDatabases": Walk(
        make=lambda client, name: client.create_database(DatabaseInput={"Name": name}),
        remove=lambda client, name: client.delete_database(Name=name),
    ),
    "GetTables": Walk(
        make=lambda client, name: client.create_table(**IN_A, TableInput={"Name": name}),
        remove=lambda client, name: client.delete_table(**IN_A, Name=name),
        request=IN_A,
    ),
    "GetPartitions": Walk(
        make=lambda client, name: client.create_partition(
            **OF_T, PartitionInput={"Values": [name]}
        ),
        remove=lambda client, name: client.delete_partition(**OF_T, PartitionValues=[name]),
        name=lambda item: str(item["Values"][0]),
        request=OF_T,
    ),
    "GetUserDefinedFunctions": Walk(
        make=function,
        remove=lambda client, name: client.delete_user_defined_function(**IN_A, FunctionName=name),
        name=lambda item: str(item["FunctionName"]),
        request={**IN_A, "Pattern": "*"},
    ),
    "GetConnections": Walk(
        make=connection,
        remove=lambda client, name: client.delete_connection(ConnectionName=name),
    ),
    "GetCrawlers": Walk(make=crawler, remove=lambda client, name: client.delete_crawler(Name=name)),
    "GetCrawlerMetrics": Walk(
        make=crawler,
        remove=lambda client, name: client.delete_crawler(Name=name),
        name=lambda item: str(item["CrawlerName"]),
    ),
    "GetClassifiers": Walk(
        make=lambda client, name: client.create_classifier(
            JsonClassifier={"Name": name, "JsonPath": "$[*]"}
        ),
        remove=lambda client, name: client.delete_classifier(Name=name),
        name=lambda item: str(item["JsonClassifier"]["Name"]),
    ),
    "GetJobs": Walk(make=job, remove=drop_job),
    "ListJobs": Walk(make=job, remove=drop_job, name=str),
    "GetTriggers": Walk(make=trigger, remove=lambda client, name: client.delete_trigger(Name=name)),
    "ListTriggers": Walk(
        make=trigger, remove=lambda client, name: client.delete_trigger(Name=name), name=str
    ),
    "ListWorkflows": Walk(
        make=lambda client, name: client.create_workflow(Name=name),
        remove=lambda client, name: client.delete_workflow(Name=name),
        name=str,
    ),
    "ListRegistries": Walk(
        make=lambda client, name: client.create_registry(RegistryName=name),
        remove=lambda client, name: client.delete_registry(RegistryId={"RegistryName": name}),
        name=lambda item: str(item["RegistryName"]),
    ),
    "ListSchemas": Walk(
        make=lambda client, name: client.create_schema(
            RegistryId={"RegistryName": "r"}, SchemaName=name, **AVRO
        ),
        remove=lambda client, name: client.delete_schema(
            SchemaId={"RegistryName": "r", "SchemaName": name}
        ),
        name=lambda item: str(item["SchemaName"]),
        request={"RegistryId": {"RegistryName": "r"}},
    ),
    "GetSecurityConfigurations": Walk(
        make=lambda client, name: client.create_security_configuration(
            Name=name, EncryptionConfiguration={}
        ),
        remove=lambda client, name: client.delete_security_configuration(Name=name),
    ),
    "ListUsageProfiles": Walk(
        make=lambda client, name: client.create_usage_profile(Name=name, Configuration={}),
        remove=lambda client, name: client.delete_usage_profile(Name=name),
    ),
}


@pytest.fixture
def ground(glue: Any) -> Any:  # noqa: ANN401
    """Return a client of a catalog that has what the items need around them."""
    keys = [{"Name": "k", "Type": "string"}]
    glue.create_database(DatabaseInput={"Name": "a"})
    glue.create_table(**IN_A, TableInput={"Name": "t", "PartitionKeys": keys})
    glue.create_registry(RegistryName="r")
    glue.create_job(Name="j", **JOB)
    return glue


def test_every_paginator_walks_one_by_one_while_others_write(ground: Any) -> None:  # noqa: ANN401
    for operation, walk in WALKS.items():
        for name in KEPT:
            walk.make(ground, name)
        method = "".join(f"_{char.lower()}" if char.isupper() else char for char in operation)[1:]
        pages = ground.get_paginator(method).paginate(
            **walk.request, PaginationConfig={"PageSize": 1}
        )
        found: list[str] = []
        others: list[str] = []
        for number, page in enumerate(pages):
            items = page[PAGINATORS[operation]["result_key"]]
            assert len(items) <= 1, operation
            found += [walk.name(item) for item in items]
            # One before all, one in between, one at the end; those of the page before go.
            for name in others:
                walk.remove(ground, name)
            others = [f"{place}{number}" for place in ("a", "c", "zz")] if number < 4 else []
            for name in others:
                walk.make(ground, name)

        assert len(set(found)) == len(found), operation
        assert [name for name in found if name in KEPT] == list(KEPT), operation
        for name in KEPT:
            walk.remove(ground, name)


def test_versions_are_walked_newest_first_while_a_new_one_is_made(ground: Any) -> None:  # noqa: ANN401
    for number in range(3):
        ground.update_table(**IN_A, TableInput={"Name": "t", "Parameters": {"n": str(number)}})
    pages = ground.get_paginator("get_table_versions").paginate(
        **OF_T, PaginationConfig={"PageSize": 1}
    )

    found = []
    for page in pages:
        found += [item["VersionId"] for item in page["TableVersions"]]
        ground.update_table(**IN_A, TableInput={"Name": "t"})

    assert found == ["3", "2", "1", "0"]


def test_schema_versions_are_walked_one_by_one(ground: Any) -> None:  # noqa: ANN401
    schema = {"RegistryName": "r", "SchemaName": "s"}
    ground.create_schema(RegistryId={"RegistryName": "r"}, SchemaName="s", **AVRO)
    for kind in ("long", "string"):
        ground.register_schema_version(SchemaId=schema, SchemaDefinition=f'{{"type": "{kind}"}}')

    pages = ground.get_paginator("list_schema_versions").paginate(
        SchemaId=schema, PaginationConfig={"PageSize": 1}
    )
    numbers = [item["VersionNumber"] for page in pages for item in page["Schemas"]]

    assert sorted(numbers) == [1, 2, 3]


def test_a_page_of_one_is_answered_by_every_paged_operation(filled: Direct) -> None:
    for operation, paginator in PAGINATORS.items():
        shape = input_shape(operation)
        assert shape is not None
        limit = paginator.get("limit_key")
        request = example(shape, full=False) | ({limit: 1} if limit else {})
        for _ in range(3):
            reply = filled.call(operation, request)
            check_reply(operation, reply)
            token = orjson.loads(reply.body).get("NextToken")
            if not token:
                break
            request["NextToken"] = token


def test_every_token_that_is_not_ours_is_refused(filled: Direct) -> None:
    taken = set()
    for operation, paginator in PAGINATORS.items():
        shape = input_shape(operation)
        assert shape is not None
        request = example(shape, full=False) | {paginator["input_token"]: "bm90IG91cnM"}
        reply = filled.call(operation, request)
        check_reply(operation, reply)
        if reply.status == 200:
            taken.add(operation)

    # A table has three indexes at most: there is never a second page.
    assert taken <= {"GetPartitionIndexes"}
