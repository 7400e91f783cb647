"""Heads of files as a classifier is given them."""

from __future__ import annotations

from gluepot.crawlers.classifiers.base import Sample


def head(text: str | bytes, *, complete: bool = True, plain_size: int | None = None) -> Sample:
    data = text.encode() if isinstance(text, str) else text
    size = len(data) if plain_size is None else plain_size
    return Sample(
        uri="s3://data/file",
        size=size,
        plain_size=size,
        codec="none",
        data=data,
        complete=complete,
    )
