"""Glue's special parameters: each does here what the reference page says it does."""

from __future__ import annotations

import io
import json
import zipfile
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from gluepot.catalog.errors import InvalidInputError
from gluepot.jobs.definitions.model import JobDefinition
from gluepot.jobs.errors import LaunchError
from gluepot.jobs.launchers.equipment import equip
from gluepot.jobs.launchers.launch import launch, prepare
from gluepot.jobs.parameters.special_parameters import SPECIAL, Effect, check_parameters
from gluepot.jobs.runs.lease import LEASE, process_owner
from gluepot.jobs.runs.state import RunKind, RunState
from tests.jobs.test_launch import settings  # noqa: F401 - a fixture

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from gluepot.jobs.launchers.equipment import Equipment
    from gluepot.jobs.launchers.launch import LaunchSettings
    from gluepot.jobs.runs.state import Run
    from tests.jobs.conftest import Lake

STRANGE = {
    "spaces": "  a b ",
    "quotes": 'it\'s "so" `here` $HOME \\',
    "lines": "one\ntwo\r\n\tthree",
    "dashes": "--day -x --",
    "empty": "",
    "foreign": "šķīvis 🍲",
}

SCRIPT = """
import json, os, sys
import extra_module, packed.inside, wheeled, installed
from pyspark.sql import SparkSession
from awsglue.context import GlueContext

glue = GlueContext(SparkSession.builder.getOrCreate())
spark = glue.spark_session

def on_executor(_):
    import extra_module, installed
    return os.environ["CUSTOMER_E"] + extra_module.SAID + installed.SAID

jars = spark.sparkContext._jsc.sc().listJars().mkString(",")
rows = spark.sparkContext.parallelize([1], 1).map(on_executor).collect()
print("SEEN " + json.dumps({
    "modules": [extra_module.SAID, packed.inside.SAID, wheeled.SAID, installed.SAID],
    "executor": rows, "driver": os.environ["CUSTOMER_D"], "file": open("settings.json").read(),
    "conf": [spark.conf.get("spark.a.b"), spark.conf.get("spark.sql.shuffle.partitions")],
    "jar": "own.jar" in jars, "args": sys.argv[1:],
}))
"""

SHELL = """
import json, os, sys
from awsglue.utils import getResolvedOptions
import extra_module
args = getResolvedOptions(sys.argv, ["JOB_NAME", "token", "key"])
print("SEEN " + json.dumps(sys.argv[1:]))
sys.stdout.write("half of " + args["token"][:4])
sys.stdout.write(args["token"][4:] + " is none\\n")
sys.stderr.write("key: " + args["key"] + "\\n")
import logging
logging.warning("logged %s", args["token"])
raise ValueError("wrong token " + args["token"])
"""


def archive(**members: str) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as target:
        for name, text in members.items():
            target.writestr(name, text)
    return packed.getvalue()


def wheel(name: str, said: str) -> bytes:
    folder = f"{name}-1.0.dist-info"
    return archive(
        **{
            f"{name}.py": f"SAID = {said!r}\n",
            f"{folder}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n",
            f"{folder}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
            f"{folder}/RECORD": f"{name}.py,,\n",
        }
    )


@pytest.fixture
def supplied(lake: Lake) -> Lake:
    lake.put("code/extra_module.py", "SAID = 'module'\n")
    lake.put("code/more.zip", archive(**{"packed/__init__.py": "", "packed/inside.py": "SAID = 2"}))
    lake.put("code/wheeled-1.0-py3-none-any.whl", wheel("wheeled", "wheel"))
    lake.put("code/installed-1.0-py3-none-any.whl", wheel("installed", "pip"))
    lake.put("code/settings.json", '{"a": 1}')
    lake.put("code/own.jar", archive(**{"own.txt": "mine"}))
    return lake


def carried_out(
    lake: Lake,
    settings: LaunchSettings,  # noqa: F811
    job: JobDefinition,
    arguments: Mapping[str, str],
) -> tuple[Run, str]:
    run = lake.runs.enqueue(
        RunKind.JOB, job.name, arguments=arguments, owner=process_owner(), lease=LEASE
    )
    assert run is not None
    folder = lake.home / "runs" / run.id
    submission = prepare(job, settings, arguments=arguments, folder=folder)
    for word in submission.arguments(run, run.arguments):
        assert "s3cret" not in word
    ended = launch(submission, run, runs=lake.runs, folder=folder)
    return ended, (folder / "driver.log").read_text()


