"""The report as files: everything that a result knows, safely."""

from __future__ import annotations

import json
from dataclasses import replace
from html.parser import HTMLParser
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest

from gluepot.catalog.errors import StorageError
from gluepot.transforms.quality import EarlierResult, write_report
from gluepot.transforms.quality.profiling.frequent import FrequentValues
from gluepot.transforms.quality.profiling.model import ColumnProfile, Kind, Profile
from gluepot.transforms.quality.profiling.quantiles import QuantileSketch
from gluepot.transforms.quality.report import render
from gluepot.transforms.quality.sparkline import Sparkline
from tests.transforms.quality.pages import (
    DELAYS,
    HOSTILE,
    LOST,
    NASTY,
    NOW,
    PAIRS,
    ROWS,
    SPREAD,
    context,
    result,
)

if TYPE_CHECKING:
    from pathlib import Path


class Reader(HTMLParser):
    """Collects the elements, the attributes and the text of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.words: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep the element."""
        self.tags.append(tag)
        self.attributes += attrs

    def handle_data(self, data: str) -> None:
        """Keep the text, unless it is the style sheet."""
        if self.tags[-1:] != ["style"]:
            self.words.append(data)

    @property
    def text(self) -> str:
        """Return the text, its white space made single blanks."""
        return " ".join("".join(self.words).split())


def test_the_page_tells_everything_that_the_result_knows() -> None:
    page = Reader(render(result(DELAYS, PAIRS, ROWS, LOST), context()))

    for expected in (
        "flights_clean",
        "Failed",
        "25 %",
        "of 4 rules hold",
        "2 critical rules and 1 rule that only warns do not hold.",
        "demo.flights",
        "336,776",
        "4 Mar 2026, 05:06 UTC",
        "jr_" + "ab12" * 16,
        DELAYS.sentence,
        "Sensors stick at 9999.",
        "82 %",
        "at least 99 %",
        "58,922 of 327,346 rows break it (18 %).",
        "9,430 nulls were passed over.",
        "9999",
        "NaN",
        "null",
        "empty text",
        "blank text",
        "a_long_name_of_a_column",
        "2350",
        "1 of 10 rows breaks it (10 %).",
        "Unknown column: there is no column 'seatss'. Did you mean 'seats'?",
        "at least 300,000",
        "last 4 checks",
        "1 Mar 2026, 05:06 UTC",
        "Great Expectations 1.24.1",
    ):
        assert expected in page.text, expected


def test_the_json_beside_it_is_the_result_and_its_context(tmp_path: Path) -> None:
    checked = result(DELAYS, LOST)

    paths = write_report(checked, folder=tmp_path / "new" / "folder", context=context())

    document = json.loads(paths.json.read_text())
    assert document["job_name"] == "clean"
    assert document["checked_at"] == "2026-03-04T05:06:00+00:00"
    assert type(checked).from_json(document) == checked
    assert paths.html.read_text().startswith("<!doctype html>")
    assert {path.name for path in paths.html.parent.iterdir()} == {
        "flights_clean.html",
        "flights_clean.json",
        "flights_clean.junit.xml",
    }


def test_a_rules_own_line_goes_through_what_earlier_checks_found() -> None:
    # Monday to Thursday: 99, 82 and 70 %, and 82 % now.
    days = [replace(DELAYS, observed=found, passed=found > 0.9) for found in (0.99, 0.82, 0.7)]
    told = context()
    told = replace(
        told,
        earlier=[
            replace(one, rules={day.key: day}) for one, day in zip(told.earlier, days, strict=True)
        ],
    )

    page = Reader(render(result(DELAYS), told))

    labels = [value for name, value in page.attributes if name == "aria-label"]
    assert "Found in the last 4 checks: from 99 % to 82 %" in labels
    assert "It fails since 2 Mar 2026, 05:06 UTC: 3 checks in a row." in page.text


