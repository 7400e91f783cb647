"""What starts with every job is imported for every job: it takes seconds on a small machine."""

from __future__ import annotations

import subprocess
import sys

SELDOM = {
    "alembic",
    "boto3",
    "botocore",
    "pandas",
    "psycopg",
    "pyarrow",
    "pyspark",
}


def test_a_driver_imports_nothing_that_its_job_may_not_need() -> None:
    program = f"import sys, gluepot.jobs.process.child; print(sorted({SELDOM} & set(sys.modules)))"

    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)

    assert done.stdout == b"[]\n"
