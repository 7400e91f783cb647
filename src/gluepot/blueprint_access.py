"""What a blueprint's run may create where requests must be signed: what its role may."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gluepot.access import open_access
from gluepot.catalog.access.audit import AuditEntry
from gluepot.catalog.access.keys import check_user_name, user_arn
from gluepot.catalog.access.model import Attempt, Principal
from gluepot.catalog.access.resources import resources_of
from gluepot.catalog.errors import AccessDeniedError

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from gluepot.access import Access
    from gluepot.catalog.calls import Document
    from gluepot.jobs.runs.state import Run
    from gluepot.services import Services

ROLE = "RoleArn"


def blueprint_rights(services: Services) -> Callable[[Run, str, Document], None]:
    """Return what raises AccessDeniedError unless a run may make a call.

    A run acts as its role, as the jobs do that the API has stored: whoever may start blueprints
    could else create whatever their layouts say. A role ``arn:aws:iam::000000000000:role/etl`` is
    the user ``etl``. Each decision is in the audit log.
    """
    access = open_access(services)

    def check(run: Run, operation: str, request: Document) -> None:
        attempt = _attempt(services, run, operation, request)
        user = attempt.principal.arn.rpartition("/")[2]
        try:
            access.authority.rights.check(attempt, access.policies.of({user}))
        except AccessDeniedError as error:
            _note(access, attempt, run, services.clock(), error)
            raise
        _note(access, attempt, run, services.clock(), None)

    return check


def _attempt(services: Services, run: Run, operation: str, request: Document) -> Attempt:
    server = services.settings.server
    user = str(run.settings.get(ROLE, "")).rpartition("/")[2]
    check_user_name(user)
    return Attempt(
        principal=Principal(arn=user_arn(server.account_id, user)),
        operation=operation,
        request=request,
        account_id=server.account_id,
        region=server.region,
        source="",
        request_id=run.id,
    )


def _note(
    access: Access, attempt: Attempt, run: Run, now: datetime, error: AccessDeniedError | None
) -> None:
    place = access.authority.rights.place
    entry = AuditEntry(
        at=now,
        principal=attempt.principal.arn,
        key_id=None,
        source=f"blueprint {run.name}",
        operation=attempt.operation,
        resources=resources_of(attempt.operation, attempt.request, place),
        allowed=error is None,
        error_code=None if error is None else error.code,
        request_id=run.id,
    )
    access.audit.write([entry])
