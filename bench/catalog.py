"""Catalog: gluepot's server on SQLite and on PostgreSQL beside moto's, over HTTP, in one run.

    python bench/catalog.py                  the sizes of the documentation: about an hour
    python bench/catalog.py --quick          a minute; the figures say little
    python bench/catalog.py --systems postgresql --partitions 10000000

Each system gets the same bytes from the same client: tables and partitions are made, 100 of many
partitions looked up by an expression, all of them listed, a table with many versions updated,
single tables read, and everything at once by many clients. An exponent says how a time grows with
the size (0 is not at all, 1 is as a scan). moto evaluates expressions in Python over all of a
table's partitions, so it gets smaller tables; the report says which.
"""

from __future__ import annotations

import argparse
import json
import math
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from serving.servers import gluepot_on_postgresql, gluepot_on_sqlite, machine, moto
from serving.steps import Sizes, measure

if TYPE_CHECKING:
    from collections.abc import Sequence

RESULTS = Path(__file__).parent / "results"
FULL = Sizes(
    tables=10_000,
    partitions=(20_000, 100_000, 1_000_000),
    versions=1_000,
    points=5_000,
    clients=32,
    seconds=60,
)
QUICK = Sizes(tables=200, partitions=(1_000, 4_000), versions=50, points=200, clients=32, seconds=3)
MOST_FOR_MOTO = 20_000


def exponent(rows: Sequence[dict[str, Any]], figure: str) -> float | None:
    """Return how a figure grows from the smallest to the largest table."""
    first, last = rows[0], rows[-1]
    if first["partitions"] == last["partitions"]:
        return None
    growth = math.log(last["partitions"] / first["partitions"])
    return round(math.log(last[figure] / first[figure]) / growth, 3)


def grown(found: dict[str, Any]) -> dict[str, Any]:
    """Return the figures of a system with its exponents."""
    return found | {
        "look_up_exponent": exponent(found["look_up"], "p50_ms"),
        "list_all_exponent": exponent(found["list_all"], "seconds"),
    }


def lines(found: dict[str, Any]) -> list[tuple[str, str]]:
    """Return what is printed of a system: a name, and its figure."""
    tables, update, mixed = found["create_tables"], found["update"], found["mixed"]
    rows = [(f"create {tables['tables']:,} tables", f"{tables['requests_per_second']:,.0f}/s")]
    for item in found["register"]:
        name = f"register {item['partitions']:,} partitions"
        rows.append((name, f"{item['partitions_per_second']:,.0f}/s"))
    rows += [
        (f"100 of {item['partitions']:,} partitions", _both(item)) for item in found["look_up"]
    ]
    rows.append(("  grows with exponent", str(found["look_up_exponent"])))
    for item in found["list_all"]:
        told = f"{item['seconds']:.2f} s, peak {item['memory_peak_mb']:.0f} MB"
        rows.append((f"list {item['partitions']:,} partitions", told))
    rows.append(("  grows with exponent", str(found["list_all_exponent"])))
    told = f"{update['first_tenth_p50_ms']} ms at first, {update['last_tenth_p50_ms']} at last"
    rows.append((f"update a table {update['versions']:,} times", told))
    for name, key in (("GetTable, one client", "one_client"), ("eight clients", "eight_clients")):
        item = found["get_table"][key]
        rows.append((name, f"{_both(item)}, {item['requests_per_second']:,.0f}/s"))
    rows.append(("GetTable by boto3", _both(found["get_table_by_boto3"])))
    told = f"{_both(mixed)}, {mixed['requests_per_second']:,.0f}/s"
    rows.append((f"{mixed['clients']} clients mixed, {mixed['wall_seconds']:.0f} s", told))
    rows.append(("  failed", f"{mixed['failures']:,} of {mixed['requests']:,} requests"))
    rows += [(f"  {name}", _both(item)) for name, item in mixed["operations"].items()]
    rows.append(("  the client's share of a core", f"{mixed['client_cpu_share']:.0%}"))
    return rows


def _both(item: dict[str, Any]) -> str:
    return f"p50 {item['p50_ms']:.2f} ms, p99 {item['p99_ms']:.2f} ms"


def options() -> argparse.Namespace:
    """Return the command line."""
    parser = argparse.ArgumentParser(description="Catalog: gluepot's server beside moto's.")
    parser.add_argument("--quick", action="store_true", help="small sizes")
    parser.add_argument("--systems", default="sqlite,postgresql,moto", help="which of them")
    parser.add_argument("--postgresql", help="the URL of an empty database to use")
    parser.add_argument("--tables", type=int)
    parser.add_argument("--partitions", help="sizes of tables, such as 20000,100000")
    parser.add_argument("--versions", type=int)
    parser.add_argument("--points", type=int, help="how many single tables are read")
    parser.add_argument("--clients", type=int)
    parser.add_argument("--seconds", type=float, help="how long many clients work")
    parser.add_argument("--moto-partitions", type=int, default=MOST_FOR_MOTO, help="at most")
    parser.add_argument("--output", type=Path, default=RESULTS / "catalog.json")
    return parser.parse_args()


def chosen_sizes(given: argparse.Namespace) -> Sizes:
    """Return the sizes of this run."""
    changed = {
        key: getattr(given, key)
        for key in ("tables", "versions", "points", "clients", "seconds")
        if getattr(given, key) is not None
    }
    if given.partitions:
        changed["partitions"] = tuple(sorted(int(size) for size in given.partitions.split(",")))
    return replace(QUICK if given.quick else FULL, **changed)


def main() -> None:
    """Measure each system and report."""
    given = options()
    sizes = chosen_sizes(given)
    within = tuple(size for size in sizes.partitions if size <= given.moto_partitions)
    small = replace(sizes, partitions=within or (given.moto_partitions,))
    systems = {
        "sqlite": (gluepot_on_sqlite, sizes),
        "postgresql": (lambda: gluepot_on_postgresql(given.postgresql), sizes),
        "moto": (moto, small),
    }
    found = []
    for key in given.systems.split(","):
        start, wanted = systems[key]
        with start() as system:
            print(f"== {system.name}", flush=True)
            found.append(grown(measure(system, wanted)))
            for name, told in lines(found[-1]):
                print(f"  {name:<34}{told}", flush=True)
    given.output.parent.mkdir(exist_ok=True)
    report = {"machine": machine(), "systems": found}
    given.output.write_text(json.dumps(report, indent=2) + "\n")


if __name__ == "__main__":
    main()
