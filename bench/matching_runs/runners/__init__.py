"""Who matches: each module has ``run(folder) -> Found`` and imports what only it needs."""

from __future__ import annotations
