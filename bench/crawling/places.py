"""Where the data lies: a folder, and versitygw over that very folder."""

from __future__ import annotations

import contextlib
import sys
import tempfile
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

# The servers belong to the tests, which no installation has on its path.
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
import boto3
from tests.servers.glue import process_server
from tests.servers.s3 import versitygw_binary, versitygw_server

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

NAMES = ("file", "versitygw")
BUCKET = "bench"
NOT_BUILT = "versitygw is not built: run `make setup-test`, or give --places file"


@dataclass(frozen=True, kw_only=True)
class Place:
    """A root, and how readers reach it.

    Attributes:
        name: One of ``NAMES``.
        root: ``file:///path`` or ``s3://bucket``.
        s3: Fields of an S3Config; empty for a folder.
    """

    name: str
    root: str
    s3: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Ground:
    """What a run of the benchmark stands on.

    Attributes:
        data: The folder that is written to, which all places show.
        own: A folder for catalogs.
        places: In the order that was asked for.
        glue_url: Our server, for the peer that writes to a Glue endpoint; empty without an S3.
    """

    data: Path
    own: Path
    places: tuple[Place, ...]
    glue_url: str = ""


@contextlib.contextmanager
def ground(names: Sequence[str], below: Path | None) -> Iterator[Ground]:
    """Yield places that show one empty folder, which goes with all its files when the block ends.

    versitygw keeps objects as files in folders: what is written there is in its bucket, too.
    """
    with contextlib.ExitStack() as stack:
        made = stack.enter_context(tempfile.TemporaryDirectory(prefix="crawl-", dir=below))
        own = Path(made)
        data = own / "objects" / BUCKET
        found = {"file": Place(name="file", root=f"file://{data}")}
        glue_url = ""
        if "versitygw" in names:
            binary = versitygw_binary()
            if binary is None:
                raise SystemExit(NOT_BUILT)
            s3 = asdict(stack.enter_context(versitygw_server(own, binary)))
            _make_bucket(s3)
            found["versitygw"] = Place(name="versitygw", root=f"s3://{BUCKET}", s3=s3)
            url = f"sqlite:///{own}/glue.db"
            glue_url = stack.enter_context(process_server(url, own / "home")).url
        data.mkdir(parents=True, exist_ok=True)
        places = tuple(found[name] for name in names)
        yield Ground(data=data, own=own, places=places, glue_url=glue_url)


def _make_bucket(s3: dict[str, Any]) -> None:
    client = boto3.client(
        "s3",
        endpoint_url=s3["endpoint_url"],
        region_name=s3["region"],
        aws_access_key_id=s3["access_key_id"],
        aws_secret_access_key=s3["secret_access_key"],
    )
    client.create_bucket(Bucket=BUCKET)
    client.close()
