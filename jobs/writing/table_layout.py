"""What the catalog says of files that a sink writes: classes, and parameters for their readers."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from gluepot.catalog.table_format import serde_parameters, storage_parameters
from gluepot.catalog.types import (
    BIGINT,
    BOOLEAN,
    DATE,
    DOUBLE,
    FLOAT,
    INT,
    SMALLINT,
    TIMESTAMP,
    TINYINT,
    Decimal,
    parse_type,
)
from gluepot.crawlers.classifiers.avro import MAX_HEADER_BYTES, Avro
from gluepot.crawlers.classifiers.base import Sample
from gluepot.crawlers.grouping.delimited import (
    DelimitedFacts,
    delimited_serde_parameters,
    delimited_storage,
    delimited_table_parameters,
)
from gluepot.crawlers.planning.storage_formats import StorageFormat, storage_format
from gluepot.jobs.reading.csv_tables import reader_options

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pyspark.sql.types import StructType

    from gluepot.catalog.model import Table
    from gluepot.jobs.run_context.stores import Stores
    from gluepot.jobs.writing.target import Target, Written

_NEVER_QUOTED = frozenset({BIGINT, BOOLEAN, DATE, DOUBLE, FLOAT, INT, SMALLINT, TIMESTAMP, TINYINT})
_CODECS_OF_FILES = {"gzip", "bzip2", "deflate", "snappy", "lz4", "zstd"}


@dataclass(frozen=True, kw_only=True)
class TableLayout:
    """How files lie at a place.

    Attributes:
        classes: That read and write them.
        serde: Parameters of the serde.
        parameters: Of the table, its storage and its partitions.
        compressed: Each file is compressed as a whole.
    """

    classes: StorageFormat
    serde: Mapping[str, str] = field(default_factory=dict)
    parameters: Mapping[str, str]
    compressed: bool = False


def table_layout(target: Target, written: Written, stores: Stores) -> TableLayout:
    """Return what a table of the files that were written is told.

    Raises:
        StorageError: The schema of Avro cannot be read back.
    """
    kind: str = target.format
    serde: Mapping[str, str] = {"path": f"{target.uri}/"}
    more: Mapping[str, str] = {}
    if target.format == "csv":
        facts = _delimited(target, written.schema)
        serde, more = delimited_serde_parameters(facts), delimited_table_parameters(facts)
        classes = storage_format(delimited_storage(facts))
    else:
        classes = storage_format(kind)
    if target.format == "json":
        names = [name for name in written.schema.names if name not in target.partition_by]
        serde = {"paths": ",".join(names)}
    if target.format == "avro":
        more = _avro_schema(written, stores)
        serde = dict(more)
    codec = target.options.get("compression", "snappy" if kind == "parquet" else "none")
    whole = kind in {"csv", "json"} and codec in _CODECS_OF_FILES
    parameters = {"classification": kind, "compressionType": codec, "typeOfData": "file"}
    return TableLayout(
        classes=classes,
        serde={**classes.serde_parameters, **serde},
        parameters={**parameters, **more},
        compressed=whole,
    )


def reads_as(known: Table, target: Target) -> bool:
    """Return whether CSV files of a sink are read right by what a table says of its own."""
    if target.format != "csv":
        return True
    parameters = {**storage_parameters(known), **(known.parameters or {})}
    read = reader_options(serde_parameters(known), parameters)
    written = {"sep": ",", "quote": '"', "header": "false", **target.options}
    same = all(read[name] == written[name] for name in ("sep", "header"))
    return same and written["quote"] in {"", read["quote"]}


def _delimited(target: Target, schema: StructType) -> DelimitedFacts:
    """Return how CSV files are written; text may need quotes, and numbers never do."""
    quote = target.options.get("quote", '"')
    columns = [item for item in schema.fields if item.name not in target.partition_by]
    types = [parse_type(item.dataType.simpleString()) for item in columns]
    plain = all(isinstance(item, Decimal) or item in _NEVER_QUOTED for item in types)
    quoted = bool(quote) and not plain
    has_header = target.options.get("header") == "true"
    return DelimitedFacts(
        delimiter=target.options.get("sep", ","),
        quoted=quoted,
        quote=quote or '"',
        backslashes=True,
        # Text in quotes may hold line breaks, which nobody has looked for.
        multiline=quoted,
        header_lines=1 if has_header else 0,
        has_header=has_header,
        header_reason="",
        null_words=(),
        timestamp_patterns=(),
        open_csv=quoted,
    )


def _avro_schema(written: Written, stores: Stores) -> Mapping[str, str]:
    """Return the schema that stands in a file, by which Hive reads all of them."""
    if written.sample is None:
        return {}
    data = stores.open(written.sample).read(written.sample, 0, MAX_HEADER_BYTES)
    sample = Sample(
        uri=written.sample,
        size=len(data),
        plain_size=len(data),
        codec="none",
        data=data,
        complete=len(data) < MAX_HEADER_BYTES,
    )
    schema = Avro().classify(sample).schema
    return {} if schema is None else schema.parameters
