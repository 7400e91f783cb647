"""The page of triggers: its commands work one after another, and its file is a trigger."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import TYPE_CHECKING

import yaml
from typer.testing import CliRunner

from gluepot.cli.main import app
from gluepot.definitions import trigger_from_json
from gluepot.jobs.triggers.checks import check_trigger
from gluepot.jobs.triggers.events import read_events
from gluepot.jobs.triggers.model import SCHEDULED_TIME
from gluepot.jobs.triggers.schedule import parse_schedule
from tests.docs.blocks import texts

if TYPE_CHECKING:
    import pytest

PAGE = (Path(__file__).parents[2] / "docs" / "how-to" / "triggers.md").read_text()


def blocks(language: str) -> list[str]:
    return texts("how-to/triggers.md", language)


def test_the_commands_of_the_page_do_what_they_say(
    sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GLUEPOT_CATALOG_URL", sqlite_url)
    commands = [line for block in blocks("sh") for line in block.splitlines()]

    for line in commands:
        program, *arguments = shlex.split(line)
        done = CliRunner().invoke(app, arguments)

        assert program == "gluepot"
        assert done.exit_code == 0, f"{line}: {done.output} {done.exception}"
    assert len(commands) > 10


def test_the_file_of_the_page_is_a_trigger_that_knows_its_hour() -> None:
    (text,) = blocks("yaml")

    trigger = trigger_from_json(yaml.safe_load(text))

    check_trigger(trigger)
    assert trigger.state == "ACTIVATED"
    assert trigger.actions[0].arguments == {"--hour": SCHEDULED_TIME}


def test_the_event_of_the_page_is_one() -> None:
    (text,) = blocks("json")

    assert len(read_events(text)) == 1


def test_every_schedule_of_the_page_is_one() -> None:
    written = re.findall(r"`((?:cron|rate|at)\([^`]*)`", PAGE)

    assert len(written) > 10
    for schedule in written:
        parse_schedule(schedule)
