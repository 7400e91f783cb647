"""``gluepot match``: find the records that are the same, with no labels or with a few."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gluepot.cli.output import OutputFormat, OutputOption, note, say
from gluepot.cli.progress import working

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pyarrow as pa

    from gluepot.matching.inputs import Input
    from gluepot.transforms.matching.options import MatchOptions
    from gluepot.transforms.matching.records import Records

app = typer.Typer(help="Find records that are the same.", no_args_is_help=True)

PACKAGES = ("numpy", "rapidfuzz", "scipy", "sklearn")


class LinkName(StrEnum):
    """How often a record of one source may match records of the other."""

    auto = "auto"
    one_to_one = "one-to-one"
    many = "many"


class EngineName(StrEnum):
    """What does the work."""

    auto = "auto"
    local = "local"
    spark = "spark"


RecordsOption = Annotated[
    list[str],
    typer.Option(
        "--records",
        help="CSV or Parquet, a file or a folder, or catalog:database.table; twice to link two.",
    ),
]
IdOption = Annotated[str, typer.Option("--id-column", help="Tells records apart; never compared.")]
FolderOption = Annotated[Path, typer.Option("--output", help="The folder of the result.")]
LabelsOption = Annotated[
    Path | None,
    typer.Option(help="Labels: Glue's label file, or pairs id_left,id_right,match."),
]
ModelOption = Annotated[Path | None, typer.Option(help="A stored model, used as it is.")]
LinkOption = Annotated[LinkName, typer.Option(help="Of two sources: how many partners.")]
PrecisionOption = Annotated[
    float, typer.Option("--precision-recall", min=0, max=1, help="1: sure pairs only; 0: all.")
]
CostOption = Annotated[
    float, typer.Option("--accuracy-cost", min=0, max=1, help="1: more candidates, slower.")
]
SeedOption = Annotated[int, typer.Option(help="The same seed gives the same result.")]
EnforceOption = Annotated[
    bool, typer.Option("--enforce-labels", help="The result agrees with the labels.")
]
EngineOption = Annotated[EngineName, typer.Option(help="What does the work.")]
OverwriteOption = Annotated[bool, typer.Option("--overwrite", help="Replace an earlier result.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print what was found as JSON.")]
ResultArgument = Annotated[Path, typer.Argument(metavar="RESULT", help="What match run wrote.")]


@app.callback()
def _root() -> None:
    """Check that what matches is installed."""
    from importlib.util import find_spec  # noqa: PLC0415

    from gluepot.matching.errors import MatchingMissingError  # noqa: PLC0415

    for package in PACKAGES:
        if find_spec(package) is None:
            raise MatchingMissingError(package)


@app.command()
def run(  # noqa: PLR0913 - one parameter is one option of the command
    *,
    records: RecordsOption,
    id_column: IdOption,
    output: FolderOption,
    labels: LabelsOption = None,
    model: ModelOption = None,
    link: LinkOption = LinkName.auto,
    precision_recall: PrecisionOption = 0.5,
    accuracy_cost: CostOption = 0.5,
    seed: SeedOption = 0,
    enforce_labels: EnforceOption = False,
    engine: EngineOption = EngineName.auto,
    overwrite: OverwriteOption = False,
    as_json: JsonOption = False,
) -> None:
    """Match records, and write them with match ids, their pairs and the model."""
    from gluepot.cli.match_output import print_result  # noqa: PLC0415
    from gluepot.matching.engines import find  # noqa: PLC0415
    from gluepot.matching.loading import manifest_of  # noqa: PLC0415
    from gluepot.matching.manifest import is_result  # noqa: PLC0415
    from gluepot.matching.results import Result  # noqa: PLC0415
    from gluepot.matching.whole import check_target  # noqa: PLC0415

    check_target(output, overwrite=overwrite, is_ours=is_result)  # before the work, too
    options = _options(locals())
    inputs, found = _loaded(records, id_column)
    learnt = _learnt(labels, model, found, id_column)
    with working(f"Matching {len(found):,} records"):
        matches = find(found, options, engine.value, **learnt)
    last = int(matches.match_ids.max(initial=-1))
    result = Result(
        tables=[each.table for each in inputs],
        records=found,
        matches=matches,
        manifest=manifest_of(inputs, id_column, _plain(options), last),
    )
    facts = result.write(output, overwrite=overwrite)
    print_result(facts, matches.model, output, _told(as_json=as_json))


@app.command()
def train(  # noqa: PLR0913 - one parameter is one option of the command
    *,
    records: RecordsOption,
    id_column: IdOption,
    labels: Annotated[Path, typer.Option(help="As for match run.")],
    output: Annotated[Path, typer.Option("--output", help="The file of the model.")] = Path(
        "model.json"
    ),
    link: LinkOption = LinkName.auto,
    precision_recall: PrecisionOption = 0.5,
    accuracy_cost: CostOption = 0.5,
    seed: SeedOption = 0,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace the file.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Learn from labels, and write the model that match run --model takes."""
    from gluepot.cli.match_output import note_labels, print_model  # noqa: PLC0415
    from gluepot.matching.loading import read_label_bytes  # noqa: PLC0415
    from gluepot.matching.whole import check_file, whole_file  # noqa: PLC0415
    from gluepot.transforms.matching.matcher import find_matches  # noqa: PLC0415

    check_file(output, overwrite=overwrite)
    options = _options({**locals(), "enforce_labels": False})
    _, found = _loaded(records, id_column)
    taught = read_label_bytes(labels, found, id_column)
    taught.require_both_kinds()
    note_labels(taught)
    with working("Learning"):
        learnt = find_matches(found, options, labels=taught).model
    whole_file(output, learnt.to_json().encode(), overwrite=overwrite)
    print_model(learnt, output, _told(as_json=as_json))


