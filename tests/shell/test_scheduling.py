"""`gluepot trigger`, `gluepot run` and `gluepot scheduler`, as a user types them."""

from __future__ import annotations

import itertools
import json
import os
import re
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from gluepot.catalog.errors import GluepotError
from gluepot.catalog.model import Database
from gluepot.cli.main import app
from gluepot.crawlers.model import Crawler
from gluepot.crawlers.targets import Target
from gluepot.jobs.runs.store import RunError, RunKind, RunState, RunStore
from gluepot.jobs.triggers.events import Event
from gluepot.services import open_services
from gluepot.settings import load_settings

AN_HOUR = timedelta(hours=1)
METRICS = {"passes": [{"sinks": [{"rows": 5}, {"rows": 336_776, "path": "s3://lake/flights"}]}]}


@pytest.fixture(autouse=True)
def _project(sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GLUEPOT_CATALOG_URL", sqlite_url)


def printed(*arguments: str) -> str:
    done = CliRunner().invoke(app, list(arguments))
    assert done.exit_code == 0, done.output or done.exception
    return done.stdout


def refused(*arguments: str) -> str:
    done = CliRunner().invoke(app, list(arguments))
    assert isinstance(done.exception, GluepotError), done.output
    return str(done.exception)


def listed(*arguments: str) -> Any:  # noqa: ANN401
    return json.loads(printed(*arguments, "-o", "json"))


def test_a_scheduled_trigger_is_created_listed_stopped_and_deleted() -> None:
    created = printed(
        "trigger", "create", "nightly", "--schedule", "cron(30 3 * * ? *)", "--crawler", "raw",
        "--job", "load", "--argument", "--day=a=b c", "--start",
    )  # fmt: skip
    (shown,) = listed("trigger", "ls")
    table = printed("trigger", "ls")
    stopped = printed("trigger", "stop", "nightly")
    at_rest = listed("trigger", "show", "nightly")
    printed("trigger", "delete", "nightly")

    assert "nightly is ACTIVATED" in created
    assert shown["Actions"] == [
        {"JobName": "load", "Arguments": {"--day": "a=b c"}},
        {"CrawlerName": "raw"},
    ]
    assert datetime.fromisoformat(shown["NextFireAt"]).strftime("%H:%M") == "03:30"
    assert re.search(r"nightly .* ACTIVATED .* 03:30:00Z .*job load, crawl raw", table)
    assert "DEACTIVATED" in stopped
    assert at_rest["State"] == "DEACTIVATED"
    assert "NextFireAt" not in at_rest
    assert listed("trigger", "ls") == []


def test_a_conditional_trigger_says_what_it_waits_for() -> None:
    printed(
        "trigger", "create", "after", "--when-crawler", "raw", "--when-job", "load",
        "--state", "FAILED", "--logical", "ANY", "--job", "alarm",
        "--description", "Tell the team",
    )  # fmt: skip

    shown = printed("trigger", "show", "after")

    assert "after job load FAILED or crawl raw FAILED" in shown
    assert "Tell the team" in shown


def test_a_short_interval_is_taken_with_a_word_about_glue() -> None:
    arguments = ["trigger", "create", "t", "--job", "j", "--schedule"]

    often = CliRunner().invoke(app, [*arguments, "cron(0/2 * * * ? *)"])
    seldom = CliRunner().invoke(app, [*arguments[:2], "u", *arguments[3:], "rate(5 minutes)"])

    assert often.exit_code == seldom.exit_code == 0
    assert "AWS Glue itself would refuse" in often.stderr
    assert "AWS Glue" not in seldom.stderr


def test_starting_a_scheduled_trigger_activates_it_and_now_fires_it() -> None:
    printed("trigger", "create", "nightly", "--schedule", "rate(1 day)", "--crawler", "raw")

    activated = printed("trigger", "start", "nightly")
    nothing = listed("run", "ls")
    fired = printed("trigger", "start", "nightly", "--now")
    (run,) = listed("run", "ls")

    assert "nightly is ACTIVATED; it fires next at" in activated
    assert nothing == []
    assert run["id"] in fired
    assert (run["kind"], run["name"], run["trigger_name"]) == ("crawl", "raw", "nightly")


def test_starting_a_trigger_on_demand_fires_it() -> None:
    printed("trigger", "create", "hand", "--on-demand", "--job", "load", "--job", "report")

    printed("trigger", "start", "hand")

    assert [run["name"] for run in listed("run", "ls", "--kind", "job")] == ["report", "load"]
    assert listed("run", "ls", "--kind", "crawl") == []
    assert len(listed("run", "ls", "--name", "load", "-n", "5")) == 1


def test_the_next_fires_of_a_schedule_are_listed() -> None:
    fires = [datetime.fromisoformat(f) for f in listed("trigger", "next", "cron(0 * * * ? *)")]

    assert len(fires) == 10
    assert all(later - fire == AN_HOUR for fire, later in itertools.pairwise(fires))
    assert fires[0] - datetime.now(UTC) <= AN_HOUR
    assert len(printed("trigger", "next", "rate(1 hour)", "-n", "3").splitlines()) == 3


def test_the_next_fires_of_a_stored_trigger_are_listed_in_its_zone() -> None:
    text = "cron(30 8 * * ? *) Asia/Tokyo"
    printed("trigger", "create", "early", "--schedule", text, "--job", "load", "--start")

    told = printed("trigger", "next", "early", "--count", "2")
    fires = listed("trigger", "next", "early")

    assert [line.split()[-2:] for line in told.splitlines()] == [["08:30", "JST"]] * 2
    assert [fire[11:16] for fire in fires] == ["23:30"] * 10


def test_a_rate_is_listed_as_it_will_fire() -> None:
    printed("trigger", "create", "often", "--schedule", "rate(7 minutes)", "--job", "load")
    printed("trigger", "start", "often")
    (shown,) = listed("trigger", "ls")

    assert listed("trigger", "next", "often")[0] == shown["NextFireAt"]


def test_a_trigger_of_events_shows_those_it_has() -> None:
    arn = "arn:aws:sqs:eu-central-1:123456789012:raw"
    printed(
        "trigger", "create", "arrived", "--queue", arn, "--batch-size", "5", "--batch-window",
        "60", "--job", "load", "--start",
    )  # fmt: skip
    with open_services(load_settings()) as services:
        services.triggers.receive("arrived", [Event(id="e1", body={"a": 1})])

    (shown,) = listed("trigger", "ls")
    (event,) = listed("trigger", "events", "arrived")

    assert shown["EventBatchingCondition"] == {"BatchSize": 5, "BatchWindow": 60}
    assert shown["EventQueue"] == arn
    assert (event["id"], event["fired"], event["body"]) == ("e1", False, {"a": 1})
    assert "e1" in printed("trigger", "events", "arrived")
    assert "by events" in printed("trigger", "ls")


def test_a_scheduler_and_a_worker_may_be_two_processes() -> None:
    printed("trigger", "create", "hand", "--on-demand", "--crawler", "raw")
    printed("trigger", "start", "hand")

    printed("scheduler", "run", "--role", "scheduler", "--once")
    (waiting,) = listed("run", "ls")
    printed("scheduler", "run", "--role", "worker", "--until-idle")
    (ended,) = listed("run", "ls")

    assert waiting["state"] == "WAITING"
    assert ended["state"] == "ERROR"  # there is no such crawler


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["trigger", "next", "nightly"], "Trigger nightly not found"),
        (["trigger", "next", "cron(0 0 * * ? *) Mars/Base"], "is not a time zone"),
        (
            ["trigger", "create", "t", "--on-event", "--job", "j", "--batch-window", "5"],
            "--batch-window needs --batch-size",
        ),
        (
            ["trigger", "create", "t", "--on-event", "--job", "j", "--batch-size", "101"],
            "BatchSize is 101; right is 1 to 100",
        ),
        (["trigger", "create", "t", "--queue", "raw", "--job", "j"], "names no queue"),
        (["trigger", "next", "cron(0 0 30 2 ? *)"], "never fires"),
        (["trigger", "next", "cron(0 0 * FEBR ? *)"], "Did you mean 'FEB'"),
        (["trigger", "create", "t", "--job", "j"], "Say once when it fires"),
        (["trigger", "create", "t", "--on-demand", "--schedule", "rate(1 day)"], "Say once"),
        (["trigger", "create", "t", "--on-demand"], "no Actions"),
        (["trigger", "create", "t", "--on-demand", "--job", "j", "--start"], "never activated"),
        (
            ["trigger", "create", "t", "--on-demand", "--job", "j", "--argument", "day"],
            "--argument is KEY=VALUE",
        ),
        (["trigger", "show", "t"], "Trigger t not found"),
        (["trigger", "start", "t"], "Trigger t not found"),
        (["trigger", "start", "t", "--now"], "Trigger t not found"),
        (["trigger", "stop", "t"], "Trigger t not found"),
        (["run", "show", "jr_0"], "Run jr_0 not found"),
        (["run", "ls", "--kind", "jobs"], "--kind is job, crawl or match, not 'jobs'"),
    ],
)
def test_what_cannot_be_done_is_said(arguments: list[str], why: str) -> None:
    assert why in refused(*arguments)


