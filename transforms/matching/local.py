"""Matching within one process: the steps from records to the probabilities of their pairs."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from gluepot.transforms.matching.candidates import Keys, candidates, each_once
from gluepot.transforms.matching.chance import decoys
from gluepot.transforms.matching.keys import record_keys
from gluepot.transforms.matching.options import Link
from gluepot.transforms.matching.profile import chosen
from gluepot.transforms.matching.scoring import rows
from gluepot.transforms.matching.similarity import count_words, features, prepare, similarities
from gluepot.transforms.matching.text import mixed, whole
from gluepot.transforms.matching.unsupervised import (
    Compared,
    Group,
    Learned,
    Task,
    first_guess,
    learn,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gluepot.transforms.matching.options import MatchOptions
    from gluepot.transforms.matching.profile import Column
    from gluepot.transforms.matching.similarity import Prepared

_MOST_DECOYS = 20_000
_DUPLICATED = 0.2
"""Share of a source's records with a convincing partner within it, from which it has duplicates."""


DECOY = 2
"""What stands for a source of decoys."""


@dataclass(frozen=True, kw_only=True)
class Workspace:
    """Records ready to be matched: the real ones, then decoys.

    Attributes:
        columns: What is compared.
        texts: Folded values by column.
        source: Of each record, or DECOY.
        prepared: The records, ready to be compared.
        content: Hash of what each holds.
    """

    columns: tuple[Column, ...]
    texts: Mapping[str, pa.Array]
    source: np.ndarray
    prepared: Prepared
    content: np.ndarray

    @property
    def count(self) -> int:
        """Return how many records there are, decoys too."""
        return len(self.content)

    @cached_property
    def keys(self) -> Keys:
        """Return what the records have in common with candidates."""
        return Keys.of(*record_keys(self.texts, self.columns), self.content)

    def rows_of(self, source: int) -> np.ndarray:
        """Return the rows of a source."""
        return np.flatnonzero(self.source == source)


def content_hash(values: pa.Table, columns: tuple[Column, ...]) -> np.ndarray:
    """Return the hash of what each record holds in the columns."""
    return _content(chosen(values, columns), len(values))


def _content(texts: Mapping[str, pa.Array], count: int) -> np.ndarray:
    found = np.zeros(count, np.uint64)
    for at, text in enumerate(texts.values()):
        found = mixed(found + whole(text) * np.uint64(2 * at + 1))
    return found


def workspace(
    values: pa.Table, source: np.ndarray, columns: tuple[Column, ...], *, seed: int | None = None
) -> Workspace:
    """Return records made ready; with a seed, decoys drawn from them too."""
    texts = chosen(values, columns)
    frequencies = count_words(texts)
    content = _content(texts, len(values))
    if seed is not None:
        drawn = decoys(pa.table(texts), content, min(len(values), _MOST_DECOYS), seed)
        values = pa.concat_tables([values.select(list(texts)), drawn])
        texts = chosen(values, columns)
        source = np.concatenate([source, np.full(len(drawn), DECOY, np.int8)])
        content = _content(texts, len(values))
    return Workspace(
        columns=columns,
        texts=texts,
        source=source,
        prepared=prepare(values, columns, frequencies),
        content=content,
    )


def real_pairs(space: Workspace, options: MatchOptions) -> np.ndarray:
    """Return the candidate pairs: between two sources, or within one."""
    first, second = space.rows_of(0), space.rows_of(1)
    if not len(second):
        return _within(space, first, first, options)
    return each_once(
        np.concatenate(
            [_pairs(space, first, second, options), _pairs(space, second, first, options)]
        )
    )


def null_pairs(space: Workspace, sources: tuple[int, ...], options: MatchOptions) -> np.ndarray:
    """Return pairs of records that cannot match: within clean sources, or decoys with records."""
    found = []
    for source in sources:
        queries = space.rows_of(source)
        found.append(_within(space, queries, queries if source != DECOY else real(space), options))
    return np.concatenate(found)


