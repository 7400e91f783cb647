"""Write docs/reference/crawler-cases.md from the cases that the tests run."""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "reference" / "crawler-cases.md"


def main() -> None:
    """Write the page."""
    # The tests are no installed package.
    sys.path.append(str(ROOT))
    from tests.crawlers.cases.page import cases_page  # noqa: PLC0415
    from tests.crawlers.cases.sections import SECTIONS  # noqa: PLC0415

    PAGE.write_text(cases_page(SECTIONS))
    print(f"{PAGE}: {sum(len(section.cases) for section in SECTIONS)} cases")


if __name__ == "__main__":
    main()
