# ruff: noqa: S608  (statements are the subject here, and their parts the tests' own)
"""``spark.sql`` over ``gluepot.database.table``: every format, only the partitions it needs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.clients.conftest import Warehouse

PRUNED = [
    ("year = 2024 AND month = '02'", [202402]),
    ("2024 <= s.year AND (month LIKE '0%' OR month = '11')", [202401, 202402]),
    ("s.month IN ('01', '12') AND NOT year = 2023", [202401, 202412]),
    ("year BETWEEN 2020 AND 2023 AND month <> '01' AND id > 0", [202302, 202312]),
    ("(year = 2023 AND id > 1) OR (year = 2023 AND amount = 7)", [202301, 202302, 202312]),
    # Text compared with a number: Spark casts the text, so only Spark may decide.
    ("month = 1 AND year = 2024", [202401]),
    ("concat(year, month) >= '202402'", [202402, 202412]),
    ("coalesce(year, 2024) = 2024 AND month = '12'", [202412]),
]


@pytest.mark.parametrize(("condition", "ids"), PRUNED)
def test_only_the_partitions_of_a_condition_are_listed_and_read(
    sales: Warehouse, condition: str, ids: list[int]
) -> None:
    sql = f"SELECT id FROM gluepot.raw.sales s WHERE {condition}"

    assert sales.rows(sql) == [(number,) for number in ids]
    places = [f"raw/sales/year={n // 100}/month={n % 100:02}" for n in ids]
    assert sales.listed(sql) == places