def real(space: Workspace) -> np.ndarray:
    """Return the rows of real records."""
    return np.flatnonzero(space.source != DECOY)


def compared(space: Workspace, pairs: np.ndarray) -> Compared:
    """Return pairs with the numbers found of them; they compete with each other alone."""
    found = similarities(space.prepared, pairs[:, 0], pairs[:, 1])
    names = features(space.columns)
    return Compared(pairs=pairs, similarities=found, numbers=rows(found, names, pairs, space.count))


def _within(
    space: Workspace, queries: np.ndarray, targets: np.ndarray, options: MatchOptions
) -> np.ndarray:
    return each_once(_pairs(space, queries, targets, options))


def _pairs(
    space: Workspace, queries: np.ndarray, targets: np.ndarray, options: MatchOptions
) -> np.ndarray:
    most, budget = options.candidates, options.key_budget
    return candidates(space.keys, queries, targets, most=most, budget=budget)


@dataclass(frozen=True, kw_only=True)
class Scored:
    """Candidate pairs and what was learned of them.

    Attributes:
        task: What was learned from.
        learned: Evidence, chances and the pairs' probabilities.
        guess: The first guesses that learning began with.
        repeated: Share of each source's records with a convincing partner within it.
    """

    task: Task
    learned: Learned
    guess: np.ndarray
    repeated: tuple[float, ...] = ()


def scored(space: Workspace, pairs: np.ndarray, options: MatchOptions) -> Scored:
    """Return the candidate pairs with their probabilities, found without labels."""
    real = compared(space, pairs)
    if not len(space.rows_of(1)) or options.link is Link.MANY:
        return _by_decoys(space, real, options, (False, False))
    groups = [Group(members=space.rows_of(each), null=space.rows_of(each)) for each in (0, 1)]
    null = compared(space, null_pairs(space, (0, 1), options))
    task = _task(space, real, null, groups, (True, True))
    guess = first_guess(task, from_chance=False)
    learned = learn(task, guess)
    repeated = _repeated(space, task, learned)
    if options.link is Link.ONE_TO_ONE or max(repeated) < _DUPLICATED:
        return Scored(task=task, learned=learned, guess=guess, repeated=repeated)
    single = (repeated[1] < _DUPLICATED, repeated[0] < _DUPLICATED)
    return replace(_by_decoys(space, real, options, single), repeated=repeated)


def _by_decoys(
    space: Workspace, real: Compared, options: MatchOptions, single: tuple[bool, bool]
) -> Scored:
    members = [each for each in (space.rows_of(0), space.rows_of(1)) if len(each)]
    groups = [Group(members=each, null=space.rows_of(DECOY)) for each in members]
    null = compared(space, null_pairs(space, (DECOY,), options))
    task = _task(space, real, null, groups, single)
    guess = first_guess(task, from_chance=True)
    return Scored(task=task, learned=learn(task, guess), guess=guess)


def _task(
    space: Workspace,
    real: Compared,
    null: Compared,
    groups: list[Group],
    single: tuple[bool, bool],
) -> Task:
    return Task(
        columns=space.columns,
        features=features(space.columns),
        real=real,
        null=null,
        groups=groups,
        count=space.count,
        single=single,
    )


def _repeated(space: Workspace, task: Task, learned: Learned) -> tuple[float, float]:
    """Return the share of each source's records that look repeated within it.

    Twice the share that has as much evidence for another record of its source as the middle one
    of the matches between the sources has.
    """
    sure = learned.probability >= 1 / 2
    if learned.evidence is None or not sure.any():
        return 0.0, 0.0
    middle = np.median(learned.evidence.of(task.real.numbers)[sure])
    top = task.best(task.null, learned.evidence.of(task.null.numbers))
    first, second = (2 * float((top[space.rows_of(each)] >= middle).mean()) for each in (0, 1))
    return first, second