def seen(log: str) -> Any:  # noqa: ANN401
    (line,) = (line for line in log.splitlines() if line.startswith("SEEN "))
    return json.loads(line.removeprefix("SEEN "))


def defined(lake: Lake, text: str, **members: str) -> JobDefinition:
    lake.define("load", text, "py")
    lines = "".join(f"{key}: {value}\n" for key, value in members.items())
    lake.define("job", f"name: job\nscript: load.py\n{lines}")
    return lake.book.load("job")


def test_a_script_finds_all_that_its_parameters_bring(
    supplied: Lake,
    settings: LaunchSettings,  # noqa: F811
) -> None:
    lake = supplied
    modules = ["extra_module.py", "more.zip", "wheeled-1.0-py3-none-any.whl"]
    special = {
        "extra-py-files": ",".join(lake.uri(f"code/{name}") for name in modules),
        "extra-files": lake.uri("code/settings.json"),
        "extra-jars": lake.uri("code/own.jar"),
        "additional-python-modules": lake.uri("code/installed-1.0-py3-none-any.whl"),
        "python-modules-installer-option": "--no-index --no-deps",
        "customer-driver-env-vars": 'CUSTOMER_D="a, b"',
        "customer-executor-env-vars": "CUSTOMER_E=e",
        "conf": "spark.a.b=c d --conf spark.sql.shuffle.partitions=3",
        "spark-event-logs-path": lake.uri("events/"),
        "enable-spark-ui": "true",
        "TempDir": lake.uri("tmp/"),
    }

    ended, log = carried_out(lake, settings, defined(lake, SCRIPT), {**STRANGE, **special})

    assert ended.state is RunState.SUCCEEDED, log[-3000:]
    found = seen(log)
    assert found["modules"] == ["module", 2, "wheel", "pip"]
    assert (found["executor"], found["driver"]) == (["emodulepip"], "a, b")
    assert (found["file"], found["jar"]) == ('{"a": 1}', True)
    assert found["conf"] == ["c d", "3"]
    words = found["args"]
    given = dict(zip(words[::2], words[1::2], strict=True))
    assert {key: given[f"--{key}"] for key in STRANGE} == STRANGE
    assert given["--TempDir"] == lake.uri("tmp/")
    assert len([key for key in lake.keys("events/") if key != "events/"]) >= 1


def test_a_python_shell_job_sees_secrets_and_nobody_else_does(
    supplied: Lake,
    settings: LaunchSettings,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    lake = supplied
    monkeypatch.setenv("LOAD_TOKEN", "s3cret'tok\nen")
    (lake.home / "key").write_text("file s3cret\n")
    job = defined(lake, SHELL, command="pythonshell")
    arguments = {
        **STRANGE,
        "extra-py-files": lake.uri("code/extra_module.py"),
        "token": "{{env:LOAD_TOKEN}}",
        "key": f"x{{{{file:{lake.home / 'key'}}}}}y",
    }

    ended, log = carried_out(lake, settings, job, arguments)

    assert ended.state is RunState.FAILED
    assert ended.error is not None
    assert ended.error.message == "ValueError: wrong token ******"
    assert ended.error.source_line == 'raise ValueError("wrong token " + args["token"])'
    assert "'token': '{{env:LOAD_TOKEN}}'" in str(ended)
    assert "s3cret" not in log
    assert "s3cret" not in str(ended)
    assert "half of ****** is none" in log
    assert "key: x******y" in log
    assert "logged ******" in log
    words = seen(log)
    assert words[words.index("--JOB_RUN_ID") + 1] == ended.id
    assert words[words.index("--lines") + 1] == STRANGE["lines"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"token": "{{env:NOBODY_SET_THIS}}"}, "no variable NOBODY_SET_THIS"),
        ({"token": "{{file:/nowhere/key}}"}, "/nowhere/key cannot be read"),
        ({"token": "{{connection:nobody}}"}, "names no property"),
    ],
)
def test_a_secret_that_is_not_there_fails_the_run_by_its_name(
    lake: Lake,
    settings: LaunchSettings,  # noqa: F811
    arguments: dict[str, str],
    said: str,
) -> None:
    job = defined(lake, "print('SEEN 1')\n", command="pythonshell")

    ended, log = carried_out(lake, settings, job, arguments)

    assert ended.state is RunState.FAILED
    assert ended.error is not None
    assert said in ended.error.message
    assert "SEEN" not in log