def test_a_run_shows_its_duration_metrics_and_the_line_that_failed() -> None:
    with open_services(load_settings()) as services:
        run = services.runs.enqueue(RunKind.JOB, "load", arguments={"--day": "1"})
        assert run is not None
        services.runs.begin(run.id, "w", lease=AN_HOUR)
        error = RunError(
            message="division by zero", file="job.py", line=7, source_line="    x = 1 / 0\n"
        )
        services.runs.finish(run.id, RunState.FAILED, error=error, metrics=METRICS)

    shown = printed("run", "show", run.id)
    plain = listed("run", "show", run.id)
    row = printed("run", "ls")

    for part in ("FAILED", "argument --day", "0.0 s"):
        assert part in shown
    assert re.search(r"passes\[0\]\.sinks\[1\]\.rows +336,776", shown)
    assert plain["metrics"] == METRICS
    assert "Error at job.py:7: division by zero\n    x = 1 / 0" in shown
    assert plain["error"]["line"] == 7
    assert plain["duration_seconds"] >= 0
    assert re.search(rf"{run.id} .* FAILED .* division by zero", row)


def test_a_run_at_work_shows_who_holds_it() -> None:
    with open_services(load_settings()) as services:
        run = services.runs.enqueue(RunKind.JOB, "load", owner="host:7", lease=AN_HOUR)
        assert run is not None

    shown = printed("run", "show", run.id)

    assert "host:7" in shown
    assert "duration" not in shown


