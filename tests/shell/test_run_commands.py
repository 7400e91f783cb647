"""`gluepot run` and `gluepot job run` as a user types them, with jobs that need no Spark."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import threading
import time
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from rich.progress import Progress
from typer.testing import CliRunner

from gluepot.catalog.errors import GluepotError
from gluepot.cli.job_progress import draw
from gluepot.cli.main import app
from gluepot.jobs.errors import ConcurrentRunsError
from gluepot.jobs.runs.state import RunError, RunKind, RunState
from gluepot.services import open_services
from gluepot.settings import load_settings

if TYPE_CHECKING:
    from collections.abc import Callable

    from gluepot.jobs.runs.state import Run
    from gluepot.services import Services

GLUEPOT = str(Path(sys.executable).with_name("gluepot"))
LONG = """
import time
print("begun", flush=True)
try:
    for number in range(600):
        time.sleep(0.1)
        if number == 5:
            print("half way", flush=True)
finally:
    print("cleaned up", flush=True)
"""
FAILING = "import sys\nprint('last words')\nday = sys.argv[sys.argv.index('--day') + 1]\n{}[day]\n"


@pytest.fixture(autouse=True)
def _project(sqlite_catalog: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GLUEPOT_CATALOG_URL", sqlite_catalog)
    monkeypatch.setenv("COLUMNS", "200")


def define(name: str, text: str, **members: object) -> None:
    folder = Path("conf/jobs")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "scripts").mkdir(exist_ok=True)
    (folder / "scripts" / f"{name}.py").write_text(text)
    lines = {"name": name, "script": f"scripts/{name}.py", "command": "pythonshell", **members}
    spec = "".join(f"{key}: {json.dumps(value)}\n" for key, value in lines.items())
    (folder / f"{name}.yaml").write_text(spec)


def invoked(*arguments: str) -> Any:  # noqa: ANN401
    return CliRunner().invoke(app, list(arguments))


def told(*arguments: str) -> Any:  # noqa: ANN401
    done = invoked(*arguments, "-o", "json")
    assert done.exit_code == 0, done.output or done.exception
    return json.loads(done.stdout)


def with_services(act: Callable[[Services], Any]) -> Any:  # noqa: ANN401
    with open_services(load_settings()) as services:
        return act(services)


def newest(name: str) -> Run | None:
    found: list[Run] = with_services(lambda services: services.runs.list(name=name, limit=1))
    return found[0] if found else None


def waited(name: str, state: RunState) -> Run:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        run = newest(name)
        if run is not None and run.state is state:
            return run
        time.sleep(0.1)
    raise AssertionError(f"{name} is not {state}: {newest(name)}")


def test_a_failed_run_is_shown_with_its_line_its_history_and_its_log() -> None:
    define("load", FAILING, arguments={"day": "one"}, worker_type="G.1X", number_of_workers=2)

    done = invoked("job", "run", "load", "--arg", "day=two words")

    run = newest("load")
    assert run is not None
    assert (done.exit_code, "last words" in done.stdout) == (1, True)
    assert "KeyError: 'two words'" in done.stderr
    shown = told("run", "show", run.id)
    assert shown["error"]["source_line"] == "{}[day]"
    assert [item["event"] for item in shown["history"]] == ["STARTING", "RUNNING", "FAILED"]
    assert shown["metrics"]["dpu_seconds"] == pytest.approx(2 * shown["duration_seconds"], abs=0.1)
    assert "last words" in invoked("run", "logs", run.id).stdout


def test_a_function_of_a_package_is_a_job(monkeypatch: pytest.MonkeyPatch) -> None:
    folder = Path("lib/flows")
    folder.mkdir(parents=True)
    (folder / "__init__.py").write_text("")
    text = "import sys\ndef main():\n    print('called', sys.argv[1:3])\n    sys.exit(0)\n"
    (folder / "daily.py").write_text(text)
    define("flow", "", script="flows.daily:main")
    define("gone", "", script="flows.weekly:main")
    monkeypatch.setenv("PYTHONPATH", str(Path("lib").absolute()))

    done, gone = invoked("job", "run", "flow"), invoked("job", "run", "gone")

    assert (done.exit_code, gone.exit_code) == (0, 1)
    assert "called ['--JOB_NAME', 'flow']" in done.stdout
    assert "there is no module flows.weekly" in gone.stderr


def test_a_run_is_followed_and_stopped_from_other_processes() -> None:
    define("long", LONG, max_retries=3)
    at_work = subprocess.Popen(
        [GLUEPOT, "job", "run", "long"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    run = waited("long", RunState.RUNNING)
    follower = subprocess.Popen(
        [GLUEPOT, "run", "logs", "-f", run.id],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    log = Path(".gluepot") / "runs" / run.id / "driver.log"
    while "half way" not in log.read_text():
        time.sleep(0.1)

    stopped = invoked("run", "stop", run.id)
    followed, said = follower.communicate(timeout=60)
    at_work.communicate(timeout=60)

    assert f"{run.id}: STOPPING" in stopped.stdout
    assert followed.split("\n")[:3] == ["begun", "half way", "cleaned up"]
    assert "STOPPED" in said
    assert at_work.returncode == 1
    assert [item.state for item in with_services(lambda it: it.runs.list())] == [RunState.STOPPED]


def test_a_run_over_its_time_cleans_up_and_is_not_tried_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    define("long", LONG, max_retries=3)
    at_work = threading.Thread(target=invoked, args=("job", "run", "long"))
    monkeypatch.setattr("gluepot.jobs.scheduling.starting.run_settings", lambda *_: {"Timeout": 0})

    at_work.start()
    run = waited("long", RunState.TIMEOUT)
    at_work.join(timeout=60)

    assert run.error is not None
    assert "within its timeout, 0 minutes" in run.error.message
    assert run.error.advice is not None
    assert "cleaned up" in (Path(".gluepot") / "runs" / run.id / "driver.log").read_text()
    assert len(with_services(lambda services: services.runs.list())) == 1


def test_a_failed_run_is_tried_again_by_the_command_itself(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("gluepot.jobs.runs.state.FIRST_DELAY", timedelta(seconds=0.2))
    define("load", "import sys, os\nopen('tries', 'a').write('x')\n"
           "sys.exit(0 if len(open('tries').read()) == 3 else 'no')\n", max_retries=3)  # fmt: skip

    done = invoked("job", "run", "load")

    assert done.exit_code == 0, done.stderr
    assert "attempt 2 of 3 in" in done.stderr
    found = with_services(lambda services: services.runs.list())
    assert [(run.attempt, run.state) for run in found] == [
        *((2, RunState.SUCCEEDED), (1, RunState.FAILED), (0, RunState.FAILED))
    ]


def test_what_cannot_start_is_not_tried_again() -> None:
    define("load", "", max_retries=3, arguments={"extra-files": "/nowhere/x"})

    done = invoked("job", "run", "load")

    assert "/nowhere/x" in str(done.exception)
    assert newest("load") is None


def test_a_secret_in_plain_reaches_the_script_and_nobody_else() -> None:
    text = "import sys\nword = sys.argv[sys.argv.index('--db_password') + 1]\n"
    define(
        "load", f"{text}print(len(word), 'long:', word)\nprint(open('/proc/self/cmdline').read())"
    )

    done = invoked("job", "run", "load", "--arg", "db_password=hunter2 s3cret")

    run = newest("load")
    assert run is not None
    assert "14 long: ******" in done.stdout
    shown = invoked("run", "show", run.id, "-o", "json")
    log = (Path(".gluepot") / "runs" / run.id / "driver.log").read_text()
    for said in (done.stdout, done.stderr, shown.stdout, log):
        assert "s3cret" not in said
    assert json.loads(shown.stdout)["arguments"] == {"db_password": "******"}


def ended(name: str, state: RunState, **members: Any) -> Run:  # noqa: ANN401
    def act(services: Services) -> Run:
        run = services.runs.enqueue(RunKind.JOB, name, **members)
        assert run is not None
        return services.runs.finish(run.id, state, error=RunError(message="no"))

    found: Run = with_services(act)
    return found


def test_a_run_is_queued_again_with_the_same_arguments() -> None:
    define("load", FAILING, max_retries=2)
    given = {"arguments": {"day": "a 'b'\n"}, "settings": {"Timeout": 3}, "max_retries": 0}
    failed, good = ended("load", RunState.FAILED, **given), ended("load", RunState.SUCCEEDED)
    (retry,) = told("run", "retry", failed.id)

    assert (retry["previous_run_id"], retry["arguments"]) == (failed.id, given["arguments"])
    assert (retry["settings"]["Timeout"], retry["max_retries"]) == (3, 2)
    assert isinstance(invoked("run", "rerun", good.id).exception, ConcurrentRunsError)
    assert isinstance(invoked("run", "rerun", retry["id"]).exception, GluepotError)
    with_services(lambda services: services.runs.stop(retry["id"]))
    (rerun,) = told("run", "rerun", good.id)
    assert rerun["previous_run_id"] == good.id
    refused = invoked("run", "retry", good.id)
    assert "has succeeded" in str(refused.exception)


def test_a_backfill_queues_one_run_a_day_in_their_order() -> None:
    define("load", FAILING, max_concurrent_runs=2)
    queued = told(
        *("run", "backfill", "load", "--from", "2024-02-27", "--to", "2024-03-01"),
        *("--argument", "date", "--format", "%Y/%m/%d", "--arg", "mood=good day"),
    )

    assert [run["arguments"]["date"] for run in queued] == [
        *("2024/02/27", "2024/02/28", "2024/02/29", "2024/03/01")
    ]
    assert {run["arguments"]["mood"] for run in queued} == {"good day"}
    assert [run.get("held_below") for run in queued] == [None, None, 2, 2]
    hours = ("run", "backfill", "load", "--from", "2024-03-01T22", "--to", "2024-03-02")
    assert [run["arguments"]["day"] for run in told(*hours, "--step", "hour")] == [
        *("2024-03-01T22", "2024-03-01T23", "2024-03-02T00")
    ]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--from", "2024-03-02", "--to", "2024-03-01"), "there is nothing"),
        (("--from", "1924-03-02", "--to", "2024-03-01"), "more than a backfill has"),
        (("--from", "2024-03-02", "--to", "2024-03-03", "--step", "month"), "not 'month'"),
    ],
)
def test_a_backfill_that_cannot_be_queues_nothing(words: tuple[str, ...], said: str) -> None:
    define("load", FAILING)

    done = invoked("run", "backfill", "load", *words)

    assert said in str(done.exception)
    assert newest("load") is None


def test_the_end_of_a_run_whose_process_is_gone_is_recorded_at_once() -> None:
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()

    def act(services: Services) -> str:
        run = services.runs.enqueue(RunKind.JOB, "load")
        assert run is not None
        owner = f"{socket.gethostname()}:{gone.pid}"
        services.runs.begin(run.id, owner, lease=timedelta(hours=1))
        return run.id

    run_id = with_services(act)

    assert invoked("run", "stop", run_id).stdout.strip() == f"{run_id}: STOPPED"


def test_a_run_without_a_log_here_is_told() -> None:
    run = ended("load", RunState.SUCCEEDED)

    done = invoked("run", "logs", "-f", run.id)

    assert "There is no log of run" in str(done.exception)


def test_bars_follow_the_stages_at_work() -> None:
    stage = {"stage": 3, "name": "save at X.java:1", "tasks": 8, "done": 2}
    known: dict[int, Any] = {}
    with Progress(disable=True) as bars:
        draw(bars, known, {"stages": [stage]})
        draw(bars, known, {"stages": [{**stage, "done": 5}, {**stage, "stage": 4}]})
        shown = [(task.description, task.completed, task.total) for task in bars.tasks]
        draw(bars, known, {"stages": []})

    assert shown == [("stage 3: save", 5, 8), ("stage 4: save", 2, 8)]
    assert (bars.tasks, known) == ([], {})
