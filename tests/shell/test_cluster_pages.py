"""What the pages about clusters and deployment tell one to write is what gluepot takes."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

from gluepot.cli.main import app
from gluepot.settings import load_settings

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "docs" / "how-to" / name for name in ("run-on-a-cluster.md", "deploy.md")]


def blocks(kind: str) -> list[str]:
    text = "\n".join(page.read_text() for page in PAGES)
    return re.findall(rf"^```{kind}\n(.*?)^```$", text, flags=re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("text", blocks("toml"))
def test_each_piece_of_settings_is_one_that_is_taken(
    text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "gluepot.toml").write_text(text)

    settings = load_settings()

    assert settings.launch != type(settings.launch)()


def test_the_list_of_settings_shows_places_that_are_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    text = (ROOT / "conf" / "gluepot.toml").read_text()
    part = text[text.index("[launch]") : text.index("[server]")]
    shown = re.sub(r"^# (?=\[|\w+ = )", "", part, flags=re.MULTILINE)
    (tmp_path / "gluepot.toml").write_text(shown)

    launch = load_settings().launch

    places = (launch.standalone, launch.kubernetes, launch.connect)
    assert all((*places, launch.emr_serverless, launch.aws_glue))


NOUNS = ("auth", "backup", "job", "pack", "run")


def test_each_command_of_gluepot_is_there() -> None:
    text = "\n".join(page.read_text() for page in PAGES)
    said = set(re.findall(rf"gluepot ((?:{'|'.join(NOUNS)})(?: (?:key create|[a-z]+\b))?)", text))

    assert {"job facts", "run stop", "auth key create"} < said
    for command in said:
        noun, *verbs = command.split()
        words = [noun] if noun in {"pack", "backup"} else [noun, *verbs]
        done = CliRunner().invoke(app, [*words, "--help"])
        assert done.exit_code == 0, (command, done.output)


def test_each_shell_block_is_shell() -> None:
    for text in blocks("sh"):
        subprocess.run(["/bin/sh", "-n", "-c", text], check=True)


def test_values_that_the_page_sets_are_values_of_the_chart() -> None:
    text = PAGES[1].read_text()
    values = yaml.safe_load((ROOT / "deploy" / "helm" / "gluepot" / "values.yaml").read_text())

    for path in re.findall(r"--set ([\w.]+)=", text):
        inner = values
        for part in path.split("."):
            inner = inner[part]
