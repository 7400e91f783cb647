"""Write docs/reference/job-parameters.md, the table of Glue's special job parameters."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from gluepot.jobs.parameters.special_parameters import SPECIAL, Effect
from gluepot.jobs.parameters.worker_types import WORKER_TYPES

if TYPE_CHECKING:
    from collections.abc import Iterator

FILE = Path(__file__).resolve().parent.parent / "docs" / "reference" / "job-parameters.md"

HEADS = {
    Effect.APPLIED: "They do here what they do in AWS Glue, with files of the store of `[s3]`.",
    Effect.ALWAYS: "What they switch on is always on; to give them changes nothing.",
    Effect.NONE: "They are taken and kept on record, and change nothing.",
    Effect.REFUSED: "A job or run that has one is refused with `InvalidInputException`.",
}

FIRST = """# Job parameters

Made by `scripts/job_parameters.py` from the table that the code follows; a test compares them.

A job's arguments are pairs, `--name value`. These names are special; every other one is the
script's own, and reaches it unchanged: spaces, quotes, line ends and leading dashes too.
Arguments come from the job (`arguments:` in its YAML file, `DefaultArguments` in the API), the
run's go over them, and `NonOverridableArguments` over both.
"""

SECRETS = """
## Secrets

A value, or a part of one, may refer to a secret:

| reference | what it stands for |
|---|---|
| `{{env:NAME}}` | a variable of the environment in which the worker runs |
| `{{file:/path}}` | the text of a file there, without the line end at its end |
| `{{connection:NAME:PROPERTY}}` | a property of a connection of the catalog: its `PASSWORD` |

The queue, the record, the API and the command line hold the reference. The run's own process
opens it, gives the script what it stands for, and writes `******` in its place in what `print`
and `logging` say, in what the driver's Java code and the programs that a script starts write, in
the error, and in the metrics. What executors log on other machines is not looked through. `--conf`
takes no references, for Spark's settings stand on the command line.

A secret that stands in plain is told by its name (secret, password, token, credential, access
key, api key): it is kept off the command line, hidden by `gluepot run` and in the API's job runs,
and masked as above. The record and the definition have it as it was given, so refer to it instead.
"""


def page() -> str:
    """Return the text of the page."""
    return "\n".join([FIRST, *_parameters(), SECRETS, *_workers()]) + "\n"


def _parameters() -> Iterator[str]:
    for effect, words in HEADS.items():
        yield f"## {effect.capitalize()}\n\n{words}\n"
        yield "| parameter | what it does, or why it does nothing |\n|---|---|"
        for item in sorted(SPECIAL, key=lambda item: item.name.lower()):
            if item.effect is effect:
                yield f"| `--{item.name}` | {item.meaning} |"
        yield ""


def _workers() -> Iterator[str]:
    yield """## Workers

`worker_type` and `number_of_workers` (`WorkerType`, `NumberOfWorkers`) become Spark's settings.
On a cluster each worker but one, the driver's, is an executor; `Standard` has two. On one machine
all workers are one process, with their processors, at most those that `spark.master` gives, and
their memory, at most half the machine's; the log says what was left out. Without either,
`spark.master` decides alone.

| type | DPU | processors | memory of a worker | heap of an executor |
|---|---|---|---|---|"""
    for name, kind in WORKER_TYPES.items():
        yield (
            f"| {name} | {kind.units:g} | {kind.cores} | {kind.memory_gb} GB | {kind.heap_gb} GB |"
        )


def main() -> None:
    """Write the page."""
    FILE.write_text(page())
    print(f"{FILE}: {FILE.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
