"""What a catalog holds, kind by kind, and the requests that make each thing anew."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any, TypeAlias

from gluepot.catalog.transfer.callers import as_input, pages

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gluepot.catalog.calls import Document
    from gluepot.catalog.transfer.callers import Caller

BATCH_PARTITIONS = 100
BATCH_STATISTICS = 25
BATCH_COLUMNS = 100


@dataclass(frozen=True, kw_only=True)
class Options:
    """What is read: all versions of tables or the last, secrets, statistics of partitions."""

    history: bool = True
    secrets: bool = False
    partition_statistics: bool = False


Line: TypeAlias = "tuple[str, Document]"
"""An operation and its request."""

Read: TypeAlias = Callable[["Caller", Options], Iterator[Line]]


def databases(call: Caller, _options: Options) -> Iterator[Line]:
    """Yield databases, resource links too."""
    for database in pages(call, "GetDatabases", {}, "DatabaseList"):
        yield "CreateDatabase", {"DatabaseInput": as_input("DatabaseInput", database)}


def tables(call: Caller, options: Options) -> Iterator[Line]:
    """Yield each table with its versions, oldest first, its partitions and their indexes."""
    for database, table in _each_table(call):
        where = {"DatabaseName": database, "TableName": table["Name"]}
        versions = _versions(call, where) if options.history else [table]
        for number, version in enumerate(versions):
            operation = "UpdateTable" if number else "CreateTable"
            new = as_input("TableInput", version)
            yield operation, {"DatabaseName": database, "TableInput": new}
        if "TargetTable" in table:
            continue
        if table.get("PartitionKeys"):
            yield from _partitions(call, where)
            yield from _indexes(call, where)


def statistics(call: Caller, options: Options) -> Iterator[Line]:
    """Yield the column statistics of tables, and of partitions where they are asked for."""
    for database, table in _each_table(call):
        if "TargetTable" not in table:
            where = {"DatabaseName": database, "TableName": table["Name"]}
            yield from _statistics(call, where, table, options)


def functions(call: Caller, _options: Options) -> Iterator[Line]:
    """Yield user-defined functions."""
    for database in _own_databases(call):
        request = {"DatabaseName": database, "Pattern": "*"}
        for function in pages(call, "GetUserDefinedFunctions", request, "UserDefinedFunctions"):
            new = as_input("UserDefinedFunctionInput", function)
            yield "CreateUserDefinedFunction", {"DatabaseName": database, "FunctionInput": new}


def connections(call: Caller, options: Options) -> Iterator[Line]:
    """Yield connections; their passwords only where secrets are asked for."""
    request = {"HidePassword": not options.secrets}
    for connection in pages(call, "GetConnections", request, "ConnectionList"):
        new = as_input("ConnectionInput", connection)
        yield "CreateConnection", {"ConnectionInput": new}


def classifiers(call: Caller, _options: Options) -> Iterator[Line]:
    """Yield custom classifiers."""
    for classifier in pages(call, "GetClassifiers", {}, "Classifiers"):
        yield "CreateClassifier", as_input("CreateClassifierRequest", classifier)


def schemas(call: Caller, _options: Options) -> Iterator[Line]:
    """Yield registries, and each schema with its versions in order."""
    for registry in pages(call, "ListRegistries", {}, "Registries"):
        yield "CreateRegistry", as_input("CreateRegistryInput", registry)
        of_registry = {"RegistryName": registry["RegistryName"]}
        for found in pages(call, "ListSchemas", {"RegistryId": of_registry}, "Schemas"):
            yield from _schema_versions(call, {**of_registry, "SchemaName": found["SchemaName"]})


def _schema_versions(call: Caller, schema: Document) -> Iterator[Line]:
    facts = call("GetSchema", {"SchemaId": schema})
    listed = pages(call, "ListSchemaVersions", {"SchemaId": schema}, "Schemas")
    numbers = sorted(item["VersionNumber"] for item in listed if item["Status"] == "AVAILABLE")
    for place, number in enumerate(numbers):
        asked = {"SchemaId": schema, "SchemaVersionNumber": {"VersionNumber": number}}
        text = call("GetSchemaVersion", asked)["SchemaDefinition"]
        if place:
            yield "RegisterSchemaVersion", {"SchemaId": schema, "SchemaDefinition": text}
            continue
        new = as_input("CreateSchemaInput", facts)
        registry = {"RegistryName": schema["RegistryName"]}
        yield "CreateSchema", {**new, "RegistryId": registry, "SchemaDefinition": text}


def workflows(call: Caller, _options: Options) -> Iterator[Line]:
    """Yield workflows."""
    for name in pages(call, "ListWorkflows", {}, "Workflows"):
        found = call("GetWorkflow", {"Name": name})["Workflow"]
        yield "CreateWorkflow", as_input("CreateWorkflowRequest", found)


def crawlers(call: Caller, _options: Options) -> Iterator[Line]:
    """Yield crawlers; their schedule stands in an object in replies, and as text in requests."""
    for crawler in pages(call, "GetCrawlers", {}, "Crawlers"):
        schedule = crawler.get("Schedule", {}).get("ScheduleExpression")
        rest = {key: value for key, value in crawler.items() if key != "Schedule"}
        new = as_input("CreateCrawlerRequest", rest)
        yield "CreateCrawler", new | ({"Schedule": schedule} if schedule else {})


def rulesets(call: Caller, _options: Options) -> Iterator[Line]:
    """Yield data-quality rulesets."""
    for item in pages(call, "ListDataQualityRulesets", {}, "Rulesets"):
        found = call("GetDataQualityRuleset", {"Name": item["Name"]})
        yield "CreateDataQualityRuleset", as_input("CreateDataQualityRulesetRequest", found)


def jobs(call: Caller, _options: Options) -> Iterator[Line]:
    """Yield jobs; Glue fills in a capacity beside a worker type, and then refuses both together."""
    for job in pages(call, "GetJobs", {}, "Jobs"):
        new = as_input("CreateJobRequest", job)
        derived = {"MaxCapacity", "AllocatedCapacity"} if "WorkerType" in new else set()
        yield "CreateJob", {key: value for key, value in new.items() if key not in derived}


def triggers(call: Caller, _options: Options) -> Iterator[Line]:
    """Yield triggers; one that is active is so again from its creation on."""
    for trigger in pages(call, "GetTriggers", {}, "Triggers"):
        new = as_input("CreateTriggerRequest", trigger)
        active = trigger.get("State") == "ACTIVATED" and trigger["Type"] != "ON_DEMAND"
        yield "CreateTrigger", new | ({"StartOnCreation": True} if active else {})


def listed(operation: str, member: str, create: str, shape: str) -> Read:
    """Return the reader of a kind whose definitions are listed as they are created."""

    def read(call: Caller, _options: Options) -> Iterator[Line]:
        for found in pages(call, operation, {}, member):
            yield create, as_input(shape, found)

    return read


KINDS: Mapping[str, Read] = {
    "databases": databases,
    "tables": tables,
    "statistics": statistics,
    "functions": functions,
    "connections": connections,
    "classifiers": classifiers,
    "security-configurations": listed(
        "GetSecurityConfigurations",
        "SecurityConfigurations",
        "CreateSecurityConfiguration",
        "CreateSecurityConfigurationRequest",
    ),
    "schemas": schemas,
    "crawlers": crawlers,
    "jobs": jobs,
    "workflows": workflows,
    "triggers": triggers,
    "rulesets": rulesets,
}
"""The kinds, in the order in which they are made: what others name comes first."""


def _each_table(call: Caller) -> Iterator[tuple[str, Document]]:
    for database in _own_databases(call):
        for table in pages(call, "GetTables", {"DatabaseName": database}, "TableList"):
            yield database, table


def _own_databases(call: Caller) -> list[str]:
    """Return the databases that are no links: what a link shows belongs to its target."""
    found = pages(call, "GetDatabases", {}, "DatabaseList")
    return [database["Name"] for database in found if "TargetDatabase" not in database]


def _versions(call: Caller, where: Document) -> list[Document]:
    found = pages(call, "GetTableVersions", where, "TableVersions")
    return [version["Table"] for version in found][::-1]


def _partitions(call: Caller, where: Document) -> Iterator[Line]:
    found = pages(call, "GetPartitions", where, "Partitions")
    new = (as_input("PartitionInput", partition) for partition in found)
    for batch in _batches(new, BATCH_PARTITIONS):
        yield "BatchCreatePartition", {**where, "PartitionInputList": batch}


def _indexes(call: Caller, where: Document) -> Iterator[Line]:
    found = pages(call, "GetPartitionIndexes", where, "PartitionIndexDescriptorList")
    for index in found:
        keys = [key["Name"] for key in index["Keys"]]
        new = {"IndexName": index["IndexName"], "Keys": keys}
        yield "CreatePartitionIndex", {**where, "PartitionIndex": new}


def _statistics(call: Caller, where: Document, table: Document, options: Options) -> Iterator[Line]:
    columns = table.get("StorageDescriptor", {}).get("Columns", [])
    names = [column["Name"] for column in columns]
    yield from _column_statistics(call, "Table", where, names)
    if options.partition_statistics and table.get("PartitionKeys"):
        for partition in pages(call, "GetPartitions", where, "Partitions"):
            one = {**where, "PartitionValues": partition["Values"]}
            yield from _column_statistics(call, "Partition", one, names)


def _column_statistics(
    call: Caller, of: str, where: Document, names: Iterable[str]
) -> Iterator[Line]:
    for batch in _batches(names, BATCH_COLUMNS):
        asked = {**where, "ColumnNames": batch}
        found = call(f"GetColumnStatisticsFor{of}", asked).get("ColumnStatisticsList", [])
        for part in _batches(found, BATCH_STATISTICS):
            yield f"UpdateColumnStatisticsFor{of}", {**where, "ColumnStatisticsList": part}


def _batches(items: Iterable[Any], size: int) -> Iterator[list[Any]]:
    rest = iter(items)
    while batch := list(islice(rest, size)):
        yield batch
