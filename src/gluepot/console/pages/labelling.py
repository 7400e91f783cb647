"""Pairs that a transform asks about: two records beside each other, and one key as the answer."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from gluepot.catalog.errors import InvalidInputError
from gluepot.catalog.ml_store import KIND
from gluepot.console.matching.sheets import (
    answer,
    answer_of,
    pairs_of,
    read_sheet,
    sheet_folder,
    sheet_uri,
    side_by_side,
)
from gluepot.console.page import Action, Done, Page, Snippets, href
from gluepot.jobs.ml_tasks.tasks import SET_ROWS
from gluepot.jobs.runs.task_runs import TaskType, enqueue_task

if TYPE_CHECKING:
    from gluepot.console.asking import Ask
    from gluepot.console.page import Data

_MOST = 100_000


def read_label(ask: Ask) -> Data:
    """Return one pair of a sheet with what differs marked, and how many have an answer."""
    transform_id, run_id = ask.need("id"), ask.need("run")
    ask.allow("GetMLTaskRun", {"TransformId": transform_id, "TaskRunId": run_id})
    services = ask.services
    shown = ask.call("GetMLTransform", {"TransformId": transform_id})
    key = shown["Parameters"]["FindMatchesParameters"]["PrimaryKeyColumnName"]
    sheet = read_sheet(services, sheet_uri(services, transform_id, run_id))
    pairs = pairs_of(sheet)
    said = [answer_of(sheet, pair) for pair in pairs]
    first_open = next((at for at, each in enumerate(said) if each is None), len(pairs))
    at = ask.number("at", first_open, most=_MOST)
    pair = pairs[at] if at < len(pairs) else None
    return {
        "title": f"Label pairs of {shown['Name']}",
        "id": transform_id,
        "run": run_id,
        "name": shown["Name"],
        "at": at,
        "count": len(pairs),
        "rows": len(sheet),
        "answered": sum(each is not None for each in said),
        "same": said.count("same"),
        "different": said.count("different"),
        "said": said[at] if pair else None,
        "fields": side_by_side(sheet, pair, key) if pair else None,
        "back": _at(transform_id, run_id, at - 1) if at else None,
        "skip": _at(transform_id, run_id, at + 1) if pair else None,
        "first_open": _at(transform_id, run_id, first_open) if first_open < len(pairs) else None,
    }


def _at(transform_id: str, run_id: str, at: int) -> str:
    return f"{href('matching-label', id=transform_id, run=run_id)}&at={at}"


def say(ask: Ask) -> Done:
    """Keep what is said of a pair, and go on to the next one."""
    transform_id, run_id = ask.need("id"), ask.need("run")
    ask.allow("StartImportLabelsTaskRun", {"TransformId": transform_id})
    at = ask.number("at", 0, most=_MOST)
    services = ask.services
    answer(services, sheet_uri(services, transform_id, run_id), at, ask.need("answer"))
    return Done(to=_at(transform_id, run_id, at + 1), message="")


def ask_pairs(ask: Ask) -> Done:
    """Queue the search for the pairs whose labels would teach most."""
    transform_id = ask.need("id")
    output = sheet_folder(ask.services, transform_id)
    ask.allow(
        "StartMLLabelingSetGenerationTaskRun",
        {"TransformId": transform_id, "OutputS3Path": output},
    )
    definition = ask.services.jobs.definitions.get(KIND, transform_id).definition
    enqueue_task(
        ask.services.runs,
        transform_id,
        definition,
        TaskType.LABELING_SET_GENERATION,
        {"OutputS3Path": output},
        **{SET_ROWS: 2},
    )
    return Done(
        to=href("matching-transform", id=transform_id),
        message="The pairs that teach most are looked for",
    )


def teach(ask: Ask) -> Done:
    """Queue the import of a sheet's answers, from which the transform learns."""
    transform_id, run_id = ask.need("id"), ask.need("run")
    services = ask.services
    uri = sheet_uri(services, transform_id, run_id)
    ask.allow("StartImportLabelsTaskRun", {"TransformId": transform_id, "InputS3Path": uri})
    sheet = read_sheet(services, uri)
    said = {answer_of(sheet, pair) for pair in pairs_of(sheet)}
    if not sheet.label_count or not {"same", "different"} <= said | _known(ask, transform_id):
        raise InvalidInputError(
            "A transform learns from both kinds: say of one pair at least that it is the same,"
            " and of another that it is not"
        )
    definition = services.jobs.definitions.get(KIND, transform_id).definition
    details = {"InputS3Path": uri, "Replace": False}
    enqueue_task(services.runs, transform_id, definition, TaskType.IMPORT_LABELS, details)
    return Done(
        to=href("matching-transform", id=transform_id),
        message="The transform learns from your answers",
    )


def _known(ask: Ask, transform_id: str) -> set[str | None]:
    # What was taught before had both kinds.
    shown = ask.call("GetMLTransform", {"TransformId": transform_id})
    return {"same", "different"} if shown["LabelCount"] else set()


def _snippets(ask: Ask) -> Snippets:
    transform_id = ask.need("id")
    quoted = shlex.quote(transform_id)
    return Snippets(
        cli="aws glue start-ml-labeling-set-generation-task-run"
        f" --transform-id {quoted} --output-s3-path s3://BUCKET/labels/",
        boto3="glue.start_import_labels_task_run("
        f"TransformId={transform_id!r}, InputS3Path='s3://BUCKET/labels.csv')",
    )


PAGES = (
    Page(
        path="matching-label",
        title="Label pairs",
        section="matching",
        template="matching-label.html.jinja",
        read=read_label,
        snippets=_snippets,
    ),
)
ACTIONS = (
    Action(path="matching-answer", act=say),
    Action(path="matching-ask", act=ask_pairs),
    Action(path="matching-teach", act=teach),
)
