from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from gluepot.jobs.definitions.model import UnknownJobError, load_job
from gluepot.jobs.definitions.pipeline import load_pipeline
from gluepot.jobs.errors import DefinitionError

if TYPE_CHECKING:
    from pathlib import Path

GOOD = """\
name: flights
sources:
  flights: { table: raw.flights, partition_predicate: year = 2013 and day > 3 }
  planes: { path: s3://raw/planes, format: csv, options: { header: true } }
steps:
  - name: joined
    transform: Join
    inputs: [short, planes]
    keys1: [tailnum]
    keys2: [tailnum]
  - name: short
    transform: DropFields
    input: flights
    paths: [tailnum2]
sinks:
  - { input: joined, path: s3://curated/flights, table: curated.flights }
"""


def faults(tmp_path: Path, text: str) -> list[str]:
    file = tmp_path / "flights.yaml"
    file.write_text(text)
    with pytest.raises(DefinitionError) as caught:
        load_pipeline(file)
    return [line.removeprefix(f"{file}:") for line in str(caught.value).splitlines()]


def test_steps_run_after_those_they_read_whatever_their_place(tmp_path: Path) -> None:
    file = tmp_path / "flights.yaml"
    file.write_text(GOOD)

    pipeline = load_pipeline(file)

    assert [step.alias for step in pipeline.ordered_steps] == ["short", "joined"]
    assert pipeline.sources["planes"].options == {"header": "true"}
    assert pipeline.line("joined") == 6


@pytest.mark.parametrize(
    ("wrong", "right", "fault"),
    [
        ("sinks:", "sinkz:", "15:1: unknown key 'sinkz'. Did you mean 'sinks'?"),
        ("table: raw.flights", "tabel: raw.flights", "3:14: unknown key 'tabel'."),
        ("transform: Join", "transform: Joim", "7:5: there is no transform 'Joim'."),
        ("keys1: [tailnum]", "key1: [tailnum]", "9:5: Join: unknown parameter 'key1'."),
        ("input: flights", "input: flihgts", "13:5: nothing here is called 'flihgts'."),
        ("raw.flights", "flights", "3:14: 'flights' is not a table"),
        ("s3://curated", "ftp://curated", "16:22: ftp://curated/flights is neither"),
        ("day > 3", "day >> 3", "3:34: "),
        ("format: csv, ", "", "4:3: a source with a path needs a format"),
        ("name: short", "name: joined", "11:5: 'joined' is made twice"),
        ("name: flights", "name: ../x", "1:1: name may have letters"),
        ("name: flights\n", "name: flights\nname: other\n", "2:1: key 'name' stands here"),
        ("input: flights", "input: [", "15:1: YAML: "),
    ],
)
def test_a_fault_is_told_with_its_line_and_column(
    tmp_path: Path, wrong: str, right: str, fault: str
) -> None:
    found = faults(tmp_path, GOOD.replace(wrong, right, 1))

    assert any(line.startswith(fault) for line in found), found


def test_all_faults_are_told_at_once_in_the_order_of_lines(tmp_path: Path) -> None:
    text = GOOD.replace("Join", "Joim").replace("paths: [tailnum2]", "path: [x]")
    found = faults(tmp_path, text.replace("input: joined", "input: joind"))

    lines = [int(line.split(":")[0]) for line in found]
    assert lines == sorted(lines)
    assert len(lines) >= 4


def test_an_alias_that_nobody_reads_is_a_fault(tmp_path: Path) -> None:
    text = GOOD.replace("  planes:", "  airports: { table: raw.airports }\n  planes:")

    assert faults(tmp_path, text) == [
        "4:3: 'airports' is never used: no step, gate or sink reads it"
    ]


PARTS = """\
name: flights
sources:
  flights: { path: /in, format: json }
steps:
  - { name: parts, transform: SplitRows, input: flights, comparison_dict: {day: {"<": 4}} }
  - { name: early, transform: SelectFromCollection, input: parts, key: frame1 }
  - { name: tables, transform: Relationalize, input: parts.frame2 }
sinks:
  - { input: early, path: /out/early }
  - { input: tables.roottable_stops.val, path: /out/stops }
"""


def test_steps_and_sinks_take_parts_of_collections(tmp_path: Path) -> None:
    file = tmp_path / "flights.yaml"
    file.write_text(PARTS)

    pipeline = load_pipeline(file)

    assert [step.alias for step in pipeline.ordered_steps] == ["parts", "early", "tables"]
    assert pipeline.refer("tables.roottable_stops.val") == ("tables", "roottable_stops.val")


