"""Rules that compare frames, and rules on files."""

from __future__ import annotations

import datetime as dt
import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from gluepot.catalog.errors import StorageError
from gluepot.transforms.quality.running import RunOptions
from gluepot.transforms.quality.running.options import FileFacts
from tests.transforms.quality.running.asking import results, verdicts

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from pyspark.sql import DataFrame, SparkSession

NOW = dt.datetime(2024, 6, 1, 12, 30, tzinfo=dt.UTC)
LOST = "does not meet the constraint requirement"


@pytest.fixture(scope="module")
def orders(spark: SparkSession) -> DataFrame:
    rows = [(1, "a", 10.0), (2, "b", 20.0), (3, None, 30.0), (4, "x", None)]
    return spark.createDataFrame(rows, "id int, code string, amount double")


@pytest.fixture(scope="module")
def other(spark: SparkSession) -> DataFrame:
    rows = [("1", "a", 10.0), ("2", "c", 20.0), ("3", None, 30.0), ("9", "z", 0.0)]
    return spark.createDataFrame(rows, "key string, code string, amount double")


def test_frames_are_compared(spark: SparkSession, orders: DataFrame, other: DataFrame) -> None:
    nothing = spark.createDataFrame([], "id int, code string, amount double")
    twice = other.union(other)
    sources = {"ref": other, "none": nothing, "twice": twice, "ref-1": other}
    options = RunOptions(sources=sources)
    expected = {
        'ReferentialIntegrity "id" "ref.key" = 0.75': "PASS",
        'ReferentialIntegrity "code" "ref.code" = 0.25': "PASS",
        'ReferentialIntegrity "id,code" "ref.{key,code}" > 0.5': f"FAIL: Value: 0.25 {LOST}.",
        'ReferentialIntegrity "id,code" "ref.key" > 0.5': (
            "ERROR: ReferentialIntegrity compares as many columns of both: 2 are named of the"
            " primary, 1 of ref"
        ),
        'DatasetMatch "ref" "id->key" "amount" = 0.75': "PASS",
        'DatasetMatch "ref" "id->key" = 0.5': "PASS",
        'DatasetMatch "twice" "id->key" = 0.5': (
            "FAIL: Provided key map not suitable for given data frames"
        ),
        'SchemaMatch "none" = 1.0': "PASS",
        'SchemaMatch "ref-1" > 0.5': "PASS",
        'SchemaMatch "ref" > 0.9': f"FAIL: Value: {2 / 3} {LOST}.",
        'RowCountMatch "ref" = 1': "PASS",
        'RowCountMatch "twice" > 0.6': f"FAIL: Value: 0.5 {LOST}.",
        'RowCountMatch "none" > 0': "FAIL: none has no rows to compare with",
        'AggregateMatch "sum(amount)" "SUM(ref.amount)" = 1.0': "PASS",
        'AggregateMatch "avg(amount)" "avg(primary.amount)" = 1.0': "PASS",
        'AggregateMatch "avg(amount)" "avg(ref.amount)" > 1.4': f"FAIL: Value: {20 / 15} {LOST}.",
        'AggregateMatch "sum(amount)" "sum(none.amount)" = 1.0': (
            "FAIL: There is no value to compute Column.amount.AggregateMatch of: all input values"
            " were NULL"
        ),
        'CustomSql "select count(*) from primary p join ref r on p.id = r.key" = 3': "PASS",
    }
    assert verdicts(orders, list(expected), options) == expected


def test_views_of_the_same_name_are_put_back(spark: SparkSession, orders: DataFrame) -> None:
    spark.range(7).createOrReplaceTempView("primary")
    try:
        (found,) = results(orders, ['CustomSql "select count(*) from primary" = 4'])
        assert found.passed
        assert spark.table("primary").count() == 7
    finally:
        spark.catalog.dropTempView("primary")
    results(orders, ['CustomSql "select count(*) from primary" = 4'])
    assert not spark.catalog.tableExists("primary")


@dataclass(frozen=True)
class MadeUpFiles:
    """A store of files: address to contents and age in hours."""

    files: Mapping[str, tuple[bytes, float]]

    def found(self, path: str) -> Sequence[FileFacts]:
        """Return files by the beginning of their address."""
        if path.startswith("s3://refused"):
            raise StorageError("s3://refused: access denied")
        return [
            FileFacts(path=name, size=len(data), modified=NOW - dt.timedelta(hours=age))
            for name, (data, age) in self.files.items()
            if name.startswith(path)
        ]

    def checksum(self, path: str, algorithm: str) -> str:
        """Return the checksum of the contents."""
        return hashlib.new(algorithm, self.files[path][0]).hexdigest()


