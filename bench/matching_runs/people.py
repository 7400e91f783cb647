"""Persons who do not exist, with the errors that registers have, and who is who.

Households share family name, address and often the telephone; names and towns are skewed as real
ones; a fifth of the records describe somebody who is there already, with a typing, reading or
hearing error, a nickname, swapped fields, a missing value, another address or family name. The
same count and seed give the same records.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from matching_runs.letters import misheard, misread, typos
from matching_runs.words import (
    FAMILY_ENDS,
    GIVEN_ENDS,
    MAILS,
    PLACE_ENDS,
    SHORT_KINDS,
    STREET_KINDS,
    nicknames,
    skewed,
    words,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt

    Columns = dict[str, npt.NDArray[np.str_]]

DUPLICATES = 0.2
OWN_PHONE = 0.7
GIVEN, FAMILY, TOWNS, STREETS = 2_500, 30_000, 2_000, 4_000
HOUSEHOLD = np.array([0.3, 0.3, 0.15, 0.17, 0.08])
"""Share of the households of one person, two persons, ..."""
COPIES = np.array([0.75, 0.18, 0.07])
"""Share of the persons described again that are so once, twice, three times."""
FIRST_DAY, DAYS = np.datetime64("1930-01-01"), 33_000
MISSING = {
    "given_name": 0.02, "surname": 0.01, "date_of_birth": 0.05, "street": 0.05, "town": 0.04,
    "postcode": 0.06, "phone": 0.25, "email": 0.4,
}  # fmt: skip
ERRORS = {
    "given_name": 0.2, "surname": 0.2, "date_of_birth": 0.06, "street": 0.2, "town": 0.1,
    "postcode": 0.06, "phone": 0.06, "email": 0.08,
}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class People:
    """Records in a random order.

    Attributes:
        columns: Texts, empty where missing.
        person: Whom each record describes.
    """

    columns: Columns
    person: npt.NDArray[np.int64]


def people(count: int, seed: int, errors: float = 1.0) -> People:
    """Return ``count`` records, a fifth of which describe somebody described by another.

    Args:
        count: How many.
        seed: Of what is drawn.
        errors: By which the shares of what is written otherwise the second time are multiplied. At
            1 every second description has an error in a name, and every fifth other digits or
            another home; what lacks is not changed by it.
    """
    rng = np.random.default_rng(seed)
    copies = round(count * DUPLICATES)
    persons = count - copies
    whole = _originals(persons, rng)
    described = _described_again(persons, copies, rng)
    copied = {name: values[described] for name, values in whole.items()}
    again = _changed(copied, rng, errors)
    columns = {name: np.concatenate([whole[name], again[name]]) for name in whole}
    order = rng.permutation(count)
    person = np.concatenate([np.arange(persons), described])[order]
    mixed = {name: values[order] for name, values in columns.items()}
    return People(columns=_lacking(mixed, rng), person=person)


def _described_again(persons: int, copies: int, rng: np.random.Generator) -> npt.NDArray[np.int64]:
    chosen = rng.permutation(persons)[:copies]
    times = rng.choice(len(COPIES), len(chosen), p=COPIES) + 1
    return np.repeat(chosen, times)[:copies]


def _originals(count: int, rng: np.random.Generator) -> Columns:
    given, family = words(GIVEN, GIVEN_ENDS, rng), words(FAMILY, FAMILY_ENDS, rng)
    home = np.repeat(np.arange(count), rng.choice(len(HOUSEHOLD), count, p=HOUSEHOLD) + 1)[:count]
    homes = int(home[-1]) + 1
    names = family[skewed(homes, FAMILY, rng)][home]
    own = rng.random(count) < 0.1  # noqa: PLR2004 - not everybody bears the household's name
    names = np.where(own, family[skewed(count, FAMILY, rng)], names)
    first = given[skewed(count, GIVEN, rng)]
    born = FIRST_DAY + (DAYS * np.sqrt(rng.random(count))).astype("timedelta64[D]")
    lines = _numbers(homes, rng)
    phone = np.where(rng.random(count) < OWN_PHONE, _numbers(count, rng), lines[home])
    address = _addresses(homes, rng)
    mails = MAILS[rng.integers(0, len(MAILS), count)]
    tail = rng.integers(1, 100, count).astype("<U2")
    return {
        "given_name": first,
        "surname": names,
        "date_of_birth": born.astype("<U10"),
        **{name: values[home] for name, values in address.items()},
        "phone": phone,
        "email": _joined(first, ".", names, tail, "@", mails),
    }


def _addresses(count: int, rng: np.random.Generator) -> Columns:
    places, streets = words(TOWNS, PLACE_ENDS, rng), words(STREETS, FAMILY_ENDS, rng)
    town = skewed(count, TOWNS, rng)
    kind = STREET_KINDS[skewed(count, len(STREET_KINDS), rng, flat=2.0)]
    number = (1 + 200 * rng.random(count) ** 2).astype(np.int64).astype("<U3")
    code = 10_000 + 40 * town + rng.integers(0, 40, count) // 10
    street = _joined(number, " ", streets[skewed(count, STREETS, rng)], " ", kind)
    return {"street": street, "town": places[town], "postcode": code.astype("<U5")}


def _numbers(count: int, rng: np.random.Generator) -> npt.NDArray[np.str_]:
    return np.char.add("0", rng.integers(200_000_000, 999_999_999, count).astype("<U9"))


def _joined(*parts: npt.NDArray[np.str_] | str) -> npt.NDArray[np.str_]:
    made = np.asarray(parts[0])
    for part in parts[1:]:
        made = np.char.add(made, part)
    return made


def _changed(columns: Columns, rng: np.random.Generator, errors: float) -> Columns:
    """Return how somebody else wrote the same persons down."""
    made = dict(columns)
    count = len(made["surname"])
    moved = rng.random(count) < 0.12 * errors
    for name, values in _addresses(count, rng).items():
        made[name] = np.where(moved, values, made[name])
    renumbered = rng.random(count) < 0.15 * errors
    made["phone"] = np.where(renumbered, _numbers(count, rng), made["phone"])
    _apply(made, "given_name", 0.12 * errors, rng, nicknames)
    _apply(made, "given_name", 0.05 * errors, rng, lambda names: names.astype("<U1"))
    _apply(made, "surname", 0.03 * errors, rng, lambda names: names[rng.permutation(len(names))])
    _apply(made, "street", 0.4, rng, _abbreviated)
    _apply(made, "date_of_birth", 0.03 * errors, rng, _day_for_month)
    for name, share in ERRORS.items():
        for spoil, part in ((typos, 0.6), (misread, 0.2), (misheard, 0.2)):
            _apply(
                made,
                name,
                share * part * errors,
                rng,
                lambda values, spoil=spoil: spoil(values, rng),
            )
    swapped = rng.random(count) < 0.03 * errors
    given, family = made["given_name"], made["surname"]
    made["given_name"] = np.where(swapped, family, given)
    made["surname"] = np.where(swapped, given, family)
    return made


def _apply(
    columns: Columns,
    name: str,
    share: float,
    rng: np.random.Generator,
    change: Callable[[npt.NDArray[np.str_]], npt.NDArray[np.str_]],
) -> None:
    """Change a column in a share of its rows."""
    chosen = np.flatnonzero(rng.random(len(columns[name])) < share)
    if not len(chosen):
        return
    changed = change(columns[name][chosen])
    columns[name] = columns[name].astype(np.result_type(columns[name], changed))
    columns[name][chosen] = changed


def _abbreviated(streets: npt.NDArray[np.str_]) -> npt.NDArray[np.str_]:
    for kind, short in zip(STREET_KINDS, SHORT_KINDS, strict=True):
        streets = np.char.replace(streets, f" {kind}", f" {short}")
    return streets


def _day_for_month(dates: npt.NDArray[np.str_]) -> npt.NDArray[np.str_]:
    letters = dates.astype("<U10").view("<U1").reshape(len(dates), 10)
    order = [0, 1, 2, 3, 4, 8, 9, 7, 5, 6]
    return np.ascontiguousarray(letters[:, order]).view("<U10").reshape(len(dates))


def _lacking(columns: Columns, rng: np.random.Generator) -> Columns:
    """Return the columns with a share of their values gone."""
    return {
        name: np.where(rng.random(len(values)) < MISSING[name], "", values)
        for name, values in columns.items()
    }
