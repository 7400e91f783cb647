"""Jobs that run as somebody: what a run does with the catalog is allowed and on record."""

from __future__ import annotations

import contextlib
import threading
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from gluepot.catalog.access.audit import AuditEntry, AuditLog
from gluepot.catalog.access.keys import check_user_name, user_arn
from gluepot.catalog.access.model import Attempt, Principal
from gluepot.catalog.access.policies import PolicyStore
from gluepot.catalog.access.resources import Place, resources_of
from gluepot.catalog.access.rights import Rights
from gluepot.catalog.definitions import DefinitionStore
from gluepot.catalog.errors import AccessDeniedError
from gluepot.catalog.operations.policies import resource_policy_texts
from gluepot.catalog.tags import TagStore
from gluepot.jobs.run_context.guarded_catalog import guarded

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from sqlalchemy import Engine

    from gluepot.jobs.definitions.model import JobDefinition
    from gluepot.jobs.parameters.facts import JobFacts
    from gluepot.jobs.run_context.workshop import Workshop


def runs_as(job: JobDefinition, facts: JobFacts) -> str | None:
    """Return the user whose policies decide for a job, or None: it may do all.

    What the API has stored runs as its role where requests must be signed: else whoever may make
    jobs could do all by them. A role ``arn:aws:iam::000000000000:role/etl`` is the user ``etl``.
    """
    if job.run_as is not None or job.role is None or not facts.keys_required:
        return job.run_as
    return job.role.rpartition("/")[2]


def act_as(workshop: Workshop, user: str, *, place: Place) -> Workshop:
    """Return the tools of a run that may do what a user may do.

    Raises:
        InvalidInputError: The name cannot be a user's.
    """
    check_user_name(user)
    engine = workshop.catalog.scope.engine
    principal = Principal(arn=user_arn(place.account_id, user))
    acting = _Acting(
        principal=principal,
        policies=PolicyStore(engine, workshop.clock),
        rights=_rights(engine, workshop, place),
        audit=AuditLog(engine, workshop.clock),
        workshop=workshop,
        user=user,
    )
    return replace(workshop, catalog=guarded(workshop.catalog, acting), guard=acting)


def _rights(engine: Engine, workshop: Workshop, place: Place) -> Rights:
    definitions = DefinitionStore(engine, workshop.clock)
    return Rights(
        place=place,
        clock=workshop.clock,
        resource_policies=lambda: resource_policy_texts(definitions),
        tags=TagStore(engine, workshop.clock).tags,
    )


@dataclass(frozen=True, kw_only=True)
class _Acting:
    principal: Principal
    policies: PolicyStore
    rights: Rights
    audit: AuditLog
    workshop: Workshop
    user: str
    # Per thread: entries of the transaction that is open there, None where none is.
    _held: threading.local = field(default_factory=threading.local)

    @contextlib.contextmanager
    def transaction(self) -> Iterator[None]:
        outer: list[AuditEntry] | None = getattr(self._held, "entries", None)
        if outer is not None:
            yield
            return
        entries: list[AuditEntry] = []
        self._held.entries = entries
        try:
            yield
        finally:
            self._held.entries = None
            if entries:
                self.audit.write(entries)

    def check(self, operation: str, request: Mapping[str, Any]) -> None:
        place = self.rights.place
        attempt = Attempt(
            principal=self.principal,
            operation=operation,
            request=request,
            account_id=place.account_id,
            region=place.region,
            source="",
            request_id=self.workshop.run_id,
        )
        try:
            self.rights.check(attempt, self.policies.of({self.user}))
        except AccessDeniedError as error:
            self._record(attempt, error)
            raise
        self._record(attempt, None)

    def _record(self, attempt: Attempt, error: AccessDeniedError | None) -> None:
        entry = AuditEntry(
            at=self.workshop.clock(),
            principal=self.principal.arn,
            key_id=None,
            source=f"job {self.workshop.job_name}",
            operation=attempt.operation,
            resources=resources_of(attempt.operation, attempt.request, self.rights.place),
            allowed=error is None,
            error_code=None if error is None else error.code,
            request_id=self.workshop.run_id,
        )
        held: list[AuditEntry] | None = getattr(self._held, "entries", None)
        if held is None:
            self.audit.write([entry])
        else:
            held.append(entry)
