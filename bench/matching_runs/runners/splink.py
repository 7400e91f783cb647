"""Splink on DuckDB, by the workflow that its documentation recommends without labels.

Comparisons are chosen by what a column holds, blocking rules by Splink's own count of the pairs
that each would make; u by random sampling, m by expectation maximisation over blocks that between
them leave every column free; then clusters at a threshold, or the single best links between two
sources. Splink leaves the threshold to its user: other ones are measured, too.
"""

# ruff: noqa: SLF001 - its search for blocking rules and its prior have no public name
from __future__ import annotations

import itertools
import logging
import re
import warnings
from functools import partial
from typing import TYPE_CHECKING, Any

import pandas as pd
import splink.comparison_library as cl
from splink import DuckDBAPI, Linker, SettingsCreator, block_on
from splink.blocking_analysis import count_comparisons_from_blocking_rule
from splink.blocking_rule_library import CustomRule

from matching_runs.task import Found, tables, wishes

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

ID, SOURCE = "unique_id", "source_dataset"
NAMES = ("a", "b")
DATE = re.compile(r"\d{8}|\d{4}-\d\d?-\d\d?|\d\d?[./]\d\d?[./]\d{4}")
LONG_WORDS = 4.0
FEW_VALUES = 30
COMPARISONS_A_RECORD = 200
TRAINING_BLOCKS = 4
THRESHOLD, OTHER_THRESHOLDS = 0.5, (0.1, 0.9, 0.99)


def run(folder: Path) -> Found:
    """Match the tables of a folder."""
    warnings.simplefilter("ignore")
    logging.getLogger("splink").setLevel(logging.ERROR)
    asked = wishes(folder)
    frames = [_named_safely(read(file)) for file in tables(folder)]
    columns = [name for name in frames[0] if name in frames[-1] and name != ID]
    frames = [frame[[ID, *columns]] for frame in frames]
    if asked.get("text_features"):
        columns = _with_features(frames, columns)
    linker, rules = _trained(frames, columns)
    threshold = asked.get("threshold", THRESHOLD)
    predicted = linker.inference.predict(threshold_match_probability=0.01)
    kind = links if len(frames) > 1 else duplicates
    return Found(
        pairs=list(kind(linker, predicted, threshold)),
        at={other: partial(kind, linker, predicted, other) for other in OTHER_THRESHOLDS},
        details={"rules": rules, "threshold": threshold},
    )


def read(file: Path) -> pd.DataFrame:
    """Read a table as its documentation prepares one: lower case, no spaces around."""
    frame = pd.read_csv(file, dtype=str, keep_default_na=False, na_values=[""])
    frame = frame.rename(columns={"id": ID})
    for name in frame:
        if name != ID:
            frame[name] = frame[name].str.lower().str.strip().replace("", None)
    return frame


