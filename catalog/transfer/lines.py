"""Exporting a catalog to lines of JSON, and importing them, here or on any Glue endpoint."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from gluepot.catalog.errors import AlreadyExistsError, GluepotError, InvalidInputError
from gluepot.catalog.transfer.kinds import KINDS, Line, Options

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from gluepot.catalog.calls import Document
    from gluepot.catalog.transfer.callers import Caller

FORMAT = "gluepot-catalog"
VERSION = 1


class OnConflict(StrEnum):
    """What happens to a thing that is there already."""

    FAIL = "fail"
    SKIP = "skip"
    REPLACE = "replace"


@dataclass(frozen=True, kw_only=True)
class ImportReport:
    """How many requests of each operation were carried out, and what was left as it was."""

    done: Counter[str] = field(default_factory=Counter)
    skipped: Counter[str] = field(default_factory=Counter)


_DELETES: dict[str, tuple[str, Callable[[Document], Document]]] = {
    "CreateDatabase": ("DeleteDatabase", lambda r: {"Name": r["DatabaseInput"]["Name"]}),
    "CreateTable": (
        "DeleteTable",
        lambda r: {"DatabaseName": r["DatabaseName"], "Name": r["TableInput"]["Name"]},
    ),
    "CreateUserDefinedFunction": (
        "DeleteUserDefinedFunction",
        lambda r: {
            "DatabaseName": r["DatabaseName"],
            "FunctionName": r["FunctionInput"]["FunctionName"],
        },
    ),
    "CreateConnection": (
        "DeleteConnection",
        lambda r: {"ConnectionName": r["ConnectionInput"]["Name"]},
    ),
    "CreateClassifier": (
        "DeleteClassifier",
        lambda r: {"Name": next(iter(r.values()))["Name"]},
    ),
    "CreatePartitionIndex": (
        "DeletePartitionIndex",
        lambda r: {
            "DatabaseName": r["DatabaseName"],
            "TableName": r["TableName"],
            "IndexName": r["PartitionIndex"]["IndexName"],
        },
    ),
    "CreateRegistry": (
        "DeleteRegistry",
        lambda r: {"RegistryId": {"RegistryName": r["RegistryName"]}},
    ),
    "CreateSchema": (
        "DeleteSchema",
        lambda r: {"SchemaId": {"SchemaName": r["SchemaName"], **r["RegistryId"]}},
    ),
    "CreateJob": ("DeleteJob", lambda r: {"JobName": r["Name"]}),
    **{
        f"Create{kind}": (f"Delete{kind}", lambda r: {"Name": r["Name"]})
        for kind in (
            "Crawler",
            "Trigger",
            "Workflow",
            "SecurityConfiguration",
            "DataQualityRuleset",
        )
    },
}
"""How a thing that is in the way is removed: the operation, and its request from the line's."""

_CONTAINERS = frozenset({"CreateDatabase", "CreateRegistry"})
"""Things that are never replaced: what lies in them would go too."""

_FOLLOWERS = {"UpdateTable": "CreateTable", "RegisterSchemaVersion": "CreateSchema"}
"""Later versions of a thing, which stay away when the thing itself was left as it was."""


def export_lines(
    call: Caller, options: Options, kinds: Iterable[str] = tuple(KINDS)
) -> Iterator[str]:
    """Yield a header and then one line for each request that makes a part of the catalog.

    Raises:
        InvalidInputError: A kind is unknown.
        GluepotError: The source refuses a call; name the other kinds to leave this one out.
    """
    chosen = _chosen(kinds)
    yield _line({"format": FORMAT, "version": VERSION, "kinds": chosen})
    for operation, request in live_lines(call, options, chosen):
        yield _line({operation: request})


def live_lines(call: Caller, options: Options, kinds: Iterable[str]) -> Iterator[Line]:
    """Yield the requests that make the parts of a catalog; raises as ``export_lines`` does."""
    for kind in _chosen(kinds):
        yield from KINDS[kind](call, options)


def _chosen(kinds: Iterable[str]) -> list[str]:
    wanted = set(kinds)
    unknown = sorted(wanted - KINDS.keys())
    if unknown:
        raise InvalidInputError(f"Unknown kinds {unknown}; known are {', '.join(KINDS)}")
    return [kind for kind in KINDS if kind in wanted]


def _line(value: Document) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")) + "\n"


