"""`gluepot dev`: a real tree of processes, a warm driver, and what happens when things change."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shlex
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
import pyarrow.parquet as pq
import pytest

from gluepot.catalog.engine import open_engine
from gluepot.jobs.runs.state import RunState
from gluepot.jobs.runs.store import RunStore
from gluepot.services import utc_now
from gluepot.settings import load_settings
from tests.servers.process import free_port

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from gluepot.jobs.runs.state import Run

PAGE = (Path(__file__).parents[2] / "docs" / "how-to" / "develop.md").read_text()
GLUEPOT = str(Path(sys.executable).with_name("gluepot"))
SECONDS = 300
"""How long anything may take before a test gives up: machines of CI are slow."""

ENDLESS = "reflect('java.lang.Thread', 'sleep', 600000L) IS NOT NULL"


@dataclass(frozen=True, kw_only=True)
class Project:
    """A folder in which `gluepot dev` is at work."""

    folder: Path
    environment: dict[str, str]
    dev: subprocess.Popen[bytes]

    @property
    def said(self) -> str:
        """Return what `gluepot dev` has written."""
        return (self.folder / "dev.log").read_text()

    def define(self, condition: str, out: str) -> None:
        """Write the job's file."""
        (text,) = blocks("yaml")
        text = text.replace("a > 1", json.dumps(condition)).replace("path: out", f"path: {out}")
        (self.folder / "conf" / "jobs" / "copy.yaml").write_text(text)

    def gluepot(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a command as in another terminal."""
        return subprocess.run(
            (GLUEPOT, *arguments),
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=SECONDS,
        )

    def newest_run(self) -> Run:
        """Return the record of the run that was queued last."""
        engine = open_engine(f"sqlite:///{self.folder / '.gluepot' / 'catalog.db'}")
        (found,) = RunStore(engine, utc_now).list(limit=1)
        engine.dispose()
        return found

    def glue(self) -> Any:  # noqa: ANN401 - boto3's clients have no types
        """Return a client of the API."""
        url = re.search(r"http://[\d.:]+", self.said)
        assert url is not None
        return boto3.client(
            "glue",
            endpoint_url=url[0],
            region_name="us-east-1",
            aws_access_key_id="anybody",
            aws_secret_access_key="any",  # noqa: S106 - nobody looks at it on loopback
        )

    def driver(self) -> int:
        """Wait for a driver that stands by, and return its process."""
        sockets = self.folder / ".gluepot" / "standby"
        wait_until(lambda: any(sockets.glob("*.sock")))
        return next(pid for pid in processes(self.folder) if is_driver(pid))


def blocks(language: str) -> list[str]:
    """Return the blocks of the page in a language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)


def wait_until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + SECONDS
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def processes(folder: Path) -> list[int]:
    """Return the processes at work in a folder."""
    found = []
    for place in Path("/proc").glob("[0-9]*"):
        try:
            if (place / "cwd").readlink().is_relative_to(folder) and words_of(int(place.name)):
                found.append(int(place.name))
        except OSError:  # another user's, or gone meanwhile
            continue
    return found


def words_of(pid: int) -> list[str]:
    """Return the command line of a process; that of one that is dead is empty."""
    return Path(f"/proc/{pid}/cmdline").read_text().split("\0")[:-1]


def is_driver(pid: int) -> bool:
    words = words_of(pid)
    return "python" in words[0] and any(word.endswith("gluepot_standby.py") for word in words)


def flat(folder: Path) -> list[tuple[str, str]]:
    return sorted((row["a"], row["b"]) for row in pq.read_table(folder).to_pylist())


def pid_of(run: Run) -> int:
    return int((run.owner or "").rpartition(":")[2] or 0)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    folder = tmp_path_factory.mktemp("project")
    (folder / "conf" / "jobs").mkdir(parents=True)
    (folder / "in").mkdir()
    (folder / "in" / "rows.csv").write_text("a,b\n1,x\n2,y\n3,z\n")
    environment = {key: value for key, value in os.environ.items() if "ENDPOINT" not in key}
    environment["GLUEPOT_SPARK__MASTER"] = "local[2]"
    start, _ = blocks("sh")
    with (folder / "dev.log").open("wb") as log:
        dev = subprocess.Popen(
            (GLUEPOT, *shlex.split(start)[1:], "--port", str(free_port())),
            cwd=folder,
            env=environment,
            stdout=log,
            stderr=log,
        )
    found = Project(folder=folder, environment=environment, dev=dev)
    found.define("a > 1", "out")
    wait_until(lambda: " is at work; " in found.said)
    yield found
    dev.kill()
    dev.wait()


# Drivers come last: the first one gets ready meanwhile, and none is started for nothing.


def test_faulty_files_are_told_and_change_nothing(project: Project) -> None:
    told = project.said.count("Error: ")
    file = project.folder / "conf" / "jobs" / "faulty.yaml"

    file.write_text("name: faulty\nsinks: 1\n")

    wait_until(lambda: project.said.count("Error: ") > told)
    assert project.gluepot("job", "ls").returncode == 0
    file.unlink()


