"""Settings in force, access keys with their policies, and the audit log.

No operation of Glue tells or makes these, so the rights of others stand for them: of
GetDataCatalogEncryptionSettings to see the settings, of GetResourcePolicies to see who may do what
and what was done, and of PutResourcePolicy, by which one can give rights to anybody, to make and
revoke keys.
"""

from __future__ import annotations

import shlex
from dataclasses import asdict
from datetime import timedelta
from importlib.metadata import version
from itertools import islice
from typing import TYPE_CHECKING, Any

from gluepot.access import open_access
from gluepot.catalog.access.audit import AuditEntry
from gluepot.catalog.access.keys import user_arn
from gluepot.catalog.service_model import glue_model
from gluepot.console.page import Action, Done, Page, Shown, Snippets, href
from gluepot.settings_origin import effective_settings

if TYPE_CHECKING:
    from gluepot.access import Access
    from gluepot.catalog.access.keys import AccessKey
    from gluepot.console.asking import Ask
    from gluepot.console.page import Data

ENTRIES = 50
MOST_ENTRIES = 5000
KEYS = 100
_LONGEST = 3650
_SETTINGS = "GetDataCatalogEncryptionSettings"
_LOOKING = "GetResourcePolicies"
_CHANGING = "PutResourcePolicy"


def read_settings(ask: Ask) -> Data:
    """Return the settings in force, who set each, and what server this is."""
    ask.allow(_SETTINGS)
    names = glue_model().names
    found = [asdict(each) for each in effective_settings(ask.services.settings)]
    return {
        "version": version("gluepot"),
        "operations": len(names),
        "implemented": sum(1 for name in names if name in ask.dispatcher.operations),
        "database": ask.services.engine.url.render_as_string(hide_password=True),
        "settings": [each for each in found if not each["name"].startswith("limits.")],
        "limits": [each for each in found if each["name"].startswith("limits.")],
    }


def _settings_snippets(_ask: Ask) -> Snippets:
    return Snippets(
        cli="gluepot config show --origin",
        boto3="# AWS Glue tells nothing of this; GET /console/settings?format=json does",
    )


def read_keys(ask: Ask) -> Data:
    """Return a page of access keys, none with its secret, and the policies there are."""
    ask.allow(_LOOKING)
    start = ask.number("start", 0, most=1_000_000)
    return _keys(ask, start=start) | {"made": None}


def _keys(ask: Ask, *, start: int) -> dict[str, Any]:
    access = open_access(ask.services)
    keys, held = access.keys.list(), access.policies.attachments()
    more = href("keys", start=start + KEYS) if len(keys) > start + KEYS else None
    return {
        "required": ask.services.settings.auth.required,
        "keys": [_key(ask, key, held) for key in keys[start : start + KEYS]],
        "policies": [
            {"name": name, "holders": [holder for holder, policy in held if policy == name]}
            for name in access.policies.names()
        ],
        "next": more,
    }


def _key(ask: Ask, key: AccessKey, held: Any) -> dict[str, Any]:  # noqa: ANN401 - pairs
    return {
        "id": key.id,
        "user": key.user_name,
        "state": _state(ask, key),
        "created_at": key.created_at,
        "expires_at": key.expires_at,
        "last_used_at": key.last_used_at,
        "policies": [name for holder, name in held if holder in {key.id, key.user_name}],
        "is_own": key.id == ask.principal.key_id,
    }


def _state(ask: Ask, key: AccessKey) -> str:
    if key.revoked_at is not None:
        return "REVOKED"
    return "EXPIRED" if key.expires_at is not None and key.expires_at <= ask.now else "ACTIVE"


def _keys_snippets(_ask: Ask) -> Snippets:
    return Snippets(
        cli="gluepot auth key list\ngluepot auth key create NAME --policy gluepot:read-only",
        boto3="# AWS Glue has no keys of its own; gluepot makes them by its command",
    )