def _named_safely(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the table with names that SQL cannot take for its own words."""
    safe = {name: "c_" + re.sub(r"\W", "_", name) for name in frame if name != ID}
    return frame.rename(columns=safe)


def _trained(frames: list[pd.DataFrame], columns: Sequence[str]) -> tuple[Linker, list[str]]:
    whole = pd.concat(frames, ignore_index=True)
    used = [name for name in columns if len(set(whole[name].astype(str))) > 1]
    arrays = [name for name in used if _is_array(whole[name])]
    plain = [name for name in used if name not in arrays]
    keys = [key for name in plain for key in _keys(name, whole[name])]
    comparisons = [_comparison(name, whole[name]) for name in used]
    rules = _rules(frames, keys, len(whole))
    blocking = [CustomRule(rule) for rule in rules]
    blocking += [block_on(name, arrays_to_explode=[name]) for name in arrays]
    linker = _linker(frames, comparisons, blocking)
    _estimate_prior(linker, _sure(whole, plain), len(whole))
    linker.training.estimate_u_using_random_sampling(max_pairs=2e6, seed=1)
    _maximise(linker, frames, keys, len(whole))
    return linker, [*rules, *arrays]


def _linker(frames: list[pd.DataFrame], comparisons: list[Any], rules: list[Any]) -> Linker:
    settings = SettingsCreator(
        link_type="dedupe_only" if len(frames) == 1 else "link_only",
        comparisons=comparisons,
        blocking_rules_to_generate_predictions=rules,
        retain_matching_columns=False,
    )
    if len(frames) == 1:
        return Linker(frames[0], settings, db_api=DuckDBAPI())
    return Linker(frames, settings, db_api=DuckDBAPI(), input_table_aliases=list(NAMES))


def _keys(name: str, values: pd.Series) -> list[str]:
    """Return what to block on: a value; of a long text its first and its last word, too."""
    words = [f"split_part(\"{name}\", ' ', {at})" for at in (1, -1)]
    return [f'"{name}"', *(words if _is_long(values.dropna()) else [])]


def _rules(frames: list[pd.DataFrame], keys: Sequence[str], records: int) -> list[str]:
    """Return the rules within the budget: each key that is, and each two that only are together."""
    most = max(records * COMPARISONS_A_RECORD, 1_000_000)
    sizes = {(key,): _size(frames, key) for key in keys}
    large = [key for (key,), size in sizes.items() if size > most]
    sizes |= {two: _size(frames, *two) for two in itertools.combinations(large, 2)}
    within = [rule for rule, size in sizes.items() if size <= most]
    return [_equal(*rule) for rule in sorted(within, key=sizes.__getitem__)]


def _size(frames: list[pd.DataFrame], *keys: str) -> int:
    """Return how many pairs agree on the keys, as Splink counts them."""
    counted = count_comparisons_from_blocking_rule(
        table_or_tables=frames,
        blocking_rule=CustomRule(_equal(*keys)),
        link_type="dedupe_only" if len(frames) == 1 else "link_only",
        db_api=DuckDBAPI(),
        compute_post_filter_count=False,
    )
    return int(counted["number_of_comparisons_generated_pre_filter_conditions"])


def _equal(*keys: str) -> str:
    r"""Return the condition that both records have equal keys.

    >>> _equal('split_part("name", \' \', 1)')
    'split_part(l."name", \' \', 1) = split_part(r."name", \' \', 1)'
    """
    sides = ((key.replace('"', 'l."', 1), key.replace('"', 'r."', 1)) for key in keys)
    return " and ".join(f"{left} = {right}" for left, right in sides)


def _estimate_prior(linker: Linker, rules: list[Any], records: int) -> None:
    """Estimate how likely two records match from rules that seldom err.

    Where no pair follows them the estimate is 0, and nothing would ever match: then it is as if
    every other record had one partner.
    """
    linker.training.estimate_probability_two_random_records_match(rules, recall=0.7)
    if not linker._settings_obj._probability_two_random_records_match:
        linker._settings_obj._probability_two_random_records_match = 1 / records


def _sure(whole: pd.DataFrame, columns: Sequence[str]) -> list[Any]:
    """Return rules that hold hardly any pair but matches: two telling columns that agree."""
    telling = sorted(columns, key=lambda name: -whole[name].nunique())[:3]
    if len(telling) == 1:
        return [block_on(telling[0])]
    return [block_on(*two) for two in itertools.combinations(telling, 2)]


def _maximise(
    linker: Linker, frames: list[pd.DataFrame], keys: Sequence[str], records: int
) -> None:
    """Estimate m over blocks of one key each, so that every column is free in some of them.

    The most telling keys come first; a word of a text only where whole values hold too few pairs.
    """
    sizes = {key: _size(frames, key) for key in keys}
    few = records // 10
    trained = 0
    for key in sorted(sizes, key=lambda each: (sizes[each] < few, "(" in each, sizes[each])):
        if trained == TRAINING_BLOCKS:
            break
        try:
            linker.training.estimate_parameters_using_expectation_maximisation(block_on(key))
        except Exception as error:  # noqa: BLE001 - it raises plain exceptions for poor blocks
            logging.getLogger(__name__).warning("no training over %s: %s", key, error)
        else:
            trained += 1


def _comparison(name: str, values: pd.Series) -> Any:  # noqa: ANN401, PLR0911 - Splink's own
    """Return the comparison that Splink's documentation names for such values."""
    if _is_array(values):
        return cl.ArrayIntersectAtSizes(name, [2, 1])
    known = values.dropna()
    sample = known.sample(min(len(known), 2000), random_state=0)
    if sample.str.contains("@").mean() > 0.8:  # noqa: PLR2004
        return cl.EmailComparison(name)
    if sample.str.fullmatch(DATE).mean() > 0.8:  # noqa: PLR2004
        return cl.DamerauLevenshteinAtThresholds(name, [1, 2])
    if known.nunique() <= FEW_VALUES:
        return cl.ExactMatch(name).configure(term_frequency_adjustments=True)
    if sample.str.contains(r"\d").mean() > 0.8 and sample.str.len().mean() < 20:  # noqa: PLR2004
        return cl.DamerauLevenshteinAtThresholds(name, [1, 2]).configure(
            term_frequency_adjustments=True
        )
    if _is_long(sample):
        return cl.JaroWinklerAtThresholds(name, [0.95, 0.88, 0.7])
    return cl.JaroWinklerAtThresholds(name, [0.92, 0.8]).configure(term_frequency_adjustments=True)


def _is_long(texts: pd.Series) -> bool:
    return bool(texts.str.split().str.len().mean() > LONG_WORDS)


def _is_array(values: pd.Series) -> bool:
    return bool(values.map(lambda value: isinstance(value, list)).any())


def _with_features(frames: list[pd.DataFrame], columns: list[str]) -> list[str]:
    """Add, for long texts, their words with a digit and their words, as somebody would by hand."""
    added = []
    for name in list(columns):
        words = pd.concat(frames)[name].str.split().str.len().mean()
        if words <= LONG_WORDS:
            continue
        for frame in frames:
            parts = frame[name].fillna("").str.findall(r"[a-z0-9]+(?:[-/.][a-z0-9]+)*")
            codes = parts.map(
                lambda found: sorted({re.sub("[^a-z0-9]", "", w) for w in found if _is_code(w)})
            )
            frame[f"{name}_codes"] = codes
        added.append(f"{name}_codes")
    return columns + added


def _is_code(word: str) -> bool:
    return len(word) > 3 and any(map(str.isdigit, word)) and any(map(str.isalpha, word))  # noqa: PLR2004


def duplicates(linker: Linker, predicted: Any, threshold: float) -> Iterator[tuple[str, str, str]]:  # noqa: ANN401
    """Yield the pairs within the clusters of one table."""
    found = linker.clustering.cluster_pairwise_predictions_at_threshold(predicted, threshold)
    yield from _within(found.as_pandas_dataframe(), lambda _one, _other: True)


def links(linker: Linker, predicted: Any, threshold: float) -> Iterator[tuple[str, str, str]]:  # noqa: ANN401
    """Yield the single best links between two tables."""
    found = linker.clustering.cluster_using_single_best_links(
        predicted, duplicate_free_datasets=list(NAMES), threshold_match_probability=threshold
    )
    yield from _within(found.as_pandas_dataframe(), lambda one, other: one != other)


def _within(found: pd.DataFrame, wanted: Any) -> Iterable[tuple[str, str, str]]:  # noqa: ANN401
    sources = found[SOURCE] if SOURCE in found else [""] * len(found)
    members: dict[str, list[tuple[str, str]]] = {}
    for cluster, source, name in zip(found["cluster_id"], sources, found[ID], strict=True):
        members.setdefault(cluster, []).append((source, name))
    for cluster in members.values():
        for (one, left), (other, right) in itertools.combinations(sorted(cluster), 2):
            if wanted(one, other):
                yield left, right, "1"
