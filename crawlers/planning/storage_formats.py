"""How Hive, Athena, Trino and Spark are told to read each kind of table: formats and serdes.

Source: the tables that AWS Glue's crawlers and awswrangler write.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

_HIVE = "org.apache.hadoop.hive"
_TEXT_INPUT = "org.apache.hadoop.mapred.TextInputFormat"
_TEXT_OUTPUT = f"{_HIVE}.ql.io.HiveIgnoreKeyTextOutputFormat"
_PARQUET_INPUT = f"{_HIVE}.ql.io.parquet.MapredParquetInputFormat"
_PARQUET_OUTPUT = f"{_HIVE}.ql.io.parquet.MapredParquetOutputFormat"
_PARQUET_SERDE = f"{_HIVE}.ql.io.parquet.serde.ParquetHiveSerDe"
_FORMAT_ONE = {"serialization.format": "1"}


@dataclass(frozen=True, kw_only=True)
class StorageFormat:
    """Java classes that read and write a kind of table; None where no such class is known."""

    input_format: str | None = None
    output_format: str | None = None
    serde: str | None = None
    serde_parameters: Mapping[str, str] = field(default_factory=dict)


def _text(serde: str | None) -> StorageFormat:
    return StorageFormat(input_format=_TEXT_INPUT, output_format=_TEXT_OUTPUT, serde=serde)


def _parquet(input_format: str = _PARQUET_INPUT) -> StorageFormat:
    return StorageFormat(
        input_format=input_format,
        output_format=_PARQUET_OUTPUT,
        serde=_PARQUET_SERDE,
        serde_parameters=_FORMAT_ONE,
    )


STORAGE_FORMATS: Mapping[str, StorageFormat] = {
    "csv": _text(f"{_HIVE}.serde2.lazy.LazySimpleSerDe"),
    "open_csv": _text(f"{_HIVE}.serde2.OpenCSVSerde"),
    "json": _text("org.openx.data.jsonserde.JsonSerDe"),
    "grok": _text("com.amazonaws.glue.serde.GrokSerDe"),
    "parquet": _parquet(),
    "orc": StorageFormat(
        input_format=f"{_HIVE}.ql.io.orc.OrcInputFormat",
        output_format=f"{_HIVE}.ql.io.orc.OrcOutputFormat",
        serde=f"{_HIVE}.ql.io.orc.OrcSerde",
        serde_parameters=_FORMAT_ONE,
    ),
    "avro": StorageFormat(
        input_format=f"{_HIVE}.ql.io.avro.AvroContainerInputFormat",
        output_format=f"{_HIVE}.ql.io.avro.AvroContainerOutputFormat",
        serde=f"{_HIVE}.serde2.avro.AvroSerDe",
        serde_parameters=_FORMAT_ONE,
    ),
    "ion": StorageFormat(
        input_format="com.amazon.ionhiveserde.formats.IonInputFormat",
        output_format="com.amazon.ionhiveserde.formats.IonOutputFormat",
        serde="com.amazon.ionhiveserde.IonHiveSerDe",
    ),
    "xml": StorageFormat(
        input_format="com.amazonaws.glue.serde.xml.XmlInputFormat",
        output_format=_TEXT_OUTPUT,
        serde="com.amazonaws.glue.serde.xml.XmlSerDe",
    ),
    # Symlink manifests list Parquet files: of a Delta table, or of any folder.
    "symlink": StorageFormat(
        input_format=f"{_HIVE}.ql.io.SymlinkTextInputFormat",
        output_format=_TEXT_OUTPUT,
        serde=_PARQUET_SERDE,
        serde_parameters=_FORMAT_ONE,
    ),
    "delta": StorageFormat(
        input_format="org.apache.hadoop.mapred.SequenceFileInputFormat",
        output_format=f"{_HIVE}.ql.io.HiveSequenceFileOutputFormat",
        serde=f"{_HIVE}.serde2.lazy.LazySimpleSerDe",
        serde_parameters=_FORMAT_ONE,
    ),
    "hudi": _parquet("org.apache.hudi.hadoop.HoodieParquetInputFormat"),
    "hudi_realtime": _parquet("org.apache.hudi.hadoop.realtime.HoodieParquetRealtimeInputFormat"),
}
"""By kind of storage; Iceberg, databases and formats without a serde have an empty one."""

NO_CLASSES = StorageFormat()


def storage_format(kind: str) -> StorageFormat:
    """Return the classes of a kind of storage, empty ones where none are known."""
    return STORAGE_FORMATS.get(kind, NO_CLASSES)
