"""What people expect of a command: formats, quiet, colours, suggestions, exit codes, dry runs."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from gluepot.cli.exit_codes import ExitCode
from gluepot.cli.main import app
from gluepot.cli.output import OutputFormat, print_data
from gluepot.cli.progress import counted

if TYPE_CHECKING:
    from pathlib import Path

    from typer.testing import Result

CODE = "from gluepot.cli.main import main; main()"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work in an empty project of its own, with no wish about colours."""
    monkeypatch.chdir(tmp_path)
    for name in ("NO_COLOR", "FORCE_COLOR", "GLUEPOT_CONFIG"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


def run(*words: str, answer: str | None = None) -> Result:
    return CliRunner().invoke(app, list(words), input=answer)


def done(*words: str) -> Result:
    found = run(*words)
    assert found.exit_code == 0, found.output or found.exception
    return found


def shop() -> None:
    done("catalog", "create-database", "shop", "--quiet")
    from gluepot.catalog.model import Cause, Table  # noqa: PLC0415
    from gluepot.services import open_services  # noqa: PLC0415
    from gluepot.settings import load_settings  # noqa: PLC0415

    with open_services(load_settings()) as services:
        for name in ("orders", "returns"):
            table = Table(database_name="shop", name=name)
            services.catalog.create_table(table, Cause(kind="api", id="t"))


PLAIN = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text("ab:- #'\"\n", max_size=4), inner, max_size=3)
    ),
    max_leaves=8,
)


@settings(max_examples=60, deadline=None)
@given(records=st.lists(st.dictionaries(st.text("abc", min_size=1), PLAIN, max_size=4), max_size=4))
def test_every_format_for_programs_carries_the_same_records(records: list[Any]) -> None:
    printed: dict[OutputFormat, str] = {}
    for output in (OutputFormat.json, OutputFormat.ndjson, OutputFormat.yaml):
        lines: list[str] = []
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(
                sys,
                "stdout",
                type("Kept", (), {"write": lambda _, text, to=lines: to.append(text)})(),
            )
            print_data(records, output)
        printed[output] = "".join(lines)

    assert json.loads(printed[OutputFormat.json]) == records
    told = printed[OutputFormat.ndjson].split("\n")[:-1]
    assert [json.loads(line) for line in told] == records
    assert yaml.safe_load(printed[OutputFormat.yaml]) == records


def test_a_list_is_the_same_in_every_format() -> None:
    shop()

    names = [row["Name"] for row in json.loads(done("catalog", "ls", "shop", "-o", "json").stdout)]
    lines = done("catalog", "ls", "shop", "-o", "ndjson").stdout.splitlines()

    assert names == ["orders", "returns"]
    assert [json.loads(line)["Name"] for line in lines] == names
    told = yaml.safe_load(done("catalog", "ls", "shop", "--output", "yaml").stdout)
    assert [row["Name"] for row in told] == names


@pytest.mark.parametrize(
    "words",
    [
        ("--quiet", "catalog", "create-database", "a"),
        ("catalog", "-q", "create-database", "a"),
        ("catalog", "create-database", "a", "--quiet"),
    ],
)
def test_quiet_goes_before_the_noun_and_after_the_verb(words: tuple[str, ...]) -> None:
    loud, quiet = done("catalog", "create-database", "b"), done(*words)

    assert loud.stderr.startswith("Next: gluepot crawl run")
    assert (quiet.stdout, quiet.stderr) == ("Database a created\n", "")


def test_a_value_that_looks_like_quiet_is_a_value() -> None:
    done("catalog", "create-database", "a", "--description=--quiet")

    assert json.loads(done("catalog", "ls", "-o", "json").stdout)[0]["Description"] == "--quiet"


def test_quiet_hides_no_error(folder: Path) -> None:
    found = cli(folder, "catalog", "show", "shop.orders", "--quiet")

    assert found.returncode == ExitCode.ERROR
    assert found.stderr.startswith("Error: ")


def cli(folder: Path, *words: str, **variables: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, **variables}
    command = [sys.executable, "-c", CODE, *words]
    return subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False
    )


def at_terminal(folder: Path, *words: str, **variables: str) -> str:
    """Return what a command prints when a terminal is its output."""
    ours, theirs = pty.openpty()
    environment = {**os.environ, "TERM": "xterm", **variables}
    command = [sys.executable, "-c", CODE, *words]
    with subprocess.Popen(
        command, cwd=folder, env=environment, stdin=theirs, stdout=theirs, stderr=theirs
    ):
        os.close(theirs)
        told = b""
        while True:
            try:
                part = os.read(ours, 4096)
            except OSError:  # how Linux tells the end of a terminal
                break
            if not part:
                break
            told += part
    os.close(ours)
    return told.decode()


