"""The process that looks at recipes: one Spark session, and an answer for each line it is asked.

python -m gluepot.preview_child

The first line of its input has facts and Spark's settings, each further one an order; each line
of its output is an answer, the first of them to say that the session is there. It ends with its
input, and so with whoever asks.
"""

from __future__ import annotations

import json
import logging
import os
import sys
import uuid
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pyspark.errors import PySparkException

from gluepot.catalog.access.resources import Place
from gluepot.catalog.errors import GluepotError
from gluepot.crawlers.sources.objects import FILE_SCHEME
from gluepot.crawlers.sources.roots import FileRoots
from gluepot.jobs.definitions.marked_yaml import parse_document
from gluepot.jobs.definitions.pipeline import parse_pipeline
from gluepot.jobs.parameters.facts import from_conf
from gluepot.jobs.pipelines.preview import preview
from gluepot.jobs.pipelines.sources import describe_source
from gluepot.jobs.run_context.acting import act_as
from gluepot.jobs.run_context.stores import Stores
from gluepot.jobs.run_context.workshop import open_workshop
from gluepot.jobs.runs.failure import brief
from gluepot.services import utc_now

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import TextIO

    from pyspark.sql import SparkSession

    from gluepot.jobs.definitions.pipeline import Pipeline
    from gluepot.jobs.parameters.facts import JobFacts
    from gluepot.jobs.run_context.workshop import Workshop


_FILES_AS_TABLES = "spark.sql.runSQLOnFiles"


def main() -> int:
    """Answer until the input ends, and return the exit code."""
    # Spark and what it starts write to standard output as they like: answers have one of their own.
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    first: Mapping[str, Mapping[str, str]] = json.loads(sys.stdin.readline())
    known = first["facts"]
    facts = from_conf(lambda name, default: known.get(name, default))  # noqa: PLW0108 - overloaded
    spark = _session(first["conf"])
    _tell(answers, {"ready": True})
    for line in sys.stdin:
        _tell(answers, answer(spark, facts, json.loads(line)))
    spark.stop()
    return 0


def answer(spark: SparkSession, facts: JobFacts, order: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the source and each step of a job give on a sample, or why they cannot.

    Args:
        spark: Any session.
        facts: Where everything is.
        order: ``yaml``, the job's text; ``user``, whose policies decide, or None; ``rows`` and
            ``sample`` as for ``preview``; ``allowed`` and ``hidden`` as in ``FileRoots``.
    """
    try:
        pipeline = parse_pipeline(parse_document(Path("recipe"), order["yaml"]))
        workshop = open_workshop(
            facts, job_name=pipeline.name, run_id=f"preview-{uuid.uuid4()}", clock=utc_now
        )
        if order["user"] is not None:
            place = Place(account_id=facts.account_id, region=facts.region)
            workshop = act_as(workshop, order["user"], place=place)
        workshop = replace(workshop, stores=Stores(facts.s3, _roots(order)))
        _check_logs(workshop, pipeline)
        session = workshop.attach(spark)
        found = preview(session, pipeline, workshop, rows=order["rows"], sample=order["sample"])
        return {"shown": [asdict(each) for each in found]}
    except (GluepotError, PySparkException) as error:
        return {"error": brief(error)}


def _roots(order: Mapping[str, Any]) -> FileRoots:
    allowed, hidden = (tuple(map(Path, order[key])) for key in ("allowed", "hidden"))
    return FileRoots(allowed=allowed, hidden=hidden)


def _check_logs(workshop: Workshop, pipeline: Pipeline) -> None:
    """Check where tables lie of whose files no store makes a list: their logs have it."""
    roots = workshop.stores.roots
    for alias, spec in pipeline.sources.items():
        found = describe_source(alias, spec, workshop)
        if found is not None and roots is not None and found.root.startswith(FILE_SCHEME):
            roots.check(found.root)


def _session(conf: Mapping[str, str]) -> SparkSession:
    from pyspark.sql import SparkSession  # noqa: PLC0415 - takes a second

    # An expression of a step could read any file by "SELECT * FROM text.`/path`".
    builder = SparkSession.builder.appName("gluepot preview").config(_FILES_AS_TABLES, "false")
    for key, value in conf.items():
        builder = builder.config(key, value)
    # A session built in Python takes its workers' interpreter from the variable alone.
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    session = builder.getOrCreate()
    session.sparkContext.setLogLevel("ERROR")
    logging.getLogger("SQLQueryContextLogger").setLevel(logging.CRITICAL)
    return session


def _tell(answers: TextIO, said: Mapping[str, Any]) -> None:
    answers.write(json.dumps(said, default=str) + "\n")
    answers.flush()


if __name__ == "__main__":
    sys.exit(main())
