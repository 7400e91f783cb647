"""Task runs of ML transforms in the Glue API: started, read, listed and cancelled."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from gluepot.catalog.errors import (
    EntityNotFoundError,
    InvalidInputError,
    ResourceNumberLimitExceededError,
)
from gluepot.catalog.ml_store import KIND, MLStatus
from gluepot.crawlers.sources.addresses import split_uri
from gluepot.crawlers.sources.errors import PathNotFoundError
from gluepot.crawlers.sources.objects import S3_SCHEMES
from gluepot.jobs.errors import ConcurrentRunsError, TransformNotReadyError
from gluepot.jobs.operations.ml_transforms import find_transform, primary_key, schema_of
from gluepot.jobs.runs.state import RunKind
from gluepot.jobs.runs.task_runs import (
    TaskOrder,
    TaskType,
    enqueue_task,
    page_tasks,
    started_at,
    status_of,
    task_conditions,
    task_of,
)

if TYPE_CHECKING:
    import sqlalchemy as sa

    from gluepot.catalog.calls import Call, Document, Handler
    from gluepot.jobs.operations.stores import ApiStores
    from gluepot.jobs.runs.state import Run

LOG_GROUP = "/aws-glue/mltransforms"
PAGE = 1000
MEGABYTE = 1_000_000


class TaskRunNotFoundError(EntityNotFoundError):
    """There is no such task run: ``TaskRunNotFoundError(task, account_id, transform_id)``."""

    def __init__(self, task: str, account_id: str, transform_id: str) -> None:
        super().__init__("ML Task Run", task)
        self.args = (task, account_id, transform_id)

    def __str__(self) -> str:
        """Word it as AWS Glue does."""
        task, account_id, transform_id = self.args
        return (
            f"No ML Task Run found for {task}: in account {account_id} for transform"
            f" {transform_id}."
        )


class NoLabelsError(EntityNotFoundError):
    """A transform has no labels: ``NoLabelsError("Labelset", transform_id)``."""

    def __str__(self) -> str:
        """Word it as AWS Glue does."""
        return f"No labelset exists for transformId {self.args[1]}"


class LabelFileTooLargeError(ResourceNumberLimitExceededError):
    """A file of labels is too large: ``LabelFileTooLargeError(uri, megabytes)``."""

    def __str__(self) -> str:
        """Word it as AWS Glue does, and name the file."""
        return f"{self.wire_message} ({self.args[0]})"

    @property
    def wire_message(self) -> str:
        """Return AWS's text."""
        return f"Label file has exceeded the limit of {self.args[1]} MB."


def start_labelling_sets(stores: ApiStores, call: Call, request: Document) -> Document:
    """Queue the making of a file of records to label.

    Raises:
        TransformNotFoundError: There is no such transform.
        InvalidInputError: The path is not one of S3's, or the table is not there.
        ConcurrentRunsError: As many tasks of it as may be are under way.
    """
    path = _output_path(request)
    task = TaskType.LABELING_SET_GENERATION
    return _start(stores, call, request, task, {"OutputS3Path": path}, bounded=True)


def start_import(stores: ApiStores, call: Call, request: Document) -> Document:
    """Queue the import of a file of labels, which the transform then learns from.

    Raises:
        TransformNotFoundError: There is no such transform.
        InvalidInputError: There is no file, or nothing in it, or the table is not there.
        LabelFileTooLargeError: It is larger than it may be.
    """
    path = request["InputS3Path"]
    find_transform(stores, call, request["TransformId"])
    _check_label_file(stores, path)
    details = {"InputS3Path": path, "Replace": request.get("ReplaceAllLabels", False)}
    return _start(stores, call, request, TaskType.IMPORT_LABELS, details)