def equipped(
    settings: LaunchSettings,  # noqa: F811
    folder: Path,
    arguments: Mapping[str, str],
    master: str = "spark://host:7077",
    **members: Any,  # noqa: ANN401
) -> Equipment:
    job = JobDefinition(name="job", kind="script", file=folder / "x.py", script=folder / "x.py")
    place = replace(settings, master=master)
    return equip(job, arguments, members=members, settings=place, folder=folder)


@pytest.mark.parametrize(
    ("arguments", "key", "value"),
    [
        ({"executor-cores": "3"}, "spark.executor.cores", "3"),
        ({"encryption-type": "sse-s3"}, "spark.hadoop.fs.s3a.encryption.algorithm", "AES256"),
        ({"user-jars-first": "true"}, "spark.driver.userClassPathFirst", "true"),
        ({"enable-auto-scaling": "true"}, "spark.dynamicAllocation.maxExecutors", "4"),
        ({"customer-executor-env-vars": "CUSTOMER_A=1"}, "spark.executorEnv.CUSTOMER_A", "1"),
        ({}, "spark.executor.instances", "4"),
        ({}, "spark.executor.memory", "20g"),
        ({}, "spark.cores.max", "32"),
        ({"conf": "spark.executor.memory=7g"}, "spark.executor.memory", "7g"),
    ],
)
def test_parameters_and_workers_become_sparks_settings(
    settings: LaunchSettings,  # noqa: F811
    tmp_path: Path,
    arguments: dict[str, str],
    key: str,
    value: str,
) -> None:
    found = equipped(settings, tmp_path, arguments, WorkerType="G.2X", NumberOfWorkers=5)

    assert found.conf[key] == value


def test_workers_are_cut_to_what_the_machine_gives_and_that_is_said(
    settings: LaunchSettings,  # noqa: F811
    tmp_path: Path,
) -> None:
    big = equipped(settings, tmp_path, {}, "local[2]", WorkerType="G.1X", NumberOfWorkers=5)
    small = equipped(settings, tmp_path, {}, "local[9]", WorkerType="G.025X", NumberOfWorkers=2)
    unsaid = equipped(settings, tmp_path, {}, "local[2]", MaxCapacity=10.0)

    assert big.conf["spark.master"] == "local[2]"
    assert "5 workers of Glue have 20 processors; the run has the 2" in big.notes[0]
    assert (small.conf["spark.master"], small.notes) == ("local[4]", ())
    assert (unsaid.conf, unsaid.notes) == ({}, ())


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"extra-py-files": "s3://BUCKET/none.py"}, r"--extra-py-files names s3://.*none\.py"),
        ({"extra-py-files": "s3://BUCKET/code/settings.json"}, "is none of them"),
        (
            {
                "additional-python-modules": "s3://BUCKET/code/installed-2.0-py3-none-any.whl",
                "python-modules-installer-option": "--no-index",
            },
            "additional-python-modules",
        ),
    ],
)
def test_what_cannot_be_had_is_told_before_anything_starts(
    supplied: Lake,
    settings: LaunchSettings,  # noqa: F811
    arguments: dict[str, str],
    said: str,
) -> None:
    named = {key: value.replace("BUCKET", supplied.bucket) for key, value in arguments.items()}

    with pytest.raises(LaunchError, match=said):
        equipped(settings, supplied.home, named)


def test_the_same_modules_are_installed_once(
    supplied: Lake,
    settings: LaunchSettings,  # noqa: F811
) -> None:
    arguments = {
        "additional-python-modules": supplied.uri("code/installed-1.0-py3-none-any.whl"),
        "python-modules-installer-option": "--no-index",
    }
    first = equipped(settings, supplied.home / "a", arguments).files.modules
    assert first is not None
    (first / "mark").write_text("")

    assert equipped(settings, supplied.home / "b", arguments).files.modules == first
    supplied.put("code/installed-1.0-py3-none-any.whl", wheel("installed", "changed"))
    changed = equipped(settings, supplied.home / "c", arguments).files.modules
    assert changed is not None
    assert "changed" in (changed / "installed.py").read_text()


def test_each_refused_parameter_is_refused() -> None:
    refused = [item.name for item in SPECIAL if item.effect is Effect.REFUSED]

    for name in refused:
        with pytest.raises(InvalidInputError, match=f"--{name} cannot be given"):
            check_parameters({f"--{name}": "x"})
    assert set(refused) == {"class", "JOB_NAME"}
