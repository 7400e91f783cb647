"""``gluepot auth``: access keys, policies, and the audit log."""

from __future__ import annotations

import contextlib
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gluepot.cli.names import completed
from gluepot.cli.output import OutputFormat, OutputOption, note, print_data, print_table, say

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gluepot.access import Access
    from gluepot.catalog.access.audit import AuditEntry
    from gluepot.catalog.access.keys import AccessKey
    from gluepot.services import Services

app = typer.Typer(help="Who may call the server, and what they did.", no_args_is_help=True)
key_app = typer.Typer(help="Access keys that sign requests.", no_args_is_help=True)
policy_app = typer.Typer(help="Policies: what keys and users may do.", no_args_is_help=True)
audit_app = typer.Typer(help="The record of calls.", invoke_without_command=True)
app.add_typer(key_app, name="key")
app.add_typer(policy_app, name="policy")
app.add_typer(audit_app, name="audit")

NameArgument = Annotated[
    str, typer.Argument(help="The policy's name.", autocompletion=completed("Policy"))
]
HolderArgument = Annotated[str, typer.Argument(help="A user's name, or the id of one key.")]
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}


@contextlib.contextmanager
def _access() -> Iterator[tuple[Services, Access]]:
    from gluepot.access import open_access  # noqa: PLC0415
    from gluepot.services import open_services  # noqa: PLC0415
    from gluepot.settings import load_settings  # noqa: PLC0415

    with open_services(load_settings()) as services:
        yield services, open_access(services)


@key_app.command("create")
def create_key(
    user: Annotated[str, typer.Argument(help="Whose key it is; several keys may be one user's.")],
    *,
    policy: Annotated[
        list[str] | None,
        typer.Option(
            help="A policy that this key gets; repeatable.", autocompletion=completed("Policy")
        ),
    ] = None,
    expires: Annotated[
        str | None, typer.Option(help="Let it end by itself after 90d, 12h and so on.")
    ] = None,
    output: OutputOption = OutputFormat.table,
) -> None:
    """Make a key. The secret is shown now and never again."""
    with _access() as (services, access):
        for name in policy or ():
            access.policies.get(name)
        ends = services.clock() + _duration(expires) if expires else None
        made = access.keys.create(user, expires_at=ends)
        for name in policy or ():
            access.policies.attach(made.key.id, name)
        _record(services, access, "CreateAccessKey", made.key.id, user, *(policy or ()))
        bare = not access.policies.of({made.key.id, user})
    if output.is_data:
        print_data({**_plain_key(made.key), "SecretAccessKey": made.secret}, output)
    else:
        say(f"AWS_ACCESS_KEY_ID={made.key.id}")
        say(f"AWS_SECRET_ACCESS_KEY={made.secret}")
        note("The secret is not shown again")
    if bare:
        note(f"It may do nothing yet: gluepot auth policy attach {user} gluepot:read-only")


@key_app.command("list")
def list_keys(output: OutputOption = OutputFormat.table) -> None:
    """List keys, those that were revoked too."""
    with _access() as (services, access):
        keys, held = access.keys.list(), access.policies.attachments()
        now = services.clock()
    rows = [
        {
            **_plain_key(key),
            "State": _state(key, now),
            "Policies": [name for holder, name in held if holder in {key.id, key.user_name}],
        }
        for key in keys
    ]
    if output.is_data:
        print_data(rows, output)
        return
    columns = ("key", "user", "state", "created", "last used", "policies")
    members = ("AccessKeyId", "UserName", "State", "CreatedAt", "LastUsedAt")
    print_table(columns, ((*map(row.get, members), ", ".join(row["Policies"])) for row in rows))


@key_app.command("revoke")
def revoke_key(key_id: Annotated[str, typer.Argument(help="The key's id.")]) -> None:
    """Let a key be used no more; servers that run see it within a second."""
    with _access() as (services, access):
        key = access.keys.revoke(key_id)
        _record(services, access, "RevokeAccessKey", key.id, key.user_name)
    say(f"Key {key.id} of {key.user_name} is revoked since {_time(key.revoked_at)}")


