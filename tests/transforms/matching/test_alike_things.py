"""Things that are alike without being the same, in sources of other sizes and in names alone."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from gluepot.transforms.matching.judging.chance import shifted
from gluepot.transforms.matching.judging.counting import NOBODY, UNKNOWN, Guessed, counted
from gluepot.transforms.matching.matcher import find_matches
from gluepot.transforms.matching.options import MatchOptions
from gluepot.transforms.matching.records import Records
from tests.transforms.matching.sets import ID, f1, labels_of, links, sources, together

SYLLABLES = (
    *("ba", "ce", "di", "fo", "gu", "ha", "ke", "li", "mo", "nu", "pa", "re"),
    *("si", "to", "vu", "wa", "ye", "zi", "cho", "sta", "gri", "ple"),
)


class Language:
    """Words, some of which are frequent, and the errors that people make in them."""

    def __init__(self, seed: int) -> None:
        self.random = np.random.default_rng(seed)
        made = ["".join(self.random.choice(SYLLABLES, 3)) for _ in range(800)]
        self.words = list(dict.fromkeys(made))

    def name(self, words: int) -> str:
        """Return a name: the first words are the most frequent."""
        ranks = (len(self.words) * self.random.random(words) ** 2).astype(int)
        return " ".join(self.words[rank] for rank in ranks)

    def names(self, count: int, words: int) -> list[str]:
        """Return as many different names."""
        found: dict[str, None] = {}
        while len(found) < count:
            found[self.name(words)] = None
        return list(found)

    def misspelt(self, text: str) -> str:
        """Return a text with two letters in the other order, or one left out."""
        at = int(self.random.integers(0, len(text) - 2))
        if self.random.random() < 1 / 2:
            return text[:at] + text[at + 1 :]
        return text[:at] + text[at + 1] + text[at] + text[at + 2 :]


def numbered(letter: str, columns: dict[str, list[str]]) -> pa.Table:
    count = len(next(iter(columns.values())))
    ids = [f"{letter}{at}" for at in range(count)]
    return pa.table({ID: ids, **columns})


def test_names_are_looked_for_in_a_far_larger_source_of_names_alike() -> None:
    """What names of one source have in common is more than what they share with their matches."""
    language = Language(2)
    known = language.names(1_500, 2)
    sought = known[:150]
    for _ in range(6):
        sought = [language.misspelt(each) for each in sought]
    records = Records.link(numbered("a", {"name": known}), numbered("b", {"name": sought}), ID)

    found = find_matches(records, MatchOptions())

    truth = {frozenset((f"a{at}", f"b{at}")) for at in range(len(sought))}
    right = links(records, found) & truth
    assert len(right) >= 0.65 * len(truth)
    assert len(right) >= 0.8 * len(found.left)


@pytest.mark.parametrize("sought", [300, 700])
def test_names_that_are_in_one_source_only_have_no_match(sought: int) -> None:
    names = Language(2).names(1_500, 3)
    records = Records.link(
        numbered("a", {"name": names[sought:]}), numbered("b", {"name": names[:sought]}), ID
    )

    found = find_matches(records, MatchOptions())

    assert len(found.left) <= 2


def test_products_that_are_others_in_a_far_larger_source_have_hardly_any_match() -> None:
    left, right, same = sources("products")
    sought = left.slice(0, left.num_rows // 4)
    ids = set(sought.column(ID).to_pylist())
    partners = {each for pair in same if pair & ids for each in pair - ids}
    others = pa.array([each not in partners for each in right.column(ID).to_pylist()])
    records = Records.link(sought, right.filter(others), ID)

    found = find_matches(records, MatchOptions())

    assert len(found.left) <= len(sought) // 20


def test_a_source_that_has_some_things_several_times_is_linked_to_each() -> None:
    language = Language(3)
    titles, authors = language.names(900, 7), [language.name(3) for _ in range(900)]
    left = titles[:300]
    right: list[tuple[str, str]] = []
    truth: set[frozenset[str]] = set()
    for at, title in enumerate(titles):
        times = int(language.random.integers(1, 5)) if at < 250 else int(at >= 300)
        for _ in range(times):
            truth |= {frozenset((f"a{at}", f"b{len(right)}"))} if at < 300 else set()
            right.append((language.misspelt(title), language.misspelt(authors[at])))
    records = Records.link(
        numbered("a", {"title": left, "authors": authors[:300]}),
        numbered("b", {"title": [one for one, _ in right], "authors": [two for _, two in right]}),
        ID,
    )

    found = find_matches(records, MatchOptions())

    assert found.model.single[0] is False
    assert f1(links(records, found), truth) > 0.95


def test_firms_are_found_by_a_name_and_little_else() -> None:
    language = Language(4)
    names, towns = language.names(1_200, 3), language.names(30, 1)
    rows, of = [], []
    for at, name in enumerate(names):
        town = towns[int(language.random.integers(len(towns)))]
        rows.append((name, town))
        of.append(at)
        if language.random.random() < 1 / 4:
            rows.append((language.misspelt(name), town))
            of.append(at)
    records = Records.of(
        numbered("f", {"name": [one for one, _ in rows], "town": [two for _, two in rows]}), ID
    )

    found = find_matches(records, MatchOptions())

    truth = {
        frozenset((f"f{at}", f"f{at + 1}")) for at in range(len(of) - 1) if of[at] == of[at + 1]
    }
    assert f1(together(records, found), truth) > 0.8


def test_namesakes_of_nearly_the_same_age_are_not_taken_for_one_person() -> None:
    """Of very many persons some agree in nearly all by chance."""
    language, count, again = Language(7), 4_000, 400
    years = {"year": 60, "month": 12, "day": 28}

    def drawn(words: list[str]) -> list[str]:
        return [words[int(len(words) * each**2)] for each in language.random.random(count)]

    columns = {"first": drawn(language.names(200, 1)), "last": drawn(language.names(300, 1))}
    for name, most in years.items():
        columns[name] = [str(each) for each in language.random.integers(0, most, count)]
    for each in columns.values():
        each.extend(each[:again])
    names = list(columns)
    for at in range(count, count + again):
        name = names[at % len(names)]
        columns[name][at] = (
            str(language.random.integers(0, years[name]))
            if name in years
            else language.misspelt(columns[name][at])
        )
    records = Records.of(numbered("p", columns), ID)

    found = find_matches(records, MatchOptions())

    truth = {frozenset((f"p{at}", f"p{count + at}")) for at in range(again)}
    assert f1(together(records, found), truth) > 0.96
    assert found.candidates.probability.sum() == pytest.approx(again, rel=0.05)


@pytest.mark.parametrize("copies", [0, 20])
def test_in_names_alone_only_copies_are_the_same(copies: int) -> None:
    """What is alike by chance cannot be seen in one column; two names alike may be two things."""
    names = Language(5).names(400, 3)
    names += names[:copies]
    records = Records.of(numbered("n", {"name": names}), ID)

    found = find_matches(records, MatchOptions())

    assert len(together(records, found)) == copies


def test_labels_tell_what_is_the_same_in_names_alone() -> None:
    language = Language(6)
    names = language.names(600, 4)
    count = len(names)
    names += [language.misspelt(each) for each in names[:200]]
    records = Records.of(numbered("n", {"name": names}), ID)
    answers = [(at, count + at, True) for at in range(30)]
    answers += [(at, at + 1, False) for at in range(300, 400)]

    found = find_matches(records, MatchOptions(), labels=labels_of(records, answers))

    truth = {frozenset((f"n{at}", f"n{count + at}")) for at in range(200)}
    assert f1(together(records, found), truth) > 0.8


def test_matches_are_counted_beyond_what_is_guessed_by_chance() -> None:
    found, by_chance = Guessed(share=0.8, records=500), Guessed(share=0.5, records=400)

    count = counted(found, by_chance, 440.0)

    assert count.matches == pytest.approx(0.6 * 440 / 0.8)
    assert 0 < count.least < count.matches < count.most
    assert counted(found, NOBODY, 440.0).matches == pytest.approx(440)


@pytest.mark.parametrize(
    ("found", "by_chance"),
    [
        (Guessed(share=0.0, records=500), Guessed(share=0.5, records=400)),
        (Guessed(share=0.8, records=500), Guessed(share=0.97, records=400)),
        (Guessed(share=0.8, records=500), Guessed(share=0.5, records=0)),
        (Guessed(share=0.8, records=0), Guessed(share=0.5, records=400)),
    ],
)
def test_nothing_is_counted_where_nothing_can_be_known(found: Guessed, by_chance: Guessed) -> None:
    assert counted(found, by_chance, 100.0) == UNKNOWN


def test_few_records_prove_no_match() -> None:
    count = counted(Guessed(share=0.6, records=20), Guessed(share=0.5, records=20), 12.0)

    assert count.matches > 0
    assert count.least == 0


def test_a_shift_of_scores_is_one_of_odds() -> None:
    scores = np.linspace(-8, 8, 33)

    assert shifted(1.5, 0.2).odds(scores) == pytest.approx(scores + 1.5, abs=0.05)
