"""Matching within one process: the steps from records to the probabilities of their pairs."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Protocol

import numpy as np
import pyarrow as pa

from gluepot.transforms.matching.comparing.cleaning import chosen
from gluepot.transforms.matching.comparing.similarity import (
    MEASURED,
    count_words,
    features,
    prepare,
    similarities,
    whole_similarities,
)
from gluepot.transforms.matching.comparing.text import joined, mixed, slices, whole
from gluepot.transforms.matching.finding.candidates import (
    Side,
    candidates,
    each_once,
    followed,
    keyed,
)
from gluepot.transforms.matching.finding.key_counts import KeyCounts
from gluepot.transforms.matching.finding.keys import record_keys
from gluepot.transforms.matching.finding.parallel import in_order
from gluepot.transforms.matching.judging.chance import Part, decoys
from gluepot.transforms.matching.judging.scoring import competition, pair_evidence, rows
from gluepot.transforms.matching.judging.unsupervised import (
    Compared,
)
from gluepot.transforms.matching.options import MatchOptions

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import scipy.sparse as sp

    from gluepot.transforms.matching.comparing.profile import Column
    from gluepot.transforms.matching.comparing.similarity import Prepared
    from gluepot.transforms.matching.comparing.vectors import Frequencies
    from gluepot.transforms.matching.judging.scoring import Evidence

MOST_LEARNED = 10_000
"""Records that is learned from, with all their candidates; as many decoys stand beside them. Of
more records it is as many again for each factor of ten: the more there are, the more alike
strangers get, and the more examples it takes to tell their kinds from matches."""

_PAIRS_AT_ONCE = 50_000


DECOY = 2
"""What stands for a source of decoys."""


_DRAWN = 0x5EED
"""Added to the hash of what a record holds, so that drawing has nothing to do with other uses."""


@dataclass(frozen=True, kw_only=True)
class Workspace:
    """Records ready to be matched: the real ones, then decoys.

    Attributes:
        columns: What is compared.
        values: The records as they came.
        texts: Folded values by column.
        source: Of each record, or DECOY.
        content: Hash of what each holds.
        key_budget: Other records that one record's keys may lead to.
        engine: What carries out the work on all records.
    """

    columns: tuple[Column, ...]
    values: pa.Table
    texts: Mapping[str, pa.Array]
    source: np.ndarray
    content: np.ndarray
    key_budget: int
    engine: Engine

    @property
    def count(self) -> int:
        """Return how many records there are, decoys too."""
        return len(self.content)

    @property
    def linked(self) -> bool:
        """Return whether there are two sources."""
        return bool((self.source == 1).any())

    @cached_property
    def frequencies(self) -> dict[str, Frequencies]:
        """Return how often grams and words occur; decoys do not count in what is rare."""
        real = pa.array(self.source != DECOY)
        texts = {name: each.filter(real) for name, each in self.texts.items()}
        return count_words(texts, self.columns)

    @cached_property
    def prepared(self) -> Prepared:
        """Return the records ready to be compared."""
        return prepare(self.values, self.texts, self.columns, self.frequencies)

    @cached_property
    def key_counts(self) -> KeyCounts:
        """Return how often the keys of all records occur."""
        counts = KeyCounts.none(self.count, 2 if self.linked else 1, self.key_budget)
        for found, hashes in self._key_parts():
            counts.add(self.source[found], hashes)
        return counts

    @cached_property
    def keyed(self) -> sp.csr_array:
        """Return what the records have in common with candidates; see ``candidates.keyed``."""
        weighed = (self.key_counts.weighed(*each) for each in self._key_parts())
        return keyed(weighed, self.count, self.key_counts.buckets)

    def side(self, rows: np.ndarray, sources: Sequence[int] | None = None) -> Side:
        """Return records as targets or, given the sources that they look through, as queries."""
        matrix = self.keyed[rows]
        if sources is not None:
            matrix = followed(matrix, self.key_counts.cost(sources), self.key_budget)
        return Side(rows=rows, content=self.content[rows], matrix=matrix)

    @cached_property
    def learned_from(self) -> np.ndarray:
        """Return which records are learned from: all, or some by what they hold; and decoys."""
        real = self.source != DECOY
        count = int(real.sum())
        share = most_learned(count) / max(count, 1)
        if share >= 1:
            return np.ones(self.count, bool)
        drawn = mixed(self.content + np.uint64(_DRAWN)) <= np.uint64(int(2**64 * share) - 1)
        return np.asarray(drawn | ~real)

    def rows_of(self, source: int) -> np.ndarray:
        """Return the rows of a source that is learned from."""
        return np.flatnonzero((self.source == source) & self.learned_from)

    def sources_of(self, rows: np.ndarray) -> list[int]:
        """Return the sources of some records."""
        return [int(each) for each in np.unique(self.source[rows])]

    def _key_parts(self) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        for start, part in slices(joined(list(self.texts.values()))):
            texts = {name: each.slice(start, len(part)) for name, each in self.texts.items()}
            found, hashes = record_keys(texts, self.columns)
            yield found + start, hashes


def most_learned(count: int) -> int:
    """Return how many of so many records are learned from, if there are as many.

    >>> [most_learned(count) for count in (500, 10_000, 100_000, 1_000_000)]
    [10000, 10000, 20000, 30000]
    """
    return round(MOST_LEARNED * (1 + math.log10(max(count / MOST_LEARNED, 1))))


def content_hash(values: pa.Table, columns: tuple[Column, ...]) -> np.ndarray:
    """Return the hash of what each record holds in the columns."""
    return _content(chosen(values, columns), len(values))


def _content(texts: Mapping[str, pa.Array], count: int) -> np.ndarray:
    found = np.zeros(count, np.uint64)
    for at, text in enumerate(texts.values()):
        found = mixed(found + whole(text) * np.uint64(2 * at + 1))
    return found


def workspace(  # noqa: PLR0913 - two more than records, for those who learn
    values: pa.Table,
    source: np.ndarray,
    columns: tuple[Column, ...],
    options: MatchOptions | None = None,
    *,
    engine: Engine | None = None,
    with_decoys: bool = False,
) -> Workspace:
    """Return records made ready; with decoys, drawn from them by the seed of the options."""
    options = options or MatchOptions()
    texts = chosen(values, columns)
    content = _content(texts, len(values))
    if with_decoys:
        count = min(len(values), most_learned(len(values)))
        drawn = decoys(pa.table(texts), content, count, options.seed, _parts(columns))
        made = {name: drawn.column(name).combine_chunks() for name in texts}
        values = pa.concat_tables([values.select(list(texts)), drawn])
        texts = {name: pa.concat_arrays([texts[name], made[name]]) for name in texts}
        source = np.concatenate([source, np.full(len(drawn), DECOY, np.int8)])
        content = np.concatenate([content, _content(made, len(drawn))])
    return Workspace(
        columns=columns,
        values=values,
        texts=texts,
        source=source,
        content=content,
        key_budget=options.key_budget,
        engine=engine or Here(),
    )


def _parts(columns: Sequence[Column]) -> dict[str, Part]:
    return {
        each.name: Part(information=each.information, divisible=each.kind not in MEASURED)
        for each in columns
    }


def real_pairs(space: Workspace, options: MatchOptions) -> np.ndarray:
    """Return the candidate pairs: between two sources, or within one."""
    first, second = (np.flatnonzero(space.source == source) for source in (0, 1))
    if not len(second):
        return each_once(space.engine.candidates(space, first, first, options.candidates))
    return between(space, first, second, options)


def between(
    space: Workspace, first: np.ndarray, second: np.ndarray, options: MatchOptions
) -> np.ndarray:
    """Return the candidate pairs between some records and others."""
    both = [
        space.engine.candidates(space, one, other, options.candidates)
        for one, other in ((first, second), (second, first))
    ]
    return each_once(np.concatenate(both))


def null_pairs(space: Workspace, sources: tuple[int, ...], options: MatchOptions) -> np.ndarray:
    """Return pairs of records that cannot match: within clean sources, or decoys with records."""
    found = []
    for source in sources:
        there = space.source == source if source != DECOY else space.source != DECOY
        queries, targets = space.rows_of(source), np.flatnonzero(there)
        pairs = space.engine.candidates(space, queries, targets, options.candidates)
        found.append(each_once(pairs))
    return np.concatenate(found)


def compared(space: Workspace, pairs: np.ndarray, at: np.ndarray | None = None) -> Compared:
    """Return pairs with the numbers found of them.

    Args:
        space: Their records.
        pairs: All pairs that compete with each other.
        at: Places of the pairs that are wanted, rising; all without it.
    """
    if at is None:
        at = np.arange(len(pairs))
    ends = np.zeros(space.count, bool)
    ends[pairs[at]] = True
    (near,) = np.nonzero(ends[pairs].any(axis=1))
    whole = space.engine.similarities(space, pairs[near], whole_only=True)
    competing = competition(whole, pairs[near], space.count)[np.searchsorted(near, at)]
    found = space.engine.similarities(space, pairs[at])
    numbers = np.concatenate([rows(found, features(space.columns)), competing], axis=1)
    return Compared(pairs=pairs[at], similarities=found, numbers=numbers)


def weighed(space: Workspace, pairs: np.ndarray, evidence: Evidence) -> np.ndarray:
    """Return the evidence of pairs that compete with each other, however many they are."""
    whole, found = space.engine.weighed(space, pairs, evidence)
    competing = evidence.of_competition(competition(whole, pairs, space.count))
    return np.asarray(found + competing + evidence.intercept)


class Engine(Protocol):
    """What carries out the work that grows with records: this process, or a cluster."""

    def candidates(
        self, space: Workspace, queries: np.ndarray, targets: np.ndarray, most: int
    ) -> np.ndarray:
        """Return two columns, query and target: for each query those it shares most with."""

    def similarities(
        self, space: Workspace, pairs: np.ndarray, *, whole_only: bool = False
    ) -> np.ndarray:
        """Return the similarities of some pairs, a row a pair; of their whole records only."""

    def weighed(
        self, space: Workspace, pairs: np.ndarray, evidence: Evidence
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return how alike pairs are as a whole, a row a pair, and the evidence of their values."""


