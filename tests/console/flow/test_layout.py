"""Laws of laid out graphs: nothing on anything else, arrows forward, few crossings."""

from __future__ import annotations

import random
from itertools import combinations, pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from gluepot.console.flow.layout import BOX_HEIGHT, BOX_WIDTH, lay_out

EDGES = st.lists(st.tuples(st.integers(0, 12), st.integers(0, 12)), max_size=30)


def graph(pairs: list[tuple[int, int]], count: int = 13) -> tuple[tuple[str, ...], tuple]:  # type: ignore[type-arg]
    """Return nodes and edges named by numbers."""
    return tuple(map(str, range(count))), tuple((str(a), str(b)) for a, b in pairs)


@given(EDGES)
@settings(max_examples=150, deadline=None)
def test_no_box_is_on_another_and_all_are_within_the_drawing(
    pairs: list[tuple[int, int]],
) -> None:
    found = lay_out(*graph(pairs))

    for (x, y), (other_x, other_y) in combinations(found.boxes.values(), 2):
        assert abs(x - other_x) >= BOX_WIDTH or abs(y - other_y) >= BOX_HEIGHT
    for x, y in found.boxes.values():
        assert 0 <= x <= found.width - BOX_WIDTH
        assert 0 <= y <= found.height - BOX_HEIGHT


@given(EDGES)
@settings(max_examples=150, deadline=None)
def test_every_arrow_that_does_not_lead_back_leads_to_the_right(
    pairs: list[tuple[int, int]],
) -> None:
    found = lay_out(*graph(pairs))

    assert set(found.ways) == {(str(a), str(b)) for a, b in pairs if a != b}
    for start, end in found.ways:
        back = (start, end) in found.back
        assert (found.boxes[start][0] > found.boxes[end][0]) == back


def test_only_what_closes_a_circle_leads_back() -> None:
    found = lay_out(("a", "b", "c", "d"), (("a", "b"), ("b", "c"), ("c", "a"), ("c", "d")))

    assert found.back == {("c", "a")}


def test_two_chains_that_are_mixed_up_do_not_cross() -> None:
    nodes = ("a1", "b1", "b2", "a2", "a3", "b3")
    found = lay_out(nodes, (("a1", "a2"), ("a2", "a3"), ("b1", "b2"), ("b2", "b3")))

    ups = [found.boxes[f"a{n}"][1] < found.boxes[f"b{n}"][1] for n in (1, 2, 3)]
    assert len(set(ups)) == 1
    assert len({found.boxes[f"a{n}"][1] for n in (1, 2, 3)}) == 1


def test_a_long_arrow_goes_around_the_boxes_between() -> None:
    nodes = ("a", "b", "c", "d")
    found = lay_out(nodes, (("a", "b"), ("b", "c"), ("c", "d"), ("a", "d")))

    bends = [part for part in found.ways["a", "d"].split("C") if "L" in part]
    heights = {int(part.split("L")[1].split()[1]) for part in bends}
    for name in ("b", "c"):
        middle = found.boxes[name][1] + BOX_HEIGHT // 2
        assert all(abs(height - middle) > BOX_HEIGHT // 2 for height in heights)


def test_of_five_hundred_nodes_few_arrows_cross() -> None:
    dice = random.Random(7)  # noqa: S311 - the same each time
    tree = [(dice.randrange(max(0, end - 25), end), end) for end in range(1, 500)]
    found = lay_out(*graph(tree, 500))

    columns: dict[int, list[tuple[int, int]]] = {}
    for start, end in found.ways:
        (x, y), (_, other) = found.boxes[start], found.boxes[end]
        columns.setdefault(x, []).append((y, other))
    crossings = sum(
        (one[0] - two[0]) * (one[1] - two[1]) < 0
        for ways in columns.values()
        for one, two in combinations(ways, 2)
    )
    # A tree has a drawing without any.
    assert crossings == 0
    assert found.height < 3000


def test_a_drawing_does_not_hang_on_the_order_of_asking() -> None:
    nodes, edges = graph([(0, 1), (1, 2), (0, 2)], 3)

    assert lay_out(nodes, edges) == lay_out(nodes, edges)
    assert list(pairwise(sorted(x for x, _ in lay_out(nodes, edges).boxes.values())))
