"""Looks at recipes: asked for at once, answered later by one process with a warm Spark session."""

from __future__ import annotations

import atexit
import contextlib
import hashlib
import json
import subprocess
import sys
import threading
import time
import weakref
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from gluepot.catalog.errors import GluepotError
from gluepot.jobs.parameters.facts import to_conf
from gluepot.launching import launch_settings
from gluepot.spark_session import settings_conf

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gluepot.services import Services

ROWS = 20
SAMPLE = 1000
"""Rows that are shown of each step, and read of the table."""
KEPT = 64
"""Answers that are kept for whoever comes back."""
FRESH, FRESH_ERROR = 300.0, 5.0
"""Seconds for which an answer is shown again: tables change, and faults pass."""
LONGEST = 180.0
"""Seconds after which a look is given up, and its process ended."""
IDLE = 600.0
"""Seconds after which a process that nobody asks is ended; its session takes much memory."""
LOG = "preview.log"
_COMMAND = (sys.executable, "-m", "gluepot.preview_child")
_DIED = "The process that looks at rows has ended; {log} may say why. Try again"


@dataclass(kw_only=True)
class Look:
    """One look at a recipe.

    Attributes:
        order: What is asked of the process.
        since: When it was asked for; ``time.monotonic``.
        done_at: When it was answered; None before.
        answer: ``shown``, a list of the source and each step, or ``error``.
    """

    order: Mapping[str, Any]
    since: float = field(default_factory=time.monotonic)
    done_at: float | None = None
    answer: Mapping[str, Any] = field(default_factory=dict)

    @property
    def is_stale(self) -> bool:
        """Tell whether it was answered too long ago to be shown again."""
        if self.done_at is None:
            return False
        lasts = FRESH_ERROR if "error" in self.answer else FRESH
        return time.monotonic() - self.done_at > lasts


class Previewer:
    """Answers looks one after the other; of those that wait only the newest matters."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._lock = threading.Condition()
        self._looks: OrderedDict[str, Look] = OrderedDict()
        self._waiting: Look | None = None
        self._process: subprocess.Popen[str] | None = None
        self._thread: threading.Thread | None = None

    def look(self, yaml: str, *, user: str | None) -> Look:
        """Return the look at a job's text, which is begun now if nobody has looked before.

        Args:
            yaml: The job's file.
            user: Whose policies decide about tables; None may read all.
        """
        roots = self._services.settings.file_roots
        order = {
            "yaml": yaml,
            "user": user,
            "rows": ROWS,
            "sample": SAMPLE,
            "allowed": [str(each) for each in roots.allowed],
            "hidden": [str(each) for each in roots.hidden],
        }
        key = hashlib.sha256(json.dumps(order).encode()).hexdigest()
        with self._lock:
            found = self._looks.get(key)
            if found is None or found.is_stale:
                found = self._looks[key] = Look(order=order)
                while len(self._looks) > KEPT:
                    self._looks.popitem(last=False)
                self._pass_over()
                self._waiting = found
                self._work()
            self._looks.move_to_end(key)
            return found

    @property
    def is_warm(self) -> bool:
        """Tell whether the session is there already."""
        return self._process is not None

    def close(self) -> None:
        """End the process."""
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.communicate()

    def _pass_over(self) -> None:
        passed = self._waiting
        if passed is not None:
            # Whoever asked for it looks at another state of the recipe by now.
            for key in [key for key, look in self._looks.items() if look is passed]:
                del self._looks[key]

    def _work(self) -> None:
        if self._thread is None or not self._thread.is_alive():
            self._thread = threading.Thread(target=self._run, name="previews", daemon=True)
            self._thread.start()
        self._lock.notify()

    def _run(self) -> None:
        while True:
            with self._lock:
                if self._waiting is None and not self._lock.wait(IDLE) and self._waiting is None:
                    self.close()
                    self._thread = None
                    return
                look, self._waiting = self._waiting, None
            if look is not None:
                look.answer = self._answered(look)
                look.done_at = time.monotonic()

    def _answered(self, look: Look) -> Mapping[str, Any]:
        try:
            process = self._process or self._started()
            return self._asked(process, json.dumps(look.order))
        except GluepotError as error:
            return {"error": str(error)}
        except (OSError, ValueError):  # It has ended, or its pipes were closed meanwhile.
            self.close()
            return {"error": _DIED.format(log=self._services.settings.home / LOG)}

    def _started(self) -> subprocess.Popen[str]:
        services = self._services
        conf = settings_conf(services, {"spark.master": "local[2]", "spark.ui.enabled": "false"})
        facts = to_conf(launch_settings(services).facts)
        with (services.settings.home / LOG).open("ab") as log:
            process = subprocess.Popen(  # noqa: S603 - our own module
                _COMMAND, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True
            )
        self._process = process
        self._asked(process, json.dumps({"facts": facts, "conf": conf}))
        return process

    def _asked(self, process: subprocess.Popen[str], line: str) -> Mapping[str, Any]:
        """Return the answer to a line.

        Raises:
            OSError: The process has ended, or was ended, for it took too long.
        """
        if process.stdin is None or process.stdout is None:
            raise AssertionError("both are pipes")
        timer = threading.Timer(LONGEST, process.kill)
        timer.daemon = True
        timer.start()
        try:
            process.stdin.write(line + "\n")
            process.stdin.flush()
            said = process.stdout.readline()
        finally:
            timer.cancel()
        if not said:
            raise BrokenPipeError
        found: Mapping[str, Any] = json.loads(said)
        return found


_PREVIEWERS: weakref.WeakKeyDictionary[Services, Previewer] = weakref.WeakKeyDictionary()
_LOCK = threading.Lock()


def previewer_of(services: Services) -> Previewer:
    """Return the one previewer of a server."""
    with _LOCK:
        if services not in _PREVIEWERS:
            _PREVIEWERS[services] = Previewer(services)
        return _PREVIEWERS[services]


@atexit.register
def _close_all() -> None:
    for each in list(_PREVIEWERS.values()):
        with contextlib.suppress(OSError):
            each.close()
