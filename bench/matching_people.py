"""FindMatches on persons who do not exist, beside Splink, at sizes that grow tenfold.

Run: ``python bench/matching_people.py [--sizes 10000 100000 1000000] [--runners gluepot splink]
[--errors 1]``. ``gluepot, cluster`` has a standalone cluster of two workers with a core each.
A fifth of the records describe somebody described by another (see ``matching_runs/people.py``).
Each runner has a process of its own and the limits given. Prints F1, seconds, memory and how
time grows with records, and writes ``bench/results/matching_people.json``.
"""

from __future__ import annotations

import argparse
import itertools
import json
import math
import os
import platform
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
from matching import HEADER, plain, row
from matching_runs import peers
from matching_runs.judging import pairs_within
from matching_runs.measuring import Figure, Limits, Runner, measure
from matching_runs.people import people
from matching_runs.sets import ID, TruthSet, hidden

if TYPE_CHECKING:
    from collections.abc import Iterator

RESULTS = Path(__file__).parent / "results" / "matching_people.json"
RUNNERS = (
    Runner(name="gluepot", module="gluepot"),
    Runner(name="gluepot, cluster", module="gluepot", wishes={"workers": 2}),
    Runner(name="splink", module="splink_people"),
)


def truth_of(size: int, seed: int, errors: float) -> TruthSet:
    """Return so many records, and which of them describe one person."""
    made = people(size, seed, errors)
    texts = {
        name: pa.array(values, pa.string(), mask=values == "")
        for name, values in made.columns.items()
    }
    ids = pa.array(np.arange(size).astype(str), pa.string())
    table = pa.table({ID: ids, **texts})
    pairs = pairs_within(made.person)
    return hidden(TruthSet(name=f"people {size:,}", tables=(table,), pairs=pairs), seed)


def growth(figures: list[Figure], runner: str) -> Iterator[tuple[str, float]]:
    """Yield from each size to the next how time grows: 1 is in step with records."""
    own = [each for each in figures if each.runner == runner and each.seconds]
    for small, large in itertools.pairwise(own):
        times = math.log((large.seconds or 0) / (small.seconds or 1))
        yield (
            f"{small.set} to {large.set}",
            round(times / math.log(large.records / small.records), 2),
        )


def main() -> None:
    """Let every runner match every size."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=[10_000, 100_000, 1_000_000])
    names = [runner.name for runner in RUNNERS]
    parser.add_argument("--runners", nargs="*", default=names, choices=names)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--errors", type=float, default=1.0, help="how many; see people()")
    parser.add_argument("--seconds", type=float, default=1800, help="limit of a run")
    parser.add_argument("--gigabytes", type=float, default=12, help="limit of a run's memory")
    parser.add_argument("--output", type=Path, default=RESULTS)
    arguments = parser.parse_args()
    limits = Limits(seconds=arguments.seconds, bytes=int(arguments.gigabytes * 2**30))
    figures = []
    print(HEADER, flush=True)
    for size in sorted(arguments.sizes):
        truth = truth_of(size, arguments.seed, arguments.errors)
        for runner in [each for each in RUNNERS if each.name in arguments.runners]:
            figures.append(measure(runner, truth, limits, arguments.seed))
            print(row(figures[-1]), flush=True)
    grown = {name: dict(growth(figures, name)) for name in arguments.runners}
    for name, steps in grown.items():
        for step, exponent in steps.items():
            print(f"{name:<17} {step}: growth exponent {exponent}")
    written = {
        "machine": {"cores": os.cpu_count(), "python": platform.python_version()},
        "peers": peers.PINS,
        "limits": asdict(limits),
        "errors": arguments.errors,
        "figures": [plain(figure) for figure in figures],
        "growth": grown,
    }
    arguments.output.parent.mkdir(parents=True, exist_ok=True)
    arguments.output.write_text(json.dumps(written, indent=2) + "\n")
    print(f"written: {arguments.output}")


if __name__ == "__main__":
    main()