@pytest.mark.parametrize(
    ("before", "now", "told"),
    [
        (True, False, "It fails for the first time since 3 Mar 2026, 05:06 UTC, when it held."),
        (False, False, "It fails since 1 Mar 2026, 05:06 UTC or longer: in all 4 checks that"),
        (False, True, "It holds again: the last check failed."),
        (True, True, None),
    ],
)
def test_a_rule_tells_since_when_it_fails(before: bool, now: bool, told: str | None) -> None:  # noqa: FBT001
    earlier = replace(LOST, passed=before, error=None)
    page = Reader(render(result(replace(earlier, passed=now)), context(rules=[earlier])))

    assert told is None or told in page.text
    assert told is not None or "It " not in page.text.partition("Earlier checks")[0]


def test_a_kept_result_is_a_point_of_the_trend_of_its_rules() -> None:
    kept = result(DELAYS, ROWS, histograms=(SPREAD,))

    point = EarlierResult.of(NOW, json.loads(json.dumps(kept.to_json())))

    assert (point.score, point.verdict) == (0.5, kept.verdict)
    assert point.rules == {DELAYS.key: DELAYS, ROWS.key: ROWS}


def test_histograms_are_drawn_with_their_counts() -> None:
    page = Reader(render(result(DELAYS, histograms=(SPREAD,)), context()))

    for expected in ("-60 to 0", "200,000", "1,000", "empty text", "9,430 nulls not shown."):
        assert expected in page.text, expected
    assert ("style", "width:100.0%") in page.attributes
    assert ("style", "width:0.5%") in page.attributes


def test_a_profile_draws_the_columns_that_rules_name_and_no_masked_one() -> None:
    def texts(name: str) -> ColumnProfile:
        seen = FrequentValues(counts={"air": 4, "sea": 1}, total=5)
        return ColumnProfile(name=name, type="", kind=Kind.TEXT, rows=5, nulls=0, frequent=seen)

    numbers = ColumnProfile(
        name="dep_delay",
        type="",
        kind=Kind.REAL,
        rows=5,
        nulls=2,
        quantiles=QuantileSketch(count=3, minimum=1.0, maximum=3.0, levels=((1.0, 2.0, 3.0),)),
    )
    names = ("arr_time", "dep_time", "other")
    profile = Profile(rows=5, columns=(numbers, *map(texts, names)))

    drawn = result(DELAYS, PAIRS).drawn(profile, "the profile of May", mask=["DEP_TIME"])

    assert "As the profile of May has it." in Reader(render(drawn, context())).text
    first, second = drawn.histograms

    assert (first.column, first.missing, sum(rows for _, rows in first.bars)) == ("dep_delay", 2, 3)
    assert second.bars == (("air", 4), ("sea", 1))
    assert second.column == "arr_time"


def test_junit_has_a_case_for_each_rule(tmp_path: Path) -> None:
    warns = replace(PAIRS, name="warns")
    checked = result(DELAYS, warns, ROWS, LOST, NASTY, name=HOSTILE + "\x01\ud800")

    paths = write_report(checked, folder=tmp_path, context=context(rules=[DELAYS]))

    (suite,) = ET.parse(paths.junit).getroot()  # noqa: S314 - our own
    counts = {name: suite.get(name) for name in ("tests", "failures", "errors", "skipped")}
    assert counts == {"tests": "5", "failures": "2", "errors": "1", "skipped": "1"}
    outcomes = {
        str(case.get("name")).partition(":")[0]: [(each.tag, each.get("message")) for each in case]
        for case in suite.iter("testcase")
    }
    assert outcomes["delays"] == [("failure", "found 82 %, must be at least 99 %")]
    assert outcomes["rows"] == []
    assert [tag for tag, _ in outcomes["warns"]] == ["skipped"]
    assert "Did you mean 'seats'?" in str(outcomes["seatss"][0][1])
    failure = suite.find(".//failure")
    assert failure is not None
    assert "58,922 of 327,346 rows break it (18 %)." in str(failure.text)
    assert "It fails since 1 Mar 2026" in str(failure.text)


