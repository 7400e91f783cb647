"""What every codec returns for the head of a file."""

from __future__ import annotations

from dataclasses import dataclass


class DamagedError(ValueError):
    """Compressed bytes mean nothing; the text says what is wrong with them."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Expanded:
    """The plain bytes that a head gave.

    Attributes:
        data: At most as many bytes as were asked for.
        consumed: How many bytes of the head these are made of, as near as the codec tells.
        ended: The content ends here; False where the head was cut, or the bound reached.
        problem: What is wrong, to be read behind "its gzip data"; None when all is well.
    """

    data: bytes
    consumed: int
    ended: bool
    problem: str | None = None
