"""A clock that all processes of one machine share, and that runs faster than time."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, kw_only=True)
class FastClock:
    """It showed ``origin`` when ``time.time()`` was ``began``; it goes ``speed`` times as fast."""

    origin: datetime
    began: float
    speed: float

    def __call__(self) -> datetime:
        """Return what it shows."""
        return self.origin + timedelta(seconds=(time.time() - self.began) * self.speed)

    def lasting(self, seconds: float) -> timedelta:
        """Return what goes by on it in so many seconds."""
        return timedelta(seconds=seconds * self.speed)
