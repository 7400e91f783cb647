"""All sections, in the order of the page."""

from __future__ import annotations

from tests.crawlers.cases import (
    columnar,
    compressed,
    conflicts,
    delimited,
    grouping,
    json_files,
    lakes,
    logs,
    others,
    partitions,
    values,
)

SECTIONS = (
    *delimited.SECTIONS,
    *json_files.SECTIONS,
    *columnar.SECTIONS,
    *logs.SECTIONS,
    *others.SECTIONS,
    *lakes.SECTIONS,
    *compressed.SECTIONS,
    *values.SECTIONS,
    *conflicts.SECTIONS,
    *grouping.SECTIONS,
    *partitions.SECTIONS,
)
