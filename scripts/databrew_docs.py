"""Write docs/reference/databrew.md: the operations of recipes that are imported."""

from __future__ import annotations

from pathlib import Path

from gluepot.jobs.databrew.conditions import CONDITIONS
from gluepot.jobs.databrew.expressions import EXPRESSIONS
from gluepot.jobs.databrew.operations import OPERATIONS

PAGE = Path(__file__).resolve().parent.parent / "docs" / "reference" / "databrew.md"

HEAD = """# DataBrew recipes

Made by `scripts/databrew_docs.py`; do not edit it.

`gluepot job import-recipe RECIPE.json --source database.table --sink s3://bucket/folder` prints a
pipeline that does what the recipe does. The recipe is a JSON list of steps, or what
`describe-recipe` answers. An operation, parameter or condition that is not in these tables is
refused by its name and line: nothing is left out silently.

What to know:

- A value is missing when it is null or an empty text.
- Numbers and times are read of texts; what is none is null, not an error.
- Positions count characters that come before: from 3 to 9 are the 4th to the 9th.
- Without a `targetColumn` the column itself changes, also for functions.
- Where an action has conditions, a new column is null in rows for which they do not hold.
- Not imported: `JOIN`, `UNION`, `GROUP_BY`, `PIVOT`, nesting, encoding, masking, outliers, and
  moves of columns. They need other data sets, or the rows themselves; write steps instead.
"""


def page() -> str:
    """Return the page."""
    steps = {name: (each.does, each.parameters) for name, each in OPERATIONS.items()}
    columns = {name: (f"Map: {each.does}", each.takes) for name, each in EXPRESSIONS.items()}
    rows = "".join(
        f"| `{name}` | {does} | {', '.join(f'`{each}`' for each in taken)} |\n"
        for name, (does, taken) in sorted({**steps, **columns}.items())
    )
    conditions = ", ".join(f"`{name}`" for name in CONDITIONS)
    table = f"| operation | step | parameters |\n| --- | --- | --- |\n{rows}"
    return f"{HEAD}\n## Operations\n\n{table}\n## Conditions\n\n{conditions}\n"


if __name__ == "__main__":
    PAGE.write_text(page())
    print(f"{PAGE}: {len(OPERATIONS) + len(EXPRESSIONS)} operations")
