"""Delimited files as crawlers describe them, and the rows that Spark reads of them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import reduce
from typing import TYPE_CHECKING, Any

import pytest

from gluepot.catalog.model import Column, SerDeInfo
from gluepot.catalog.types import STRING, VOID, print_type
from gluepot.crawlers.classifiers.base import Sample
from gluepot.crawlers.classifiers.csv import Csv
from gluepot.crawlers.grouping.delimited import (
    delimited_facts,
    delimited_serde_parameters,
    delimited_storage,
    delimited_table_parameters,
)
from gluepot.crawlers.planning.storage_formats import storage_format
from gluepot.jobs.reading.inputs import SourceInput, list_table
from gluepot.jobs.reading.sources import read_source
from gluepot.jobs.run_context.stores import Stores
from tests.jobs.conftest import CAUSE, csv_table

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

    from tests.jobs.conftest import Lake


@dataclass(frozen=True)
class Case:
    """A file, and the rows that it holds as text."""

    text: str
    rows: list[tuple[str, ...]]
    encoding: str = "utf-8"


CASES = {
    "single_quotes": Case("id;n\n1;'a; b'\n2;'it''s'\n", [("1", "a; b"), ("2", "it's")]),
    "backslashes": Case('id,n\n1,"a \\"b\\", c"\n2,x\n', [("1", 'a "b", c'), ("2", "x")]),
    "paths": Case('id,n\n1,"C:\\dir\\"\n2,"C:\\x"\n', [("1", "C:\\dir\\"), ("2", "C:\\x")]),
    "line_breaks": Case('id,n\n1,"a\nb"\n2,x\n', [("1", "a\nb"), ("2", "x")]),
    "comments": Case("# by hand, once\n# a\nid,n\n1,a\n# b\n2,b\n", [("1", "a"), ("2", "b")]),
    "commented_data": Case("# by hand\n1,1.5\n2,2.5\n", [("1", "1.5"), ("2", "2.5")]),
    "title": Case('Sales\n\nid,n\n1,"a, b"\n2,b\n', [("1", "a, b"), ("2", "b")]),
    "latin": Case("id,n\n1,Zo\xeb\n2,b\n", [("1", "Zo\xeb"), ("2", "b")], "latin-1"),
    "windows": Case("id,n\n1,5 \u20ac\n2,b\n", [("1", "5 \u20ac"), ("2", "b")], "cp1252"),
    "utf16": Case("id,n\r\n1,Zo\xeb\r\n2,b\r\n", [("1", "Zo\xeb"), ("2", "b")], "utf-16"),
    "utf16_unmarked": Case("id,n\n1,Zo\xeb\n2,b\n", [("1", "Zo\xeb"), ("2", "b")], "utf-16-be"),
    "carriage_returns": Case("id,n\r1,a\r2,b\r", [("1", "a"), ("2", "b")]),
    "days": Case(
        "id,n\n1,31.01.2013\n2,01.02.2013\n",
        [("1", "2013-01-31 00:00:00"), ("2", "2013-02-01 00:00:00")],
    ),
    "month_first": Case(
        "id,n\n1,1/31/2013 1:05 PM\n2,2/1/2013 10:00 AM\n",
        [("1", "2013-01-31 13:05:00"), ("2", "2013-02-01 10:00:00")],
    ),
    "mail": Case(
        'id,n\n1,"Thu, 31 Jan 2013 10:00:00 +0100"\n2,"Fri, 01 Feb 2013 10:00:00 GMT"\n',
        [("1", "2013-01-31 09:00:00"), ("2", "2013-02-01 10:00:00")],
    ),
    "offsets": Case(
        "id,n\n1,31/Jan/2013 10:00:00 +01:00\n2,01/Feb/2013 10:00:00.5 +00:00\n",
        [("1", "2013-01-31 09:00:00"), ("2", "2013-02-01 10:00:00.5")],
    ),
}


READ_BY_HIVE = (
    *(
        "single_quotes",
        "backslashes",
        "paths",
        "commented_data",
        "title",
        "latin",
        "windows",
        "days",
    ),
    *("month_first", "offsets"),
)
"""The files whose lines are rows."""


@dataclass(frozen=True)
class Crawled:
    """What a crawler says of a file."""

    columns: tuple[Column, ...]
    serde: str
    serde_parameters: dict[str, str]
    parameters: dict[str, str]


def crawled(data: bytes) -> Crawled:
    sample = Sample(
        uri="x", size=len(data), plain_size=len(data), codec="none", data=data, complete=True
    )
    schema = Csv().classify(sample).schema
    assert schema is not None
    facts = delimited_facts([("x", schema)])
    assert facts is not None
    columns = tuple(
        Column(name=item.name, type=print_type(STRING if item.type == VOID else item.type))
        for item in schema.columns
    )
    return Crawled(
        columns,
        str(storage_format(delimited_storage(facts)).serde),
        delimited_serde_parameters(facts),
        {"classification": "csv", **delimited_table_parameters(facts)},
    )


@pytest.mark.parametrize("name", CASES)
def test_spark_reads_the_rows_of_a_file_from_the_table_that_a_crawler_makes(
    spark: SparkSession, lake: Lake, name: str
) -> None:
    case = CASES[name]
    data = case.text.encode(case.encoding)
    lake.put(f"raw/{name}/x.csv", data)
    told = crawled(data)
    table = csv_table(name, lake.uri(f"raw/{name}/"), "")
    assert table.storage_descriptor is not None
    serde = SerDeInfo(serialization_library=told.serde, parameters=told.serde_parameters)
    storage = replace(table.storage_descriptor, columns=told.columns, serde_info=serde)
    table = replace(table, storage_descriptor=storage, parameters=told.parameters)
    table = lake.catalog.create_table(table, CAUSE)
    files = tuple(list_table(lake.catalog, table, expression=None, stores=Stores(lake.s3)))
    source = SourceInput(
        name=name,
        table=table,
        format="csv",
        root=lake.uri(f"raw/{name}"),
        files=files,
        options={},
    )

    found = read_source(spark, source)

    texts = found.selectExpr(*(f"CAST({column} AS STRING)" for column in found.columns))
    assert sorted(map(tuple, texts.collect())) == case.rows


@pytest.mark.parametrize("name", READ_BY_HIVE)
def test_hives_serde_reads_the_same_rows(spark: SparkSession, name: str) -> None:
    case = CASES[name]
    data = case.text.encode(case.encoding)
    told = crawled(data)
    java: Any = spark._jvm
    properties = java.java.util.Properties()
    for key, value in told.serde_parameters.items():
        properties.setProperty(key, value)
    properties.setProperty("columns", ",".join(column.name for column in told.columns))
    properties.setProperty("columns.types", ":".join(str(item.type) for item in told.columns))
    serde = reduce(getattr, told.serde.split("."), java)()
    serde.initialize(spark.sparkContext._jsc.hadoopConfiguration(), properties)
    skipped = int(told.parameters.get("skip.header.line.count", "0"))

    rows = []
    for line in data.splitlines()[skipped:]:
        text = java.org.apache.hadoop.io.Text()
        text.set(line)
        row = serde.deserialize(text)
        cells = serde.getObjectInspector().getStructFieldsDataAsList(row)
        rows.append(tuple(str(cell) for cell in cells))

    assert sorted(rows) == case.rows
