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
    from gluepot.settings import S3Settings, Settings, SparkSettings  # noqa: PLC0415

    text = (ROOT / "conf" / "gluepot.toml").read_text()
    nested = {"s3", "spark"}
    keys = {*Settings.model_fields, *S3Settings.model_fields, *SparkSettings.model_fields} - nested

    missing = [key for key in sorted(keys) if f"{key} = " not in text and f".{key}]" not in text]
    assert missing == []
    assert tomllib.loads(text) == {"s3": {}, "spark": {}}


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
