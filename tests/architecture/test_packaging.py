"""What is built holds what the folders hold, and nothing is reached past the layers."""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("catalog", "crawlers", "jobs", "transforms", "conf")


@pytest.fixture(scope="module")
def wheel_names(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    folder = tmp_path_factory.mktemp("dist")
    build = [sys.executable, "-m", "build", "--no-isolation", "--wheel", "--outdir", str(folder)]
    subprocess.run([*build, str(ROOT)], check=True, capture_output=True)
    (wheel,) = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        return {name for name in archive.namelist() if ".dist-info/" not in name}


def test_the_wheel_holds_every_file_of_the_folders(wheel_names: set[str]) -> None:
    shell = {
        f"gluepot/{path.relative_to(ROOT / 'src' / 'gluepot').as_posix()}"
        for path in _files(ROOT / "src" / "gluepot")
    }
    packages = {
        f"gluepot/{path.relative_to(ROOT).as_posix()}"
        for package in PACKAGES
        for path in _files(ROOT / package)
    }

    assert wheel_names == shell | packages


def _files(folder: Path) -> list[Path]:
    return [
        Path(where) / name
        for where, _, names in os.walk(folder)  # does not follow the links into the packages
        for name in names
        if not name.endswith(".pyc")
    ]


def test_the_links_point_at_the_folders() -> None:
    for package in PACKAGES:
        link = ROOT / "src" / "gluepot" / package

        assert link.readlink() == Path("..") / ".." / package


def test_the_commented_settings_name_every_setting() -> None:
    from pydantic import BaseModel  # noqa: PLC0415

    from gluepot.settings import Settings  # noqa: PLC0415

    text = (ROOT / "conf" / "gluepot.toml").read_text()
    sections = {
        name: field.annotation
        for name, field in Settings.model_fields.items()
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel)
    }
    keys = {*Settings.model_fields} - {*sections}
    keys |= {key for section in sections.values() for key in section.model_fields}

    def is_named(key: str) -> bool:
        spellings = (f"{key} = ", f".{key}]", f"GLUEPOT_{key.upper()}.")
        return any(spelling in text for spelling in spellings)

    assert [key for key in sorted(keys) if not is_named(key)] == []
    assert tomllib.loads(text) == {name: {} for name in sections}


def test_help_imports_no_heavy_package() -> None:
    heavy = ["pyspark", "great_expectations", "sqlalchemy", "pyarrow", "boto3", "pydantic"]
    code = (
        "import sys; sys.argv = ['gluepot', '--help']\n"
        "from gluepot.cli.main import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        f"print([name for name in {heavy} if name in sys.modules])"
    )

    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)

    assert done.stdout.splitlines()[-1] == "[]"
