"""Which files have changed: by their times and sizes, asked now and then."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

_State = tuple[int, int]


@dataclass(kw_only=True)
class Watch:
    """Looks at a file, or at a folder with all that is below it.

    Attributes:
        place: The file or folder; it need not be there.
    """

    place: Path
    _seen: Mapping[str, _State] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._seen = dict(_states(str(self.place)))

    def changed(self) -> list[str]:
        """Return the files that are new, gone or other than at the last look, in order."""
        now = dict(_states(str(self.place)))
        before, self._seen = self._seen, now
        return sorted(name for name in {*before, *now} if before.get(name) != now.get(name))


def _states(place: str) -> Iterator[tuple[str, _State]]:
    """Yield what can be read of a tree that may change meanwhile; hidden files are left out."""
    try:
        state = os.stat(place)  # noqa: PTH116 - a thousand Paths take longer than their files
        names = os.listdir(place)  # noqa: PTH208
    except NotADirectoryError:
        yield place, (state.st_mtime_ns, state.st_size)
    except FileNotFoundError:
        return
    else:
        for name in names:
            if not name.startswith((".", "__pycache__")):
                yield from _states(f"{place}/{name}")
