"""A Spark standalone cluster of the tests' own: a master and its workers, on loopback."""

from __future__ import annotations

import contextlib
import os
import sys
from typing import TYPE_CHECKING

from gluepot.jobs.sessions.jars import spark_home
from tests.servers.process import free_port, running, started, wait_for

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

MASTER = "org.apache.spark.deploy.master.Master"
WORKER = "org.apache.spark.deploy.worker.Worker"
START_SECONDS = 120
QUICK = "-XX:TieredStopAtLevel=1"
"""The JVM compiles little: code of tests runs a few times only."""


@contextlib.contextmanager
def standalone_cluster(
    folder: Path,
    *,
    workers: int,
    env: Mapping[str, str] | None = None,
    memory: str = "700m",
    java_options: str = QUICK,
) -> Iterator[str]:
    """Run a master and workers of one core each, and yield the master's URL.

    ``env`` is all that they have; without it, this environment with this python. ``memory`` is what
    each worker has for executors, ``java_options`` what all of their JVMs are started with.
    """
    home = spark_home()
    there = {**os.environ, "PYSPARK_PYTHON": sys.executable} if env is None else env
    env = {
        **there,
        "SPARK_HOME": str(home),
        "SPARK_LOCAL_IP": "127.0.0.1",
        "SPARK_DAEMON_MEMORY": "256m",
        "JDK_JAVA_OPTIONS": java_options,  # the executors' too
    }
    launch = str(home / "bin" / "spark-class")
    port, web = free_port(), free_port()
    host = ["--host", "127.0.0.1"]
    master = [launch, MASTER, *host, "--port", str(port), "--webui-port", str(web)]
    with contextlib.ExitStack() as children:
        log = folder / "master.log"
        children.enter_context(running(master, port=port, log=log, env=env, seconds=START_SECONDS))
        url = f"spark://127.0.0.1:{port}"
        begun = []
        for number in range(workers):
            own, own_web = free_port(), free_port()
            sized = ["--cores", "1", "--memory", memory, "--work-dir", str(folder / f"w{number}")]
            worker = [launch, WORKER, *host, "--port", str(own), "--webui-port", str(own_web)]
            log = folder / f"worker{number}.log"
            child = children.enter_context(started([*worker, *sized, url], log=log, env=env))
            begun.append((child, own, log))
        # They start side by side, and end so.
        for _, own, log in begun:
            wait_for(own, what="A worker", log=log, seconds=START_SECONDS)
        yield url
        for child, _, _ in begun:
            child.terminate()


@contextlib.contextmanager
def connect_server(folder: Path, conf: Mapping[str, str]) -> Iterator[str]:
    """Run a Spark Connect server with the settings of a session, and yield its URL."""
    port = free_port()
    own = {
        "spark.connect.grpc.binding.address": "127.0.0.1",
        "spark.connect.grpc.binding.port": str(port),
    }
    pairs = [
        part for key, value in {**conf, **own}.items() for part in ("--conf", f"{key}={value}")
    ]
    server = ["--class", "org.apache.spark.sql.connect.service.SparkConnectServer"]
    command = [str(spark_home() / "bin" / "spark-submit"), *server, *pairs, "spark-internal"]
    env = {**os.environ, "SPARK_HOME": str(spark_home()), "SPARK_LOCAL_IP": "127.0.0.1"}
    log = folder / "connect.log"
    # A session starts before it listens.
    with running(command, port=port, log=log, env=env, seconds=300):
        yield f"sc://127.0.0.1:{port}"
