"""The processes at work, and whoever kills one of them every few seconds."""

from __future__ import annotations

import itertools
import random
import threading
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from soaking.processes import be_scheduler, be_worker, forking

if TYPE_CHECKING:
    from multiprocessing.process import BaseProcess
    from multiprocessing.synchronize import Event

    from soaking.processes import Place

START_SECONDS = 120
MOST_DEATHS = 10
ROLES = {"scheduler": be_scheduler, "worker": be_worker}


@dataclass(frozen=True, kw_only=True)
class Member:
    """One process of the fleet."""

    role: str
    process: BaseProcess
    ready: Event


class Fleet:
    """Schedulers and workers; each that is killed is replaced at once."""

    def __init__(self, place: Place, sizes: dict[str, int], seed: int) -> None:
        self.kills: Counter[str] = Counter()
        self.deaths: list[str] = []
        self._place = place
        self._chance = random.Random(seed)  # noqa: S311
        self._names = itertools.count()
        self._stop = threading.Event()
        self._killer: threading.Thread | None = None
        self._fault: BaseException | None = None
        self._lock = threading.Lock()
        self._members = [self._begin(role) for role, size in sizes.items() for _ in range(size)]

    def wait(self) -> None:
        """Wait until all of them are at work."""
        for member in self._members:
            self.look()
            if not member.ready.wait(START_SECONDS):
                raise SystemExit(f"{member.process.name} did not start")

    def kill_every(self, seconds: float) -> None:
        """Kill one of them at random, with SIGKILL, every so many seconds from now on."""
        self._killer = threading.Thread(target=self._kill_on_and_on, args=(seconds,))
        self._killer.start()

    def spare(self) -> None:
        """Kill no more.

        Raises:
            SystemExit: Whoever kills and replaces had to give up before.
        """
        self._stop.set()
        if self._killer is not None:
            self._killer.join()
        if self._fault is not None:
            raise SystemExit(f"Processes could not be replaced: {self._fault}") from self._fault

    def count(self) -> dict[str, int]:
        """Return how many of each role are at work."""
        with self._lock:
            return dict(Counter(one.role for one in self._members if one.process.is_alive()))

    def look(self) -> None:
        """Note the processes that ended by themselves, which none should, and replace them.

        Raises:
            SystemExit: So many have that something is wrong with all of them.
        """
        if len(self.deaths) > MOST_DEATHS:
            raise SystemExit(f"Processes end by themselves: {self.deaths}")
        with self._lock:
            for member in [one for one in self._members if not one.process.is_alive()]:
                self.deaths.append(f"{member.process.name}: {member.process.exitcode}")
                self._members.remove(member)
                self._members.append(self._begin(member.role))

    def end(self) -> None:
        """End all of them."""
        self._stop.set()
        if self._killer is not None:
            self._killer.join()
        for member in self._members:
            member.process.kill()
            member.process.join()

    def _kill_on_and_on(self, seconds: float) -> None:
        try:
            while not self._stop.wait(seconds):
                self.look()
                self._kill_one()
        except BaseException as error:  # noqa: BLE001  a thread's error is seen by nobody
            self._fault = error

    def _kill_one(self) -> None:
        with self._lock:
            victim = self._members.pop(self._chance.randrange(len(self._members)))
            victim.process.kill()
            victim.process.join()
            self.kills[victim.role] += 1
            self._members.append(self._begin(victim.role))

    def _begin(self, role: str) -> Member:
        name = f"{role}{next(self._names)}"
        context = forking()
        ready = context.Event()
        process = context.Process(target=ROLES[role], args=(self._place, name, ready), name=name)
        process.start()
        return Member(role=role, process=process, ready=ready)
