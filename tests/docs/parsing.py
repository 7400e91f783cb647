"""Each language's blocks, read by what reads such text: none is only looked at."""

from __future__ import annotations

import configparser
import csv
import doctest
import io
import json
import re
import subprocess
import tomllib
from typing import TYPE_CHECKING

import sqlglot
import yaml

from gluepot.crawlers.model import crawler_from_json
from gluepot.definitions import trigger_from_json
from gluepot.jobs.definitions.model import load_job
from gluepot.jobs.notifications.model import read_notification
from gluepot.jobs.workflows.documents import machine_from_json
from gluepot.settings import load_settings
from gluepot.transforms.quality.dqdl import parse_ruleset
from tests.docs.following import console

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from tests.docs.blocks import Block

JOB = "sources: {a: {table: a.b}}\nsinks: [{input: a, path: /out}]\n"
"""What a piece of a job's file lacks."""


def parse(block: Block, folder: Path) -> None:
    """Read a block as what it is; ``folder`` is empty, and the working directory.

    Raises:
        Exception: The reader's own, or KeyError where nothing reads that language.
    """
    PARSERS[block.language](block, folder)


def _shell(block: Block, _folder: Path) -> None:
    code = console(block.text)[0] if block.language == "console" else block.text
    subprocess.run(["/bin/bash", "-n", "-c", code], check=True)


def _python(block: Block, _folder: Path) -> None:
    if ">>> " in block.text:
        assert doctest.DocTestParser().get_examples(block.text)
    else:
        compile(block.text, block.name, "exec")


def _json(block: Block, _folder: Path) -> None:
    json.loads(block.text)


def _toml(block: Block, folder: Path) -> None:
    tomllib.loads(block.text)
    (folder / "gluepot.toml").write_text(block.text)
    load_settings()


def _yaml(block: Block, folder: Path) -> None:
    name = block.file or ""
    value = yaml.safe_load(block.text)
    assert isinstance(value, dict), block.name
    if match := re.match(r"conf/(crawlers|triggers|workflows)/", name):
        DEFINITIONS[match[1]](value)
    elif name.startswith("conf/notifications/"):
        file = folder / "n.yaml"
        file.write_text(block.text)
        read_notification(file)
    elif name.startswith("conf/jobs/") or block.marks.get("part of") == "job":
        _job(value["name"], block, folder)


def _job(name: str, block: Block, folder: Path) -> None:
    (folder / "jobs").mkdir()
    text = block.text + (JOB if "part of" in block.marks else "")
    (folder / "jobs" / f"{name}.yaml").write_text(text)
    for script in re.findall(r"^script: (\S+\.py)", text, re.MULTILINE):
        place = folder / "jobs" / script
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text("")
    load_job(folder, name)


def _dqdl(block: Block, _folder: Path) -> None:
    assert parse_ruleset(block.text).rules


def _csv(block: Block, _folder: Path) -> None:
    assert len({len(row) for row in csv.reader(io.StringIO(block.text))}) == 1


def _ini(block: Block, _folder: Path) -> None:
    configparser.ConfigParser().read_string(block.text)


def _properties(block: Block, _folder: Path) -> None:
    for line in block.text.splitlines():
        assert re.fullmatch(r"[\w.-]+(=| +)\S+", line), f"{block.name}: {line}"


def _dockerfile(block: Block, _folder: Path) -> None:
    for line in block.text.splitlines():
        assert re.match(r"(FROM|COPY|RUN|ENV|USER|ENTRYPOINT|CMD) \S", line), block.name


def _sql(block: Block, _folder: Path) -> None:
    dialect = "postgres" if "ROLE" in block.text else "duckdb"
    for statement in sqlglot.parse(block.text, read=dialect):
        assert statement is not None


def _text(_block: Block, _folder: Path) -> None:
    """Accept what is shown; what a followed page shows below commands is compared there."""


DEFINITIONS: Mapping[str, Callable[[dict[str, object]], object]] = {
    "crawlers": crawler_from_json,
    "triggers": trigger_from_json,
    "workflows": machine_from_json,
}
PARSERS: Mapping[str, Callable[[Block, Path], None]] = {
    "console": _shell,
    "csv": _csv,
    "dockerfile": _dockerfile,
    "dqdl": _dqdl,
    "dqdl-rules": _text,
    "ini": _ini,
    "json": _json,
    "properties": _properties,
    "python": _python,
    "sh": _shell,
    "sql": _sql,
    "text": _text,
    "toml": _toml,
    "yaml": _yaml,
}