def start_export(stores: ApiStores, call: Call, request: Document) -> Document:
    """Queue the writing of all labels to a file.

    Raises:
        TransformNotFoundError: There is no such transform.
        NoLabelsError: It has no labels.
        InvalidInputError: The path is not one of S3's.
    """
    path = _output_path(request)
    transform_id = find_transform(stores, call, request["TransformId"]).name
    if not stores.ml.state(transform_id).label_count:
        raise NoLabelsError("Labelset", transform_id)
    return _start(stores, call, request, TaskType.EXPORT_LABELS, {"OutputS3Path": path})


def start_evaluation(stores: ApiStores, call: Call, request: Document) -> Document:
    """Queue an evaluation on the labels.

    Raises:
        TransformNotFoundError: There is no such transform.
        TransformNotReadyError: It has learnt from no labels yet.
        ConcurrentRunsError: As many tasks of it as may be are under way.
    """
    transform_id = find_transform(stores, call, request["TransformId"]).name
    if stores.ml.state(transform_id).status is not MLStatus.READY:
        raise TransformNotReadyError(
            f"MLTransform {transform_id} is not ready: import labels before you evaluate it"
        )
    return _start(stores, call, request, TaskType.EVALUATION, {}, bounded=True)


def get_task_run(stores: ApiStores, call: Call, request: Document) -> Document:
    """Return a task run.

    Raises:
        TransformNotFoundError: There is no such transform.
        TaskRunNotFoundError: It has no such task run.
    """
    return _show(_find(stores, call, request), stores.runs.clock())


def get_task_runs(stores: ApiStores, call: Call, request: Document) -> Document:
    """Return a page of a transform's task runs, filtered and sorted as asked.

    Without a sort the newest come first.

    Raises:
        TransformNotFoundError: There is no such transform.
    """
    transform_id = find_transform(stores, call, request["TransformId"]).name
    sort = request.get("Sort", {})
    falling = sort.get("SortDirection", "DESCENDING") == "DESCENDING"
    order = TaskOrder(column=sort.get("Column"), falling=falling)
    where = task_conditions(_with_times(request.get("Filter", {})))
    now = stores.runs.clock()

    def fetch(after: list[Any] | None, limit: int) -> list[Run]:
        return page_tasks(stores.runs, transform_id, order, where=where, after=after, limit=limit)

    return call.tokens.page(
        request, "TaskRuns", fetch, order.place, most=PAGE, show=lambda run: _show(run, now)
    )


def cancel_task_run(stores: ApiStores, call: Call, request: Document) -> Document:
    """Stop a task run; one that has ended stays as it is.

    Raises:
        TransformNotFoundError: There is no such transform.
        TaskRunNotFoundError: It has no such task run.
        InvalidInputError: It is a part of a job's run.
    """
    run = _find(stores, call, request)
    task, details = task_of(run)
    if task is TaskType.FIND_MATCHES and not run.state.final:
        raise InvalidInputError(
            f"Task run {run.id} is a part of run {details['JobRunId']} of job"
            f" {details['JobName']}; stop that with BatchStopJobRun"
        )
    stopped = stores.runs.stop(run.id)
    return {"TransformId": run.name, "TaskRunId": run.id, "Status": status_of(stopped)}


def _start(  # noqa: PLR0913  what tasks differ in
    stores: ApiStores,
    call: Call,
    request: Document,
    task: TaskType,
    details: Document,
    *,
    bounded: bool = False,
) -> Document:
    transform_id = request["TransformId"]
    most = stores.catalog.scope.limits.ml_task_runs_per_transform
    with stores.runs.transaction() as connection:
        document = _with_schema(stores, call, transform_id, connection)
        runs = stores.runs.within(connection)
        count = runs.count_open(RunKind.MATCH, transform_id)
        if bounded and count >= most:
            raise ConcurrentRunsError(
                f"ML Task Runs count {count + 1} has exceeded the transform limit of {most} task"
                " runs."
            )
        run = enqueue_task(runs, transform_id, document, task, details)
    return {"TaskRunId": run.id}