@policy_app.command("put")
def put_policy(
    name: NameArgument,
    file: Annotated[Path, typer.Argument(help="IAM's JSON; - reads standard input.")],
) -> None:
    """Check a policy and store it, in place of one of that name."""
    from gluepot.catalog.errors import InvalidInputError  # noqa: PLC0415

    try:
        text = sys.stdin.read() if str(file) == "-" else file.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInputError(f"{file} cannot be read: {error}") from error
    with _access() as (services, access):
        access.policies.put(name, text)
        _record(services, access, "PutPolicy", name)
    say(f"Policy {name} is stored")


@policy_app.command("list")
def list_policies(output: OutputOption = OutputFormat.table) -> None:
    """List policies and who has them."""
    with _access() as (_, access):
        names, held = access.policies.names(), access.policies.attachments()
    rows = [(name, [holder for holder, policy in held if policy == name]) for name in names]
    if output.is_data:
        print_data([{"Policy": name, "Holders": holders} for name, holders in rows], output)
        return
    print_table(("policy", "attached to"), ((name, ", ".join(found)) for name, found in rows))


@policy_app.command("show")
def show_policy(name: NameArgument) -> None:
    """Print a policy."""
    with _access() as (_, access):
        say(access.policies.get(name).rstrip("\n"))


@policy_app.command("delete")
def delete_policy(name: NameArgument) -> None:
    """Delete a policy that nobody has."""
    with _access() as (services, access):
        access.policies.delete(name)
        _record(services, access, "DeletePolicy", name)
    say(f"Policy {name} is not there any more")


@policy_app.command("attach")
def attach_policy(holder: HolderArgument, name: NameArgument) -> None:
    """Give a policy to a user, whatever their keys, or to one key."""
    from gluepot.catalog.access.keys import KEY_PREFIX, check_user_name  # noqa: PLC0415
    from gluepot.catalog.errors import EntityNotFoundError  # noqa: PLC0415

    with _access() as (services, access):
        known = access.keys.exists(holder)
        if not holder.startswith(KEY_PREFIX):
            check_user_name(holder)
        elif not known:
            raise EntityNotFoundError("Access key", holder)
        access.policies.attach(holder, name)
        _record(services, access, "AttachPolicy", holder, name)
    say(f"{holder} has policy {name}")
    if not known:
        note(f"{holder} has no key; jobs may run as {holder}")


@policy_app.command("detach")
def detach_policy(holder: HolderArgument, name: NameArgument) -> None:
    """Take a policy away from a user or a key."""
    with _access() as (services, access):
        access.policies.detach(holder, name)
        _record(services, access, "DetachPolicy", holder, name)
    say(f"{holder} has policy {name} no more")


@audit_app.callback()
def audit(  # noqa: PLR0913  one option a filter
    context: typer.Context,
    *,
    since: Annotated[str | None, typer.Option(help="How far back: 15m, 24h, 7d.")] = None,
    user: Annotated[str | None, typer.Option(help="Only this user's calls.")] = None,
    operation: Annotated[str | None, typer.Option(help="Only this operation.")] = None,
    refused: Annotated[bool, typer.Option("--refused", help="Only what was refused.")] = False,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, help="How many.")] = 100,
    output: OutputOption = OutputFormat.table,
) -> None:
    """Show calls, the newest first."""
    import itertools  # noqa: PLC0415

    from gluepot.catalog.access.keys import user_arn  # noqa: PLC0415

    if context.invoked_subcommand is not None:
        return
    with _access() as (services, access):
        found = access.audit.list(
            since=services.clock() - _duration(since) if since else None,
            principal=user_arn(services.settings.server.account_id, user) if user else None,
            operation=operation,
            refused=refused,
        )
        entries = list(itertools.islice(found, limit))
        more = next(found, None) is not None
    if output.is_data:
        print_data([_plain_entry(entry) for entry in entries], output)
        return
    columns = ("when", "who", "from", "operation", "allowed", "error", "resources")
    print_table(columns, map(_entry_row, entries))
    if more:
        note(f"There are more than these {limit}: --limit shows them")