def test_hostile_values_are_text_and_long_ones_are_cut() -> None:
    page = Reader(render(result(NASTY, name=HOSTILE), context(run_id=HOSTILE, table=HOSTILE)))

    assert "script" not in page.tags
    assert "img" not in page.tags
    assert not [name for name, _ in page.attributes if name.startswith("on")]
    assert not [value for _, value in page.attributes if value and "example.com" in value]
    assert HOSTILE in page.text
    assert "[100,000 characters]" in page.text
    assert "more␀" in page.text
    assert "z" * 500 not in page.text


def test_the_page_asks_for_nothing_outside_itself() -> None:
    page = Reader(render(result(DELAYS, PAIRS, ROWS), context()))

    links = [value for name, value in page.attributes if name in {"src", "href", "action", "data"}]
    policy = next(
        value for _, value in page.attributes if value and value.startswith("default-src")
    )
    assert links == ["data:,"]
    assert "script" not in page.tags
    assert policy == "default-src 'none'; style-src 'unsafe-inline'; img-src data:"


def test_a_result_without_rules_or_history_is_a_page_too() -> None:
    page = Reader(render(result(), context(earlier=0)))

    assert "Every rule holds." in page.text
    assert "polyline" not in page.tags


def test_a_value_that_no_row_has_is_said_to_be_none() -> None:
    empty = replace(ROWS, observed=None, passed=False)

    assert "no value" in Reader(render(result(empty), context())).text


@pytest.mark.parametrize(
    ("observed", "text"),
    [(1039.9126036297123, "1,039.91"), (123456789.125, "123,456,789.12"), (1e-7, "1e-07")],
)
def test_an_average_is_shown_with_the_digits_that_matter(observed: float, text: str) -> None:
    assert text in Reader(render(result(replace(ROWS, observed=observed)), context())).text


@pytest.mark.parametrize("name", ["../../etc/passwd", "a/b", "", "..", "x" * 300, "ü:*?", ".x"])
def test_a_report_stays_in_its_folder_whatever_its_name(tmp_path: Path, name: str) -> None:
    paths = write_report(result(ROWS, name=name), folder=tmp_path, context=context())

    assert paths.html.parent == tmp_path
    assert paths.html.is_file()
    assert not paths.html.name.startswith(".")
    assert len(paths.html.name) < 100


def test_reports_of_different_names_do_not_meet(tmp_path: Path) -> None:
    first = write_report(result(ROWS, name="a/b"), folder=tmp_path, context=context())
    second = write_report(result(ROWS, name="a:b"), folder=tmp_path, context=context())

    assert first.html != second.html


def test_a_report_is_replaced_in_one_step(tmp_path: Path) -> None:
    old = write_report(result(LOST), folder=tmp_path, context=context())
    held = old.html.open()

    new = write_report(result(ROWS), folder=tmp_path, context=context())

    # Whoever has the old file open still reads all of it.
    with held:
        assert "seatss" in held.read()
    assert new == old
    assert "seatss" not in new.html.read_text()


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")

    with pytest.raises(StorageError, match=r"quality report cannot be written to .*file"):
        write_report(result(ROWS), folder=tmp_path / "file", context=context())


def test_the_line_falls_when_the_score_does() -> None:
    line = Sparkline.of([(1.0, "good", "a"), (0.98, "warn", "b"), (0.97, "bad", "c")])

    heights = [point.y for point in line.points]
    assert heights == sorted(heights)
    assert heights[0] < heights[1] < heights[2] <= line.height
    assert line.label == "Score over the last 3 checks: from 100 % to 97 %"


def test_a_line_of_full_scores_lies_at_the_top() -> None:
    line = Sparkline.of([(1.0, "good", "a"), (1.0, "good", "b")])

    assert {point.y for point in line.points} == {line.top}