def test_changed_settings_are_used_from_the_next_moment_and_faulty_ones_never(
    project: Project,
) -> None:
    told, greeted = project.said.count("Error: "), project.said.count("Console and Glue API")
    file = project.folder / "gluepot.toml"

    file.write_text("[server]\nport = none\n")
    wait_until(lambda: project.said.count("Error: ") > told)
    assert project.said.count("Console and Glue API") == greeted

    file.write_text('[server]\naccount_id = "123456789012"\n')
    wait_until(lambda: project.said.count("Console and Glue API") > greeted)
    wait_until(lambda: project.said.count(" is at work; ") > greeted)
    database = {"Name": "sales"}
    project.glue().create_database(DatabaseInput=database)
    assert project.glue().get_database(**database)["Database"]["CatalogId"] == "123456789012"


def test_a_second_one_in_the_same_home_is_refused(project: Project) -> None:
    done = project.gluepot("dev", "--port", "0")

    assert done.returncode == 1
    assert "gluepot dev is at work in" in done.stderr


def test_other_commands_use_its_s3(project: Project) -> None:
    shown = project.gluepot("job", "run", "--print-only", "copy")
    assert shown.returncode == 0

    properties = (project.folder / ".gluepot/jobs/copy/spark.properties").read_text()
    endpoint = re.findall(r"S3: http://(127.0.0.1:\d+) ", project.said)[-1]
    assert endpoint.replace(":", "\\:") in properties


def test_a_run_by_the_warm_driver_is_like_any_other(project: Project) -> None:
    driver = project.driver()

    _, commands = blocks("sh")
    for command in commands.splitlines():
        done = project.gluepot(*shlex.split(command)[1:])

        assert done.returncode == 0, done.stderr
    run = project.newest_run()
    assert (run.state, pid_of(run)) == (RunState.SUCCEEDED, driver)
    assert flat(project.folder / "out") == [("2", "y"), ("3", "z")]
    assert (run.metrics["rows_out"], run.metrics["stages"]) == (2, 2)
    log = project.folder / ".gluepot" / "runs" / run.id / "driver.log"
    assert log.is_file()


def test_a_changed_job_is_what_the_next_run_of_the_api_carries_out(project: Project) -> None:
    driver = project.driver()
    before = project.said.count("~ job copy: changed")
    project.define("a > 2", "changed")
    glue = project.glue()

    run_id = glue.start_job_run(JobName="copy")["JobRunId"]

    def state() -> str:
        found: str = glue.get_job_run(JobName="copy", RunId=run_id)["JobRun"]["JobRunState"]
        return found

    wait_until(lambda: state() not in {"WAITING", "STARTING", "RUNNING"})
    assert state() == "SUCCEEDED"
    assert flat(project.folder / "changed") == [("3", "z")]
    assert pid_of(project.newest_run()) == driver
    # What is told comes from a process of its own, and the run may be sooner.
    wait_until(lambda: project.said.count("~ job copy: changed") > before)
    assert project.said.count("~ job copy: changed") == before + 1


def test_warm_runs_that_are_stopped_or_killed_are_recorded_like_cold_ones(
    project: Project,
) -> None:
    project.define(ENDLESS, "never")
    with endless_run(project) as (command, _):
        assert project.gluepot("run", "stop", project.newest_run().id).returncode == 0

        command.communicate(timeout=SECONDS)
    assert (command.returncode, project.newest_run().state) == (1, RunState.STOPPED)

    with endless_run(project) as (command, driver):
        os.kill(driver, signal.SIGKILL)

        _, told = command.communicate(timeout=SECONDS)
    assert (command.returncode, project.newest_run().state) == (1, RunState.FAILED)
    assert "The driver ended with SIGKILL before it recorded an end" in told


@contextlib.contextmanager
def endless_run(project: Project) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """Yield the command of a run that is at work, and the process of its driver."""
    driver = project.driver()
    with subprocess.Popen(
        (GLUEPOT, "job", "run", "copy"),
        cwd=project.folder,
        env=project.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as command:
        wait_until(lambda: pid_of(project.newest_run()) == driver)
        yield command, driver


def test_nothing_is_left_when_the_tree_is_killed_while_a_run_begins(project: Project) -> None:
    run_id = project.glue().start_job_run(JobName="copy")["JobRunId"]
    wait_until(lambda: any(run_id in words_of(pid) for pid in processes(project.folder)))
    assert len(processes(project.folder)) >= len(("dev", "api", "scheduler", "s3", "run"))

    project.dev.kill()

    project.dev.wait()
    wait_until(lambda: not processes(project.folder))


def test_the_setting_of_the_page_is_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (text,) = blocks("toml")
    (tmp_path / "gluepot.toml").write_text(text)
    monkeypatch.chdir(tmp_path)

    assert load_settings().spark.standby


def test_a_scheduler_keeps_a_driver_where_the_settings_say_so_and_takes_it_along(
    tmp_path: Path,
) -> None:
    (text,) = blocks("toml")
    (tmp_path / "gluepot.toml").write_text(text)
    with subprocess.Popen(
        (GLUEPOT, "scheduler", "run"), cwd=tmp_path, stderr=subprocess.DEVNULL
    ) as scheduler:
        wait_until(lambda: any(is_submit(pid) for pid in processes(tmp_path)))

        scheduler.terminate()

        assert scheduler.wait(SECONDS) == 0
    assert not processes(tmp_path)


def is_submit(pid: int) -> bool:
    return any(word.endswith("gluepot_standby.py") for word in words_of(pid))
