"""A crawl in a process of its own, which tells what came of it and how much memory it took.

``python -m tests.crawlers.crawl_process`` reads ``url``, ``root`` and ``s3`` as JSON.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from gluepot.crawlers.sources.config import S3Config
from gluepot.crawlers.sources.objects import open_source
from tests.crawlers.conftest import Desk, Place

if TYPE_CHECKING:
    from collections.abc import Mapping

PROJECT = Path(__file__).parents[2]


@dataclass(frozen=True, kw_only=True)
class Told:
    """What the process told: ``problems`` by the URI of the file, ``memory`` in bytes."""

    state: str
    error: str | None
    warnings: list[str]
    problems: Mapping[str, str]
    tables: list[str]
    memory: int
    stderr: str = ""


def crawl_in_process(url: str, place: Place, *, seconds: float) -> Told:
    """Crawl all of a place into ``db``.

    Raises:
        TimeoutExpired: It took longer than that.
    """
    request = json.dumps({"url": url, "root": place.root, "s3": asdict(place.s3)})
    done = subprocess.run(
        [sys.executable, "-m", __name__],
        input=request,
        capture_output=True,
        text=True,
        timeout=seconds,
        check=False,
        cwd=PROJECT,
        env=os.environ | {"PYTHONPATH": str(PROJECT / "src")},
    )
    assert done.returncode == 0, f"exit code {done.returncode}: {done.stderr[-4000:]}"
    return Told(**json.loads(done.stdout), stderr=done.stderr)


def _main() -> None:
    request = json.load(sys.stdin)
    s3 = S3Config(**request["s3"])
    desk = Desk(request["url"])
    place = Place(root=request["root"], s3=s3, source=open_source(request["root"], s3))
    crawl = desk.crawl(place)
    problems = (text.partition(" is in no table: ") for text in crawl.warnings)
    told = Told(
        state=crawl.state,
        error=crawl.error,
        warnings=list(crawl.warnings),
        problems={uri: reason for uri, mark, reason in problems if mark},
        tables=desk.tables(),
        memory=_most_memory(),
    )
    found = asdict(told)
    del found["stderr"]
    print(json.dumps(found))  # noqa: T201 - the answer


def _most_memory() -> int:
    """Return the most bytes that were this process's at once; getrusage counts its parent too."""
    status = Path("/proc/self/status").read_text()
    found = re.search(r"VmHWM:\s+(\d+) kB", status)
    assert found is not None
    return int(found[1]) * 1024


if __name__ == "__main__":
    _main()
