"""An S3 of gluepot's own, for trying and developing: moto's server over a folder.

The objects live in memory while the server runs; they are loaded from the folder at the start and
saved to it at the end, modification times included, since bookmarks go by those.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import logging
import signal
import subprocess
import sys
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from gluepot.catalog.errors import GluepotError
from gluepot.crawlers.sources.config import S3Config

if TYPE_CHECKING:
    from collections.abc import Iterator

ACCOUNT = "123456789012"
REGION = "us-east-1"
INDEX = "index.json"


class EmbeddedS3Error(GluepotError):
    """The embedded S3 could not start or its folder is damaged."""


@contextlib.contextmanager
def embedded_s3(folder: Path) -> Iterator[S3Config]:
    """Serve ``folder`` as S3 on a free loopback port until the block ends.

    The server is a child process that ends and saves when its standard input does, so also when
    this process is killed.

    Raises:
        EmbeddedS3Error: moto is not installed, or the folder's index does not fit its files.
    """
    command = [sys.executable, "-m", "gluepot.embedded_s3", str(folder)]
    with subprocess.Popen(  # noqa: S603
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as child:
        answer = child.stdout.readline().strip() if child.stdout else ""
        if not answer.startswith("http://"):
            raise EmbeddedS3Error(answer or "The embedded S3 did not start")
        yield S3Config(
            endpoint_url=answer,
            region=REGION,
            path_style=True,
            access_key_id="embedded",
            secret_access_key="embedded",  # noqa: S106 - moto checks none
        )
        # Leaving Popen's own block closes the child's input and waits until it has saved.


def serve(folder: Path, output: TextIO, until: TextIO) -> int:
    """Serve ``folder``, say where on ``output``, and save when ``until`` ends.

    Returns:
        The exit code; a fault is a line on ``output`` in place of the address.
    """
    try:
        from moto.server import ThreadedMotoServer  # noqa: PLC0415
        from werkzeug.serving import WSGIRequestHandler  # noqa: PLC0415

        backend = _backend()
        _load(backend, folder)
    except ImportError:
        output.write("The embedded S3 needs moto: pip install 'gluepot[dev]'\n")
        return 1
    except EmbeddedS3Error as error:
        output.write(f"{error}\n")
        return 1
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    WSGIRequestHandler.protocol_version = "HTTP/1.1"  # 1.0 takes a connection for each request
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the terminal's Ctrl-C is the parent's to handle
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    output.write(f"http://{host}:{port}\n")
    output.flush()
    until.read()
    server.stop()
    _save(backend, folder)
    return 0


def _backend() -> Any:  # noqa: ANN401
    from moto.s3.models import s3_backends  # noqa: PLC0415

    backend = s3_backends[ACCOUNT]["aws"]
    backend.reset()
    return backend


def _load(backend: Any, folder: Path) -> None:  # noqa: ANN401
    index = folder / INDEX
    if not index.is_file():
        return
    stored = json.loads(index.read_text())
    for bucket in stored["buckets"]:
        backend.create_bucket(bucket, REGION)
    for entry in stored["objects"]:
        path = folder / _file_name(entry["bucket"], entry["key"])
        if not path.is_file():
            raise EmbeddedS3Error(f"{index} lists {entry['key']!r}, but {path} is not there")
        stored_object = backend.put_object(entry["bucket"], entry["key"], path.read_bytes())
        stored_object.last_modified = datetime.fromisoformat(entry["modified"])


def _save(backend: Any, folder: Path) -> None:  # noqa: ANN401
    folder.mkdir(parents=True, exist_ok=True)
    objects = []
    kept = {INDEX}
    for bucket in backend.buckets.values():
        for key, item in bucket.keys.items():
            name = _file_name(bucket.name, key)
            _write(folder / name, item.value)
            kept.add(name)
            modified = item.last_modified.isoformat()
            objects.append({"bucket": bucket.name, "key": key, "modified": modified})
    buckets = [bucket.name for bucket in backend.buckets.values()]
    index = {"buckets": buckets, "objects": objects}
    _write(folder / INDEX, json.dumps(index).encode())
    for path in folder.iterdir():
        if path.name not in kept:
            path.unlink()


def _write(path: Path, data: bytes) -> None:
    partial = path.with_name(f"{path.name}.partial")
    partial.write_bytes(data)
    partial.replace(path)


def _file_name(bucket: str, key: str) -> str:
    """Return a name that no key can turn into another path."""
    return hashlib.sha256(f"{bucket}/{key}".encode()).hexdigest()


if __name__ == "__main__":
    sys.exit(serve(Path(sys.argv[1]), sys.stdout, sys.stdin))
