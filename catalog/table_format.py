"""How a table's rows lie in files: what its parameters and its SerDe say, in one word."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gluepot.catalog.model import Table

_OPEN_FORMATS = ("delta", "iceberg", "hudi")
_SERDE_MARKS = {
    "parquet": "parquet",
    "orc": "orc",
    "avro": "avro",
    "json": "json",
    "opencsv": "csv",
    "lazysimple": "csv",
    "regex": "text",
    "xml": "xml",
    "ion": "ion",
}
_WORDS = {"tsv": "csv", "psv": "csv", "opencsv": "csv", "grok": "text"}
_INPUT_MARKS = {"symlinktextinputformat": "symlink", "hoodieparquet": "hudi"}
_TELLING_SERDES = {"grokserde": "grok", "xmlserde": "xml"}
"""Serdes of tables whose classification may be any word."""


def table_format(table: Table) -> str | None:
    """Return ``parquet``, ``orc``, ``csv``, ``delta``, ``iceberg`` and so on, or None.

    A transaction log's format goes before that of its files, and so do symlink manifests. The
    classification of a grok or an XML table is whatever its classifier says, so there the SerDe
    decides. Then come the words of Spark (``spark.sql.sources.provider``), of Glue's crawlers
    (``classification``), and the SerDe.
    """
    parameters = {**storage_parameters(table), **(table.parameters or {})}
    words = [
        (parameters.get(key) or "").lower()
        for key in ("table_type", "spark.sql.sources.provider", "classification")
    ]
    for word in words:
        if word in _OPEN_FORMATS:
            return word
    telling = _telling_class(table)
    if telling is not None:
        return telling
    # Spark's word for a table of Hive's own reading says nothing about the files.
    named = next((word for word in words[1:] if word and word not in {"hive", "unknown"}), None)
    return _WORDS.get(named, named) if named else _serde_format(table)


def storage_parameters(table: Table) -> Mapping[str, str]:
    """Return the parameters of a table's storage descriptor."""
    storage = table.storage_descriptor
    return (storage.parameters or {}) if storage is not None else {}


def serde_parameters(table: Table) -> Mapping[str, str]:
    """Return the parameters of a table's SerDe."""
    storage = table.storage_descriptor
    serde = storage.serde_info if storage is not None else None
    return (serde.parameters or {}) if serde is not None else {}


def _telling_class(table: Table) -> str | None:
    storage = table.storage_descriptor
    name = ((storage.input_format if storage is not None else None) or "").lower()
    marks = (kind for mark, kind in _INPUT_MARKS.items() if mark in name)
    return next(marks, None) or _TELLING_SERDES.get(_serde_name(table))


def _serde_format(table: Table) -> str | None:
    name = _serde_name(table)
    return next((kind for mark, kind in _SERDE_MARKS.items() if mark in name), None)


def _serde_name(table: Table) -> str:
    storage = table.storage_descriptor
    serde = storage.serde_info if storage is not None else None
    library = (serde.serialization_library or "") if serde is not None else ""
    return library.rpartition(".")[2].lower()
