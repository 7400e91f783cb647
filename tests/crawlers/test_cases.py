"""Every case of the table in the docs comes out as it says, twice, and in any order of listing."""

from __future__ import annotations

import random
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from gluepot.crawlers import survey
from gluepot.crawlers.model import CrawlState
from gluepot.crawlers.sources.files import LocalFiles
from tests.crawlers.cases.crawling import Bench, set_up
from tests.crawlers.cases.model import column_pairs
from tests.crawlers.cases.page import cases_page
from tests.crawlers.cases.sections import SECTIONS
from tests.crawlers.conftest import Desk

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from gluepot.catalog.model import Column, Table
    from gluepot.crawlers.findings import Survey
    from gluepot.crawlers.model import Crawl, TableReport
    from gluepot.crawlers.sources.objects import ObjectInfo
    from tests.crawlers.cases.model import Case, Expected

PAGE = Path(__file__).resolve().parents[2] / "docs" / "reference" / "crawler-cases.md"
CASES = [case for section in SECTIONS for case in section.cases]


@pytest.fixture(scope="module")
def desk(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """Yield one catalog for all cases, each of which has a database of its own."""
    file = tmp_path_factory.mktemp("catalog") / "catalog.db"
    file.write_bytes(sqlite_template.read_bytes())
    found = Desk(f"sqlite:///{file}")
    yield found
    found.engine.dispose()


@pytest.fixture(scope="module")
def crawled(
    desk: Desk, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[Case], tuple[Bench, Crawl]]:
    """Return what lays out a case and crawls it, once."""
    home = tmp_path_factory.mktemp("cases")
    done: dict[str, tuple[Bench, Crawl]] = {}

    def crawl(case: Case) -> tuple[Bench, Crawl]:
        if case.name not in done:
            bench = set_up(case, desk, home)
            done[case.name] = bench, bench.crawl()
        return done[case.name]

    return crawl


def with_names(cases: Sequence[Case], *, failing: bool) -> list[object]:
    """Return parameters of a test, those that fail as yet marked so where it looks at results."""
    return [
        pytest.param(
            case,
            id=case.name.replace(" ", "-"),
            marks=[pytest.mark.xfail(reason=case.failing, strict=True)]
            if failing and case.failing
            else [],
        )
        for case in cases
    ]


@pytest.mark.parametrize("case", with_names(CASES, failing=True))
def test_a_case_comes_out_as_the_table_says(
    crawled: Callable[[Case], tuple[Bench, Crawl]], case: Case
) -> None:
    bench, crawl = crawled(case)

    if not case.tables:
        assert crawl.state is CrawlState.FAILED
        assert all(text in (crawl.error or "") for text in case.problems), crawl.error
        return
    assert crawl.state is CrawlState.SUCCEEDED, crawl.error
    check_names([table.name for table in bench.tables()], [table.name for table in case.tables])
    reports = {report.name: report for report in crawl.tables}
    found = [told(bench, table, reports[table.name]) for table in bench.tables()]
    for table, said, expected in zip(bench.tables(), found, case.tables, strict=True):
        assert said == wanted(expected)
        check_details(table, reports[table.name], expected)
    of_tables = [text for report in crawl.tables for text in report.warnings]
    check_texts(
        [text for text in crawl.warnings if text not in of_tables], (*case.problems, *case.warns)
    )


def check_names(names: Sequence[str], expected: Sequence[str]) -> None:
    """Fail unless tables are called as they must be."""
    patterns = [re.escape(name).replace("<md5>", "[0-9a-f]{32}") for name in expected]
    assert len(names) == len(expected), names
    assert all(map(re.fullmatch, patterns, names)), names


def told(bench: Bench, table: Table, report: TableReport) -> dict[str, object]:
    """Return what is registered of a table, as a case has it."""
    storage = table.storage_descriptor
    assert storage is not None
    parameters = table.parameters or {}
    assert (storage.parameters or {}).items() <= parameters.items()
    assert storage.compressed is (parameters["compressionType"] != "none")
    return {
        "columns": pairs(storage.columns or ()),
        "keys": pairs(table.partition_keys or ()),
        "values": tuple(sorted(bench.partitions(table.name))),
        "location": bench.below(storage.location),
        "format": parameters["classification"],
        "codec": parameters["compressionType"],
        "reasons": all(column.reason for column in report.columns) and bool(report.reasons),
    }


def pairs(columns: Sequence[Column]) -> list[tuple[str, str]]:
    """Return names and types."""
    return [(column.name, column.type or "") for column in columns]


def wanted(expected: Expected) -> dict[str, object]:
    """Return what must be registered."""
    return {
        "columns": column_pairs(expected.columns),
        "keys": column_pairs(expected.keys),
        "values": expected.values,
        "location": expected.location or f"{expected.name}/",
        "format": expected.format,
        "codec": expected.codec,
        "reasons": True,
    }


def check_details(table: Table, report: TableReport, expected: Expected) -> None:
    """Hold serde, parameters, counts, reasons and warnings against a case."""
    storage = table.storage_descriptor
    serde = storage.serde_info if storage is not None else None
    library = (serde.serialization_library if serde is not None else None) or ""
    assert library.endswith(expected.serde)
    told_serde = dict((serde.parameters if serde is not None else None) or {})
    assert expected.serde_parameters.items() <= told_serde.items(), told_serde
    parameters = table.parameters or {}
    said = {name: parameters.get(name) for name in expected.parameters}
    assert said == dict(expected.parameters)
    if expected.records is not None:
        assert (report.records, parameters["recordCount"]) == (
            expected.records,
            str(expected.records),
        )
    reasons = "\n".join([*report.reasons, *(column.reason for column in report.columns)])
    assert [text for text in expected.says if text not in reasons] == [], reasons
    check_texts(report.warnings, expected.warns)


def check_texts(texts: Sequence[str], parts: Sequence[str]) -> None:
    """Fail unless each text holds one of the parts, and each part is in one of the texts."""
    strange = [text for text in texts if not any(part in text for part in parts)]
    missing = [part for part in parts if not any(part in text for text in texts)]
    assert (strange, missing) == ([], []), texts


@pytest.mark.parametrize("case", with_names(CASES, failing=False))
def test_crawling_a_case_again_makes_no_new_version(
    crawled: Callable[[Case], tuple[Bench, Crawl]], case: Case
) -> None:
    bench, _ = crawled(case)
    versions = bench.versions()

    remembering, forgetting = (
        () if not case.tables else bench.plan(remembering=flag).changes for flag in (True, False)
    )
    bench.forget()
    bench.crawl()

    assert [change.table.name for change in remembering if change.pending] == []
    assert [change.table.name for change in forgetting if change.pending] == []
    assert bench.versions() == versions
    assert set(versions.values()) <= {1}


@pytest.mark.parametrize("case", with_names([case for case in CASES if case.tables], failing=False))
def test_neither_the_order_of_the_listing_nor_the_memory_changes_the_tables(
    crawled: Callable[[Case], tuple[Bench, Crawl]], monkeypatch: pytest.MonkeyPatch, case: Case
) -> None:
    bench, _ = crawled(case)
    plain = survey.survey_targets(bench.crawler, bench.access)
    listed = LocalFiles.list
    seed = random.randrange(2**32)  # noqa: S311 - an order, not a secret
    print("seed", seed)  # noqa: T201 - pytest shows it where the test fails
    order = random.Random(seed)  # noqa: S311

    def shuffled(self: LocalFiles, uri: str) -> Iterator[ObjectInfo]:
        found = list(listed(self, uri))
        order.shuffle(found)
        return iter(found)

    monkeypatch.setattr(LocalFiles, "list", shuffled)

    assert same(survey.survey_targets(bench.crawler, bench.access), plain)
    seen = survey.see_targets(bench.crawler, bench.access)
    recalled = survey.survey_seen(
        bench.crawler, seen, bench.access, lambda key, _reading: plain.memories.get(key)
    )
    assert same(recalled, plain)


def same(one: Survey, other: Survey) -> bool:
    """Return whether two surveys found the same; how long it took and what was read may differ."""
    assert one.tables == other.tables
    assert one.problems == other.problems
    assert one.warnings == other.warnings
    return dict(one.skipped) == dict(other.skipped)


def test_the_page_shows_these_cases() -> None:
    assert PAGE.read_text() == cases_page(SECTIONS), "run: python scripts/crawler_cases.py"


def test_no_two_cases_have_one_name() -> None:
    assert len({case.name.lower() for case in CASES}) == len(CASES)
