"""What is learned of candidate pairs without labels: of two sources, or of one table."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from gluepot.transforms.matching.comparing.similarity import features
from gluepot.transforms.matching.comparing.text import mixed
from gluepot.transforms.matching.judging.counting import NOBODY, UNKNOWN, Count, Guessed, counted
from gluepot.transforms.matching.judging.unsupervised import (
    Compared,
    Group,
    Guess,
    Learned,
    Task,
    alike,
    first_guess,
    judged,
    learn,
)
from gluepot.transforms.matching.local import DECOY, between, compared, null_pairs, weighed
from gluepot.transforms.matching.options import Link

if TYPE_CHECKING:
    from gluepot.transforms.matching.local import Workspace
    from gluepot.transforms.matching.options import MatchOptions

_DUPLICATED = 0.2
"""Share of a source's records with a convincing partner within it, from which it has duplicates."""
_RIVALLED = 0.1
"""Share of a source's matched records with rivals of their partners, from which it is tried how
many matches there are where records may have several partners."""
_DOUBTFUL = 2 / 3
"""Share of the matches that stay by a stricter chance, below which they have to be seen in a count,
too."""
_UNEQUAL = 1.2
"""How many times as large as the other a source is for its size to mislead chance."""
_WORTH = 1.05
"""How many times what chance leaves there have to be guessed for matches to be counted."""
_SPLIT = 0x59117
"""Added to the hash of what a record holds, so that splitting has nothing to do with drawing."""


@dataclass(frozen=True, kw_only=True)
class Scored:
    """Candidate pairs and what was learned of them.

    Attributes:
        at: Places of the candidate pairs that were learned from, rising.
        task: What was learned from.
        learned: Evidence, chances and the probabilities of the pairs that were learned from.
        guess: The first guesses that learning began with.
        repeated: Share of each source's records with a convincing partner within it.
        matches: How many pairs match, where that is known better than by chance.
    """

    at: np.ndarray
    task: Task
    learned: Learned
    guess: Guess
    repeated: tuple[float, ...] = ()
    matches: float | None = None


def scored(space: Workspace, pairs: np.ndarray, options: MatchOptions, known: np.ndarray) -> Scored:
    """Return what is learned of candidate pairs without labels.

    Args:
        space: Their records.
        pairs: All of them.
        options: How they are matched.
        known: Places of pairs that are learned from in any case.
    """
    drawn = space.learned_from[pairs].any(axis=1)
    drawn[known] = True
    at = np.flatnonzero(drawn)
    real = compared(space, pairs, at)
    if not space.linked or options.link is Link.MANY:
        return _by_decoys(space, at, real, options, (False, False))
    groups = [Group(members=space.rows_of(each), null=space.rows_of(each)) for each in (0, 1)]
    null = compared(space, null_pairs(space, (0, 1), options))
    task = _task(space, real, null, groups, (True, True))
    guess = first_guess(task, from_chance=False)
    learned, matches, count = _linked(space, task, guess, options)
    repeated = _repeated(space, task, learned)
    linked = Scored(
        at=at, task=task, learned=learned, guess=guess, repeated=repeated, matches=matches
    )
    rivalled = _rivalled(task, learned)
    single = (
        repeated[1] < _DUPLICATED and rivalled[0] < _RIVALLED,
        repeated[0] < _DUPLICATED and rivalled[1] < _RIVALLED,
    )
    if options.link is Link.ONE_TO_ONE or all(single):
        return linked
    found = _by_decoys(space, at, real, options, single)
    least = count.least
    if max(repeated) < _DUPLICATED:
        least = max(least, (1 + _DUPLICATED) * learned.expected)
    if found.learned.expected < least:
        return linked
    return replace(found, repeated=repeated)


def _linked(
    space: Workspace, task: Task, guess: Guess, options: MatchOptions
) -> tuple[Learned, float | None, Count]:
    """Return what is learned of two sources whose records have one partner at most.

    Returns:
        With it how many pairs match where that was counted, or None, and the count, or UNKNOWN.
    """
    learned = learn(task, guess)
    strict = _strictly(space, task, guess, learned)
    doubtful = strict < _DOUBTFUL * learned.expected
    found = _guessed(space, task, guess)
    at_best = counted(found, NOBODY, guess.expected)
    if not doubtful and at_best.matches <= learned.expected * _WORTH:
        return learned, None, UNKNOWN
    count = counted(found, _by_chance(space, task, options), guess.expected)
    if count.least and count.matches > learned.expected:
        matches = count.matches
    elif doubtful and not count.least:
        matches = min(count.most, strict)
    else:
        return learned, None, count
    return learn(task, guess, matches=matches), matches, count


