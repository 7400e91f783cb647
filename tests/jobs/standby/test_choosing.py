"""Which runs are handed to a driver that stands by, and which start one of their own."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

from gluepot.jobs.launchers.launch import Submission
from gluepot.jobs.standby.choosing import FOLDER, by_standby
from gluepot.jobs.standby.fingerprint import fingerprint

COMMAND = ("env", "spark-submit", "entry.py", "--JOB_NAME", "one")
SUBMISSION = Submission(
    job_name="one",
    environment={"SPARK_LOCAL_IP": "127.0.0.1"},
    command=("spark-submit", "--properties-file", "one/spark.properties", "entry.py"),
    conf={"spark.app.name": "one", "spark.master": "local[2]"},
)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a home in which a driver that fits SUBMISSION stands by, as far as names tell."""
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / FOLDER
    folder.mkdir()
    (folder / f"{fingerprint(SUBMISSION, os.environ, Path.cwd())}-1.sock").touch()
    return tmp_path


def is_handed_over(submission: Submission, home: Path) -> bool:
    chosen = by_standby(COMMAND, submission, home)
    assert chosen[-len(COMMAND) :] == COMMAND
    return chosen != COMMAND


def test_a_run_of_any_job_with_the_same_settings_is_handed_over(home: Path) -> None:
    other = replace(
        SUBMISSION,
        job_name="two",
        command=("spark-submit", "--properties-file", "two/spark.properties", "entry.py"),
        conf={**SUBMISSION.conf, "spark.app.name": "two"},
    )

    assert is_handed_over(SUBMISSION, home)
    assert is_handed_over(other, home)


@pytest.mark.parametrize(
    "own",
    [
        {"conf": {**SUBMISSION.conf, "spark.sql.ansi.enabled": "false"}},
        {"options": ("--conf", "spark.executor.cores=1")},
        {"environment": {**SUBMISSION.environment, "TZ": "Asia/Tokyo"}},
        {"conf": {**SUBMISSION.conf, "spark.eventLog.enabled": "true"}},
    ],
    ids=["its own setting", "a setting of the run", "its own variable", "a log of events"],
)
def test_a_run_that_needs_another_session_is_not(own: dict[str, object], home: Path) -> None:
    assert not is_handed_over(replace(SUBMISSION, **own), home)  # type: ignore[arg-type]


def test_a_terminal_and_gluepots_own_variables_make_no_difference_and_others_do(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "77")
    monkeypatch.setenv("GLUEPOT_LIFELINE", "another")
    assert is_handed_over(SUBMISSION, home)

    monkeypatch.setenv("AWS_PROFILE", "another")
    assert not is_handed_over(SUBMISSION, home)


def test_a_run_from_another_folder_is_not(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (home / "below").mkdir()
    monkeypatch.chdir(home / "below")

    assert not is_handed_over(SUBMISSION, home)


def test_a_run_after_a_change_of_the_code_is_not(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (home / "package").mkdir()
    (home / "package" / "__init__.py").touch()
    monkeypatch.setattr("gluepot.jobs.standby.fingerprint.PACKAGE", home / "package")
    (home / FOLDER / f"{fingerprint(SUBMISSION, os.environ, Path.cwd())}-1.sock").touch()
    assert is_handed_over(SUBMISSION, home)

    (home / "package" / "__init__.py").write_text("'''Changed.'''")

    assert not is_handed_over(SUBMISSION, home)
