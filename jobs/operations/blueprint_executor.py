"""Carries out what blueprints need: reading their ZIPs, and making workflows of them.

The generator is code of the blueprint's author. It runs in a process of its own, without this
one's environment; what it describes is created through AWS Glue's operations in one transaction,
so that either all of it is there or nothing.
"""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
import tempfile
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gluepot.catalog.errors import GluepotError, InvalidInputError
from gluepot.catalog.service_model import glue_model
from gluepot.jobs.blueprints.archive import MAX_ARCHIVE, read_archive, unpack
from gluepot.jobs.blueprints.model import (
    ARCHIVE_KIND,
    KIND,
    PARAMETERS,
    REGISTER,
    WORKFLOW,
    LayoutError,
)
from gluepot.jobs.blueprints.parameters import read_parameters
from gluepot.jobs.blueprints.plan import plan_layout
from gluepot.jobs.operations.table import operations
from gluepot.jobs.runs.state import RunError, RunState

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import sqlalchemy as sa

    from gluepot.catalog.calls import Call, Document
    from gluepot.catalog.definitions import Definition
    from gluepot.jobs.operations.stores import ApiStores
    from gluepot.jobs.run_context.stores import Stores
    from gluepot.jobs.runs.state import Run

SECONDS = 120
"""How long a generator may take."""

LEASE = timedelta(seconds=2 * SECONDS)
_SAID = 2000
_ENVIRONMENT = ("PATH", "LANG", "LC_ALL", "SYSTEMROOT", "PYTHONPATH")


class BlueprintExecutor:
    """Carries out runs of blueprints.

    Args:
        stores: What operations work on.
        files: Opens the stores that blueprints lie in.
        call: Returns who calls an operation.
        owner: The name under which runs are held.
        rights: Raises AccessDeniedError unless a run may make a call; None where all may.
    """

    def __init__(
        self,
        stores: Callable[[], ApiStores],
        files: Callable[[], Stores],
        call: Callable[[str], Call],
        owner: str,
        rights: Callable[[Run, str, Document], None] | None = None,
    ) -> None:
        self._rights = rights
        self._stores = stores
        self._files = files
        self._call = call
        self._owner = owner

    def execute(self, run: Run) -> None:
        """Read a blueprint, or make a workflow of one, and record how that ended.

        Raises:
            EntityNotFoundError: The blueprint is not there any more.
            LayoutError: Its generator failed.
            InvalidInputError: What it describes cannot be.
            AccessDeniedError: The run's role may not create it.
        """
        stores = self._stores()
        stores.runs.begin(run.id, run.owner or self._owner, lease=LEASE)
        if run.name.startswith(REGISTER):
            self._register(stores, run, run.name.removeprefix(REGISTER))
        else:
            self._make(stores, run)

    def _register(self, stores: ApiStores, run: Run, name: str) -> None:
        location = run.settings["BlueprintLocation"]
        try:
            content = self._files().open(location).read(location, 0, MAX_ARCHIVE + 1)
            found = read_archive(content)
        except GluepotError as error:
            self._note(stores, run, name, {"Status": "FAILED", "ErrorMessage": str(error)})
            if not isinstance(error, InvalidInputError):
                raise
            # Reading it once more would find the same.
            stores.runs.finish(run.id, RunState.ERROR, error=RunError(message=str(error)))
            return
        with stores.runs.transaction() as connection:
            inside = _within(stores, connection)
            archive = {"Zip": found.encoded(), "Generator": found.generator, "Spec": found.spec}
            inside.objects.definitions.put(ARCHIVE_KIND, name, archive)
            members = {"Status": "ACTIVE", "ParameterSpec": json.dumps(found.spec)}
            self._note(inside, run, name, members)
            inside.runs.finish(run.id, RunState.SUCCEEDED)

    def _note(self, stores: ApiStores, run: Run, name: str, members: Mapping[str, Any]) -> None:
        """Write what became of a blueprint, unless it was given another ZIP meanwhile."""

        def changed(old: Definition) -> dict[str, Any]:
            if old.definition.get("BlueprintLocation") != run.settings["BlueprintLocation"]:
                return old.definition
            kept = {key: value for key, value in old.definition.items() if key != "ErrorMessage"}
            return {**kept, **members}

        stores.objects.definitions.change(KIND, name, changed)

    def _make(self, stores: ApiStores, run: Run) -> None:
        archive = stores.objects.definitions.get(ARCHIVE_KIND, run.name).definition
        given = read_parameters(archive["Spec"], run.settings.get(PARAMETERS))
        call = self._call("StartBlueprintRun")
        system = {"region": call.region, "accountId": call.account_id}
        layout = _generated(archive, {"user": given, "system": system})
        name, planned = plan_layout(layout, run.id)
        requests = [(operation, _read(operation, request)) for operation, request in planned]
        if self._rights is not None:
            for operation, request in requests:
                self._rights(run, operation, request)
        with stores.runs.transaction() as connection:
            inside = _within(stores, connection)
            handlers = operations(inside)
            for operation, request in requests:
                handlers[operation](self._call(operation), request)
            inside.runs.finish(run.id, RunState.SUCCEEDED, metrics={WORKFLOW: name})


def _read(operation: str, request: Document) -> Document:
    model = glue_model().operation(operation)
    if model is None:
        raise AssertionError(f"{operation} is an operation of AWS Glue")
    return model.read(request)


def _within(stores: ApiStores, connection: sa.Connection) -> ApiStores:
    return replace(
        stores,
        objects=stores.objects.within(connection),
        crawlers=stores.crawlers.within(connection),
        triggers=stores.triggers.within(connection),
        runs=stores.runs.within(connection),
        workflows=stores.workflows.within(connection),
    )


def _generated(archive: Mapping[str, Any], given: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the layout that a blueprint's generator describes.

    Raises:
        LayoutError: It fails, takes too long, or describes none.
    """
    with tempfile.TemporaryDirectory(prefix="gluepot-blueprint-") as place:
        folder, result = Path(place) / "blueprint", Path(place) / "layout.json"
        folder.mkdir()
        unpack(base64.b64decode(archive["Zip"]), folder)
        command = [sys.executable, "-m", "gluepot.jobs.blueprints.child"]
        environment = {key: os.environ[key] for key in _ENVIRONMENT if key in os.environ}
        try:
            ended = subprocess.run(  # noqa: S603  a list, without a shell
                [*command, str(folder), archive["Generator"], str(result)],
                input=json.dumps(given),
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                timeout=SECONDS,
                cwd=place,
                env=environment,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise LayoutError(f"The layout generator took longer than {SECONDS} s") from None
        if ended.returncode != 0 or not result.exists():
            raise LayoutError(f"The layout generator failed: {ended.stdout.strip()[-_SAID:]}")
        found: Mapping[str, Any] = json.loads(result.read_text())
    return found
