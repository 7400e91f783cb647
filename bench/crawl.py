"""How long a crawl of many small Parquet files takes beside its peers, and how it grows.

Run as ``python bench/crawl.py``; ``--sizes`` and ``--places`` narrow it. Peers do less: they tell
the schema, and neither rows and bytes of each partition nor reasons, and they write no catalog.
Each figure is the best of three, but for the largest size, which is taken once.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import math
import platform
import resource
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
from pyarrow import dataset, fs, parquet

from gluepot.catalog.engine import open_engine
from gluepot.catalog.migrate import migrate
from gluepot.catalog.store import CatalogStore
from gluepot.crawlers.access import Access
from gluepot.crawlers.crawl import run_crawl
from gluepot.crawlers.model import Crawler, CrawlState
from gluepot.crawlers.sources.config import S3Config
from gluepot.crawlers.sources.objects import open_source
from gluepot.crawlers.store import CrawlerStore
from gluepot.crawlers.targets import Target

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from gluepot.crawlers.sources.objects import ObjectSource

SIZES = (50, 500, 5_000)
PLACES = ("file", "versitygw", "moto")
RESULTS = Path(__file__).parent / "results" / "crawl.json"
REPEATS = 3


@dataclass(frozen=True, kw_only=True)
class Place:
    """A root to write to, and how to reach it."""

    name: str
    root: str
    s3: S3Config
    source: ObjectSource


@dataclass(frozen=True, kw_only=True)
class Figure:
    """One measurement: what saw how many columns of how many files, in how many seconds."""

    place: str
    files: int
    who: str
    seconds: float
    columns: int


def main() -> None:
    """Measure, print and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES)
    parser.add_argument("--places", nargs="+", choices=PLACES, default=PLACES[:2])
    wanted = parser.parse_args()
    figures: list[Figure] = []
    with tempfile.TemporaryDirectory() as folder:
        for name in wanted.places:
            with place(name, Path(folder)) as found:
                for size in wanted.sizes:
                    figures += measure(found, size, Path(folder))
    print_figures(figures)
    write_figures(figures)


def measure(found: Place, size: int, folder: Path) -> list[Figure]:
    """Write files and let everybody read them; all must see the same columns."""
    root = f"{found.root}/n{size}/t"
    write_files(found, root, size)
    repeats = 1 if size == max(SIZES) else REPEATS
    readers: dict[str, Callable[[], int]] = {
        "gluepot, first crawl": lambda: crawl(found, root, folder),
        "pyarrow.dataset": lambda: arrow_schema(found, root),
    }
    if found.name == "file":
        readers["DuckDB"] = lambda: duckdb_schema(root)
    figures = [
        Figure(place=found.name, files=size, who=who, seconds=seconds, columns=columns)
        for who, read in readers.items()
        for seconds, columns in (best_of(repeats, read),)
    ]
    again = crawl_again(found, root, folder)
    figures.insert(1, Figure(place=found.name, files=size, **again))
    seen = {figure.columns for figure in figures}
    if len(seen) != 1:
        raise AssertionError(f"The readers disagree: {figures}")
    return figures


def best_of(repeats: int, read: Callable[[], int]) -> tuple[float, int]:
    """Return the shortest time and the answer."""
    times = []
    for _ in range(repeats):
        started = time.perf_counter()
        columns = read()
        times.append(time.perf_counter() - started)
    return min(times), columns


def write_files(found: Place, root: str, size: int) -> None:
    """Write small files of one table in folders of ten; every tenth has a column more."""

    def write(number: int) -> None:
        columns = {f"c{i}": pa.array([number, i]) for i in range(20)}
        columns |= {"name": pa.array(["a", "b"]), "price": pa.array([1.5, None])}
        if number % 10 == 9:  # noqa: PLR2004
            columns["late"] = pa.array([True, False])
        buffer = io.BytesIO()
        parquet.write_table(pa.table(columns), buffer)
        folder = f"year={2000 + number // 1000}/part={number // 10}"
        found.source.write(f"{root}/{folder}/{number:06}.parquet", buffer.getvalue())

    with ThreadPoolExecutor(16) as pool:
        list(pool.map(write, range(size)))


@contextlib.contextmanager
def catalog(folder: Path) -> Iterator[tuple[CatalogStore, CrawlerStore]]:
    """Yield an empty catalog on SQLite."""
    with tempfile.TemporaryDirectory(dir=folder) as own:
        engine = open_engine(f"sqlite:///{own}/catalog.db")
        migrate(engine)
        yield CatalogStore(engine, now), CrawlerStore(engine, now)
        engine.dispose()


def crawl(found: Place, root: str, folder: Path) -> int:
    """Crawl into an empty catalog and return how many columns and keys the table has."""
    with catalog(folder) as stores:
        return crawl_into(stores, found, root)


def crawl_again(found: Place, root: str, folder: Path) -> dict[str, Any]:
    """Crawl what is known already: listing, footers, comparison, and nothing to write."""
    with catalog(folder) as stores:
        crawl_into(stores, found, root)
        seconds, columns = best_of(1, lambda: crawl_into(stores, found, root))
    return {"who": "gluepot, second crawl", "seconds": seconds, "columns": columns}