def read_lines(lines: Iterable[str], name: str) -> Iterator[Line]:
    """Yield the requests of an export.

    Raises:
        InvalidInputError: A line is not one of an export; file and line are named.
    """
    for number, text in enumerate(lines, 1):
        try:
            found = json.loads(text)
        except ValueError as error:
            raise InvalidInputError(f"{name} line {number} is not JSON: {error}") from error
        if number == 1:
            _check_header(found, name)
        elif isinstance(found, dict) and len(found) == 1:
            yield next(iter(found.items()))
        else:
            raise InvalidInputError(f"{name} line {number} is not one request: {text[:80]}")


def _check_header(found: Any, name: str) -> None:  # noqa: ANN401
    if not isinstance(found, dict) or found.get("format") != FORMAT:
        raise InvalidInputError(f"{name} is not an export of a catalog: its first line is another")
    if found.get("version") != VERSION:
        raise InvalidInputError(
            f"{name} is of version {found.get('version')} of the export's form; this gluepot"
            f" reads version {VERSION}: upgrade gluepot"
        )


def import_requests(call: Caller, lines: Iterable[Line], on_conflict: OnConflict) -> ImportReport:
    """Carry out the requests of an export in order.

    An import that is interrupted is finished by another with ``OnConflict.REPLACE``.

    Raises:
        AlreadyExistsError: A thing is there already, and ``on_conflict`` is FAIL.
        GluepotError: The catalog refuses a request; it is named.
    """
    return _Import(call, on_conflict).carry_out(lines)


class _Import:
    def __init__(self, call: Caller, on_conflict: OnConflict) -> None:
        self.call = call
        self.on_conflict = on_conflict
        self.report = ImportReport()
        self._left: set[tuple[str, str]] = set()

    def carry_out(self, lines: Iterable[Line]) -> ImportReport:
        for operation, request in lines:
            leader = _FOLLOWERS.get(operation)
            if leader is not None and (leader, _name(operation, request)) in self._left:
                self.report.skipped[operation] += 1
            elif operation == "BatchCreatePartition":
                self._register(request)
            else:
                self._make(operation, request)
        return self.report

    def _make(self, operation: str, request: Document) -> None:
        try:
            self.call(operation, request)
        except GluepotError as error:
            if error.code != AlreadyExistsError.code or self.on_conflict is OnConflict.FAIL:
                raise
            if self.on_conflict is OnConflict.SKIP or operation in _CONTAINERS:
                self._left.add((operation, _name(operation, request)))
                self.report.skipped[operation] += 1
                return
            delete, of = _DELETES[operation]
            self.call(delete, of(request))
            self.call(operation, request)
        self.report.done[operation] += 1

    def _register(self, request: Document) -> None:
        new = request["PartitionInputList"]
        errors = self.call("BatchCreatePartition", request).get("Errors", [])
        taken = [item["PartitionValues"] for item in errors if _is_taken(item)]
        other = next((item for item in errors if not _is_taken(item)), None)
        if other is not None or (taken and self.on_conflict is OnConflict.FAIL):
            first = other or errors[0]
            table = f"{request['DatabaseName']}.{request['TableName']}"
            detail = first["ErrorDetail"]
            raise GluepotError(
                f"Partition {first['PartitionValues']} of {table} cannot be added:"
                f" {detail['ErrorCode']}: {detail['ErrorMessage']}"
            )
        if taken and self.on_conflict is OnConflict.REPLACE:
            self._update(request, [item for item in new if item["Values"] in taken])
            taken = []
        self.report.done["CreatePartition"] += len(new) - len(taken)
        self.report.skipped["CreatePartition"] += len(taken)

    def _update(self, request: Document, changed: list[Document]) -> None:
        where = {key: request[key] for key in ("DatabaseName", "TableName")}
        entries = [
            {"PartitionValueList": item["Values"], "PartitionInput": item} for item in changed
        ]
        self.call("BatchUpdatePartition", {**where, "Entries": entries})


def _is_taken(error: Document) -> bool:
    return bool(error["ErrorDetail"]["ErrorCode"] == AlreadyExistsError.code)


def _name(operation: str, request: Document) -> str:
    """Return what a request and those that follow it have in common."""
    if operation in {"CreateTable", "UpdateTable"}:
        return json.dumps([request["DatabaseName"], request["TableInput"]["Name"]])
    if operation == "CreateSchema":
        return json.dumps([request["RegistryId"]["RegistryName"], request["SchemaName"]])
    if operation == "RegisterSchemaVersion":
        schema = request["SchemaId"]
        return json.dumps([schema["RegistryName"], schema["SchemaName"]])
    return ""
