"""A page is followed as a reader would: its files written, its commands run, in its order."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tests.servers.process import free_port

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from tests.docs.blocks import Block

RUN = ("sh", "console", "python")
"""Languages whose blocks are run."""
SERVER = "127.0.0.1:8470"
PREAMBLE = """
set -u
trap 'trap "" TERM; kill 0; wait' EXIT
"""
WAIT = """
tries=0
until (exec 3<>/dev/tcp/127.0.0.1/{port}) 2>/dev/null; do
  tries=$((tries + 1))
  kill -0 $! 2>/dev/null && [ $tries -lt 900 ] || {{
    echo "nobody listens on port {port}" >>"$HERE/.blocks/{number}.out"; exit 97; }}
  sleep 0.1
done
"""


@dataclass(frozen=True, kw_only=True)
class Step:
    """What one block is to the shell: a piece of the page's script, and what it must say."""

    block: Block
    code: str
    said: str | None


def follow(
    blocks: Sequence[Block],
    folder: Path,
    variables: Mapping[str, str],
    places: Mapping[str, str] | None = None,
) -> None:
    """Write the files of a page and run its commands, all in one shell.

    Args:
        blocks: Those of one page, in its order.
        folder: Where it is followed; made by the caller.
        variables: What the shell has in its environment beside the machine's own.
        places: Where things are that the page says are elsewhere, by what it says.

    Raises:
        AssertionError: A block ended with another code than it should, or said something else.
    """
    port = free_port()
    steps = list(_steps(blocks, {SERVER: f"127.0.0.1:{port}", **(places or {})}))
    (folder / ".blocks").mkdir()
    script = PREAMBLE + "".join(_piece(number, step, port) for number, step in enumerate(steps))
    environment = _environment(port) | dict(variables)
    faults = _ended(script, folder, environment)
    for number, step in enumerate(steps):
        out = folder / ".blocks" / f"{number}.out"
        said = out.read_text(errors="replace") if out.is_file() else "(it was not reached)"
        last = f"{said}\n{faults}"
        assert (folder / ".blocks" / f"{number}.ok").is_file(), f"{step.block.name}:\n{last}"
        if step.said is not None:
            assert matches(step.said, said), f"{step.block.name} says:\n{said}"


def _ended(script: str, folder: Path, environment: Mapping[str, str]) -> str:
    """Run a page's script until it and all that it has started has ended; return its faults."""
    with subprocess.Popen(
        ["/bin/bash", "-c", script],
        cwd=folder,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as shell:
        try:
            return shell.communicate()[1]
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(shell.pid, signal.SIGKILL)


def _steps(blocks: Sequence[Block], places: Mapping[str, str]) -> Iterator[Step]:
    for number, block in enumerate(blocks):
        here = block.text
        for named, place in places.items():
            here = here.replace(named, place)
        if "not run" in block.marks:
            continue
        if block.file is not None:
            yield Step(block=block, code=_written(block.file, here), said=None)
        elif block.language == "python":
            yield Step(block=block, code=f"{_written('.blocks/block.py', here)}{PYTHON}", said=None)
        elif block.language == "console":
            code, shown = console(here)
            yield Step(block=block, code=code, said=shown)
        elif block.language == "sh":
            after = blocks[number + 1] if number + 1 < len(blocks) else None
            said = after.text if after and after.language == "text" and not after.marks else None
            yield Step(block=block, code=here, said=said)


PYTHON = "python .blocks/block.py\n"


def _written(file: str, text: str) -> str:
    folder = Path(file).parent
    return f"mkdir -p {folder}\ncat >{file} <<'END_OF_BLOCK'\n{text}END_OF_BLOCK\n"


def _piece(number: int, step: Step, port: int) -> str:
    out = f".blocks/{number}.out"
    at = f'"$HERE/{out}"'
    if "background" in step.block.marks:
        wait = WAIT.format(port=port, number=number)
        # A test is nobody's server: it answers this machine alone.
        code = step.code.strip().replace("--host 0.0.0.0", "--host 127.0.0.1")
        return f"HERE=${{HERE:-$PWD}}\n{{ {code}\n}} >{at} 2>&1 &\n{wait}{_ok(number)}"
    wanted = int(step.block.marks.get("exit code", "0"))
    strict = "set -e\n" if wanted == 0 else ""
    return (
        f"HERE=${{HERE:-$PWD}}\n{strict}{{\n{step.code}}} >{at} 2>&1\ncode=$?\nset +e\n"
        f"[ $code = {wanted} ] || {{ echo exit code $code >>{at}; exit 98; }}\n{_ok(number)}"
    )


def _ok(number: int) -> str:
    return f'touch "$HERE/.blocks/{number}.ok"\n'


def _environment(port: int) -> dict[str, str]:
    kept = {
        key: value
        for key, value in os.environ.items()
        if not key.startswith(("GLUEPOT", "AWS_", "PYTEST"))
    }
    return kept | {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "GLUEPOT_SERVER__PORT": str(port),
        "AWS_EC2_METADATA_DISABLED": "true",
        "COLUMNS": "200",
        "NO_COLOR": "1",
    }


def console(text: str) -> tuple[str, str]:
    """Return the commands of a session, and what it shows them to say."""
    lines = text.splitlines(keepends=True)
    code = [line[2:] for line in lines if line.startswith("$ ")]
    return "".join(code), "".join(line for line in lines if not line.startswith("$ "))


def matches(shown: str, said: str) -> bool:
    """Say whether a page shows what was said; ``...`` stands for anything, blanks are all alike."""
    words = [re.escape(" ".join(part.split())) for part in shown.split("...")]
    pattern = r"\s*.*?\s*".join(word.replace(r"\ ", r"\s+") for word in words)
    return re.search(pattern, " ".join(said.split()), re.DOTALL) is not None
