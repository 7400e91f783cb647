"""A Kafka of the tests' own: one broker that is its own controller, on loopback.

``python -m tests.servers.kafka`` fetches its jars, as ``make setup-test`` does.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from gluepot.jobs.sessions.jars import (
    Jar,
    fetch_jars,
    java_command,
    missing_jars,
    read_lock,
    spark_home,
)
from tests.servers.process import free_port, running

if TYPE_CHECKING:
    from collections.abc import Iterator

USER = "gluepot"
PASSWORD = 'kafka-"s3cr3t\\'  # noqa: S105 - of a server that lives as long as the tests

CLUSTER = "Z2x1ZXBvdC10ZXN0cy0xMg"
_OF_SPARK = (
    *("scala-library", "jackson-", "lz4-java", "snappy-java", "zstd-jni"),
    *("slf4j-api", "log4j-"),
)
_JAVA = ("-Xmx256m", "-XX:TieredStopAtLevel=1", "-Xshare:auto")


@dataclass(frozen=True, kw_only=True)
class Kafka:
    """Where a broker listens: to anybody, and to those who log in as USER."""

    servers: str
    login_servers: str


def kafka_jars() -> Path | None:
    """Return the folder of the broker's jars, or None where they are not all there."""
    folder = _folder()
    return None if missing_jars(folder, _locked()) else folder


def fetch_kafka() -> int:
    """Fetch the broker's jars and return how many were not there."""
    java = java_command(os.environ.get("JAVA_HOME"))
    return fetch_jars(_folder(), java=java, jars=_locked())


def _folder() -> Path:
    cache = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache"))
    return cache / "gluepot" / "kafka"


def _locked() -> tuple[Jar, ...]:
    return read_lock(Path(__file__).with_name("kafka.lock").read_text())


@contextlib.contextmanager
def kafka_server(folder: Path, jars: Path) -> Iterator[Kafka]:
    """Run a broker whose data lies in ``folder``."""
    folder.mkdir(parents=True)
    plain, login, controller = free_port(), free_port(), free_port()
    settings = folder / "server.properties"
    settings.write_text(_settings(folder / "data", plain, login, controller))
    spark = spark_home() / "jars"
    shared = [str(path) for name in _OF_SPARK for path in spark.glob(f"{name}*.jar")]
    java = java_command(os.environ.get("JAVA_HOME"))
    command = [java, *_JAVA, "-cp", ":".join([f"{jars}/*", *shared])]
    format_ = [*command, "kafka.tools.StorageTool", "format", "-t", CLUSTER, "-c", str(settings)]
    subprocess.run(format_, check=True, capture_output=True)
    server = [*command, "kafka.Kafka", str(settings)]
    with running(server, port=plain, log=folder / "log"):
        yield Kafka(servers=f"127.0.0.1:{plain}", login_servers=f"127.0.0.1:{login}")


def _settings(data: Path, plain: int, login: int, controller: int) -> str:
    module = "org.apache.kafka.common.security.plain.PlainLoginModule"
    password = PASSWORD.replace("\\", "\\\\").replace('"', '\\"')
    entry = f'{module} required user_{USER}="{password}";'
    # Backslashes are an escape in property files too.
    escaped = entry.replace("\\", "\\\\")
    listeners = f"PLAINTEXT://127.0.0.1:{plain},SASL_PLAINTEXT://127.0.0.1:{login}"
    return f"""
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:{controller}
controller.listener.names=CONTROLLER
listeners={listeners},CONTROLLER://127.0.0.1:{controller}
advertised.listeners={listeners}
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,SASL_PLAINTEXT:SASL_PLAINTEXT,CONTROLLER:PLAINTEXT
sasl.enabled.mechanisms=PLAIN
listener.name.sasl_plaintext.plain.sasl.jaas.config={escaped}
log.dirs={data}
num.partitions=2
offsets.topic.replication.factor=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
"""


if __name__ == "__main__":
    print(f"{fetch_kafka()} jars fetched")  # noqa: T201 - what the set-up shows
