"""Texts as a matrix of letters, so that a million of them are spoilt at once.

A text is a row of ``numpy``'s fixed-width unicode, seen as code points: 0 where it has ended.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    Texts = npt.NDArray[np.str_]
    Letters = npt.NDArray[np.uint32]

KEYBOARD = ("qwertyuiop", "asdfghjkl", "zxcvbnm", "1234567890")
READ, AS = "loicsbmvg0157836", "10je56nuqols1b8b"
"""Letters and what each is taken for."""
SOUNDS = "ph:f ck:k ie:y tz:z ou:u sch:sh ei:ai th:t v:w c:k ll:l z:s"
SOUND_ALIKE = tuple(tuple(pair.split(":")) for pair in SOUNDS.split())


def _beside() -> Letters:
    """Return for each ASCII letter the one beside it on a keyboard."""
    table = np.arange(128, dtype=np.uint32)
    for line in KEYBOARD:
        for at, letter in enumerate(line):
            table[ord(letter)] = ord(line[at + 1] if at + 1 < len(line) else line[at - 1])
    return table


def _like() -> Letters:
    table = np.arange(128, dtype=np.uint32)
    for letter, other in zip(READ, AS, strict=True):
        table[ord(letter)] = ord(other)
    return table


def typos(texts: Texts, rng: np.random.Generator) -> Texts:
    """Return the texts with one letter dropped, doubled, swapped with the next or mistyped."""
    letters, lengths = _opened(texts)
    rows = np.arange(len(texts))
    at = (rng.random(len(texts)) * np.maximum(lengths - 1, 1)).astype(np.int64)
    kind = rng.integers(0, 4, len(texts))
    columns = np.arange(letters.shape[1])
    dropped = columns + ((columns >= at[:, None]) & (kind == 0)[:, None])
    doubled = columns - ((columns > at[:, None]) & (kind == 1)[:, None])
    source = np.clip(np.where((kind == 1)[:, None], doubled, dropped), 0, letters.shape[1] - 1)
    made = np.take_along_axis(letters, source, 1)
    swapped = rows[(kind == 2) & (lengths > at + 1)]  # noqa: PLR2004 - the third kind
    spot = at[swapped]
    made[swapped, spot], made[swapped, spot + 1] = (
        letters[swapped, spot + 1],
        letters[swapped, spot],
    )
    mistyped = rows[kind == 3]  # noqa: PLR2004 - the fourth kind
    made[mistyped, at[mistyped]] = _mapped(letters[mistyped, at[mistyped]], _beside())
    return _closed(made)


def misread(texts: Texts, rng: np.random.Generator) -> Texts:
    """Return the texts with a letter read as one that looks like it, as scanners do."""
    letters, lengths = _opened(texts)
    at = (rng.random(len(texts)) * np.maximum(lengths, 1)).astype(np.int64)
    rows = np.arange(len(texts))
    letters[rows, at] = _mapped(letters[rows, at], _like())
    return _closed(letters)


def misheard(texts: Texts, rng: np.random.Generator) -> Texts:
    """Return the texts with a sound written in another way."""
    made = texts.copy()
    which = rng.integers(0, len(SOUND_ALIKE), len(texts))
    for number, (sound, other) in enumerate(SOUND_ALIKE):
        chosen = np.flatnonzero(which == number)
        if not len(chosen):
            continue
        made[chosen] = np.char.replace(made[chosen], sound, other)
    return made


def _mapped(letters: Letters, table: Letters) -> Letters:
    return np.where(letters < len(table), table[np.minimum(letters, len(table) - 1)], letters)


def _opened(texts: Texts) -> tuple[Letters, npt.NDArray[np.int64]]:
    # One place more than the longest text: a letter may be doubled.
    width = max(texts.dtype.itemsize // 4, 1) + 1
    letters = texts.astype(f"<U{width}").view(np.uint32).reshape(len(texts), width).copy()
    return letters, (letters != 0).sum(1)


def _closed(letters: Letters) -> Texts:
    made = np.ascontiguousarray(letters)
    return made.view(f"<U{letters.shape[1]}").reshape(len(letters))
