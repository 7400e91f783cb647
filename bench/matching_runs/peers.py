"""The peers' Python: a virtual environment of their own, so that their needs are not ours."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path

PINS = (
    "splink==4.0.17",
    "dedupe==3.0.3",
    "duckdb==2.0.1",
    "pandas==3.1.1",
    "numpy==2.4.6",
    "scikit-learn==1.9.1",
    "BTrees==6.0",  # dedupe calls what later ones no longer have
    "zope.index==6.1",
)


def python() -> str:
    """Return the peers' interpreter; it is made first where there is none of these versions.

    Raises:
        subprocess.CalledProcessError: The packages cannot be installed.
    """
    cache = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "gluepot-bench"
    version = hashlib.sha256(" ".join([sys.version, *PINS]).encode()).hexdigest()[:12]
    home, ready = cache / f"matching-{version}", cache / f"matching-{version}" / "ready"
    if not ready.exists():
        subprocess.run([sys.executable, "-m", "venv", home], check=True)  # noqa: S603 - ours
        command = [home / "bin" / "python", "-m", "pip", "install", "--quiet", *PINS]
        subprocess.run(command, check=True)  # noqa: S603 - our own arguments
        ready.touch()
    return str(home / "bin" / "python")
