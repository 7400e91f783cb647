"""``gluepot pack`` and ``gluepot job``: what they print and write."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
import yaml
from typer.testing import CliRunner

from gluepot.cli.main import app
from gluepot.jobs.packing import pack as packing

if TYPE_CHECKING:
    from pathlib import Path

SECRET = "pw-of-the-database"  # noqa: S105
TOML = f"""
catalog_url = "sqlite:////tmp/unused-{SECRET}.db"

[launch.kubernetes]
master = "k8s://https://kube:6443"
image = "registry/gluepot:1"
"""


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, jars_dir: Path) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GLUEPOT_SPARK__JARS_DIR", str(jars_dir))
    (tmp_path / "gluepot.toml").write_text(
        TOML.replace("/tmp/unused", f"{tmp_path}/unused")  # noqa: S108
    )
    (tmp_path / "conf" / "jobs").mkdir(parents=True)
    (tmp_path / "conf" / "jobs" / "hello.py").write_text("print('hello')\n")
    return tmp_path


def test_a_pack_is_written_and_each_way_to_start_it_printed(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[str, ...]] = []

    def find(extras: tuple[str, ...]) -> dict[str, object]:
        asked.append(extras)
        return {}

    monkeypatch.setattr(packing, "find_packages", find)

    done = CliRunner().invoke(app, ["pack", "hello", "--extra", "quality"])

    assert done.exit_code == 0, done.output
    assert asked == [("spark", "postgres", "quality")]
    folder = here / "dist" / "hello"
    assert (folder / "spark-submit.sh").read_text() in done.stdout
    assert yaml.safe_load((folder / "spark-application.yaml").read_text())["spec"]["image"] == (
        "registry/gluepot:1"
    )
    assert json.loads((folder / "manifest.json").read_text())["job"] == "hello"
    everything = b"".join(file.read_bytes() for file in folder.rglob("*.*") if file.is_file())
    assert SECRET.encode() not in everything


def test_a_launcher_of_one_run_shows_its_line_without_a_secret() -> None:
    options = ["--launcher", "kubernetes", "--arg", "day=1", "--print-only"]

    done = CliRunner().invoke(app, ["job", "run", "hello", *options])

    assert done.exit_code == 0, done.output
    assert "--master k8s://https://kube:6443 --deploy-mode cluster" in done.stdout
    assert "--JOB_NAME hello --day 1" in done.stdout
    assert SECRET not in done.stdout


def test_an_unknown_launcher_is_told_with_the_nearest() -> None:
    done = CliRunner().invoke(app, ["job", "run", "hello", "--launcher", "kubernets"])

    assert done.exit_code == 1
    assert "Did you mean 'kubernetes'?" in str(done.exception)


def test_facts_are_what_a_driver_elsewhere_reads() -> None:
    done = CliRunner().invoke(app, ["job", "facts"])

    assert done.exit_code == 0, done.output
    assert SECRET in json.loads(done.stdout)["spark.gluepot.catalog.url"]
