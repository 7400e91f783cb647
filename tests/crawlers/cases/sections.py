"""All sections, in the order of the page."""

from __future__ import annotations

from tests.crawlers.cases import delimited

SECTIONS = (*delimited.SECTIONS,)