FILES = MadeUpFiles(
    {
        "s3://b/in/a.csv": (b"a" * 1024, 1),
        "s3://b/in/b.csv": (b"b" * 10, 30),
        "s3://b/in/c.json": (b"b" * 10, 100),
        "s3://b/copy/a.csv": (b"a" * 1024, 1),
        "s3://b/copy/b.csv": (b"b" * 10, 1),
        "s3://b/copy/c.json": (b"b" * 10, 1),
    }
)


def test_files_are_judged(orders: DataFrame) -> None:
    md5 = hashlib.md5(b"b" * 10, usedforsecurity=False).hexdigest()
    sha = hashlib.sha256(b"a" * 1024).hexdigest().upper()
    expected = {
        'FileFreshness "s3://b/in" > (now() - 2 hours) with threshold > 0.3': "PASS",
        'FileFreshness "s3://b/in" > (now() - 2 hours)': f"FAIL: Value: {1 / 3} {LOST}.",
        'FileFreshness "s3://b/in" > (now() - 2 hours) with recentFiles = 1': "PASS",
        'FileFreshness "s3://b/in" between "2024-05-01" and "2024-06-02"': "PASS",
        'FileFreshness "s3://b/in/a" = "2024-06-01"': "PASS",
        'FileFreshness "s3://b/in/a" < "7:31 AM" with timeZone = "America/New_York"': "PASS",
        'FileFreshness "s3://b/in/a" > "1:00 PM"': f"FAIL: Value: 0.0 {LOST}.",
        'FileFreshness "s3://b/in" > "09:00" with timeZone = "Mars/Base"': (
            "ERROR: There is no time zone 'Mars/Base'"
        ),
        'FileSize "s3://b/in" between 9 B and 2 KB': "PASS",
        'FileSize "s3://b/in" = 1 KB with threshold < 0.4': "PASS",
        'FileSize "s3://b/in" = 1024 with uriRegex = "a[.]csv$"': "PASS",
        'FileSize "s3://b/nothing" > 1 B': "ERROR: There are no files to evaluate",
        'FileSize "s3://refused/" > 1 B': "ERROR: s3://refused: access denied",
        f'FileMatch "s3://b/in" in ["{md5}"] with uriRegex = "(b.csv|json)$"': "PASS",
        f'FileMatch "s3://b/in" in ["{md5}"]': "FAIL: 1 of 3 checksums are not in the list",
        f'FileMatch "s3://b/in/a.csv" in ["{sha}"] with hashAlgorithm = "SHA-256"': "PASS",
        'FileMatch "s3://b/in" "s3://b/copy"': "PASS",
        'FileMatch "s3://b/in/a" "s3://b/copy/b"': (
            "FAIL: The files of the two paths have different checksums"
        ),
        'FileMatch "s3://b/in" in ["x"] with hashAlgorithm = "CRC"': (
            "ERROR: Hash algorithm 'CRC' is not supported: MD5 or SHA-256"
        ),
        'FileUniqueness "s3://b/in" > 0.3': "PASS",
        'FileUniqueness "s3://b/in" > 0.4': f"FAIL: Value: {1 / 3} {LOST}.",
        "FileSize > 1 B": "ERROR: Unable to parse file path from DataFrame",
    }
    assert verdicts(orders, list(expected), RunOptions(now=NOW, files=FILES)) == expected


def test_files_without_a_path_are_those_of_the_frame(spark: SparkSession, tmp_path: Path) -> None:
    spark.range(3).coalesce(1).write.parquet(str(tmp_path / "a b"))
    frame = spark.read.parquet(str(tmp_path / "a b"))

    class OnDisk(MadeUpFiles):
        def found(self, path: str) -> Sequence[FileFacts]:
            file = tmp_path / "a b" / path.rpartition("/")[2]
            assert file.is_file()
            return [FileFacts(path=path, size=file.stat().st_size, modified=NOW)]

    (found,) = results(frame, ["FileSize > 1 B"], RunOptions(files=OnDisk({})))
    assert found.metrics["Dataset.*.FileCount"] == 1
