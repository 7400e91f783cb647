from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from gluepot.catalog.errors import InvalidInputError
from gluepot.transforms.matching.comparing.profile import MOST_COLUMNS
from gluepot.transforms.matching.labelling.contradictions import ContradictingLabelsError
from gluepot.transforms.matching.matcher import explain_pair, find_matches, score_pairs
from gluepot.transforms.matching.model import MatchModel
from gluepot.transforms.matching.options import Link, MatchOptions
from gluepot.transforms.matching.records import MatchInputError, Records
from tests.transforms.matching.sets import (
    ID,
    duplicates,
    f1,
    households,
    labels_of,
    links,
    sources,
    together,
)

OPTIONS = MatchOptions()
PERSONS, TRUE = duplicates("febrl1")
HOUSEHOLDS, TWICE = households(300)


def records_of(table: pa.Table) -> Records:
    return Records.of(table, ID)


def test_persons_are_found_without_labels() -> None:
    records = records_of(PERSONS)

    found = find_matches(records, OPTIONS)

    assert f1(together(records, found), TRUE) >= 0.99
    assert found.model.precision.value > 0.98
    assert found.model.recall.low <= found.model.recall.value <= found.model.recall.high


def test_persons_of_one_household_are_told_apart_and_found_where_they_moved() -> None:
    records = records_of(HOUSEHOLDS)

    found = find_matches(records, OPTIONS)

    assert f1(together(records, found), TWICE) > 0.9


def test_persons_in_other_scripts_are_found() -> None:
    table, true = duplicates("matching/persons")
    records = records_of(table)

    found = together(records, find_matches(records, OPTIONS))

    assert len(found & true) >= 0.98 * len(found)
    assert len(found & true) >= 0.6 * len(true)


def test_rows_and_ids_say_nothing() -> None:
    other, _ = duplicates("febrl1", seed=9)
    content = [
        {
            frozenset(tuple(row.items())[1:] for row in table.to_pylist() if row[ID] in pair)
            for pair in together(records, find_matches(records, OPTIONS))
        }
        for table, records in ((each, records_of(each)) for each in (PERSONS, other))
    ]

    assert content[0] == content[1] != set()


@pytest.mark.parametrize(("name", "least"), [("restaurants", 0.98), ("products", 0.8)])
def test_sources_are_linked_one_to_one_when_they_look_so(name: str, least: float) -> None:
    left, right, true = sources(name)
    records = Records.link(left, right, ID)

    found = find_matches(records, OPTIONS)

    assert found.model.link is Link.ONE_TO_ONE
    assert f1(links(records, found), true) >= least
    assert len(np.unique(found.left)) == len(found.left) == len(np.unique(found.right))
    assert (records.source[found.left] == 0).all()
    assert (records.source[found.right] == 1).all()


def test_two_guides_to_restaurants_in_one_table_are_not_taken_for_more_than_chance_leaves() -> None:
    left, right, true = sources("restaurants")
    records = records_of(pa.concat_tables([left, right]))

    found = find_matches(records, OPTIONS)

    assert f1(together(records, found), true) >= 0.9
    assert len(found.left) == pytest.approx(len(true), rel=0.1)


def test_a_table_without_duplicates_has_none() -> None:
    repeated = {sorted(pair)[1] for pair in TRUE}
    once = PERSONS.filter(pa.array([each not in repeated for each in PERSONS[ID].to_pylist()]))

    found = find_matches(records_of(once), OPTIONS)

    assert len(once) == 500
    assert len(found.left) == 0
    assert len(set(found.match_ids.tolist())) == 500


@pytest.mark.parametrize("count", [0, 1, 2])
def test_hardly_any_records_are_no_matches(count: int) -> None:
    found = find_matches(records_of(PERSONS.slice(0, count)), OPTIONS)

    assert len(found.match_ids) == count
    assert len(found.left) == 0


@pytest.mark.parametrize("empty", [0, 1])
def test_a_source_without_records_is_linked_to_nothing(empty: int) -> None:
    tables = [PERSONS, PERSONS]
    tables[empty] = PERSONS.slice(0, 0)

    found = find_matches(Records.link(tables[0], tables[1], ID), OPTIONS)

    assert not len(found.left)
    assert len(set(found.match_ids.tolist())) == len(PERSONS)