def _with_schema(
    stores: ApiStores, call: Call, transform_id: str, connection: sa.Connection
) -> Document:
    """Return a transform's document; its schema is looked up where the table came later.

    Raises:
        TransformNotFoundError: There is no such transform.
        InvalidInputError: The table is not there, or lacks the primary key.
    """
    document = find_transform(stores, call, transform_id, connection).definition
    if document["Schema"]:
        return document
    schema = schema_of(stores.catalog, document["InputRecordTables"][0])
    if not schema:
        raise InvalidInputError("Schema is not defined on the transform.")
    key = primary_key(document)
    if key not in {column["Name"] for column in schema}:
        raise InvalidInputError(f"Schema should contain given primary key: {key}.")
    definitions = stores.objects.definitions.within(connection)
    changed = definitions.update(KIND, transform_id, {**document, "Schema": schema})
    return changed.definition


def _output_path(request: Document) -> str:
    """Return where a task writes: on S3, never on this machine.

    Raises:
        InvalidInputError: The path is another's.
    """
    path: str = request["OutputS3Path"]
    if not path.startswith(S3_SCHEMES):
        raise InvalidInputError(
            f"OutputS3Path {path} is not a path of S3; write s3://bucket/prefix"
        )
    split_uri(path)
    return path


def _check_label_file(stores: ApiStores, path: str) -> None:
    """See that there is a file of labels, as far as this process can.

    Raises:
        InvalidInputError: There is none, or nothing in it.
        LabelFileTooLargeError: It is larger than it may be.
        StorageError: It cannot be looked at.
    """
    if not path.startswith(S3_SCHEMES) or not all(split_uri(path)):
        raise InvalidInputError("Invalid label file path.")
    if stores.label_files is None:
        return
    try:
        found = list(stores.label_files().open(path).list(path))
    except PathNotFoundError as error:
        raise InvalidInputError("Invalid label file path.") from error
    if not found:
        raise InvalidInputError("Invalid label file path.")
    if not any(item.size for item in found):
        raise InvalidInputError("Invalid label file of size 0.")
    most = stores.catalog.scope.limits.label_file_megabytes
    for item in found:
        if item.size > most * MEGABYTE:
            raise LabelFileTooLargeError(item.uri, most)


def _with_times(wanted: Document) -> Document:
    return {
        member: datetime.fromtimestamp(value, UTC) if member.startswith("Started") else value
        for member, value in wanted.items()
    }


def _find(stores: ApiStores, call: Call, request: Document) -> Run:
    transform_id, task_id = request["TransformId"], request["TaskRunId"]
    find_transform(stores, call, transform_id)
    found = TaskRunNotFoundError(task_id, call.account_id, transform_id)
    try:
        run = stores.runs.get(task_id)
    except EntityNotFoundError:
        raise found from None
    if (run.kind, run.name) != (RunKind.MATCH, transform_id):
        raise found
    return run


def _show(run: Run, now: datetime) -> Document:
    taken = None if run.started_at is None else (run.completed_at or now) - run.started_at
    return {
        "TransformId": run.name,
        "TaskRunId": run.id,
        "Status": status_of(run),
        "LogGroupName": LOG_GROUP,
        "Properties": dict(run.settings["Properties"]),
        "ErrorString": run.error and run.error.message,
        "StartedOn": started_at(run),
        "LastModifiedOn": run.completed_at or started_at(run),
        "CompletedOn": run.completed_at,
        "ExecutionTime": 0 if taken is None else max(0, int(taken.total_seconds())),
    }


def operations(stores: ApiStores) -> dict[str, Handler]:
    """Return the operations on task runs of transforms."""
    return {
        "CancelMLTaskRun": partial(cancel_task_run, stores),
        "GetMLTaskRun": partial(get_task_run, stores),
        "GetMLTaskRuns": partial(get_task_runs, stores),
        "StartExportLabelsTaskRun": partial(start_export, stores),
        "StartImportLabelsTaskRun": partial(start_import, stores),
        "StartMLEvaluationTaskRun": partial(start_evaluation, stores),
        "StartMLLabelingSetGenerationTaskRun": partial(start_labelling_sets, stores),
    }