def _strictly(space: Workspace, task: Task, guess: Guess, learned: Learned) -> float:
    """Return how many match if the best of many is by chance as good as that of many draws.

    Where one source is larger, its records are by chance as alike to one of the other as the best
    of as many. That is too strict where a source has several things much alike: each draw brings
    the same again; in names alone most are, so these are left as they are.
    """
    count = [int((space.source == each).sum()) for each in (0, 1)]
    if max(count) < _UNEQUAL * min(count) or not len(space.rows_of(DECOY)):
        return learned.expected
    groups = [
        replace(each, times=max(count[1 - source] / count[source], 1.0))
        for source, each in enumerate(task.groups)
    ]
    return learn(replace(task, groups=groups), guess).expected


def _guessed(space: Workspace, task: Task, guess: Guess) -> Guessed:
    """Return what is guessed of the smaller source."""
    smaller = _smaller(space)
    return Guessed.of(guess.probability, task.real.pairs[:, smaller], space.rows_of(smaller))


def _smaller(space: Workspace) -> int:
    return int((space.source == 1).sum() < (space.source == 0).sum())


def _by_chance(space: Workspace, task: Task, options: MatchOptions) -> Guessed:
    """Return what is guessed of the larger source, split like both and linked with itself."""
    smaller = _smaller(space)
    larger = np.flatnonzero(space.source == 1 - smaller)
    share = (space.source == smaller).sum() / (space.source != DECOY).sum()
    order = np.argsort(mixed(space.content[larger] + np.uint64(_SPLIT)), kind="stable")
    first, second = map(np.sort, np.split(larger[order], [round(share * len(larger))]))
    apart = np.zeros(space.count, bool)
    apart[first] = True
    pairs = between(space, first, second, options)
    pairs = np.where(apart[pairs[:, :1]], pairs, pairs[:, ::-1])
    drawn = np.flatnonzero(space.learned_from[pairs].any(axis=1))
    null = first_guess(replace(task, real=compared(space, pairs, drawn)), from_chance=False)
    asked = first[space.learned_from[first]]
    return Guessed.of(null.probability, pairs[drawn, 0], asked)


def _by_decoys(
    space: Workspace,
    at: np.ndarray,
    real: Compared,
    options: MatchOptions,
    single: tuple[bool, bool],
) -> Scored:
    if not len(space.rows_of(DECOY)):
        return _unknowable(space, at, real)
    members = [each for each in (space.rows_of(0), space.rows_of(1)) if len(each)]
    groups = [Group(members=each, null=space.rows_of(DECOY)) for each in members]
    null = compared(space, null_pairs(space, (DECOY,), options))
    task = _task(space, real, null, groups, single)
    guess = first_guess(task, from_chance=True)
    return Scored(at=at, task=task, learned=learn(task, guess), guess=guess)


def _unknowable(space: Workspace, at: np.ndarray, real: Compared) -> Scored:
    """Return that no match is known where nothing says what is alike by chance.

    Labels may say it; with them nothing is known of how many partners records have.
    """
    null = Compared(
        pairs=real.pairs[:0], similarities=real.similarities[:0], numbers=real.numbers[:0]
    )
    probability = np.zeros(len(real.pairs))
    return Scored(
        at=at,
        task=_task(space, real, null, [], (False, False)),
        learned=Learned(evidence=None, chances=(), probability=probability),
        guess=Guess(probability=probability),
    )


def probabilities(space: Workspace, pairs: np.ndarray, found: Scored) -> np.ndarray:
    """Return the probability of every candidate pair by what was learned of some of them."""
    learned = found.learned
    if len(found.at) == len(pairs):
        return learned.probability
    if learned.evidence is None:
        return np.zeros(len(pairs))
    score = weighed(space, pairs, learned.evidence)
    return judged(score, pairs, learned.chances, space.count, found.task.single)


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


def _rivalled(task: Task, learned: Learned) -> tuple[float, float]:
    """Return the share of each source's matched records that other records are as alike to.

    As alike as the middle one of the matches: several records of one thing in the other source, or
    of things that are much alike.
    """
    sure = learned.probability >= 1 / 2
    if not sure.any():
        return 0.0, 0.0
    score = alike(task.real, task.features)
    rival = ~sure & (score >= np.median(score[sure]))
    first, second = (
        float(np.isin(np.unique(ends[sure]), ends[rival]).mean()) for ends in task.real.pairs.T
    )
    return first, second


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
