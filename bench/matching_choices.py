"""What each choice of design is worth: matching with one thing changed, on every set.

Run: ``python bench/matching_choices.py [--sets FOLDER ...] [--only NAME ...] [--choice NAME=VALUES
...]``. A choice is an option of ``MatchOptions`` (``accuracy_cost=0,1``) or a constant of a module
of ``gluepot.transforms.matching`` (``options.KEY_BUDGET=250,4000``); values are Python literals,
and what stands in the code is always measured, too. Prints F1 of each value on each set, and,
leaving one set out at a time, which value the others would choose and what it costs the one left
out: a choice that is right only where it was found out shows there. Writes
``bench/results/matching_choices.json``.
"""

from __future__ import annotations

import argparse
import ast
import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from matching import chosen_sets, sets_folder
from matching_runs.measuring import Limits, Runner, measure
from matching_runs.sets import hidden, load

if TYPE_CHECKING:
    from collections.abc import Iterator

    from matching_runs.sets import TruthSet

RESULTS = Path(__file__).parent / "results" / "matching_choices.json"
AS_IT_IS = "as it is"
CHOICES = (
    "accuracy_cost=0.0,1.0",
    "precision_recall=0.4,0.6",
    "options.KEY_BUDGET=250,4000",
)
LIMITS = Limits(seconds=900, bytes=8 * 2**30)

Scores = dict[str, dict[str, float]]


@dataclass(frozen=True, kw_only=True)
class Change:
    """One value of one choice; without a name nothing is changed."""

    name: str = ""
    value: Any = None

    def __str__(self) -> str:
        return f"{self.name}={self.value!r}" if self.name else AS_IT_IS

    def wishes(self) -> dict[str, Any]:
        """Return what the runner is asked for."""
        if not self.name:
            return {}
        kind = "constants" if "." in self.name else "options"
        return {kind: {self.name: self.value}}


def changes(choice: str) -> Iterator[Change]:
    """Yield the values of a choice, each as a change.

    >>> [str(change) for change in changes("accuracy_cost=0,1")]
    ['accuracy_cost=0', 'accuracy_cost=1']
    """
    name, _, values = choice.partition("=")
    for value in ast.literal_eval(f"[{values}]"):
        yield Change(name=name, value=value)


def scores(sets: list[TruthSet], wanted: list[Change], seed: int) -> Scores:
    """Return F1 by change and set; a run that fails counts 0, and says why."""
    found: Scores = {}
    for change in wanted:
        runner = Runner(name=str(change), module="gluepot", wishes=change.wishes())
        for truth in sets:
            figure = measure(runner, truth, LIMITS, seed)
            if figure.quality is None:
                print(f"{truth.name}, {change}: {figure.problem}")
            f1 = figure.quality.f1 if figure.quality else 0.0
            found.setdefault(str(change), {})[truth.name] = round(f1, 4)
        print(line(str(change), found[str(change)]), flush=True)
    return found


def line(name: str, shares: dict[str, float]) -> str:
    """Return one row of the table, its mean last."""
    mean = sum(shares.values()) / len(shares)
    return f"{name:<34}" + "".join(f"{share:>9.4f}" for share in [*shares.values(), mean])


def left_out(found: Scores, names: list[str]) -> dict[str, dict[str, float | str]]:
    """Return for each set what the other sets would choose, and what the set loses by it.

    Args:
        found: F1 by change and set.
        names: The changes that compete, what stands in the code among them.
    """
    made: dict[str, dict[str, float | str]] = {}
    for one in found[AS_IT_IS]:
        others = [name for name in found[AS_IT_IS] if name != one]
        if others:
            chosen = max(names, key=lambda each: sum(found[each][name] for name in others))
            loss = max(found[each][one] for each in names) - found[chosen][one]
            made[one] = {"chosen": chosen, "loss": round(loss, 4)}
    return made


def main() -> None:
    """Measure every choice."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sets", type=Path, nargs="+", default=[sets_folder()])
    parser.add_argument("--only", nargs="*", default=[], help="names of sets")
    parser.add_argument("--choice", nargs="*", default=list(CHOICES), help="NAME=VALUE,VALUE")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--output", type=Path, default=RESULTS)
    arguments = parser.parse_args()
    folders = [each for folder in arguments.sets for each in chosen_sets(folder, arguments.only)]
    sets = [hidden(load(folder), arguments.seed) for folder in folders]
    print(f"{'':<34}" + "".join(f"{each.name[:8]:>9}" for each in sets) + f"{'mean':>9}")
    found = scores(sets, [Change()], arguments.seed)
    table = {}
    for choice in arguments.choice:
        own = list(changes(choice))
        found |= scores(sets, own, arguments.seed)
        table[choice] = left_out(found, [AS_IT_IS, *map(str, own)])
    for choice, by_set in table.items():
        for name, told in by_set.items():
            print(f"{choice}: without {name} {told['chosen']}, loses {told['loss']}")
    arguments.output.parent.mkdir(parents=True, exist_ok=True)
    written = {"seed": arguments.seed, "f1": found, "left_out": table}
    arguments.output.write_text(json.dumps(written, indent=2) + "\n")
    print(f"written: {arguments.output}")


if __name__ == "__main__":
    main()
