"""The page of checks: its commands work one after another, and its gate is one."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from gluepot.cli.main import app
from gluepot.jobs.definitions.pipeline import load_pipeline
from tests.docs.blocks import texts

if TYPE_CHECKING:
    from pathlib import Path


def blocks(language: str) -> list[str]:
    return texts("how-to/check-quality.md", language)


@pytest.mark.usefixtures("spark")
def test_the_commands_of_the_page_do_what_they_say(
    sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GLUEPOT_CATALOG_URL", sqlite_url)
    (tmp_path / "lake" / "orders").mkdir(parents=True)
    (tmp_path / "lake" / "orders" / "orders.csv").write_text(blocks("csv")[0])
    (tmp_path / "orders.dqdl").write_text(blocks("dqdl")[0])
    commands = [line for block in blocks("sh") for line in block.splitlines()]
    said = {}

    for line in commands:
        program, *arguments = shlex.split(line)
        done = CliRunner().invoke(app, arguments)
        said[line] = " ".join(done.stdout.split())

        assert program == "gluepot"
        expected = 3 if " check " in line else 0
        assert done.exit_code == expected, f"{line}: {done.output} {done.exception}"
    first = said[commands[0]]
    assert "orders: FAILED, 2 of 4 rules hold 4 rows" in first
    (query,) = [line for line in commands if line.startswith("gluepot query")]
    assert "2 ['Rule_4'] 4 7.0 ['Rule_3']" in said[query]
    kept = [line for line in commands if "--failing-rows" in line]
    assert "2 rows that break a rule: bad/orders" in said[kept[0]]
    assert "country" in said["gluepot quality history shop.orders"]
    assert said[commands[-1]].count("FAILED") == 3


def test_the_gate_of_the_page_is_one(tmp_path: Path) -> None:
    (gate,) = blocks("yaml")
    head = "name: load\nsources: { orders: { table: shop.orders } }\n"
    file = tmp_path / "load.yaml"
    file.write_text(f"{head}{gate}sinks: [{{ input: orders, path: s3://lake/out }}]\n")

    rows = load_pipeline(file).quality[0].failing_rows

    assert rows is not None
    assert (rows.table, rows.limit) == ("shop.bad_orders", 10_000)
