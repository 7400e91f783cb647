"""Databases to crawl, connections to them, and catalogs to crawl into."""

from __future__ import annotations

import contextlib
import socket
import threading
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

from gluepot.crawlers.access import Access, OpenedConnection
from gluepot.crawlers.crawl import run_crawl
from gluepot.crawlers.model import Crawler
from gluepot.crawlers.sources.config import S3Config
from tests.servers import mongodb
from tests.servers.postgres import administration

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from gluepot.crawlers.model import Crawl
    from gluepot.crawlers.targets import AnyTarget
    from tests.crawlers.conftest import Desk


@pytest.fixture
def mongo_access(mongodb_port: int) -> Access:
    """Return the access to that server."""
    return mongodb_access(mongodb_port)


def mongodb_access(port: int, password: str = mongodb.PASSWORD) -> Access:
    """Return the access to a server of MongoDB's protocol on a port of loopback."""
    properties = {
        "CONNECTION_URL": f"mongodb://127.0.0.1:{port}/",
        "USERNAME": mongodb.USER,
        "PASSWORD": password,
    }
    return connected("MONGODB", properties)


@pytest.fixture
def sqlite_file(tmp_path: Path) -> Path:
    """Return the path of a database file ``shop.db``, which is not there yet."""
    return tmp_path / "shop.db"


def run_sql(url: str, *statements: str) -> None:
    """Run statements, each for itself."""
    with administration(url) as connection:
        for statement in statements:
            connection.execute(sa.text(statement))


def jdbc(url: str, **changed: str) -> Access:
    """Return the access to one database, whose connection is called ``c``."""
    made = sa.make_url(url)
    engine = made.drivername.partition("+")[0]
    place = f"//{made.host}:{made.port}/{made.database}"
    properties = {
        "JDBC_CONNECTION_URL": f"jdbc:{engine}:{made.database if engine == 'sqlite' else place}",
        "USERNAME": made.username or "",
        "PASSWORD": made.password or "",
    }
    return connected("JDBC", properties | changed)


def connected(type_: str, properties: dict[str, str]) -> Access:
    """Return an access whose every connection is this one."""

    def connection(name: str) -> OpenedConnection:
        return OpenedConnection(name=name, type=type_, properties=properties)

    return Access(s3=S3Config(region="us-east-1"), connection=connection)


def crawler_of(*targets: AnyTarget, **options: Any) -> Crawler:  # noqa: ANN401
    """Return a crawler of targets."""
    return Crawler(**{"name": "c", "database": "db", "targets": targets} | options)


def crawl(desk: Desk, access: Access, *targets: AnyTarget, **options: Any) -> Crawl:  # noqa: ANN401
    """Crawl targets into a catalog."""
    return run_crawl(
        crawler_of(*targets, **options),
        catalog=desk.catalog,
        access=access,
        store=desk.crawlers,
        clock=desk.clock,
    )


@contextlib.contextmanager
def cut_at(port: int, word: bytes) -> Iterator[int]:
    """Forward connections to a port of loopback, and cut each where the client says a word."""
    listener = socket.create_server(("127.0.0.1", 0))

    def forward(source: socket.socket, sink: socket.socket) -> None:
        with source, sink, contextlib.suppress(OSError):
            while data := source.recv(65536):
                if word in data:
                    sink.shutdown(socket.SHUT_RDWR)
                    source.shutdown(socket.SHUT_RDWR)
                    return
                sink.sendall(data)

    def accept() -> None:
        with contextlib.suppress(OSError):
            while True:
                client = listener.accept()[0]
                server = socket.create_connection(("127.0.0.1", port))
                for pair in ((client, server), (server, client)):
                    ends = [side.dup() for side in pair]
                    threading.Thread(target=forward, args=ends, daemon=True).start()
                client.close()
                server.close()

    threading.Thread(target=accept, daemon=True).start()
    try:
        yield listener.getsockname()[1]
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