def crawl_into(stores: tuple[CatalogStore, CrawlerStore], found: Place, root: str) -> int:
    """Crawl and return how many columns and keys the table has."""
    crawler = Crawler(name="bench", database="bench", targets=(Target(uri=root),))
    done = run_crawl(
        crawler, catalog=stores[0], access=Access(s3=found.s3), store=stores[1], clock=now
    )
    if done.state is not CrawlState.SUCCEEDED:
        raise AssertionError(done.error)
    return len(done.tables[0].columns)


def arrow_schema(found: Place, root: str) -> int:
    """Let pyarrow merge the schemas of all files."""
    files: fs.FileSystem = fs.LocalFileSystem()
    path = root.removeprefix("file://")
    if found.name != "file":
        path = root.removeprefix("s3://")
        files = fs.S3FileSystem(
            access_key=found.s3.access_key_id,
            secret_key=found.s3.secret_access_key,
            endpoint_override=str(found.s3.endpoint_url).removeprefix("http://"),
            scheme="http",
            region=found.s3.region,
        )
    options = dataset.FileSystemFactoryOptions(
        partitioning=dataset.HivePartitioning.discover(), partition_base_dir=path
    )
    factory = dataset.FileSystemDatasetFactory(
        files, fs.FileSelector(path, recursive=True), dataset.ParquetFileFormat(), options
    )
    # With its own defaults pyarrow looks at the first file only.
    return len(factory.inspect(promote_options="permissive", fragments=None))


def duckdb_schema(root: str) -> int:
    """Let DuckDB merge the schemas of all files."""
    import duckdb  # noqa: PLC0415

    glob = f"{root.removeprefix('file://')}/**/*.parquet"
    query = "DESCRIBE FROM read_parquet(?, union_by_name=true, hive_partitioning=true)"
    with duckdb.connect() as connection:
        return len(connection.execute(query, [glob]).fetchall())


@contextlib.contextmanager
def place(name: str, folder: Path) -> Iterator[Place]:
    """Yield a folder, or an empty bucket of a server that runs until the block ends."""
    if name == "file":
        s3 = S3Config(region="us-east-1")
        yield Place(name=name, root=f"file://{folder}/data", s3=s3, source=open_source("/", s3))
        return
    # The servers belong to the tests, which no installation has on its path.
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
    from tests.servers.s3 import (  # noqa: PLC0415
        moto_server,
        versitygw_binary,
        versitygw_server,
    )

    own = folder / name
    own.mkdir()
    binary = versitygw_binary()
    if name == "versitygw" and binary is None:
        raise SystemExit("versitygw is not built: run `make setup-test`, or --places file moto")
    server = versitygw_server(own, binary) if name == "versitygw" and binary else moto_server(own)
    with server as s3:
        _make_bucket(s3)
        yield Place(name=name, root="s3://bench", s3=s3, source=open_source("s3://bench", s3))


def _make_bucket(s3: S3Config) -> None:
    import boto3  # noqa: PLC0415

    client = boto3.client(
        "s3",
        endpoint_url=s3.endpoint_url,
        region_name=s3.region,
        aws_access_key_id=s3.access_key_id,
        aws_secret_access_key=s3.secret_access_key,
    )
    client.create_bucket(Bucket="bench")


def growth(figures: Sequence[Figure]) -> float | None:
    """Return the exponent of time over files between the smallest size and the largest."""
    ordered = sorted(figures, key=lambda figure: figure.files)
    first, last = ordered[0], ordered[-1]
    if first.files == last.files:
        return None
    return math.log(last.seconds / first.seconds) / math.log(last.files / first.files)


def print_figures(figures: Sequence[Figure]) -> None:
    """Print a line for each place and reader: seconds by size, and the growth exponent."""
    sizes = sorted({figure.files for figure in figures})
    heads = "".join(f"{size:>10,}" for size in sizes)
    print(f"{'place':<11}{'reader':<24}{heads}{'exponent':>10}")
    for name, who in dict.fromkeys((figure.place, figure.who) for figure in figures):
        own = [figure for figure in figures if (figure.place, figure.who) == (name, who)]
        cells = "".join(f"{figure.seconds:>9.3f}s" for figure in own)
        exponent = growth(own)
        print(f"{name:<11}{who:<24}{cells}{'' if exponent is None else f'{exponent:>10.2f}'}")
    print(f"largest resident memory: {peak_megabytes():.0f} MB")


def write_figures(figures: Sequence[Figure]) -> None:
    """Write everything as JSON beside the benchmark."""
    RESULTS.parent.mkdir(exist_ok=True)
    document = {
        "at": now().isoformat(),
        "machine": platform.platform(),
        "python": platform.python_version(),
        "pyarrow": pa.__version__,
        "peak_megabytes": round(peak_megabytes()),
        "figures": [vars(figure) for figure in figures],
    }
    RESULTS.write_text(json.dumps(document, indent=2) + "\n")


def peak_megabytes() -> float:
    """Return the most memory this process has held; Linux counts it in KiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def now() -> datetime:
    """Return the time."""
    return datetime.now(UTC)


if __name__ == "__main__":
    main()
