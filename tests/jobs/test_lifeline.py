"""What depends on a process ends with it, however that ends."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path

from gluepot.jobs.process import lifeline

HOLDER = """
import sys
from pathlib import Path
from gluepot.jobs.process import lifeline
with lifeline.held(Path(sys.argv[1])) as file:
    print(file, flush=True)
    sys.stdin.read()
"""
DEPENDENT = """
import time
from gluepot.jobs.process import lifeline
lifeline.watch_of_process()
print("at work", flush=True)
time.sleep(600)
"""


def test_a_holder_that_is_killed_takes_along_what_depends_on_it(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as holder:
        assert holder.stdout is not None
        file = Path(holder.stdout.readline().strip())
        with subprocess.Popen(
            [sys.executable, "-c", DEPENDENT],
            stdout=subprocess.PIPE,
            env={lifeline.VARIABLE: str(file)},
            start_new_session=True,
        ) as dependent:
            assert dependent.stdout is not None
            assert dependent.stdout.readline() == b"at work\n"
            assert lifeline.is_held(file)

            holder.kill()

            assert dependent.wait(30) == -15
        assert not lifeline.is_held(file)


def test_a_lifeline_that_is_gone_already_is_lost_at_once(tmp_path: Path) -> None:
    lost = threading.Event()
    with lifeline.held(tmp_path) as file:
        pass

    lifeline.watch(file, lost.set)

    assert lost.is_set()
    assert not lifeline.is_held(file)
