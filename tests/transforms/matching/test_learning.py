from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gluepot.transforms.matching.comparing.profile import Kind, profile
from gluepot.transforms.matching.comparing.quantities import nearness, quantities
from gluepot.transforms.matching.comparing.text import whole
from gluepot.transforms.matching.finding.candidates import Side, candidates, followed, keyed
from gluepot.transforms.matching.finding.key_counts import KeyCounts
from gluepot.transforms.matching.judging.chance import Part, chance, decoys, together
from gluepot.transforms.matching.judging.competition import margins, matched

ODDS = st.lists(st.floats(0, 50), min_size=12, max_size=12)


@settings(max_examples=50, deadline=None)
@given(ODDS)
def test_partners_of_a_record_share_one_record_at_most(odds: list[float]) -> None:
    left, right = np.repeat(np.arange(3), 4), np.tile(np.arange(3, 7), 3)

    found = matched(np.array(odds), left, right, 7)

    # The rounds end near the fixed point, and with larger odds a little above it.
    assert np.bincount(left, found).max() <= 1.05
    assert np.bincount(right, found).max() <= 1.05
    assert (found >= 0).all()


def test_a_partner_that_is_taken_leaves_the_next_one_free() -> None:
    left, right = np.array([0, 1, 1]), np.array([2, 2, 3])

    found = matched(np.array([1e4, 50.0, 20.0]), left, right, 4)

    assert found[0] > 0.95
    assert found[1] < 0.05
    assert found[2] > 0.7


def test_a_margin_is_to_the_best_other_pair_of_a_record() -> None:
    score, left, right = np.array([0.9, 0.4, 0.7]), np.array([0, 0, 1]), np.array([2, 3, 3])

    one, other = margins(score, left, right, 4)

    assert one.tolist() == pytest.approx([0.5, -0.5, 0.7])
    assert other.tolist() == pytest.approx([0.9, -0.3, 0.3])


def test_scores_that_chance_reaches_say_little_and_others_much() -> None:
    random = np.random.default_rng(0)
    null = random.normal(0, 1, 2_000)
    real = np.concatenate([random.normal(0, 1, 1_200), random.normal(8, 1, 800)])

    found = chance(real, null)

    assert found.without == pytest.approx(0.6, abs=0.05)
    assert found.odds(np.array([8.0]))[0] > 3
    assert found.odds(np.array([0.0]))[0] < 0
    assert (np.diff(found.odds(np.linspace(-3, 9, 50))) >= 0).all()
    assert chance(null, null).odds(null).max() < 0.1


def test_one_group_among_many_records_says_nothing_of_its_columns() -> None:
    people = [f"name {max(at, 12)}" for at in range(3_000)]
    values = {
        "name": people,
        "phone": [f"0{max(at, 12)}" for at in range(3_000)],
    }
    hashes = {name: whole(pa.array(each, pa.large_string())) for name, each in values.items()}

    assert together(hashes) == [["name"], ["phone"]]


def test_the_best_of_more_is_as_good_as_of_more_draws() -> None:
    random = np.random.default_rng(4)
    few = random.normal(0, 1, (2_000, 20)).max(axis=1)
    many = random.normal(0, 1, (2_000, 200)).max(axis=1)
    scores = np.linspace(1, 3, 25)

    as_they_are = chance(many, few).odds(scores)
    as_of_ten_draws = chance(many, few, times=10).odds(scores)

    assert as_they_are.max() > 2
    assert as_of_ten_draws.max() < 0


def test_chance_leaves_less_where_fewer_records_have_a_match() -> None:
    random = np.random.default_rng(3)
    null = random.normal(0, 1, 4_000)
    real = np.concatenate([random.normal(0, 1, 2_000), random.normal(6, 1, 2_000)])
    scores = np.linspace(-4, 8, 49)

    found = chance(real, null)
    fewer = found.where(0.9)

    assert (fewer.at(scores) <= found.at(scores)).all()
    assert fewer.without == 0.9
    assert fewer.at(np.array([7.0])) > 0.99
    assert found.where(found.without).at(scores) == pytest.approx(found.at(scores))


def test_decoys_keep_what_goes_together() -> None:
    firms = [f"firm {at % 20}" for at in range(600)]
    values = pa.table(
        {
            "firm": pa.array(firms, pa.large_string()),
            "street": pa.array([f"street of {each}" for each in firms], pa.large_string()),
            "name": pa.array([f"name {at}" for at in range(600)], pa.large_string()),
        }
    )
    hashes = {name: whole(values[name].combine_chunks()) for name in values.column_names}

    parts = {name: Part(information=1.0, divisible=True) for name in values.column_names}
    drawn = decoys(values, hashes["name"], 300, 0, parts).to_pylist()

    assert sorted(map(sorted, together(hashes))) == [["firm", "street"], ["name"]]
    assert len(drawn) == 300
    assert all(row["street"] == f"street of {row['firm']}" for row in drawn)
    pairs = dict(zip(values["name"].to_pylist(), firms, strict=True))
    assert sum(pairs[row["name"]] == row["firm"] for row in drawn) < 60


