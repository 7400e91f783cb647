"""AWS Glue's workers: what each has, and the Spark settings that give a job as much here."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, kw_only=True)
class WorkerType:
    """One kind of worker.

    Attributes:
        units: Data processing units.
        cores: Virtual processors.
        memory_gb: Of the worker.
        executors: Spark executors that share it.
    """

    units: float
    cores: int
    memory_gb: int
    executors: int = 1

    @property
    def heap_gb(self) -> int:
        """Return the heap of one executor: ten of a worker's sixteen parts, as Glue gives it."""
        return max(1, self.memory_gb * 10 // 16 // self.executors)


WORKER_TYPES: Mapping[str, WorkerType] = {
    "Standard": WorkerType(units=1.0, cores=4, memory_gb=16, executors=2),
    "G.025X": WorkerType(units=0.25, cores=2, memory_gb=4),
    **{
        f"{letter}.{size}X": WorkerType(
            units=float(size), cores=4 * size, memory_gb=(32 if letter == "R" else 16) * size
        )
        for letter, sizes in (("G", (1, 2, 4, 8, 12, 16)), ("R", (1, 2, 4, 8)), ("Z", (2,)))
        for size in sizes
    },
}
"""Source: Glue API reference, Job: WorkerType. R has twice the memory of G."""

DEFAULT_TYPE = "G.1X"
DEFAULT_WORKERS = 10


@dataclass(frozen=True, kw_only=True)
class Capacity:
    """What a run may use.

    Attributes:
        workers: The driver's own worker is one of them.
        kind: Of each.
    """

    workers: int
    kind: WorkerType

    @property
    def executors(self) -> int:
        """Return how many executors there are beside the driver; at least one."""
        return max(1, self.workers - 1) * self.kind.executors


def capacity_of(members: Mapping[str, Any]) -> Capacity | None:
    """Return the capacity that a job or run states, or None where it states none.

    ``MaxCapacity`` counts in workers of one unit.
    """
    named = members.get("WorkerType")
    if named is not None or "NumberOfWorkers" in members:
        kind = WORKER_TYPES.get(named or DEFAULT_TYPE, WORKER_TYPES[DEFAULT_TYPE])
        return Capacity(workers=members.get("NumberOfWorkers", DEFAULT_WORKERS), kind=kind)
    units = members.get("MaxCapacity") or members.get("AllocatedCapacity")
    if units is None:
        return None
    return Capacity(workers=max(1, int(units)), kind=WORKER_TYPES[DEFAULT_TYPE])


def spark_settings(capacity: Capacity, *, master: str, cores: int | None = None) -> dict[str, str]:
    """Return the Spark settings that give a run its capacity.

    A cluster is asked for executors of that size. On one machine all workers are one process: it
    gets their cores, at most those of the machine, and their heaps, at most half its memory.

    Args:
        capacity: What the run may use.
        master: Where it runs.
        cores: Of each executor, if somebody says so.
    """
    kind = capacity.kind
    if master.startswith("local"):
        wanted = capacity.workers * kind.cores
        most = local_cores(master)
        heap = min(capacity.workers * kind.heap_gb * kind.executors, machine_memory_gb() // 2)
        return {
            "spark.master": f"local[{min(wanted, most)}]",
            "spark.driver.memory": f"{max(1, heap)}g",
        }
    each = cores or max(1, kind.cores // kind.executors)
    found = {
        "spark.driver.memory": f"{kind.heap_gb}g",
        "spark.executor.memory": f"{kind.heap_gb}g",
        "spark.executor.cores": str(each),
        "spark.executor.instances": str(capacity.executors),
    }
    if master.startswith("spark://"):  # a standalone cluster counts cores, not executors
        found["spark.cores.max"] = str(each * capacity.executors)
    return found


def cut_to_machine(capacity: Capacity, *, master: str) -> str | None:
    """Return what of a capacity this machine does not have, in words; None where it has all."""
    wanted = capacity.workers * capacity.kind.cores
    if not master.startswith("local") or wanted <= local_cores(master):
        return None
    return (
        f"{capacity.workers} workers of Glue have {wanted} processors; the run has the"
        f" {local_cores(master)} that {master} gives it on this machine"
    )


def local_cores(master: str) -> int:
    """Return how many processors ``local``, ``local[2]`` or ``local[*]`` stands for."""
    inside = master.partition("[")[2].partition("]")[0].partition(",")[0]
    if not inside:
        return 1
    return machine_cores() if inside == "*" else int(inside)


def machine_cores() -> int:
    """Return how many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def machine_memory_gb() -> int:
    """Return the memory of this machine."""
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2**30
