"""Write docs/reference/api-coverage.md from the installed service model and our operations."""

from __future__ import annotations

import tempfile
from pathlib import Path

from pydantic import SecretStr

from gluepot.catalog.service_model import glue_model
from gluepot.server.coverage import coverage_page
from gluepot.server.wiring import operations_of
from gluepot.services import open_services
from gluepot.settings import Settings

PAGE = Path(__file__).resolve().parent.parent / "docs" / "reference" / "api-coverage.md"


def main() -> None:
    """Write the page."""
    with tempfile.TemporaryDirectory() as folder:
        # A catalog of its own: the operations are listed, and none is called.
        url = SecretStr(f"sqlite:///{folder}/catalog.db")
        settings = Settings(home=Path(folder), catalog_url=url)
        with open_services(settings) as services:
            implemented = operations_of(services).keys()
    PAGE.parent.mkdir(parents=True, exist_ok=True)
    PAGE.write_text(coverage_page(glue_model().names, implemented))
    print(f"{PAGE}: {len(implemented)} of {len(glue_model().names)} operations")


if __name__ == "__main__":
    main()