def test_the_scheduler_carries_out_what_a_trigger_started(tmp_path: Path) -> None:
    (tmp_path / "raw").mkdir()
    (tmp_path / "raw" / "days.csv").write_text("day,delay\n1,5\n2,7\n")
    crawler = Crawler(name="raw", database="lake", targets=(Target(uri=f"{tmp_path}/raw"),))
    with open_services(load_settings()) as services:
        services.catalog.create_database(Database(name="lake"))
        services.crawlers.put_crawler(crawler)
    printed("trigger", "create", "hand", "--on-demand", "--crawler", "raw")
    printed("trigger", "create", "gone", "--when-crawler", "raw", "--crawler", "gone", "--start")
    printed("trigger", "start", "hand")

    handlers = [signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)]
    printed("scheduler", "run", "--once")
    first = listed("run", "ls")
    printed("scheduler", "run", "--until-idle")
    last, _ = listed("run", "ls")

    assert [(run["name"], run["state"]) for run in first] == [("raw", "SUCCEEDED")]
    assert (last["name"], last["state"]) == ("gone", "ERROR")
    assert "gone" in last["error"]["message"]
    assert [signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)] == handlers


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_the_scheduler_in_order(number: int, tmp_path: Path) -> None:
    log = tmp_path / "log"
    with log.open("w") as stream:
        process = subprocess.Popen(
            [str(Path(sys.executable).with_name("gluepot")), "scheduler", "run"],
            stderr=stream,
            env=os.environ.copy(),
        )
    deadline = time.monotonic() + 60
    while "Ctrl-C ends it" not in log.read_text():
        assert process.poll() is None, log.read_text()
        assert time.monotonic() < deadline
        time.sleep(0.05)

    process.send_signal(number)

    assert process.wait(timeout=30) == 0
    assert f"{signal.Signals(number).name}: no new runs" in log.read_text()


def test_a_second_signal_ends_the_scheduler_at_once_although_a_run_is_in_hand() -> None:
    program = """
import os, signal, threading
from concurrent.futures import ThreadPoolExecutor
from gluepot.signals import ended_by_signals
stop, never = threading.Event(), threading.Event()
with ended_by_signals(stop):
    ThreadPoolExecutor(1).submit(never.wait)
    os.kill(os.getpid(), signal.SIGINT)
    assert stop.wait(10)
    os.kill(os.getpid(), signal.SIGINT)
    never.wait(10)
"""

    ended = subprocess.run([sys.executable, "-c", program], check=False, timeout=60)

    assert ended.returncode == -signal.SIGINT


def test_the_scheduler_forgets_what_ended_long_ago_if_the_settings_let_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with open_services(load_settings()) as services:
        for days in (91, 90, 1, 0):
            clock = partial(_ago, timedelta(days=days))
            runs = RunStore(services.engine, clock)
            run = runs.enqueue(RunKind.JOB, "load")
            assert run is not None
            runs.finish(run.id, RunState.SUCCEEDED)
            runs.take_events()

    def kept(days: str) -> int:
        monkeypatch.setenv("GLUEPOT_HISTORY__DAYS", days)
        printed("scheduler", "run", "--once")
        return len(listed("run", "ls"))

    assert [kept("0"), kept("3000"), kept("90"), kept("1")] == [4, 4, 2, 1]


def _ago(time: timedelta) -> datetime:
    return datetime.now(UTC) - time
