"""What ``gluepot match`` prints of results, models, measures and explanations."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from gluepot.cli.output import OutputFormat, next_step, note, print_data, print_table, say, warn

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from gluepot.matching.changes import Change
    from gluepot.matching.explaining import Explained
    from gluepot.matching.measuring import Measured
    from gluepot.transforms.matching.labelling.labels import Labels
    from gluepot.transforms.matching.model import MatchModel
    from gluepot.transforms.matching.records import Records

SHOWN = 10


def print_result(
    facts: Mapping[str, Any], model: MatchModel, folder: Path, shown: OutputFormat
) -> None:
    """Print what a run found, and how sure it is."""
    if shown.is_data:
        print_data({**facts, **_estimates(model), "output": folder}, shown)
        return
    say(
        f"{facts['records']:,} records, {facts['records_with_a_match']:,} of them with a match:"
        f" {facts['pairs']:,} pairs, {facts['match_ids']:,} match ids"
    )
    say(_estimated(model))
    say(f"Written to {folder}")
    next_step(f"gluepot match explain {folder} --pair ID_LEFT ID_RIGHT", "model.html tells of it")


def print_model(model: MatchModel, file: Path, shown: OutputFormat) -> None:
    """Print what a model is worth."""
    if shown.is_data:
        print_data({**model.card(), "output": file}, shown)
        return
    say(_estimated(model))
    say(f"Written to {file}")
    next_step(f"gluepot match run --model {file} ...")


def warn_of_columns(records: Records, words: Sequence[str]) -> None:
    """Warn of columns that are not compared because both sources have columns of their own."""
    if records.alone and all(records.alone):
        told = (
            f"only {word} has {', '.join(names)}"
            for word, names in zip(words, records.alone, strict=True)
        )
        warn(
            f"{'; '.join(told)}: columns of different names are not compared; rename those that"
            " mean the same"
        )


def note_labels(labels: Labels) -> None:
    """Note how many labels there are, and those that contradict one another."""
    from gluepot.transforms.matching.labelling.contradictions import contradictions  # noqa: PLC0415

    matches = int(labels.match.sum())
    note(f"Labels: {matches:,} pairs match, {len(labels) - matches:,} do not")
    found = contradictions(labels)
    for each in found[:SHOWN]:
        warn(f"labels contradict one another: {each}")
    if len(found) > SHOWN:
        note(f"and {len(found) - SHOWN} more contradictions")


def print_changes(changes: Sequence[Change]) -> None:
    """Print what happened to match ids: counts, and which known ones are others now."""
    counts = Counter(each.change.value for each in changes)
    say(
        f"{counts['new'] + counts['joined']:,} new records: {counts['joined']:,} joined known"
        f" match ids, {counts['new']:,} did not"
    )
    moves = Counter(
        (each.change.value, each.old_match_id, each.match_id)
        for each in changes
        if each.old_match_id is not None
    )
    for (kind, old, new), count in sorted(moves.items())[:SHOWN]:
        records = f"{count:,} record{'' if count == 1 else 's'}"
        say(f"Match id {old} {kind}: {records} now {'has' if count == 1 else 'have'} {new}")
    if len(moves) > SHOWN:
        say(f"and {len(moves) - SHOWN} more; changes.csv has all")


def print_measured(found: Measured, model: MatchModel, *, output: OutputFormat) -> None:
    """Print how a result agrees with the truth, beside what its model expected."""
    pairs = found.pairs
    measured = {"precision": pairs.precision, "recall": pairs.recall, "f1": pairs.f1}
    if output.is_data:
        counts = {"found": pairs.found, "true": pairs.known, "shared": pairs.shared}
        error = {"calibration_error": found.calibration_error, "bins": found.bins}
        print_data({**measured, **counts, **error, "estimated": _estimates(model)}, output)
        return
    print_table(
        ("measure", "value", "estimated"),
        [
            ("precision", f"{pairs.precision:.4f}", _interval(model.precision)),
            ("recall", f"{pairs.recall:.4f}", _interval(model.recall)),
            ("F1", f"{pairs.f1:.4f}", None),
        ],
    )
    say(f"{pairs.shared:,} of {pairs.found:,} pairs are true; {pairs.known:,} true pairs are known")
    if found.calibration_error is None:
        return
    say("")
    say(f"Calibration error {found.calibration_error:.4f}, over the pairs that were compared")
    print_table(
        ("probability", "pairs", "mean", "true"),
        [
            (
                f"{each.low:.1f} to {each.high:.1f}",
                f"{each.pairs:,}",
                f"{each.said:.3f}",
                f"{each.true:.3f}",
            )
            for each in found.bins
        ],
    )


def print_explanation(found: Explained, *, output: OutputFormat) -> None:
    """Print the evidence of each field, what it comes to, and what the result made of it."""
    from dataclasses import asdict  # noqa: PLC0415

    if output.is_data:
        print_data(asdict(found), output)
        return
    evidence = found.explanation
    print_table(
        ("field", "kind", *found.ids, "similarities", "evidence"),
        [
            (
                each.column or "(whole record)",
                each.kind,
                each.left,
                each.right,
                _similarities(each.similarities),
                f"{each.evidence:+.2f}",
            )
            for each in evidence.fields
        ],
    )
    say("")
    say(f"Evidence in all {evidence.total:+.2f} (log odds): probability {evidence.probability:.3f}")
    if found.candidacy is not None:
        say("")
        print_table(
            ("looked for by", "in common", "too common", "followed"),
            [(way.name, way.shared, way.too_common, way.followed) for way in found.candidacy.ways],
        )
        say("")
    say(found.why)


def _similarities(found: Mapping[str, float]) -> str:
    """Return measures and their values; that nothing is missing goes without saying."""
    told = {name: value for name, value in found.items() if name != "missing" or value}
    return ", ".join(f"{name} {value:.2f}" for name, value in told.items())


def _estimates(model: MatchModel) -> dict[str, Any]:
    return {
        "estimated_precision": _three(model.precision),
        "estimated_recall": _three(model.recall),
        "threshold": float(model.threshold),
        "link": str(model.link),
    }


def _three(estimate: Any) -> dict[str, float]:  # noqa: ANN401 - three numbers
    return {name: float(getattr(estimate, name)) for name in ("value", "low", "high")}


def _estimated(model: MatchModel) -> str:
    if model.evidence is None:
        return (
            "Nothing tells matches from what is alike by chance: only records alike in all that is"
            " compared match. Labels would tell more: gluepot match label"
        )
    return f"Estimated precision {_interval(model.precision)}, recall {_interval(model.recall)}"


def _interval(estimate: Any) -> str:  # noqa: ANN401 - three numbers
    found = _three(estimate)
    return f"{found['value']:.3f} ({found['low']:.3f} to {found['high']:.3f})"
