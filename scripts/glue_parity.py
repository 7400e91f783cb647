"""Write docs/reference/glue-parity.md: Glue's Python library beside ours, name by name.

``glue_parity.py`` compares with the names that are recorded; ``glue_parity.py FOLDER --record``
first records those of an unpacked awsglue package.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from gluepot.jobs.parameters.glue_names import glue_names

ROOT = Path(__file__).resolve().parent.parent


def main() -> None:
    """Write the page, and the recorded names where that is asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, help="the package's folder, awsglue")
    parser.add_argument("--record", action="store_true", help="record the names of the folder")
    given = parser.parse_args()
    # The tests are no installed package.
    sys.path.append(str(ROOT))
    from tests.jobs.script_api.parity.page import PAGE, RECORDED, parity_page  # noqa: PLC0415
    from tests.jobs.script_api.parity.upstream import read_package  # noqa: PLC0415

    if given.record:
        if given.folder is None:
            parser.error("--record needs the folder of a package")
        RECORDED.write_text(json.dumps(read_package(given.folder), indent=1) + "\n")
    with glue_names():
        PAGE.write_text(parity_page())
    print(PAGE)


if __name__ == "__main__":
    main()