@pytest.mark.parametrize(
    ("wrong", "right", "fault"),
    [
        ("parts.frame2", "parts.frame3", "7: the collection has no frame 'frame3'. Did you"),
        ("parts.frame2", "parts", "7: 'parts' is a collection: take one frame of it, as in p"),
        ("parts.frame2", "flights.x", "7: 'flights' is one frame, so there is no flights.x"),
        ("key: frame1", "key: frame", "6: the collection has no frame 'frame'."),
        ("input: parts, key", "input: flights, key", "6: 'flights' is one frame, and no coll"),
        ("tables.roottable_stops", "tables.stops", "10: the collection has no frame 'stops.val"),
    ],
)
def test_a_part_that_cannot_be_there_is_a_fault(
    tmp_path: Path, wrong: str, right: str, fault: str
) -> None:
    found = faults(tmp_path, PARTS.replace(wrong, right, 1))

    assert any(re.sub(r":\d+:", ":", line, count=1).startswith(fault) for line in found), found


@pytest.mark.parametrize(
    ("source", "fault"),
    [
        ("{ path: /in, format: jsn }", "3: format: Input should be 'csv'"),
        ("{ path: /in, format: xml, options: {rowTag: r} }", "3: files of xml take format_opt"),
        (
            "{ path: /in, format: xml, format_options: {rowtag: r} }",
            "3: xml has no option 'rowtag'. Did you mean 'rowTag'?",
        ),
        ("{ path: /in, format: csv, options: {a: 1}, format_options: {separator: ;} }", "3: gi"),
        ("{ connection_type: mysql }", "3: a mysql source needs a connection"),
        (
            "{ connection_type: mysql, connection: c, options: {password: hush} }",
            "3: a password is in no job's file",
        ),
        ("{ connection_type: dynamodb, connection: c }", "3: DynamoDB is reached without"),
        ("{ connection_type: oracl, connection: c }", "3: connection_type: Input should be"),
        ("{ table: a.b, path: /in }", "3: source 'flights' has either a table"),
    ],
)
def test_a_source_that_cannot_be_read_is_a_fault(tmp_path: Path, source: str, fault: str) -> None:
    text = PARTS.replace("{ path: /in, format: json }", source)

    found = faults(tmp_path, text)

    assert any(re.sub(r":\d+:", ":", line, count=1).startswith(fault) for line in found), found


def test_steps_that_wait_for_one_another_are_a_fault(tmp_path: Path) -> None:
    text = GOOD.replace("input: flights", "input: joined").replace(
        "short, planes", "short, flights"
    )
    text = text.replace(
        "  planes: { path: s3://raw/planes, format: csv, options: { header: true } }\n", ""
    )

    (fault,) = faults(tmp_path, text)
    assert "wait for one another" in fault


def test_two_sinks_do_not_share_a_path(tmp_path: Path) -> None:
    text = GOOD + "  - { input: short, path: s3://curated/flights/ }\n"

    (fault,) = faults(tmp_path, text)
    assert "another sink of this job writes to the same path" in fault


def test_yaml_cannot_make_objects(tmp_path: Path) -> None:
    (fault, *_) = faults(tmp_path, GOOD + "description: !!python/object/apply:os.getcwd []\n")

    assert "could not determine a constructor" in fault


def test_a_small_file_cannot_become_enormous(tmp_path: Path) -> None:
    bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
    for level in range(1, 8):
        bomb += f"a{level}: &a{level} [" + ", ".join([f"*a{level - 1}"] * 10) + "]\n"

    (fault,) = faults(tmp_path, bomb)
    assert "too much or too deep" in fault


def test_an_unknown_job_is_told_with_the_nearest_name(tmp_path: Path) -> None:
    (tmp_path / "jobs").mkdir()
    (tmp_path / "jobs" / "flights.yaml").write_text(GOOD)

    with pytest.raises(UnknownJobError, match=r"Did you mean 'flights'\?"):
        load_job(tmp_path, "flight")


def test_a_job_has_the_name_of_its_file(tmp_path: Path) -> None:
    (tmp_path / "jobs").mkdir()
    (tmp_path / "jobs" / "other.yaml").write_text(GOOD)

    with pytest.raises(DefinitionError, match="make them the same"):
        load_job(tmp_path, "other")


def test_a_script_is_a_job_by_itself_or_by_a_yaml_file(tmp_path: Path) -> None:
    (tmp_path / "jobs").mkdir()
    (tmp_path / "jobs" / "plain.py").write_text("print(1)")
    (tmp_path / "jobs" / "named.yaml").write_text(
        "name: named\nscript: plain.py\nbookmark: enable\nspark: {conf: {spark.x: 8}}\n"
    )

    plain, named = load_job(tmp_path, "plain"), load_job(tmp_path, "named")

    assert (plain.kind, plain.bookmark) == ("script", False)
    assert (named.script, named.bookmark, named.spark_conf) == (
        tmp_path / "jobs" / "plain.py",
        True,
        {"spark.x": "8"},
    )


def test_a_script_that_is_not_there_is_a_fault(tmp_path: Path) -> None:
    (tmp_path / "jobs").mkdir()
    (tmp_path / "jobs" / "named.yaml").write_text("name: named\nscript: gone.py\n")

    with pytest.raises(DefinitionError, match="2:1: there is no file"):
        load_job(tmp_path, "named")