def test_decoys_have_half_of_a_column_that_holds_most() -> None:
    titles = [f"begin {at} end {at}" for at in range(100)]
    values = pa.table(
        {
            "title": pa.array([*titles, ""], pa.large_string()),
            "price": pa.array([str(at) for at in range(101)], pa.large_string()),
        }
    )
    parts = {
        "title": Part(information=8.0, divisible=True),
        "price": Part(information=6.0, divisible=False),
    }
    content = whole(values["price"].combine_chunks())

    drawn = decoys(values, content, 101, 0, parts)

    found = [each for each in drawn["title"].to_pylist() if each]
    assert len(found) == 100
    assert len(set(found) & set(titles)) <= 5
    assert all(each.startswith("begin") and " end" in each for each in found if len(each) > 12)
    assert sorted(drawn["price"].to_pylist()) == sorted(values["price"].to_pylist())


def test_there_are_no_decoys_where_all_columns_go_together() -> None:
    values = pa.table({"name": pa.array(["a b", "c d"], pa.large_string())})
    parts = {"name": Part(information=1.0, divisible=True)}

    assert not len(decoys(values, whole(values["name"].combine_chunks()), 2, 0, parts))


@settings(max_examples=25, deadline=None)
@given(st.randoms(use_true_random=False))
def test_candidates_share_most_and_do_not_depend_on_the_order(random: object) -> None:
    generator = np.random.default_rng(random.getrandbits(32))  # type: ignore[attr-defined]
    drawn = np.stack([np.repeat(np.arange(60), 5), generator.integers(0, 40, 300)], axis=1)
    pairs = np.unique(drawn, axis=0)
    hashes = pairs[:, 1].astype(np.uint64)
    content = generator.permutation(60).astype(np.uint64) * np.uint64(7_919)
    move = generator.permutation(60)

    def found(moved: np.ndarray) -> set[tuple[int, int]]:
        place = moved[pairs[:, 0]]
        order = np.argsort(place, kind="stable")
        there = np.empty(60, np.uint64)
        there[moved] = content
        counts = KeyCounts.none(60, 1, 30)
        counts.add(np.zeros(len(pairs), np.int8), hashes[order])
        matrix = keyed([counts.weighed(place[order], hashes[order])], 60, counts.buckets)
        every = np.arange(60)
        looking = followed(matrix, counts.cost([0]), 30)
        queries, targets = (
            Side(rows=every, content=there, matrix=each) for each in (looking, matrix)
        )
        back = np.argsort(moved)
        result, _ = candidates(queries, targets, 4)
        return {(int(back[one]), int(back[two])) for one, two in result}

    here, there = found(np.arange(60)), found(move)

    assert here == there
    assert all(one != two for one, two in here)
    assert np.bincount([one for one, _ in here]).max() <= 4


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        (["a@b.de", "c.d@e.org", "x@y.zz"], Kind.EMAIL),
        (["2001-02-03", "19991231", "1.2.1987"], Kind.DATE),
        (["$3.50", "1,200", "7"], Kind.NUMBER),
        (["0012", "0345", "0007"], Kind.CODE),
        (["AX-12", "B77", "QQ9"], Kind.CODE),
        (["+49 30 1234567", "(030) 765-4321", "030 111 2222"], Kind.PHONE),
        ([f"{at} {at * 7} Street" for at in range(30)], Kind.ADDRESS),
        (
            ["a long text of many words here", "and one more of many words", "x y z u v w q"],
            Kind.TEXT,
        ),
    ],
)
def test_kinds_of_columns_are_told_by_their_values(values: list[str], kind: Kind) -> None:
    many = [f"{each}" for each in values] * 10

    (found,) = profile(pa.table({"c": pa.array(many, pa.large_string())}))

    assert found.kind is kind


def test_numbers_and_dates_are_read_and_compared() -> None:
    numbers = ["$1,234.50", "1.234,5", "-7", "(8)", "none", None]
    dates = ["2001-02-03", "03.02.2001", "2001-02-30", "4/5/99"]

    read = quantities(pa.array(numbers, pa.large_string()), Kind.NUMBER)
    days = quantities(pa.array(dates, pa.large_string()), Kind.DATE)

    assert read[:4].tolist() == [1234.5, 1234.5, -7.0, -8.0]
    assert np.isnan(read[4:]).all()
    assert days[0] == days[1]
    assert np.isnan(days[2])
    assert days[3] < days[0]
    near = nearness(np.array([100.0, 5.0, 0.0]), np.array([90.0, 5.0, 0.0]), Kind.NUMBER)
    assert near.tolist() == pytest.approx([0.9, 1.0, 1.0])
