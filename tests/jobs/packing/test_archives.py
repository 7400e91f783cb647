"""What is packed is the same bytes each time, and unpacks to what it was."""

from __future__ import annotations

import subprocess
import sys
import tarfile
import time
import zipfile
from importlib.metadata import distribution
from typing import TYPE_CHECKING

import pytest

from gluepot.catalog.errors import InvalidInputError
from gluepot.jobs.packing.archives import Member, write_tar_gz, write_zip
from gluepot.jobs.packing.environment import find_packages, write_environment
from gluepot.jobs.packing.wheel import write_wheel

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("write", [write_zip, write_tar_gz])
def test_archives_do_not_depend_on_times_or_order(write: object, tmp_path: Path) -> None:
    assert callable(write)
    (tmp_path / "b").write_text("two")
    members = [
        Member(name="x/a", data=b"one", executable=True),
        Member(name="x/b", data=tmp_path / "b"),
    ]
    write(tmp_path / "first", members)
    time.sleep(1.1)  # the times of files count in seconds
    (tmp_path / "b").write_text("two")

    write(tmp_path / "second", reversed(members))

    assert (tmp_path / "first").read_bytes() == (tmp_path / "second").read_bytes()


def test_programs_stay_programs(tmp_path: Path) -> None:
    members = [Member(name="a", data=b"one", executable=True), Member(name="b", data=b"two")]
    write_tar_gz(tmp_path / "t", members)
    write_zip(tmp_path / "z", members)

    with tarfile.open(tmp_path / "t") as archive:
        assert [(one.name, one.mode) for one in archive] == [("a", 0o755), ("b", 0o644)]
    with zipfile.ZipFile(tmp_path / "z") as packed:
        assert [one.external_attr >> 16 & 0o777 for one in packed.infolist()] == [0o755, 0o644]


def test_the_wheel_installs_and_is_whole(tmp_path: Path) -> None:
    wheel = write_wheel(tmp_path)
    again = tmp_path / "again"
    again.mkdir()

    assert write_wheel(again).read_bytes() == wheel.read_bytes()
    target = tmp_path / "site"
    install = ["-m", "uv", "pip", "install", "--no-deps", "--offline", "--target", str(target)]
    subprocess.run([sys.executable, *install, str(wheel)], check=True, capture_output=True)
    code = (
        "import gluepot, gluepot.jobs.sessions.jars as jars;"
        "from importlib.metadata import distribution;"
        "print(gluepot.__file__); jars.locked_jars();"
        "print(distribution('gluepot').entry_points['gluepot'].value)"
    )
    done = subprocess.run(
        [sys.executable, "-S", "-c", code],
        env={"PYTHONPATH": str(target)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.splitlines() == [
        str(target / "gluepot" / "__init__.py"),
        "gluepot.cli.main:main",
    ]


def test_the_environment_runs_its_packages_with_the_python_that_is_there(tmp_path: Path) -> None:
    file = tmp_path / "env.tar.gz"
    write_environment(file, [distribution("pyyaml")])
    target = tmp_path / "some where" / "env"
    target.mkdir(parents=True)
    subprocess.run(["/bin/tar", "-xzf", str(file), "-C", str(target)], check=True)

    done = subprocess.run(
        [str(target / "bin" / "python"), "-S", "-c", "import yaml, gluepot; print(yaml.__file__)"],
        env={"GLUEPOT_PYTHON": sys.executable},
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stdout.strip() == str(target / "site-packages" / "yaml" / "__init__.py")
    with tarfile.open(file) as archive:
        names = archive.getnames()
    assert not [name for name in names if name.endswith((".pyc", "RECORD", "INSTALLER"))]


def test_packages_are_those_of_the_extras_without_sparks_own() -> None:
    bare, more = find_packages(()), find_packages(("spark", "postgres"))

    assert {"sqlalchemy", "boto3", "botocore", "pyarrow"} <= bare.keys()
    assert more.keys() - bare.keys() >= {"pandas", "numpy", "psycopg", "psycopg-binary"}
    assert not more.keys() & {"pyspark", "py4j", "gluepot", "pytest"}


def test_an_extra_that_is_not_there_is_told_with_the_nearest() -> None:
    with pytest.raises(InvalidInputError, match=r"no extra 'postgre'.*'postgres'"):
        find_packages(("postgre",))
