"""Whether policies allow a call: the question put together from the call, for each resource."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from gluepot.catalog.access.policy import PREFIX, Decision, Question, decide
from gluepot.catalog.access.policy_documents import parse_policy
from gluepot.catalog.access.resources import resources_of
from gluepot.catalog.errors import AccessDeniedError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from datetime import datetime

    from gluepot.catalog.access.conditions import Facts
    from gluepot.catalog.access.model import Attempt
    from gluepot.catalog.access.policy import Policy
    from gluepot.catalog.access.resources import Place

DELAY = timedelta(seconds=1)
"""How long a revoked key or a changed policy may go on in a process that knew it before."""


@dataclass(kw_only=True)
class Rights:
    """Decides by a caller's policies and the catalog's own.

    Attributes:
        place: For ARNs.
        clock: The time.
        resource_policies: The documents that PutResourcePolicy has stored.
        tags: The tags of an ARN.
    """

    place: Place
    clock: Callable[[], datetime]
    resource_policies: Callable[[], Iterable[str]]
    tags: Callable[[str], Mapping[str, str]]
    _shared: tuple[datetime, Sequence[Policy]] | None = field(default=None, init=False)

    def check(self, attempt: Attempt, own: Sequence[Policy]) -> None:
        """Check that a call is allowed on everything that it touches.

        Args:
            attempt: The call.
            own: The policies of its caller.

        Raises:
            AccessDeniedError: It is not; the sentence names the action and the resource.
        """
        policies = [*own, *self._resource_policies()]
        action = f"{PREFIX}{attempt.operation}"
        for resource in resources_of(attempt.operation, attempt.request, self.place):
            question = Question(
                action=action,
                resource=resource,
                principal=attempt.principal.arn,
                facts=self._facts(attempt, resource),
            )
            decision = decide(policies, question)
            if decision is not Decision.ALLOWED:
                raise AccessDeniedError(_refusal(question, decision))

    def _resource_policies(self) -> Sequence[Policy]:
        shared, now = self._shared, self.clock()
        if shared is not None and is_fresh(shared[0], now):
            return shared[1]
        found = [parse_policy(text, kind="resource") for text in self.resource_policies()]
        self._shared = (now, found)
        return found

    def _facts(self, attempt: Attempt, resource: str) -> Facts:
        def facts(key: str) -> tuple[str, ...] | None:
            if key.startswith("aws:resourcetag/"):
                return _tag(self.tags(resource), key)
            if key.startswith("aws:requesttag/"):
                return _tag(_request_tags(attempt.request), key)
            if key in {"glue:subnetids", "glue:securitygroupids"}:
                return _network_members(attempt.request, key)
            if key == "aws:tagkeys":
                return _tag_keys(attempt.request)
            return self._plain_fact(attempt, key)

        return facts

    def _plain_fact(self, attempt: Attempt, key: str) -> tuple[str, ...] | None:
        now = self.clock()
        arn = attempt.principal.arn
        found = {
            "aws:currenttime": now.isoformat(),
            "aws:epochtime": str(int(now.timestamp())),
            "aws:principalaccount": self.place.account_id,
            "aws:principalarn": arn,
            "aws:username": arn.rpartition("/")[2],
            "aws:requestedregion": self.place.region,
            "aws:sourceip": attempt.source,
        }[key]
        return (found,) if found else None


def is_fresh(read_at: datetime, now: datetime) -> bool:
    """Tell whether what was read then may be used still, though another process changes it."""
    return abs(now - read_at) < DELAY


def _refusal(question: Question, decision: Decision) -> str:
    because = (
        "with an explicit deny in a policy"
        if decision is Decision.DENIED
        else f"because no policy allows the {question.action} action"
    )
    return (
        f"User: {question.principal} is not authorized to perform: {question.action} on resource:"
        f" {question.resource} {because}"
    )


def _tag(tags: Mapping[str, str], key: str) -> tuple[str, ...] | None:
    wanted = key.partition("/")[2]
    return next(((value,) for name, value in tags.items() if name.lower() == wanted), None)


def _request_tags(request: Mapping[str, Any]) -> Mapping[str, str]:
    found = request.get("Tags") or request.get("TagsToAdd") or {}
    if isinstance(found, list):  # Integrations list theirs.
        return {str(item.get("key")): str(item.get("value")) for item in found}
    return dict(found)


def _tag_keys(request: Mapping[str, Any]) -> tuple[str, ...] | None:
    return (*_request_tags(request), *request.get("TagsToRemove", ())) or None


def _network_members(request: Mapping[str, Any], key: str) -> tuple[str, ...] | None:
    """Return the subnets or security groups that a connection or an endpoint asks for."""
    connection = request.get("ConnectionInput") or {}
    place = connection.get("PhysicalConnectionRequirements") or request
    if key == "glue:subnetids":
        return (place["SubnetId"],) if place.get("SubnetId") else None
    groups = place.get("SecurityGroupIdList") or place.get("SecurityGroupIds") or ()
    return tuple(groups) or None