@app.command()
def label(  # noqa: PLR0913 - one parameter is one option of the command
    *,
    records: RecordsOption,
    id_column: IdOption,
    output: Annotated[Path, typer.Option("--output", help="The label file to write.")],
    labels: LabelsOption = None,
    model: ModelOption = None,
    sets: Annotated[int, typer.Option(min=1, help="How many sets, or pairs to ask.")] = 10,
    rows: Annotated[int, typer.Option(min=2, help="Rows of a set.")] = 10,
    interactive: Annotated[
        bool, typer.Option("--interactive", help="Ask here, and add the labels to the file.")
    ] = False,
    link: LinkOption = LinkName.auto,
    precision_recall: PrecisionOption = 0.5,
    accuracy_cost: CostOption = 0.5,
    seed: SeedOption = 0,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace the file.")] = False,
) -> None:
    """Choose the records whose labels would teach most: as a file to fill in, or asked here."""
    from gluepot.cli.match_ask import ask_here  # noqa: PLC0415
    from gluepot.matching.asking import in_order, next_sets  # noqa: PLC0415
    from gluepot.matching.whole import check_file, whole_file  # noqa: PLC0415

    options = _options({**locals(), "enforce_labels": False})
    if interactive:
        labels = labels or (output if output.exists() else None)
    else:
        check_file(output, overwrite=overwrite)
    inputs, found = _loaded(records, id_column)
    learnt = _learnt(labels, model, found, id_column)
    with working("Choosing records"):
        sheet = next_sets(
            found,
            options,
            id_column=id_column,
            sets=sets,
            rows=2 if interactive else rows,
            labelled=learnt["labels"],
            model=learnt["model"],
        )
    if interactive:
        ask_here(sheet, id_column, output)
        return
    whole_file(output, in_order(sheet, inputs[0].table).to_csv(), overwrite=overwrite)
    say(f"{len(set(sheet.sets))} sets with {len(sheet)} rows are in {output}")
    note("Give rows of a set that are the same one label and others another, in column `label`;")
    note(f"then: gluepot match train --labels {output} ...")


@app.command()
def evaluate(
    result: ResultArgument,
    *,
    truth: Annotated[
        Path, typer.Option(help="CSV of true pairs: two ids; or a sample, with a column match.")
    ],
    output: OutputOption = OutputFormat.table,
    as_json: JsonOption = False,
) -> None:
    """Measure a result against the truth: precision, recall, F1, calibration."""
    from gluepot.cli.match_output import print_measured  # noqa: PLC0415
    from gluepot.matching.known import read_known  # noqa: PLC0415
    from gluepot.matching.measuring import measure, read_truth  # noqa: PLC0415

    known = read_known(result)
    print_measured(
        measure(known, read_truth(truth, known)), known.model, output=_told(output, as_json=as_json)
    )


