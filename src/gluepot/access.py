"""Keys, policies and the audit log of the installation, and the gate of its server."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gluepot.catalog.access.audit import AuditLog
from gluepot.catalog.access.audit_writer import AuditWriter
from gluepot.catalog.access.authority import Authority
from gluepot.catalog.access.ended_sessions import EndedSessions
from gluepot.catalog.access.gate import KeyGate
from gluepot.catalog.access.keys import KeyStore
from gluepot.catalog.access.model import OpenGate
from gluepot.catalog.access.policies import PolicyStore
from gluepot.catalog.access.replay import SeenSignatures
from gluepot.catalog.access.resources import Place
from gluepot.catalog.access.rights import Rights
from gluepot.catalog.definitions import DefinitionStore
from gluepot.catalog.errors import InvalidInputError
from gluepot.catalog.operations.policies import resource_policy_texts
from gluepot.catalog.tags import TagStore

if TYPE_CHECKING:
    from gluepot.catalog.access.model import Gate
    from gluepot.services import Services
    from gluepot.settings import Settings


@dataclass(frozen=True, kw_only=True)
class Access:
    """The stores of access over one database, and who decides by them."""

    keys: KeyStore
    policies: PolicyStore
    audit: AuditLog
    authority: Authority
    ended: EndedSessions


def open_access(services: Services) -> Access:
    """Return the stores of access over the services' database."""
    engine, clock = services.engine, services.clock
    server = services.settings.server
    keys = KeyStore(engine, clock, services.sealer)
    policies = PolicyStore(engine, clock)
    definitions = DefinitionStore(engine, clock)
    rights = Rights(
        place=Place(account_id=server.account_id, region=server.region),
        clock=clock,
        resource_policies=lambda: resource_policy_texts(definitions),
        tags=TagStore(engine, clock).tags,
    )
    authority = Authority(keys=keys, policies=policies, rights=rights, clock=clock)
    return Access(
        keys=keys,
        policies=policies,
        audit=AuditLog(engine, clock),
        authority=authority,
        ended=EndedSessions(engine, clock),
    )


def gate_of(services: Services) -> Gate:
    """Return who lets calls in: everybody, or those who sign with a key."""
    settings = services.settings
    if not settings.auth.required:
        return OpenGate(settings.server.account_id)
    access = open_access(services)
    seen = SeenSignatures(services.engine, connections=settings.server.threads)
    audit = AuditWriter(log=access.audit, idle=lambda: seen.keep_house(services.clock()))
    return KeyGate(authority=access.authority, seen=seen, audit=audit, clock=services.clock)


def check_bind(settings: Settings) -> None:
    """Check that nobody from elsewhere is let in without a key.

    Raises:
        InvalidInputError: The server would listen beyond this machine and ask nobody who calls.
    """
    server = settings.server
    if settings.auth.required or server.unix_socket is not None or _is_loopback(server.host):
        return
    raise InvalidInputError(
        f"Listening on {server.host} lets other machines in, and nobody is asked for a key. Make a"
        " key (gluepot auth key create NAME --policy gluepot:admin) and set GLUEPOT_AUTH__REQUIRED"
        "=true ([auth] required = true), or listen on 127.0.0.1"
    )


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False  # A name may lead anywhere, and elsewhere tomorrow.
