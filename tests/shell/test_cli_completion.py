"""Shells complete commands, options, and the names of things that are there."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from gluepot.cli.main import app
from gluepot.cli.names import completed

BIN = Path(sys.executable).parent / "gluepot"
needs_command = pytest.mark.skipif(
    not BIN.exists(), reason="gluepot is not installed beside Python"
)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def filled() -> None:
    runner = CliRunner()
    for words in (
        ["catalog", "create-database", "shop"],
        ["catalog", "create-database", "shed"],
        ["crawl", "create", "nightly", ".", "--database", "shop"],
        ["trigger", "create", "hourly", "--on-demand", "--crawler", "nightly"],
        ["workflow", "create", "etl"],
    ):
        assert runner.invoke(app, words).exit_code == 0
    jobs = Path("conf/jobs")
    jobs.mkdir(parents=True)
    (jobs / "sums.py").write_text("")


def test_names_come_from_the_catalog_and_the_files() -> None:
    filled()

    offered = {kind: completed(kind)("") for kind in ("Crawler", "Trigger", "Workflow", "Job")}

    assert offered == {
        "Crawler": ["nightly"],
        "Trigger": ["hourly"],
        "Workflow": ["etl"],
        "Job": ["sums"],
    }
    assert completed("Database")("sh") == ["shed", "shop"]
    assert completed("Table")("s") == ["shed.", "shop."]
    assert completed("Crawler")("x") == []


def test_completion_without_a_catalog_offers_nothing_and_makes_none(folder: Path) -> None:
    kinds = ("Crawler", "Database", "Job", "Policy", "Ruleset", "Run", "Table", "Trigger")

    assert [completed(kind)("") for kind in kinds] == [[]] * len(kinds)
    assert list(folder.iterdir()) == []


def test_completion_with_wrong_settings_is_silent(folder: Path) -> None:
    (folder / "gluepot.toml").write_text("[nonsense\n")

    assert completed("Crawler")("") == []


def asked(shell: str, line: str) -> str:
    """Return what gluepot answers a shell's completion script at the end of a line."""
    words = line.split(" ")
    environment = {
        **os.environ,
        "_GLUEPOT_COMPLETE": f"complete_{shell}",
        "COMP_WORDS": line,
        "COMP_CWORD": str(len(words) - 1),
        "_TYPER_COMPLETE_ARGS": line,
        "_TYPER_COMPLETE_FISH_ACTION": "get-args",
    }
    code = "from gluepot.cli.main import app; app(prog_name='gluepot')"
    command = [sys.executable, "-c", code]
    return subprocess.run(command, env=environment, capture_output=True, text=True).stdout  # noqa: PLW1510


def test_nouns_verbs_options_and_formats_are_completed() -> None:
    assert {"catalog", "crawl", "config"} <= set(asked("bash", "gluepot c").split())
    assert "drop-table" in asked("bash", "gluepot catalog dr").split()
    assert "--output" in asked("bash", "gluepot catalog ls --o").split()
    assert set(asked("bash", "gluepot catalog ls --output ").split()) == {
        "table",
        "json",
        "ndjson",
        "yaml",
    }
    assert asked("bash", "gluepot config get s3.endp").split() == ["s3.endpoint_url"]


@needs_command
@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_installs_for_each_shell(shell: str, folder: Path) -> None:
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is not installed")
    environment = {**os.environ, "HOME": str(folder), "PATH": f"{BIN.parent}:{os.environ['PATH']}"}
    environment.pop("XDG_CONFIG_HOME", None)
    # The shell is found by who has called: so it is called by that shell.
    done = subprocess.run(
        [shell, "-c", "gluepot --install-completion; true"],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )

    assert f"{shell} completion installed" in done.stdout, done.stderr
    files = [file for file in folder.rglob("*") if file.is_file()]
    assert any("complete_" + shell in file.read_text() for file in files)


@needs_command
def test_a_real_bash_completes_a_name() -> None:
    filled()
    script = (
        'eval "$(_TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION=1 gluepot --show-completion bash)"\n'
        "COMP_WORDS=(gluepot crawl run ni); COMP_CWORD=3\n"
        '_gluepot_completion gluepot; printf "%s\\n" "${COMPREPLY[@]}"\n'
    )
    environment = {**os.environ, "PATH": f"{BIN.parent}:{os.environ['PATH']}"}
    done = subprocess.run(
        [str(shutil.which("bash")), "-c", script],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.stdout.split() == ["nightly"], done.stderr


@needs_command
@pytest.mark.skipif(shutil.which("fish") is None, reason="fish is not installed")
def test_a_real_fish_completes_a_name(folder: Path) -> None:
    filled()
    script = (
        "_TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION=1 gluepot --show-completion fish | source\n"
        "complete -C 'gluepot crawl run ni'\n"
    )
    environment = {
        **os.environ,
        "HOME": str(folder),
        "PATH": f"{BIN.parent}:{os.environ['PATH']}",
    }
    done = subprocess.run(
        [str(shutil.which("fish")), "-c", script],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.stdout.split() == ["nightly"], done.stderr
