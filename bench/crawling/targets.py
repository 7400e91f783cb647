"""What the crawlers are held to, and how far a run is from it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from crawling.measuring import FIRST, LISTING, SECOND, THIRD

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crawling.measuring import Figure

NAMED_PEERS = ("spark", "awswrangler", "duckdb")
"""Those that gluepot is to be faster than; others are only shown."""

FASTER = 5.0
FASTER_AT = 50_000
AGAIN = 1.2
EXPONENT = 1.05
MEGABYTES = 500
LARGEST = 500_000


@dataclass(frozen=True, kw_only=True)
class Target:
    """One comparison.

    Attributes:
        what: What is compared, and at which size.
        place: Where.
        found: The figure.
        wanted: What it is held to, as text.
        held: Whether it is held.
        decides: Whether this is the size the target was set for.
    """

    what: str
    place: str
    found: str
    wanted: str
    held: bool
    decides: bool


def targets(figures: Sequence[Figure]) -> list[Target]:
    """Return every target that the figures can tell something about."""
    found = []
    for place in dict.fromkeys(figure.place for figure in figures):
        many = [item for item in figures if (item.place, item.shape) == (place, "many")]
        sizes = sorted({item.size for item in many})
        for size in sizes:
            own = {item.who: item for item in many if item.size == size}
            found += _at_size(place, size, own)
        found += _exponents(place, many)
    return found


def exponent(small: Figure, large: Figure) -> float | None:
    """Return how time grows from one size to another: 1 is in proportion."""
    if small.seconds is None or large.seconds is None or small.size == large.size:
        return None
    return math.log(large.seconds / small.seconds) / math.log(large.size / small.size)


def _at_size(place: str, size: int, own: dict[str, Figure]) -> list[Target]:
    found = []
    first, second, listing = own.get(FIRST), own.get(SECOND), own.get(LISTING)
    peers = [own[who] for who in NAMED_PEERS if who in own and own[who].problem is None]
    if first is not None and peers:
        found.append(_faster(place, size, first, peers))
    if second is not None and listing is not None:
        ratio = (second.seconds or 0) / (listing.seconds or 1)
        found.append(
            Target(
                what=f"nothing new beside bare listing, {size:,} files",
                place=place,
                found=f"{ratio:.2f} times",
                wanted=f"<= {AGAIN}",
                held=ratio <= AGAIN,
                decides=True,
            )
        )
    peaks = [own[who].peak_bytes or 0 for who in (FIRST, SECOND, THIRD) if who in own]
    if peaks:
        megabytes = max(peaks) / 1e6
        found.append(
            Target(
                what=f"most memory of a crawl, {size:,} files",
                place=place,
                found=f"{megabytes:.0f} MB",
                wanted=f"< {MEGABYTES}",
                held=megabytes < MEGABYTES,
                decides=size == LARGEST,
            )
        )
    return found


def _faster(place: str, size: int, first: Figure, peers: Sequence[Figure]) -> Target:
    """Compare with the fastest; one that was ended took at least its limit."""
    best = min(peers, key=_at_least)
    times = _at_least(best) / _at_least(first)
    more = "" if best.seconds is not None else "more than "
    return Target(
        what=f"faster than the best named peer, {size:,} files",
        place=place,
        found=f"{more}{times:.1f} times ({best.who})",
        wanted=f">= {FASTER:.0f}",
        held=times >= FASTER,
        decides=size == FASTER_AT,
    )


def _at_least(figure: Figure) -> float:
    return figure.limit if figure.seconds is None else figure.seconds


def _exponents(place: str, many: Sequence[Figure]) -> list[Target]:
    found = []
    for who in (FIRST, SECOND):
        own = sorted((item for item in many if item.who == who), key=lambda item: item.size)
        spans = [*pairwise(own)]
        if len(own) > 2:  # noqa: PLR2004 - then the whole span is another one
            spans.append((own[0], own[-1]))
        for small, large in spans:
            value = exponent(small, large)
            if value is not None:
                found.append(
                    Target(
                        what=f"growth of {who}, {small.size:,} to {large.size:,} files",
                        place=place,
                        found=f"exponent {value:.2f}",
                        wanted=f"<= {EXPONENT}",
                        held=value <= EXPONENT,
                        decides=(small, large) == (own[0], own[-1]),
                    )
                )
    return found
