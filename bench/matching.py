"""FindMatches beside Splink and dedupe, on sets with known truth.

Run: ``python bench/matching.py [--sets ../shared/data/matching] [--only febrl1 ...]
[--runners gluepot ...]``. Before anybody sees a set its ids are replaced by random ones and its
rows shuffled. Each runner reads the raw tables in a process of its own, the peers in a virtual
environment of pinned versions that is made under the user's cache folder; those with labels get the
same pairs, drawn from the truth. Prints a table and writes ``bench/results/matching.json``.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
from dataclasses import asdict
from pathlib import Path

from matching_runs import peers
from matching_runs.measuring import Figure, Limits, Runner, measure
from matching_runs.sets import hidden, load

BENCH = Path(__file__).parent
RESULTS = BENCH / "results" / "matching.json"
SHARED = BENCH.parents[1] / "shared" / "data" / "matching"
SMALL = BENCH.parent / "tests" / "data" / "matching"
LABELS = 200
RUNNERS = (
    Runner(name="gluepot", module="gluepot", wishes={"scored": True}),
    Runner(name="gluepot, labels", module="gluepot", labels=LABELS, wishes={"scored": True}),
    Runner(name="splink", module="splink"),
    Runner(name="splink, codes", module="splink", wishes={"text_features": True}),
    Runner(name="dedupe, labels", module="dedupe", labels=LABELS),
)
HEADER = (
    f"{'set':<24}{'runner':<17}{'F1':>8}{'precision':>11}{'recall':>8}{'seconds':>9}{'MiB':>7}"
    f"{'ECE':>7}  estimated precision, recall"
)


def sets_folder() -> Path:
    """Return where the sets are: the shared ones, or the small copies that tests use."""
    return SHARED if SHARED.is_dir() else SMALL


def chosen_sets(folder: Path, only: list[str]) -> list[Path]:
    """Return the folders of sets, all or those named."""
    found = sorted(file.parent for file in folder.glob("*/matches.csv"))
    return [each for each in found if not only or each.name in only]


def row(figure: Figure) -> str:
    """Return a figure as a line of the table."""
    start = f"{figure.set:<24}{figure.runner:<17}"
    if figure.quality is None:
        spent = f"{figure.process_seconds:.0f} s, {figure.peak_bytes / 2**20:.0f} MiB"
        reason = (figure.problem or "").splitlines()[-1]
        return f"{start} failed after {spent}: {reason}"
    found = figure.quality
    error = "" if figure.calibration_error is None else f"{figure.calibration_error:.3f}"
    best = max(figure.f1_at.items(), key=lambda at: at[1], default=None)
    other = f"  F1 {best[1]:.4f} at {best[0]}" if best and best[1] > found.f1 else ""
    guesses = [figure.details.get(name, [None])[0] for name in ("precision", "recall")]
    told = ", ".join(f"{guess:.3f}" for guess in guesses if guess is not None)
    return (
        f"{start}{found.f1:>8.4f}{found.precision:>11.4f}{found.recall:>8.4f}"
        f"{figure.seconds:>9.1f}{figure.peak_bytes / 2**20:>7.0f}{error:>7}  {told}{other}"
    )


def plain(figure: Figure) -> dict[str, object]:
    """Return a figure as plain data, with the shares beside the counts."""
    made = asdict(figure)
    if figure.quality is not None:
        shares = ("precision", "recall", "f1")
        made |= {name: round(getattr(figure.quality, name), 5) for name in shares}
    return made


def main() -> None:
    """Let every runner match every set."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sets", type=Path, default=sets_folder(), help="a folder of sets")
    parser.add_argument("--only", nargs="*", default=[], help="names of sets")
    names = [runner.name for runner in RUNNERS]
    parser.add_argument("--runners", nargs="*", default=names, choices=names)
    parser.add_argument("--seed", type=int, default=7, help="of ids, order and labels")
    parser.add_argument("--seconds", type=float, default=900, help="limit of a run")
    parser.add_argument("--gigabytes", type=float, default=8, help="limit of a run's memory")
    parser.add_argument("--output", type=Path, default=RESULTS)
    arguments = parser.parse_args()
    limits = Limits(seconds=arguments.seconds, bytes=int(arguments.gigabytes * 2**30))
    figures = []
    print(HEADER, flush=True)
    for folder in chosen_sets(arguments.sets, arguments.only):
        truth = hidden(load(folder), arguments.seed)
        for runner in [each for each in RUNNERS if each.name in arguments.runners]:
            figures.append(measure(runner, truth, limits, arguments.seed))
            print(row(figures[-1]), flush=True)
    arguments.output.parent.mkdir(parents=True, exist_ok=True)
    written = {
        "machine": {"cores": os.cpu_count(), "python": platform.python_version()},
        "peers": peers.PINS,
        "seed": arguments.seed,
        "limits": asdict(limits),
        "figures": [plain(figure) for figure in figures],
    }
    arguments.output.write_text(json.dumps(written, indent=2) + "\n")
    print(f"written: {arguments.output}")


if __name__ == "__main__":
    main()