class Here:
    """This process and its threads."""

    def candidates(
        self, space: Workspace, queries: np.ndarray, targets: np.ndarray, most: int
    ) -> np.ndarray:
        """Return two columns, query and target: for each query those it shares most with."""
        looked = space.side(targets)
        return candidates(space.side(queries, space.sources_of(targets)), looked, most)[0]

    def similarities(
        self, space: Workspace, pairs: np.ndarray, *, whole_only: bool = False
    ) -> np.ndarray:
        """Return the similarities of some pairs, a row a pair; of their whole records only."""
        return similarities_of(space.prepared, pairs, whole_only=whole_only)

    def weighed(
        self, space: Workspace, pairs: np.ndarray, evidence: Evidence
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return how alike pairs are as a whole, a row a pair, and the evidence of their values."""
        found = in_order(
            lambda part: pair_evidence(space.prepared, part[:, 0], part[:, 1], evidence),
            in_parts(pairs),
        )
        whole, numbers = (np.concatenate(each) for each in zip(*found, strict=True))
        return whole, numbers


class Few(Here):
    """This process, for pairs of few of the records: only these are made ready.

    Args:
        looks: What looks for candidates; this process without it.
    """

    def __init__(self, *, looks: Engine | None = None) -> None:
        self._looks = looks

    def candidates(
        self, space: Workspace, queries: np.ndarray, targets: np.ndarray, most: int
    ) -> np.ndarray:
        """Return two columns, query and target: for each query those it shares most with."""
        if self._looks is None:
            return super().candidates(space, queries, targets, most)
        return self._looks.candidates(space, queries, targets, most)

    def similarities(
        self, space: Workspace, pairs: np.ndarray, *, whole_only: bool = False
    ) -> np.ndarray:
        """Return the similarities of some pairs, a row a pair; of their whole records only."""
        some, places = _those_of(space, pairs)
        return similarities_of(some.prepared, places, whole_only=whole_only)

    def weighed(
        self, space: Workspace, pairs: np.ndarray, evidence: Evidence
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return how alike pairs are as a whole, a row a pair, and the evidence of their values."""
        return super().weighed(*_those_of(space, pairs), evidence)


def _those_of(space: Workspace, pairs: np.ndarray) -> tuple[Workspace, np.ndarray]:
    """Return the records of some pairs, words as rare as among all, and the pairs by their rows."""
    rows, places = np.unique(pairs, return_inverse=True)
    at = pa.array(rows)
    some = replace(
        space,
        values=space.values.take(at),
        texts={name: each.take(at) for name, each in space.texts.items()},
        source=space.source[rows],
        content=space.content[rows],
    )
    # A cached property, set to what is known already.
    vars(some)["frequencies"] = space.frequencies
    return some, places.reshape(pairs.shape)


def similarities_of(records: Prepared, pairs: np.ndarray, *, whole_only: bool) -> np.ndarray:
    """Return the similarities of pairs of prepared records, a row a pair."""
    compare = whole_similarities if whole_only else similarities
    found = in_order(lambda part: compare(records, part[:, 0], part[:, 1]), in_parts(pairs))
    return np.concatenate(found)


def in_parts(pairs: np.ndarray) -> list[np.ndarray]:
    """Return pairs in parts, one at least."""
    return [
        pairs[start : start + _PAIRS_AT_ONCE]
        for start in range(0, max(len(pairs), 1), _PAIRS_AT_ONCE)
    ]
