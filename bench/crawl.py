"""Crawling: gluepot beside Spark, awswrangler, DuckDB and pyarrow, in one run.

    python bench/crawl.py                    the sizes of the documentation: hours, and 11 GB
    python bench/crawl.py --quick            a minute or two; the figures say little
    python bench/crawl.py --shapes many --sizes 5000 50000 --peers duckdb --places file

The same files are read from a folder and from versitygw, which serves that folder as a bucket.
Everybody reads in a fresh process, warmed up by a few files of the same kind, and every answer is
compared with what was written: where one is wrong, the run ends with status 1. Peers tell the
schema only; awswrangler writes to a Glue endpoint, too, as a crawl does to its catalog.

A figure is the shortest of three, but that of the largest size, which is taken once, and those of
peers that take over a minute.
"""

from __future__ import annotations

import argparse
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from crawling import places, report, shapes
from crawling.measuring import Bench, measure_crawls, measure_peers

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crawling.measuring import Figure
    from crawling.places import Ground
    from crawling.shapes import Shape

RESULTS = Path(__file__).parent / "results" / "crawl.json"
SIZES = (5_000, 50_000, 500_000)
PEERS = ("duckdb", "pyarrow", "awswrangler", "spark")
QUICK_SHAPES = ("many", "wide", "deep-json", "long-csv")
REPEATS = 3
LIMIT = 1_800
LONG_LIMIT = 120


def main() -> None:
    """Measure, print and write."""
    given = options()
    figures: list[Figure] = []
    try:
        with places.ground(given.places, given.folder) as ground:
            for shape in chosen_shapes(given):
                for figure in measure(ground, shape, given):
                    print(report.line(figure), flush=True)
                    figures.append(figure)
    finally:
        # Hours of figures are not lost with the one that could not be had.
        parts = (report.tables, report.differences, report.verdicts, report.problems)
        print("\n".join(text for part in parts for text in part(figures)))
        report.write(given.output, figures)
    if report.problems(figures):
        raise SystemExit(1)


def options() -> argparse.Namespace:
    """Return the command line."""
    parser = argparse.ArgumentParser(description="Crawling: gluepot beside its peers.")
    parser.add_argument("--quick", action="store_true", help="small sizes, each taken once")
    parser.add_argument("--sizes", type=int, nargs="+", help="how many files the shape many has")
    parser.add_argument("--places", nargs="+", choices=places.NAMES, default=places.NAMES)
    parser.add_argument("--shapes", nargs="+", choices=shapes.NAMES)
    parser.add_argument("--peers", nargs="*", choices=PEERS, default=PEERS)
    parser.add_argument("--limit", type=int, default=LIMIT, help="seconds a peer may take")
    parser.add_argument("--folder", type=Path, help="where files are written, and removed again")
    parser.add_argument("--output", type=Path, default=RESULTS)
    return parser.parse_args()


def chosen_shapes(given: argparse.Namespace) -> list[Shape]:
    """Return the data of this run."""
    sizes = sorted(given.sizes or ([5_000] if given.quick else SIZES))
    found = [shapes.many(size) for size in sizes]
    if given.quick:
        found += [shapes.wide(200, 20), shapes.wide_csv(200)]
        found += [shapes.deep_json(2_000), shapes.long_csv(50)]
    else:
        found += [shapes.wide(2_000, 200), shapes.wide_csv(2_000)]
        found += [shapes.deep_json(100_000), shapes.long_csv(10_000)]
    wanted = given.shapes or (QUICK_SHAPES if given.quick else shapes.NAMES)
    return [shape for shape in found if shape.name in wanted]


def measure(ground: Ground, shape: Shape, given: argparse.Namespace) -> Iterator[Figure]:
    """Write a shape, yield what everybody needed to read it, and remove it."""
    few = shapes.few(shape)
    warm = f"warm-{shape.name}/{few.folder}"
    shape.write(ground.data / shape.folder)
    few.write(ground.data / warm)
    once = given.quick or shape.size == SIZES[-1]
    long = shape.name == "long-csv"
    # Small sizes tell little about a place beyond what the many files tell.
    for place in ground.places[: 1 if given.quick and shape.name != "many" else None]:
        bench = Bench(
            shape=shape,
            place=place,
            ground=ground,
            uri=f"{place.root}/{shape.folder}",
            warm_uri=f"{place.root}/{warm}",
            repeats=1 if once else REPEATS,
            limit=min(given.limit, LONG_LIMIT) if long else given.limit,
        )
        yield from measure_crawls(bench)
        yield from measure_peers(bench, given.peers)
    for folder in (shape.folder, warm):
        shutil.rmtree(ground.data / Path(folder).parts[0])


if __name__ == "__main__":
    main()