def test_columns_that_tell_nothing_do_no_harm() -> None:
    count = len(PERSONS)
    table = PERSONS.append_column("none", pa.nulls(count, pa.string()))
    table = table.append_column("same", pa.array(["x"] * count))
    table = table.append_column("flag", pa.array([at % 2 == 0 for at in range(count)]))
    records = records_of(table)

    found = find_matches(records, OPTIONS)

    assert {each.name for each in found.model.columns} & {"none", "same"} == set()
    assert f1(together(records, found), TRUE) >= 0.99


def test_a_telephone_that_a_tenth_of_all_share_is_endured() -> None:
    count = len(PERSONS)
    phones = [f"0{at * 7919 % 999_983:06}" if at % 10 else "0555555" for at in range(count)]
    records = records_of(PERSONS.append_column("phone", pa.array(phones)))

    found = find_matches(records, OPTIONS)

    assert f1(together(records, found), TRUE) >= 0.97


def swapped(one: str, other: str) -> pa.Table:
    """Return the persons with two columns swapped in half of the rows."""
    at = np.random.default_rng(5).random(len(PERSONS)) < 0.5
    values = [PERSONS[name].to_pylist() for name in (one, other)]
    table = PERSONS
    for name, mine, theirs in ((one, *values), (other, *reversed(values))):
        mixed = [b if swap else a for a, b, swap in zip(mine, theirs, at, strict=True)]
        place = PERSONS.column_names.index(name)
        table = table.set_column(place, name, pa.array(mixed, pa.string()))
    return table


@pytest.mark.parametrize("names", [("given_name", "surname"), ("surname", "suburb")])
def test_two_columns_that_are_swapped_in_half_of_the_rows_are_endured(
    names: tuple[str, str],
) -> None:
    records = records_of(swapped(*names))

    found = find_matches(records, OPTIONS)

    assert f1(together(records, found), TRUE) >= 0.99
    partners = {each.name: each.mixed_with for each in found.model.columns if each.mixed_with}
    assert partners == {names[0]: names[1], names[1]: names[0]}


def test_columns_of_other_values_are_not_compared_crosswise() -> None:
    found = find_matches(records_of(PERSONS), OPTIONS)

    assert {each.mixed_with for each in found.model.columns} == {None}


def test_what_is_mixed_up_gives_the_same_however_rows_lie() -> None:
    table = swapped("given_name", "surname")
    order = pa.array(np.random.default_rng(2).permutation(len(table)))
    records, other = records_of(table), records_of(table.take(order))

    assert together(records, find_matches(records, OPTIONS)) == together(
        other, find_matches(other, OPTIONS)
    )