@app.command()
def explain(
    result: ResultArgument,
    *,
    pair: Annotated[
        tuple[str, str], typer.Option(metavar="ID_LEFT ID_RIGHT", help="The ids of two records.")
    ],
    output: OutputOption = OutputFormat.table,
    as_json: JsonOption = False,
) -> None:
    """Say why two records match or do not, field by field."""
    from gluepot.cli.match_output import print_explanation  # noqa: PLC0415
    from gluepot.matching.explaining import explain_known_pair  # noqa: PLC0415
    from gluepot.matching.known import read_known  # noqa: PLC0415

    found = explain_known_pair(read_known(result), *pair)
    print_explanation(found, output=_told(output, as_json=as_json))


@app.command()
def incremental(
    *,
    known: Annotated[Path, typer.Option(help="What match run wrote of the known records.")],
    records: Annotated[str, typer.Option("--records", help="The new records; as for match run.")],
    output: FolderOption,
    overwrite: OverwriteOption = False,
    as_json: JsonOption = False,
) -> None:
    """Match new records with known ones, whose match ids stay, and say what changed."""
    from gluepot.cli.match_output import print_changes, print_result  # noqa: PLC0415
    from gluepot.matching.incremental import with_new_records  # noqa: PLC0415
    from gluepot.matching.known import read_known  # noqa: PLC0415
    from gluepot.matching.loading import read_inputs  # noqa: PLC0415
    from gluepot.matching.manifest import is_result  # noqa: PLC0415
    from gluepot.matching.whole import check_target  # noqa: PLC0415

    check_target(output, overwrite=overwrite, is_ours=is_result)
    before = read_known(known)
    (new,) = read_inputs([records], _read_catalog)
    with working("Matching new records"):
        result = with_new_records(before, new)
    facts = result.write(output, overwrite=overwrite)
    if not as_json:
        print_changes(result.changes or ())
    print_result(facts, result.matches.model, output, _told(as_json=as_json))


def _told(output: OutputFormat = OutputFormat.table, *, as_json: bool) -> OutputFormat:
    """Return how to print where ``--json`` may stand for ``--output json``."""
    return OutputFormat.json if as_json else output


def _options(given: Mapping[str, Any]) -> MatchOptions:
    from gluepot.transforms.matching.options import Link, MatchOptions  # noqa: PLC0415

    return MatchOptions(
        link=Link(given["link"].value),
        precision_recall=given["precision_recall"],
        accuracy_cost=given["accuracy_cost"],
        enforce_labels=given["enforce_labels"],
        seed=given["seed"],
    )


def _plain(options: MatchOptions) -> dict[str, Any]:
    from dataclasses import asdict  # noqa: PLC0415

    return asdict(options)


def _loaded(words: Sequence[str], id_column: str) -> tuple[tuple[Input, ...], Records]:
    from gluepot.cli.match_output import warn_of_columns  # noqa: PLC0415
    from gluepot.matching.loading import read_inputs, records_of  # noqa: PLC0415

    inputs = read_inputs(words, _read_catalog)
    records = records_of([each.table for each in inputs], id_column)
    warn_of_columns(records, words)
    return inputs, records


def _read_catalog(database: str, name: str) -> pa.Table:
    from gluepot.services import open_services  # noqa: PLC0415
    from gluepot.settings import load_settings  # noqa: PLC0415
    from gluepot.sql.attach import read_table  # noqa: PLC0415

    with open_services(load_settings()) as services:
        return read_table(services.catalog, services.s3, database, name)


def _learnt(
    labels: Path | None, model: Path | None, records: Records, id_column: str
) -> dict[str, Any]:
    """Return labels and model as ``find_matches`` takes them."""
    from gluepot.cli.match_output import note_labels  # noqa: PLC0415
    from gluepot.matching.loading import read_label_bytes, read_model  # noqa: PLC0415

    taught = None if labels is None else read_label_bytes(labels, records, id_column)
    if taught is not None:
        note_labels(taught)
    return {"labels": taught, "model": None if model is None else read_model(model)}
