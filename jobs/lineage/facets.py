"""Facets and names of OpenLineage: how it spells what gluepot knows.

Source: the OpenLineage specification 2-0-2, its facets, and its conventions of naming.
"""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pyspark.sql.types import StructType

    from gluepot.catalog.model import Column

Facet = dict[str, Any]

_SPEC = "https://openlineage.io/spec"
EVENT_SCHEMA = f"{_SPEC}/2-0-2/OpenLineage.json#/$defs/RunEvent"
_SCHEMAS = {
    "nominalTime": "1-0-1/NominalTimeRunFacet",
    "parent": "1-2-0/ParentRunFacet",
    "errorMessage": "1-0-1/ErrorMessageRunFacet",
    "processing_engine": "1-1-1/ProcessingEngineRunFacet",
    "jobType": "2-0-4/JobTypeJobFacet",
    "sourceCodeLocation": "1-1-0/SourceCodeLocationJobFacet",
    "sql": "1-1-0/SQLJobFacet",
    "schema": "1-2-0/SchemaDatasetFacet",
    "dataSource": "1-0-1/DatasourceDatasetFacet",
    "storage": "1-0-1/StorageDatasetFacet",
    "version": "1-0-1/DatasetVersionDatasetFacet",
    "symlinks": "1-0-1/SymlinksDatasetFacet",
    "columnLineage": "1-2-0/ColumnLineageDatasetFacet",
    "inputStatistics": "1-0-0/InputStatisticsInputDatasetFacet",
    "outputStatistics": "1-0-2/OutputStatisticsOutputDatasetFacet",
    "dataQualityAssertions": "1-1-0/DataQualityAssertionsDatasetFacet",
}


def installed(package: str) -> str | None:
    """Return the version of a package, or None where it is not there."""
    try:
        return version(package)
    except PackageNotFoundError:
        return None


PRODUCER = f"https://pypi.org/project/gluepot/{installed('gluepot') or '0'}"


def facet(kind: str, **members: Any) -> dict[str, Facet]:  # noqa: ANN401
    """Return a facet under its name; members that are None are left out.

    >>> facet("nominalTime", nominalStartTime="2026-01-01T00:00:00Z")["nominalTime"].keys()
    dict_keys(['_producer', '_schemaURL', 'nominalStartTime'])
    """
    name = _SCHEMAS[kind]
    schema = f"{_SPEC}/facets/{name}.json#/$defs/{name.partition('/')[2]}"
    said = {key: value for key, value in members.items() if value is not None}
    return {kind: {"_producer": PRODUCER, "_schemaURL": schema, **said}}


def own_facet(kind: str, **members: Any) -> dict[str, Facet]:  # noqa: ANN401
    """Return a facet of gluepot's own, which OpenLineage asks to begin with the producer's name."""
    schema = f"{PRODUCER}#/{kind}"
    said = {key: value for key, value in members.items() if value is not None}
    return {f"gluepot_{kind}": {"_producer": PRODUCER, "_schemaURL": schema, **said}}


def name_of(uri: str) -> tuple[str, str]:
    """Return the namespace and name of what lies at an address.

    >>> name_of("s3://lake/silver/flights/")
    ('s3://lake', 'silver/flights')
    >>> name_of("file:///data/x")
    ('file', '/data/x')
    """
    parts = urlsplit(uri)
    if parts.scheme in {"", "file"}:
        return "file", parts.path.rstrip("/") or "/"
    return f"{parts.scheme}://{parts.netloc}", parts.path.strip("/") or "/"


def dataset_of(uri: str, table: str | None = None) -> dict[str, Any]:
    """Return a dataset without facets; ``table`` is the catalog's ``database.table`` for it."""
    namespace, name = name_of(uri)
    facets = facet("dataSource", name=namespace, uri=namespace)
    if table is not None:
        database, _, short = table.partition(".")
        link = {"namespace": "gluepot", "name": f"{database}.{short}", "type": "TABLE"}
        facets |= facet("symlinks", identifiers=[link])
    return {"namespace": namespace, "name": name, "facets": facets}


def schema_of_columns(columns: Iterable[Column]) -> dict[str, Facet]:
    """Return the schema facet of a catalog table's columns."""
    return facet("schema", fields=[{"name": one.name, "type": one.type} for one in columns])


def schema_of_struct(schema: StructType) -> dict[str, Facet]:
    """Return the schema facet of Spark's schema."""
    fields = [{"name": one.name, "type": one.dataType.simpleString()} for one in schema.fields]
    return facet("schema", fields=fields)
