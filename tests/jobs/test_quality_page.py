"""The page on quality: its example of a gate is one."""

from __future__ import annotations

import re
from pathlib import Path

from gluepot.jobs.definitions.pipeline import load_pipeline

PAGE = Path(__file__).parents[2] / "docs" / "explanation" / "quality.md"
AROUND = """
name: trips
sources: { trips: { table: raw.trips }, zones: { table: raw.zones } }
sinks: [ { input: trips, path: /lake/trips } ]
"""


def test_the_example_of_a_gate_is_a_valid_one(tmp_path: Path) -> None:
    (gate,) = re.findall(r"```yaml\n(.*?)```", PAGE.read_text(encoding="utf-8"), flags=re.DOTALL)
    file = tmp_path / "trips.yaml"
    file.write_text(AROUND + gate, encoding="utf-8")
    (found,) = load_pipeline(file).quality
    assert found.ruleset is not None
    assert (dict(found.sources), found.mask) == ({"zones": "zones"}, ("phone",))