@pytest.mark.parametrize("budget", [1_000, 12])
def test_the_recall_of_candidates_is_estimated(
    budget: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With hardly any keys to follow, candidates miss many matches, and the check says so."""
    monkeypatch.setattr("gluepot.transforms.matching.options.KEY_BUDGET", budget)
    records = records_of(PERSONS)

    found = find_matches(records, MatchOptions(accuracy_cost=0.5))

    ids = records.ids.to_pylist()
    pairs = zip(found.candidates.left, found.candidates.right, strict=True)
    held = {frozenset((ids[one], ids[two])) for one, two in pairs} & TRUE
    told = found.model.card()["candidate_recall"]
    true = len(held) / len(TRUE)
    assert told["low"] - 0.02 <= true <= told["high"] + 0.02
    assert (true < 0.97) is (budget == 12)
    assert found.model.recall.value <= told["value"] + 1e-6


def test_two_hundred_columns_of_noise_are_endured() -> None:
    random = np.random.default_rng(3)
    noise = random.integers(0, 7, (200, len(PERSONS))).astype(str)
    table = PERSONS
    for at, values in enumerate(noise.tolist()):
        table = table.append_column(f"c{at}", pa.array(values))
    records = records_of(table)

    found = find_matches(records, OPTIONS)

    assert f1(together(records, found), TRUE) >= 0.97
    assert len(found.model.columns) == MOST_COLUMNS


def test_texts_of_a_hundred_kilobytes_are_compared() -> None:
    random = np.random.default_rng(0)
    vocabulary = np.array([f"w{at}" for at in range(5_000)])
    texts = [" ".join(random.choice(vocabulary, 18_000)) for _ in range(8)]
    table = PERSONS.slice(0, 8).append_column("text", pa.array(texts))

    found = find_matches(records_of(table), OPTIONS)

    assert min(map(len, texts)) > 100_000
    assert "text" in {each.name for each in found.model.columns}
    assert len(found.left) == 0


def test_copies_are_one_thing_and_empty_records_are_none() -> None:
    copies = pa.concat_tables([PERSONS.slice(0, 300), *([PERSONS.slice(0, 1)] * 10_000)])
    empty = pa.table({name: pa.nulls(3, pa.string()) for name in PERSONS.column_names})
    table = pa.concat_tables([copies, empty])
    table = table.set_column(0, ID, pa.array([str(at) for at in range(len(table))]))

    found = find_matches(records_of(table), OPTIONS)

    alike = found.match_ids[[0, *range(300, 10_300)]]
    assert set(alike.tolist()) == {alike[0]}
    assert len(set(found.match_ids[-3:].tolist())) == 3


@pytest.mark.parametrize("table", [PERSONS, HOUSEHOLDS], ids=["persons", "households"])
def test_a_stored_model_scores_alike_and_explains_itself(table: pa.Table) -> None:
    records = records_of(table)
    found = find_matches(records, OPTIONS)

    read = MatchModel.from_json(found.model.to_json())
    again = find_matches(records, OPTIONS, model=read)
    left, right = found.left[:50], found.right[:50]
    told = explain_pair(records, int(left[0]), int(right[0]), read)

    assert read.card() == found.model.card()
    assert again.match_ids.tolist() == found.match_ids.tolist()
    assert (score_pairs(records, left, right, read) > 0.5).all()
    assert told.accepted
    assert told.probability == pytest.approx(1 / (1 + np.exp(-told.total)))
    intercept = read.evidence.intercept if read.evidence else 0.0
    assert sum(each.evidence for each in told.fields) + intercept == pytest.approx(told.total)
    assert {"given_name", "surname", ""} <= {each.column for each in told.fields}


@pytest.mark.parametrize("text", ["", "{}", '{"format": 99}', "[]"])
def test_what_is_no_model_is_an_error(text: str) -> None:
    with pytest.raises(InvalidInputError):
        MatchModel.from_json(text)


def test_labels_are_obeyed_when_they_are_enforced() -> None:
    records = records_of(PERSONS)
    found = find_matches(records, OPTIONS)
    one, two = int(found.left[0]), int(found.right[0])
    three, four = int(found.left[1]), int(found.left[2])
    labels = labels_of(records, [(one, two, False), (three, four, True)])

    free = find_matches(records, OPTIONS, labels=labels)
    bound = find_matches(records, MatchOptions(enforce_labels=True), labels=labels)

    assert bound.match_ids[one] != bound.match_ids[two]
    assert bound.match_ids[three] == bound.match_ids[four]
    assert free.model.card()["labels"]["matches"] == 1
    assert f1(together(records, free), TRUE) >= 0.98


def test_labels_that_are_learned_from_find_more() -> None:
    left, right, true = sources("products")
    records = Records.link(left, right, ID)
    found = find_matches(records, OPTIONS)
    pairs, ids = found.candidates, records.ids.to_pylist()
    near = np.argsort(-pairs.probability, kind="stable")[:1_500]
    random, answers = np.random.default_rng(0), []
    judged = [
        (int(one), int(two), frozenset((ids[one], ids[two])) in true)
        for one, two in zip(pairs.left[near], pairs.right[near], strict=True)
    ]
    for kind in (True, False):
        some = [each for each in judged if each[2] is kind]
        answers += [some[at] for at in random.permutation(len(some))[:100]]

    taught = find_matches(records, OPTIONS, labels=labels_of(records, answers))

    told = taught.model.card()["labels"]
    assert told["error_with"] < told["error_without"]
    assert f1(links(records, taught), true) > f1(links(records, found), true)


def test_labels_that_contradict_each_other_teach_nothing_and_cannot_be_enforced() -> None:
    """Directly, and by way of a third record that a copy in other letters stands for."""
    loud = pa.table(
        {
            name: values if name == ID else pc.utf8_upper(values)
            for name, values in zip(PERSONS.column_names, PERSONS.columns, strict=True)
        }
    ).slice(7, 1)
    loud = loud.set_column(0, ID, pa.array(["loud"]))
    records = records_of(pa.concat_tables([PERSONS, loud]))
    found = find_matches(records, OPTIONS)
    ids = records.ids.to_pylist()
    one, two, three = int(found.left[0]), int(found.right[0]), int(found.left[1])
    both_ways = labels_of(records, [(one, two, True), (one, two, False)])
    around = labels_of(records, [(one, 7, True), (len(PERSONS), three, True), (one, three, False)])

    for labels in (both_ways, around):
        free = find_matches(records, OPTIONS, labels=labels)
        assert free.match_ids.tolist() == found.match_ids.tolist()
        with pytest.raises(ContradictingLabelsError, match=repr(ids[one])):
            find_matches(records, MatchOptions(enforce_labels=True), labels=labels)
    with pytest.raises(ContradictingLabelsError, match=f"'loud' = {ids[three]!r}"):
        find_matches(records, MatchOptions(enforce_labels=True), labels=around)


def test_more_precision_asks_for_surer_pairs() -> None:
    left, right, _ = sources("products")
    records = Records.link(left, right, ID)

    few = find_matches(records, MatchOptions(precision_recall=0.95))
    many = find_matches(records, MatchOptions(precision_recall=0.1))

    assert few.confidence.min() >= 0.95
    assert links(records, few) < links(records, many)


@pytest.mark.parametrize(
    ("table", "words"),
    [
        (pa.table({"a": ["x"]}), "no id column 'id'"),
        (pa.table({"id": ["1", "1"], "a": ["x", "y"]}), "'1' 2 times"),
        (pa.table({"id": ["1", None], "a": ["x", "y"]}), "null in row 2"),
        (pa.table({"id": ["1"]}), "no column to compare"),
    ],
)
def test_tables_that_cannot_be_matched_say_why(table: pa.Table, words: str) -> None:
    with pytest.raises(MatchInputError, match=words):
        Records.of(table, ID)


def test_sources_without_a_common_column_cannot_be_linked() -> None:
    one, two = pa.table({"id": ["1"], "a": ["x"]}), pa.table({"id": ["1"], "b": ["x"]})

    with pytest.raises(MatchInputError, match="no column in common"):
        Records.link(one, two, ID)


def test_tradeoffs_go_from_zero_to_one() -> None:
    with pytest.raises(InvalidInputError, match=r"precision_recall is 1\.5"):
        MatchOptions(precision_recall=1.5)
    with pytest.raises(InvalidInputError, match="accuracy_cost is -1"):
        MatchOptions(accuracy_cost=-1)


def test_very_long_texts_that_are_alike_are_found() -> None:
    """Nothing else tells: twenty texts of 40 kB, and copies in which each 20th word is another."""
    random = np.random.default_rng(1)
    vocabulary = np.array([f"w{at}" for at in range(30_000)])
    texts = [random.choice(vocabulary, 6_000) for _ in range(20)]
    copies = [
        np.where(random.random(6_000) < 0.05, random.choice(vocabulary, 6_000), text)
        for text in texts
    ]
    ids = [f"{side}{at}" for side in "ab" for at in range(20)]
    table = pa.table({ID: ids, "text": [" ".join(each) for each in [*texts, *copies]]})
    records = records_of(table)

    found = find_matches(records, OPTIONS)

    held = {
        frozenset((ids[one], ids[two]))
        for one, two in zip(found.candidates.left, found.candidates.right, strict=True)
    }
    assert {frozenset((f"a{at}", f"b{at}")) for at in range(20)} <= held
