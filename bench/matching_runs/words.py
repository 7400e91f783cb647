"""Names that nobody bears, put together from syllables: no list of anybody's is copied."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    Words = npt.NDArray[np.str_]

STARTS = "al an ar be bra ca chri da de do el em fa fi ga ge gra ha he hu i jo ju ka ke kri la le lu ma me mi na ne no o pa pe phi ra re ro sa se sha ste ta te tho u va ve vi wa we wi ya za zo".split()  # noqa: SIM905, E501
MIDDLES = "bel ber da den di dri fe gan ger ha ker la len li lo man mar mi na nel ni no ra ri ro sa sel ta ten ti va ver vi".split()  # noqa: SIM905, E501
GIVEN_ENDS = "a ah an da e el en ia ie in is la lyn na ne on ra ry s sa son th y".split()  # noqa: SIM905
FAMILY_ENDS = "berg by dale er ett ey feld field ford ham holm house ing ins kin land ley low man mann more ner ock off ov ridge sen ski smith son stein ston ton ward well wick wood worth".split()  # noqa: SIM905, E501
PLACE_ENDS = "beach bury bridge burgh by dale fields ford gate grove haven hill lake mouth park point port shore springs stead ton valley view ville wick".split()  # noqa: SIM905, E501
STREET_KINDS = np.array(["street", "road", "avenue", "lane", "close", "drive", "way", "court"])
SHORT_KINDS = np.array(["st", "rd", "ave", "ln", "cl", "dr", "way", "ct"])
MAILS = np.array(["mail.example", "post.example", "inbox.example", "web.example"])


def words(count: int, ends: list[str], rng: np.random.Generator) -> Words:
    """Return ``count`` different words with these ends, in a random order."""
    made: dict[str, None] = {}
    while len(made) < count:
        size = 2 * count
        middles = np.where(rng.random(size) < 0.6, rng.choice(MIDDLES, size), "")  # noqa: PLR2004
        parts = np.char.add(rng.choice(STARTS, size), middles)
        made |= dict.fromkeys(np.char.add(parts, rng.choice(ends, size)).tolist())
    return np.array(list(made)[:count])


def skewed(count: int, values: int, rng: np.random.Generator, flat: float = 8.0) -> npt.NDArray:
    """Return ``count`` ranks below ``values``, drawn as names are: Zipf's law with a blunt top."""
    weight = 1 / (np.arange(values) + flat)
    heights = np.cumsum(weight)
    return np.searchsorted(heights, rng.random(count) * heights[-1])


def nicknames(names: Words) -> Words:
    """Return a short form of each name: its first three letters and an ending, or the same."""
    short = np.char.add(names.astype("<U3"), "ie")
    return np.where(np.char.str_len(names) > 4, short, names)  # noqa: PLR2004
