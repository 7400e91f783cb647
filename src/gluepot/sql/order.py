"""What a query's own process is told, and what it tells: plain data on both sides."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gluepot.catalog.model import Table
    from gluepot.crawlers.sources.config import S3Config
    from gluepot.crawlers.sources.roots import FileRoots


@dataclass(frozen=True, kw_only=True)
class Bounds:
    """What a query may use.

    Attributes:
        seconds: Until its process is ended.
        memory: Bytes that DuckDB may hold; the process may have some more for what it reads.
        threads: Of DuckDB.
        rows: Of the result; there may be more.
        result: Bytes of the result as JSON, likewise.
        files: That all tables of the query may consist of.
    """

    seconds: float = 30
    memory: int = 1 << 30
    threads: int = 2
    rows: int = 1000
    result: int = 8 << 20
    files: int = 10_000


@dataclass(frozen=True, kw_only=True)
class Attached:
    """A table that a query reads.

    Attributes:
        asked: Database and table as the statement names them.
        table: What they name.
        files: Addresses and partition values; none where a log says.
    """

    asked: tuple[str, str]
    table: Table
    files: tuple[tuple[str, tuple[str, ...]], ...]


@dataclass(frozen=True, kw_only=True)
class Order:
    """All that a query's process knows.

    Attributes:
        sql: The statement.
        tables: What it reads.
        s3: What ``s3://`` means.
        roots: Which files of this machine it reads; None reads all that its user may.
        folder: Its own, for files that it fetches.
        bounds: What it may use.
    """

    sql: str
    tables: tuple[Attached, ...]
    s3: S3Config = field(repr=False)
    roots: FileRoots | None = None
    folder: str
    bounds: Bounds


@dataclass(frozen=True, kw_only=True)
class Rows:
    """The rows of a result, or the first of them.

    Attributes:
        columns: Names and DuckDB's types.
        rows: Values as JSON has them.
        more: Whether there are further rows, which were not read.
        seconds: What it took.
    """

    columns: tuple[tuple[str, str], ...]
    rows: tuple[tuple[Any, ...], ...]
    more: bool
    seconds: float
