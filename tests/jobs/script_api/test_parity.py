from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from gluepot.jobs.parameters.glue_names import glue_names
from tests.jobs.script_api.parity.comparison import ABSENT, DIFFERENT, SAME, compare
from tests.jobs.script_api.parity.page import PAGE, known_signatures, parity_page
from tests.jobs.script_api.parity.reasons import REASONS
from tests.jobs.script_api.parity.upstream import read_package

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.jobs.script_api.parity.upstream import Signatures


@pytest.fixture(autouse=True)
def names() -> Iterator[None]:
    with glue_names():
        yield


def test_every_name_of_glue_is_here_or_has_its_reason() -> None:
    rows = compare(known_signatures(), REASONS)

    unexplained = [
        f"{row.module}.{row.name}: {row.how}"
        for row in rows
        if row.verdict != SAME and not any(row.how.endswith(reason) for reason in REASONS.values())
    ]
    assert unexplained == []
    assert sum(row.verdict == SAME for row in rows) > 400


def test_the_page_is_what_the_script_writes() -> None:
    assert PAGE.read_text() == parity_page(), "run: python scripts/glue_parity.py"


def test_a_reason_belongs_to_a_name_that_is_not_the_same() -> None:
    others = [
        f"{row.module}.{row.name}"
        for row in compare(known_signatures(), REASONS)
        if row.verdict != SAME
    ]

    assert [name for name in REASONS if not any(other.startswith(name) for other in others)] == []


def test_other_parameters_other_defaults_and_missing_names_are_told() -> None:
    wanted: Signatures = {
        "awsglue.job": {
            "Job.init": ["job_name", "arguments={}"],
            "Job.commit": ["twice"],
            "Job.isInitialized": [],
            "Job.undo": [],
        },
        "awsglue.transforms": {"Coalesce.apply": ["frame", "num_partitions", "shuffle=True"]},
        "awsglue.nothing": {"Nothing": None},
    }

    rows = {f"{row.module}.{row.name}": row for row in compare(wanted, {})}

    assert {name: row.verdict for name, row in rows.items()} == {
        "awsglue.job.Job.init": DIFFERENT,
        "awsglue.job.Job.commit": DIFFERENT,
        "awsglue.job.Job.isInitialized": SAME,
        "awsglue.job.Job.undo": ABSENT,
        "awsglue.nothing.Nothing": ABSENT,
        "awsglue.transforms.Coalesce.apply": DIFFERENT,
    }
    assert rows["awsglue.job.Job.init"].how == "args stands in the place of arguments"
    assert rows["awsglue.job.Job.commit"].how == "twice is not taken"
    assert rows["awsglue.transforms.Coalesce.apply"].how == "shuffle is False here"


PACKAGE = """
from pack.other import Thing, _hidden
import os

LIMIT = 3
_own = 4

class Reader(object):
    kinds = {"a"}
    def __init__(self, place, options={}):
        self.place, self._state = place, None
    @property
    def open(self): ...
    @classmethod
    def make(cls, *args, **kwargs): ...
    @staticmethod
    def read(path, deep=True): ...
    def _inner(self): ...

class Step(Reader):
    def __call__(self, frame, ctx=""): ...

def run(args, names=None): ...
"""


def test_public_names_are_read_from_source_without_running_it(tmp_path: Path) -> None:
    (tmp_path / "pack").mkdir()
    (tmp_path / "pack" / "part.py").write_text(PACKAGE)

    found = read_package(tmp_path / "pack")

    assert found == {
        "pack.part": {
            "Thing": None,
            "LIMIT": None,
            "Reader": ["place", "options={}"],
            "Reader.kinds": None,
            "Reader.place": None,
            "Reader.open": None,
            "Reader.make": ["*args", "**kwargs"],
            "Reader.read": ["path", "deep=True"],
            "Step": None,
            "Step.apply": ["frame", "ctx=''"],
            "run": ["args", "names=None"],
        }
    }
