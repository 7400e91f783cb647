"""Glue's names of formats and their options, as options of Spark's writers.

Source: the AWS Glue developer guide, "Data format options for inputs and outputs in AWS Glue".
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from gluepot.catalog.errors import InvalidInputError, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from gluepot.jobs.writing.target import SinkFormat

logger = logging.getLogger(__name__)

_TEXT_CODECS = {
    "none": "none",
    "uncompressed": "none",
    "gzip": "gzip",
    "bzip2": "bzip2",
    "bzip": "bzip2",
    "deflate": "deflate",
    "snappy": "snappy",
    "lz4": "lz4",
}
_CODECS: Mapping[str, Mapping[str, str]] = {
    "csv": _TEXT_CODECS,
    "json": _TEXT_CODECS,
    "parquet": {
        "none": "none",
        "uncompressed": "none",
        "snappy": "snappy",
        "gzip": "gzip",
        "lz4": "lz4",
        "zstd": "zstd",
    },
    "orc": {
        "none": "none",
        "uncompressed": "none",
        "snappy": "snappy",
        "zlib": "zlib",
        "gzip": "zlib",
        "lzo": "lzo",
        "lz4": "lz4",
        "zstd": "zstd",
    },
    "avro": {
        "none": "uncompressed",
        "uncompressed": "uncompressed",
        "snappy": "snappy",
        "deflate": "deflate",
        "gzip": "deflate",
        "bzip2": "bzip2",
        "xz": "xz",
    },
}
"""Spark's names of codecs by Glue's; inside ORC and Avro, gzip's algorithm has another name."""

_DEFAULT_CODECS = {"csv": "none", "json": "none"}
SINK_FORMATS: Mapping[str, SinkFormat] = {
    "avro": "avro",
    "csv": "csv",
    "delta": "delta",
    "glueparquet": "parquet",
    "iceberg": "iceberg",
    "json": "json",
    "orc": "orc",
    "parquet": "parquet",
}
_READ_ONLY = frozenset({"grokLog", "ion", "xml"})
_WITHOUT_EFFECT = frozenset(
    {
        *("useGlueParquetWriter", "strictCheckForQuoting", "optimizePerformance"),
        *("escaper", "withHeader", "skipFirst", "multiLine", "multiline", "jsonPath"),
    }
)
"""What tunes Glue's own writer, and what readers are told."""

TIMESTAMPS = "yyyy-MM-dd HH:mm:ss.SSSSSS"
"""As Hive, Athena and the JSON serde read them: a space in the middle, and no zone."""


@dataclass(frozen=True, kw_only=True)
class FileFormat:
    """A format and how it is written.

    Attributes:
        name: Spark's.
        options: Of Spark's writer.
        has_logical_types: Dates, timestamps and decimals are written as such, not as text.
    """

    name: SinkFormat
    options: Mapping[str, str] = field(default_factory=dict)
    has_logical_types: bool = True


def file_format(kind: str | None, options: Mapping[str, Any], given: str) -> FileFormat:
    """Return a format by Glue's name and options; those that nobody knows are logged.

    Args:
        kind: Such as ``glueparquet``.
        options: ``format_options`` and the sink's own compression and sizes.
        given: What messages call the sink.

    Raises:
        InvalidInputError: The format is not written, or has no such codec.
    """
    name = _sink_format(kind)
    found: dict[str, str] = {}
    if name in _CODECS:
        found |= _compression(name, options.get("compression"))
    readers = _READERS.get(name, {})
    for option, value in options.items():
        if option in readers:
            found |= readers[option](value)
        elif name not in _CODECS:
            found[option] = _text(value)  # Delta and Iceberg: Spark's own options.
        elif option not in _WITHOUT_EFFECT and option not in {"compression", "version"}:
            log_unknown(given, option, [*readers, *_WITHOUT_EFFECT, "compression"])
    logical = name != "avro" or str(options.get("version", "1.7")) not in {"1.7", ""}
    return FileFormat(
        name=name, options={**_DEFAULTS.get(name, {}), **found}, has_logical_types=logical
    )


def log_unknown(given: str, option: str, known: Iterable[str]) -> None:
    """Log that an option does nothing, with the nearest that does; Glue says nothing of them."""
    logger.warning(
        "Sink %s: option %r is not known and does nothing.%s",
        *(given, option, did_you_mean(option, known)),
        extra={"action": "unknown_option", "sink": given, "option": option},
    )


def _sink_format(kind: str | None) -> SinkFormat:
    if kind is not None and kind in SINK_FORMATS:
        return SINK_FORMATS[kind]
    if kind in _READ_ONLY:
        raise InvalidInputError(
            f"format {kind!r} is only read, never written. Written are: {', '.join(SINK_FORMATS)}"
        )
    raise InvalidInputError(
        f"format {kind!r} is not written.{did_you_mean(str(kind), SINK_FORMATS)}"
        f" There are: {', '.join(SINK_FORMATS)}"
    )


def _compression(name: str, given: object) -> dict[str, str]:
    wanted = str(given or _DEFAULT_CODECS.get(name, "snappy")).lower()
    known = _CODECS[name]
    if wanted not in known:
        raise InvalidInputError(
            f"compression {wanted!r} is not there for {name}.{did_you_mean(wanted, known)}"
            f" There are: {', '.join(known)}"
        )
    return {"compression": known[wanted]}


def _separator(value: object) -> dict[str, str]:
    return {"sep": str(value)}


def _quote(value: object) -> dict[str, str]:
    # Glue turns quoting off by -1; the empty text says so further on.
    quote = "" if str(value) == "-1" else str(value)
    return {"quote": quote, "escape": quote or '"'}


def _header(value: object) -> dict[str, str]:
    return {"header": _text(value)}


def _block_size(value: object) -> dict[str, str]:
    return {"parquet.block.size": str(value)}


def _page_size(value: object) -> dict[str, str]:
    return {"parquet.page.size": str(value)}


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) or str(value) in _BOOLEANS else str(value)


_BOOLEANS = {"True", "False", "TRUE", "FALSE"}
_READERS: Mapping[str, Mapping[str, Callable[[object], dict[str, str]]]] = {
    "csv": {"separator": _separator, "quoteChar": _quote, "writeHeader": _header},
    "parquet": {"blockSize": _block_size, "pageSize": _page_size},
}
_TIMES = {"timestampFormat": TIMESTAMPS, "timestampNTZFormat": TIMESTAMPS}
_DEFAULTS: Mapping[str, Mapping[str, str]] = {
    "csv": {
        "sep": ",",
        "quote": '"',
        # A quote inside quotes is doubled, as RFC 4180 has it and Glue writes it.
        "escape": '"',
        "header": "true",
        # Spark cuts blanks off unless it is told not to.
        "ignoreLeadingWhiteSpace": "false",
        "ignoreTrailingWhiteSpace": "false",
        **_TIMES,
    },
    "json": {"ignoreNullFields": "true", **_TIMES},
}
