"""Reading no faster than one may: so many units of capacity a second."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


class Pacer:
    """Holds a reader back until what it has spent would have come in."""

    def __init__(
        self,
        units_per_second: float,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """Make one for a rate, over 0; clock and sleep are in seconds."""
        self._rate = units_per_second
        self._clock = clock
        self._sleep = sleep
        self._paid_until = clock()

    def wait(self) -> None:
        """Return once all that was spent is paid for."""
        missing = self._paid_until - self._clock()
        if missing > 0:
            self._sleep(missing)

    def spend(self, units: float) -> None:
        """Count units as spent."""
        self._paid_until = max(self._paid_until, self._clock()) + units / self._rate
