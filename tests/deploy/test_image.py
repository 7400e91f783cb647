"""The image's recipe and its entry point, as far as they can be tried without building it.

No builder of images runs in the tests, and no linter of their recipes is to be had from the
registries that they may use: what is checked here is that it copies what is there and who runs.
"""

from __future__ import annotations

import re
import subprocess
import tomllib
from pathlib import Path

import pytest

from gluepot.jobs.launchers import kubernetes

ROOT = Path(__file__).parents[2]
FILE = ROOT / "deploy" / "Containerfile"
ENTRY = ROOT / "deploy" / "entrypoint.sh"


def instructions() -> list[tuple[str, str]]:
    text = re.sub(r"\\\n\s*", " ", FILE.read_text())
    lines = (line for line in text.splitlines() if line.strip() and not line.startswith("#"))
    return [(name, rest) for name, _, rest in (line.partition(" ") for line in lines)]


def test_the_image_runs_as_a_user_who_is_not_root() -> None:
    users = [rest for name, rest in instructions() if name == "USER"]

    assert users[-1] == "10001:10001"


def test_what_is_copied_from_the_sources_is_there() -> None:
    copied = [
        source
        for name, rest in instructions()
        if name == "COPY" and "--from" not in rest
        for source in [word for word in rest.split() if not word.startswith("--")][:-1]
    ]

    assert {"src", "conf", "deploy/entrypoint.sh"} <= set(copied)
    assert all((ROOT / source).exists() for source in copied)


def test_things_lie_where_the_launcher_of_kubernetes_looks_for_them() -> None:
    text = FILE.read_text()

    assert kubernetes.ENTRY.removeprefix("local://") in text
    assert f"GLUEPOT_SPARK__JARS_DIR={kubernetes.JARS.removesuffix('/*')}" in text


@pytest.fixture
def programs(tmp_path: Path) -> Path:
    """Put programs there that say how they are called."""
    say = '#!/bin/sh\nprintf "%s\\n" "${0##*/}" "$@"\n'
    step_aside = '#!/bin/sh\nshift\nexec "$@"\n'
    for path, text in {
        "bin/tini": step_aside,
        "bin/gluepot": say,
        "spark/bin/spark-submit": say,
        "java/bin/java": say,
    }.items():
        program = tmp_path / path
        program.parent.mkdir(parents=True, exist_ok=True)
        program.write_text(text)
        program.chmod(0o755)
    return tmp_path


def said(programs: Path, *args: str, **env: str) -> list[str]:
    done = subprocess.run(
        ["/bin/sh", str(ENTRY), *args],
        env={
            "PATH": f"{programs}/bin:/usr/bin:/bin",
            "SPARK_HOME": f"{programs}/spark",
            "JAVA_HOME": f"{programs}/java",
            **env,
        },
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.splitlines()


def test_roles_are_the_commands_of_gluepot(programs: Path) -> None:
    assert said(programs) == ["gluepot", "serve"]
    assert said(programs, "scheduler") == ["gluepot", "scheduler", "run", "--role", "scheduler"]
    assert said(programs, "worker", "--slots", "3")[3:] == ["--role", "worker", "--slots", "3"]
    assert said(programs, "doctor") == ["gluepot", "doctor"]


def test_a_driver_of_kubernetes_is_a_spark_submit_in_client_mode(programs: Path) -> None:
    args = ("--properties-file", "/conf/a b", "local:///opt/gluepot/gluepot_job.py")

    words = said(programs, "driver", *args, SPARK_DRIVER_BIND_ADDRESS="10.0.0.1")

    assert words == [
        *("spark-submit", "--conf", "spark.driver.bindAddress=10.0.0.1"),
        *("--deploy-mode", "client", *args),
    ]


def test_an_executor_of_kubernetes_gets_its_options_and_its_driver(programs: Path) -> None:
    given = {
        "SPARK_JAVA_OPT_0": "-Da=1 2",
        "SPARK_JAVA_OPT_1": "-Db=$HOME",
        "SPARK_EXECUTOR_MEMORY": "2g",
        "SPARK_DRIVER_URL": "spark://driver:1",
        "SPARK_EXECUTOR_ID": "7",
        "SPARK_EXECUTOR_CORES": "4",
        "SPARK_APPLICATION_ID": "spark-1",
        "SPARK_EXECUTOR_POD_IP": "10.0.0.2",
        "SPARK_RESOURCE_PROFILE_ID": "0",
        "SPARK_EXECUTOR_POD_NAME": "exec-7",
    }

    words = said(programs, "executor", **given)

    assert words[:5] == ["java", "-Da=1 2", "-Db=$HOME", "-Xms2g", "-Xmx2g"]
    assert words[words.index("--driver-url") + 1] == "spark://driver:1"
    assert words[words.index("--executor-id") + 1] == "7"
    assert words[words.index("--podName") + 1] == "exec-7"


def test_the_extras_that_it_installs_are_gluepots_own_and_not_those_of_tests() -> None:
    found = re.search(r"'\.\[([a-z,]+)\]'", FILE.read_text())
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]

    assert found is not None
    installed = set(found[1].split(","))
    assert installed == extras["optional-dependencies"].keys() - {"all", "dev", "demo"}