def create(ask: Ask) -> Shown:
    """Make a key, whose secret is on the page that answers and nowhere else."""
    ask.allow(_CHANGING)
    user, policy = ask.need("user").strip(), ask.option("policy")
    days = ask.number("days", 0, most=_LONGEST)
    access = open_access(ask.services)
    if policy:
        access.policies.get(policy)
    ends = ask.now + timedelta(days=days) if days else None
    made = access.keys.create(user, expires_at=ends)
    if policy:
        access.policies.attach(made.key.id, policy)
    _record(ask, access, "CreateAccessKey", made.key.id, user, *([policy] if policy else []))
    told = {
        "id": made.key.id,
        "secret": made.secret,
        "user": user,
        "is_bare": not access.policies.of({made.key.id, user}),
        "attach": f"gluepot auth policy attach {shlex.quote(user)} gluepot:read-only",
    }
    return Shown(page=KEYS_PAGE, data=_keys(ask, start=0) | {"made": told})


def revoke(ask: Ask) -> Done:
    """Let a key be used no more, which also ends its sessions."""
    ask.allow(_CHANGING)
    access = open_access(ask.services)
    key = access.keys.revoke(ask.need("id"))
    _record(ask, access, "RevokeAccessKey", key.id, key.user_name)
    return Done(to=href("keys"), message=f"Key {key.id} of {key.user_name} is revoked")


def _record(ask: Ask, access: Access, operation: str, *resources: str) -> None:
    entry = AuditEntry(
        at=ask.now,
        principal=ask.principal.arn,
        key_id=ask.principal.key_id,
        source=ask.source,
        operation=f"gluepot:{operation}",
        resources=resources,
        allowed=True,
        error_code=None,
        request_id=ask.request_id,
    )
    access.audit.write([entry])


def read_audit(ask: Ask) -> Data:
    """Return a page of the audit log, the newest entries first."""
    ask.allow(_LOOKING)
    user, operation = ask.option("user").strip(), ask.option("operation").strip()
    refused = ask.option("refused") == "yes"
    start = ask.number("start", 0, most=MOST_ENTRIES)
    found = open_access(ask.services).audit.list(
        principal=user_arn(ask.dispatcher.account_id, user) if user else None,
        operation=operation or None,
        refused=refused,
    )
    entries = list(islice(found, start, start + ENTRIES + 1))
    given = {"user": user, "operation": operation, "refused": "yes" if refused else ""}
    following = start + ENTRIES
    is_more = len(entries) > ENTRIES
    return {
        "required": ask.services.settings.auth.required,
        "entries": [_entry(each) for each in entries[:ENTRIES]],
        "filters": given,
        "next": href("audit", **given, start=following)
        if is_more and following <= MOST_ENTRIES
        else None,
        "ends_early": is_more and following > MOST_ENTRIES,
    }


def _entry(entry: AuditEntry) -> dict[str, Any]:
    return {
        "at": entry.at,
        "who": (entry.principal or "").rpartition("/")[2] or entry.principal,
        "key": entry.key_id,
        "source": entry.source,
        "operation": entry.operation,
        "allowed": entry.allowed,
        "error": entry.error_code,
        "resources": list(entry.resources),
    }


def _audit_snippets(ask: Ask) -> Snippets:
    user, operation = ask.option("user"), ask.option("operation")
    given = [f"--user {shlex.quote(user)}"] if user else []
    given += [f"--operation {shlex.quote(operation)}"] if operation else []
    given += ["--refused"] if ask.option("refused") else []
    return Snippets(
        cli=" ".join(["gluepot auth audit", *given]),
        boto3="# AWS Glue keeps no audit log of its own; gluepot tells it by its command",
    )


KEYS_PAGE = Page(
    path="keys",
    title="Access keys",
    section="settings",
    template="keys.html.jinja",
    read=read_keys,
    snippets=_keys_snippets,
)
PAGES = (
    Page(
        path="settings",
        title="Settings",
        section="settings",
        template="settings.html.jinja",
        read=read_settings,
        snippets=_settings_snippets,
    ),
    KEYS_PAGE,
    Page(
        path="audit",
        title="Audit log",
        section="settings",
        template="audit.html.jinja",
        read=read_audit,
        snippets=_audit_snippets,
    ),
)
ACTIONS = (Action(path="key-create", act=create), Action(path="key-revoke", act=revoke))
