"""What a child is asked and what it answers, as plain data between two processes."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from typing import Any

from gluepot.crawlers.sources.config import S3Config


@dataclass(frozen=True, kw_only=True)
class Task:
    """One reader looks at one place.

    Attributes:
        reader: A module of ``crawling.readers``.
        format: What the files are.
        uri: Where they lie.
        warm_uri: A few files of the same kind, which are read before the clock starts.
        s3: The store; empty for folders of this machine.
        catalog: The SQLite file that gluepot writes to; it is made if it is not there.
        glue_url: The Glue endpoint that awswrangler writes to.
        repeats: How often the reader looks, the shortest time counting.
        limit: Seconds that one look may take; then the child ends, whatever it does. 0 for any.
    """

    reader: str
    format: str
    uri: str
    warm_uri: str
    s3: dict[str, Any] = field(default_factory=dict)
    catalog: str = ""
    glue_url: str = ""
    repeats: int = 1
    limit: int = 0

    @property
    def store(self) -> S3Config:
        """How the store is reached."""
        return S3Config(**({"region": "us-east-1"} | self.s3))

    @property
    def on_s3(self) -> bool:
        """Whether the files lie in a store."""
        return self.uri.startswith("s3://")

    def to_text(self) -> str:
        """Return one line."""
        return json.dumps(asdict(self))


def plain_path(uri: str) -> str:
    """Return the path of ``file:///path``."""
    return uri.removeprefix("file://")


@dataclass(frozen=True, kw_only=True)
class Seen:
    """What a reader saw.

    Attributes:
        types: The Hive type of each column and key; None of a reader that only lists.
        keys: Which of them are partition keys, of a reader that says so.
        files: How many files there are, of a reader that says so.
        change: What a crawl did to the table.
    """

    types: dict[str, str] | None = None
    keys: tuple[str, ...] | None = None
    files: int | None = None
    change: str | None = None


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What a child measured.

    Attributes:
        seconds: The shortest time; None where the limit came first.
        peak_bytes: The most memory that it, and the processes it started, have held.
        seen: What it saw.
    """

    seconds: float | None
    peak_bytes: int | None = None
    seen: Seen = Seen()

    def to_text(self) -> str:
        """Return one line."""
        return json.dumps(asdict(self))


def task_from_text(text: str) -> Task:
    """Return the task of a line."""
    return Task(**json.loads(text))


def answer_from_text(text: str) -> Answer:
    """Return the answer of a line."""
    data = json.loads(text)
    seen = data.pop("seen")
    keys = seen.pop("keys")
    return Answer(**data, seen=Seen(**seen, keys=None if keys is None else tuple(keys)))
