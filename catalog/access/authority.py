"""What a caller may do: keys and policies as they were at most a second ago, and the decision."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from gluepot.catalog.access.policy import PREFIX, Decision, Question, decide
from gluepot.catalog.access.policy_documents import parse_policy
from gluepot.catalog.access.resources import Place, resources_of
from gluepot.catalog.access.signing import signing_key
from gluepot.catalog.errors import AccessDeniedError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from datetime import datetime

    from gluepot.catalog.access.conditions import Facts
    from gluepot.catalog.access.keys import AccessKey, KeyStore
    from gluepot.catalog.access.model import Attempt
    from gluepot.catalog.access.policies import PolicyStore
    from gluepot.catalog.access.policy import Policy

DELAY = timedelta(seconds=1)
"""How long a revoked key or a changed policy may go on in a process that knew it before."""

_REMEMBERED = 1000


@dataclass(frozen=True, kw_only=True)
class KnownKey:
    """A key as it was read a moment ago, with what follows from it."""

    key: AccessKey
    secret: str = field(repr=False)
    policies: Sequence[Policy]
    read_at: datetime
    _signing_keys: dict[str, bytes] = field(default_factory=dict, repr=False)

    def signing_key(self, scope: str) -> bytes:
        """Return the key that signs for a day, region and service; made once."""
        found = self._signing_keys.get(scope)
        if found is None:
            found = self._signing_keys[scope] = signing_key(self.secret, scope)
        return found


@dataclass(kw_only=True)
class Authority:
    """Answers who a key is and what its user may do.

    Attributes:
        keys: The keys.
        policies: What is attached to them.
        place: For ARNs.
        clock: The time.
        resource_policies: The documents that PutResourcePolicy has stored.
        tags: The tags of an ARN.
    """

    keys: KeyStore
    policies: PolicyStore
    place: Place
    clock: Callable[[], datetime]
    resource_policies: Callable[[], Iterable[str]]
    tags: Callable[[str], Mapping[str, str]]
    _known: dict[str, KnownKey] = field(default_factory=dict, init=False)
    _shared: tuple[datetime, Sequence[Policy]] | None = field(default=None, init=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, init=False)

    def key(self, key_id: str) -> KnownKey | None:
        """Return a key as it is now, or was a second ago; None where there is none."""
        known = self._known.get(key_id)
        if known is not None and self._is_fresh(known.read_at):
            return known
        with self._lock:
            known = self._known.get(key_id)
            if known is not None and self._is_fresh(known.read_at):
                return known
            return self._read(key_id)

    def check(self, attempt: Attempt) -> None:
        """Check that a call is allowed on everything that it touches.

        Raises:
            AccessDeniedError: It is not; the sentence names the action and the resource.
        """
        policies = [*self._own_policies(attempt), *self._resource_policies()]
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
                raise AccessDeniedError(_refusal(attempt.principal.arn, question, decision))

    def _own_policies(self, attempt: Attempt) -> Sequence[Policy]:
        principal = attempt.principal
        if principal.key_id is None:
            return self.policies.of({principal.arn.rpartition("/")[2]})
        known = self.key(principal.key_id)
        return () if known is None else known.policies

    def _resource_policies(self) -> Sequence[Policy]:
        shared = self._shared
        if shared is not None and self._is_fresh(shared[0]):
            return shared[1]
        now = self.clock()
        found = [parse_policy(text, kind="resource") for text in self.resource_policies()]
        self._shared = (now, found)
        return found

    def _is_fresh(self, read_at: datetime) -> bool:
        return abs(self.clock() - read_at) < DELAY

    def _read(self, key_id: str) -> KnownKey | None:
        now = self.clock()
        found = self.keys.find(key_id)
        if found is None:
            self._known.pop(key_id, None)
            return None
        key, secret = found
        known = KnownKey(
            key=key,
            secret=secret,
            policies=self.policies.of({key.id, key.user_name}),
            read_at=now,
        )
        if len(self._known) >= _REMEMBERED:
            self._known.clear()
        self._known[key_id] = known
        return known

    def _facts(self, attempt: Attempt, resource: str) -> Facts:
        def facts(key: str) -> tuple[str, ...] | None:
            if key.startswith("aws:resourcetag/"):
                return _tag(self.tags(resource), key)
            if key.startswith("aws:requesttag/"):
                return _tag(_request_tags(attempt.request), key)
            return self._plain_fact(attempt, key)

        return facts

    def _plain_fact(self, attempt: Attempt, key: str) -> tuple[str, ...] | None:
        if key in {"glue:subnetids", "glue:securitygroupids"}:
            return _network_members(attempt.request, key)
        if key == "aws:tagkeys":
            return _tag_keys(attempt.request)
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


def _refusal(principal: str, question: Question, decision: Decision) -> str:
    because = (
        "with an explicit deny in a policy"
        if decision is Decision.DENIED
        else f"because no policy allows the {question.action} action"
    )
    return (
        f"User: {principal} is not authorized to perform: {question.action} on resource:"
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