@audit_app.command("prune")
def prune_audit(
    older_than: Annotated[str, typer.Option(help="What goes: entries older than 90d, 52w.")],
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say how many.")] = False,
) -> None:
    """Delete old entries; the log says that it was done."""
    with _access() as (services, access):
        before = services.clock() - _duration(older_than)
        if dry_run:
            say(f"{access.audit.count_older(before)} entries from before {_time(before)} would go")
            return
        gone = access.audit.prune(before, principal=_local_user())
    say(f"{gone} entries from before {_time(before)} are gone")


def _record(services: Services, access: Access, operation: str, *resources: str) -> None:
    """Put a change of access itself into the audit log, as made by this machine's user."""
    from gluepot.catalog.access.audit import AuditEntry  # noqa: PLC0415

    entry = AuditEntry(
        at=services.clock(),
        principal=_local_user(),
        key_id=None,
        source="local",
        operation=f"gluepot:{operation}",
        resources=resources,
        allowed=True,
        error_code=None,
        request_id="",
    )
    access.audit.write([entry])


def _local_user() -> str:
    import getpass  # noqa: PLC0415

    return f"cli:{getpass.getuser()}"


def _duration(text: str) -> timedelta:
    from gluepot.catalog.errors import InvalidInputError  # noqa: PLC0415

    number, unit = text[:-1], text[-1:]
    if not number.isascii() or not number.isdigit() or unit not in _UNITS:
        raise InvalidInputError(f"{text!r} is no time span; right are 30s, 15m, 12h, 90d, 52w")
    try:
        return timedelta(seconds=int(number) * _UNITS[unit])
    except OverflowError:
        raise InvalidInputError(f"{text!r} is too long a time span") from None


def _plain_key(key: AccessKey) -> dict[str, Any]:
    members = {
        "AccessKeyId": key.id,
        "UserName": key.user_name,
        "CreatedAt": _time(key.created_at),
        "ExpiresAt": _time(key.expires_at),
        "RevokedAt": _time(key.revoked_at),
        "LastUsedAt": _time(key.last_used_at),
    }
    return {name: value for name, value in members.items() if value}


def _state(key: AccessKey, now: datetime) -> str:
    if key.revoked_at is not None:
        return "REVOKED"
    return "EXPIRED" if key.expires_at is not None and key.expires_at <= now else "ACTIVE"


def _plain_entry(entry: AuditEntry) -> dict[str, Any]:
    members = {
        "At": entry.at.astimezone(UTC).isoformat(),
        "Principal": entry.principal,
        "AccessKeyId": entry.key_id,
        "Source": entry.source,
        "Operation": entry.operation,
        "Resources": list(entry.resources),
        "Allowed": entry.allowed,
        "ErrorCode": entry.error_code,
        "RequestId": entry.request_id,
    }
    return {name: value for name, value in members.items() if value is not None}


def _entry_row(entry: AuditEntry) -> tuple[object, ...]:
    who = entry.principal or f"? {entry.key_id or ''}"
    short = (
        resource.split(":", 5)[-1] if resource.startswith("arn:") else resource
        for resource in entry.resources
    )
    allowed = "yes" if entry.allowed else "no"
    return (
        *(_time(entry.at), who.rpartition("/")[2], entry.source, entry.operation),
        *(allowed, entry.error_code, " ".join(short)),
    )


def _time(time: datetime | None) -> str:
    return "" if time is None else f"{time:%Y-%m-%d %H:%M:%S}Z"