def test_colours_are_for_terminals_and_for_those_who_ask(folder: Path) -> None:
    words = ("config", "get", "nothing")

    assert "\x1b[" in at_terminal(folder, *words)
    assert "\x1b[" not in at_terminal(folder, *words, NO_COLOR="1")
    assert "\x1b[" not in at_terminal(folder, *words, "--color", "never")
    assert "\x1b[" not in cli(folder, *words).stderr
    assert "\x1b[" in cli(folder, *words, FORCE_COLOR="1").stderr
    assert "\x1b[" in cli(folder, *words, "--color", "always", NO_COLOR="1").stderr


def test_long_work_is_seen_to_go_on_at_a_terminal_alone(folder: Path) -> None:
    (folder / "landed").mkdir()
    (folder / "landed" / "a.csv").write_text("a,b\n1,2\n")
    words = ("crawl", "plan", "./landed", "--database", "shop")

    assert "Looking at" in at_terminal(folder, *words)
    assert "Looking at" not in cli(folder, *words).stderr


def test_tables_have_no_colours_in_a_pipe() -> None:
    assert "\x1b[" not in done("config", "show").stdout
    assert "\x1b[" in done("config", "show", "--color", "always").stdout


@pytest.mark.parametrize(
    ("words", "meant"),
    [
        (("catalg",), "'catalog'"),
        (("catalog", "shw"), "'show'"),
        (("catalog", "ls", "--outptu", "json"), "'--output'"),
        (("--quite", "catalog", "ls"), "'--quiet'"),
    ],
)
def test_a_mistyped_word_is_wrong_usage_and_gets_a_suggestion(
    words: tuple[str, ...], meant: str
) -> None:
    found = run(*words)

    assert found.exit_code == ExitCode.USAGE
    assert f"Did you mean {meant}?" in found.stderr


def test_an_unknown_thing_gets_the_nearest_name(folder: Path) -> None:
    shop()
    done("crawl", "create", "nightly", str(folder), "--database", "shop")
    done("trigger", "create", "hourly", "--on-demand", "--crawler", "nightly")
    done("workflow", "create", "etl")
    (folder / "conf" / "jobs").mkdir(parents=True)
    (folder / "conf" / "jobs" / "sums.py").write_text("")
    asked = {
        ("catalog", "show", "shop.order"): "'orders'",
        ("catalog", "ls", "shp"): "'shop'",
        ("query", "SELECT * FROM shop.retruns"): "'returns'",
        ("crawl", "history", "nightli"): "'nightly'",
        ("crawl", "run", "nightli"): "'nightly'",
        ("trigger", "show", "hurly"): "'hourly'",
        ("workflow", "graph", "elt"): "'etl'",
        ("job", "show", "sms"): "'sums'",
    }

    said = {words: str(run(*words).exception) for words in asked}

    left = {
        words: text for words, text in said.items() if f"Did you mean {asked[words]}?" not in text
    }
    assert left == {}


def test_a_dry_run_changes_nothing() -> None:
    shop()
    before = done("catalog", "ls", "shop", "-o", "json").stdout
    done("catalog", "export", "all.jsonl")
    done("backup", "all.db")

    told = [
        done("catalog", "drop-table", "shop.orders", "--dry-run"),
        done("catalog", "drop-database", "shop", "--dry-run"),
        done("catalog", "import", "all.jsonl", "--dry-run"),
        done("restore", "all.db", "--dry-run"),
        done("auth", "audit", "prune", "--older-than", "1d", "--dry-run"),
    ]

    assert done("catalog", "ls", "shop", "-o", "json").stdout == before
    assert "shop.orders would go" in told[0].stdout
    assert "with 2 tables" in told[1].stdout
    assert "2 CreateTable" in told[2].stdout
    assert "--overwrite is needed" in told[3].stdout
    assert "0 entries" in told[4].stdout


def test_a_plan_that_would_change_something_has_a_code_of_its_own() -> None:
    done("init")

    assert run("plan").exit_code == ExitCode.PENDING
    done("apply")
    assert run("plan").exit_code == ExitCode.DONE


def test_help_lists_the_exit_codes() -> None:
    told = done("--help").stdout

    assert all(f"\n  {int(code)} " in told for code in ExitCode)


def test_counting_in_a_pipe_shows_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    assert list(counted(range(3), "things")) == [0, 1, 2]
    assert capsys.readouterr() == ("", "")


def test_progress_is_shown_at_a_terminal_and_not_when_quiet(folder: Path) -> None:
    done("catalog", "create-database", "shop")

    assert "requests" in at_terminal(folder, "catalog", "export", "a.jsonl").split("Next:")[0]
    assert at_terminal(folder, "catalog", "export", "b.jsonl", "--quiet") == ""


def test_the_doctor_prints_records_and_fails_when_there_is_something_to_fix(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GLUEPOT_SPARK__JARS_DIR", str(folder / "none"))

    found = run("doctor", "--output", "json")

    states = {one["check"]: one["state"] for one in json.loads(found.stdout)}
    assert states["jars"] == "fix"
    assert found.exit_code == ExitCode.ERROR
