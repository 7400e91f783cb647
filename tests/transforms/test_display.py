from __future__ import annotations

from typing import TYPE_CHECKING

from gluepot.transforms import DynamicFrame

if TYPE_CHECKING:
    import pytest
    from pyspark.sql import SparkSession


def test_a_notebook_shows_the_first_rows_escaped(spark: SparkSession) -> None:
    rows = spark.range(21).selectExpr("id", "'<b>' AS text", "array(struct(id)) AS items")

    html = DynamicFrame(rows, None, "a & b")._repr_html_()

    assert html.startswith("<table><caption>a &amp; b</caption>")
    assert "<th>items<br><small>array</small></th>" in html
    assert html.count("&lt;b&gt;") == 20
    assert "[{&quot;id&quot;: 3}]" in html
    assert "there are more" in html


def test_the_making_of_a_frame_is_told_in_words(
    spark: SparkSession, capsys: pytest.CaptureFixture[str]
) -> None:
    orders = DynamicFrame(spark.range(3), None, "orders")
    kept = orders.filter(lambda record: record.id > 1, "keep", "big ones", 5)

    orders.union(kept).explain()

    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "1. orders"
    assert lines[1].startswith("2. Filter of 1 (context 'keep'; at ")
    assert lines[1].endswith(
        "; big ones; records may fail here; ends the job at 5 failed records of its own)"
    )
    assert lines[2].startswith("3. Union of 1 and 2 (at ")


def test_a_frame_says_what_it_is_without_computing(spark: SparkSession) -> None:
    frame = DynamicFrame(spark.range(1), None, "numbers")

    mapped = frame.map(lambda _: 1 / 0)

    assert repr(frame) == "DynamicFrame 'numbers' of id: long"
    assert "when they are first needed" in repr(mapped)
