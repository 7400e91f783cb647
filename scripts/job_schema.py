"""Write docs/reference/job.schema.json, the JSON Schema of conf/jobs/*.yaml."""

from __future__ import annotations

import json
from pathlib import Path

from gluepot.jobs.definitions.schema import job_schema

FILE = Path(__file__).resolve().parent.parent / "docs" / "reference" / "job.schema.json"


def main() -> None:
    """Write the file."""
    FILE.write_text(json.dumps(job_schema(), indent=2, ensure_ascii=False) + "\n")
    print(f"{FILE}: {FILE.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
