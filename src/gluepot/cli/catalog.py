"""``gluepot catalog``: look at databases, tables, their history and partitions, and change them."""

from __future__ import annotations

from enum import StrEnum
from itertools import islice
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gluepot.cli import catalog_transfer
from gluepot.cli.catalog_source import choose_endpoint, open_catalog
from gluepot.cli.names import completed
from gluepot.cli.output import (
    OutputFormat,
    OutputOption,
    next_step,
    note,
    print_data,
    print_table,
    say,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from gluepot.catalog.diff import TableDiff
    from gluepot.catalog.model import Cause, Partition, Table
    from gluepot.catalog.store import TableVersion
    from gluepot.cli.catalog_source import Catalog

app = typer.Typer(help="Databases, tables, their versions and partitions.", no_args_is_help=True)
app.callback()(choose_endpoint)
app.command("export")(catalog_transfer.export_catalog)
app.command("import")(catalog_transfer.import_catalog)

TableArgument = Annotated[
    str,
    typer.Argument(metavar="DATABASE.TABLE", help="The table.", autocompletion=completed("Table")),
]
DatabaseArgument = Annotated[
    str, typer.Argument(help="The database.", autocompletion=completed("Database"))
]
ExpressionOption = Annotated[
    str | None,
    typer.Option("--expression", "-e", help="Such as: year = 2013 AND month IN (1, 2)"),
]
LimitOption = Annotated[int, typer.Option("--limit", "-n", min=1, help="At most so many.")]
DryRunOption = Annotated[
    bool, typer.Option("--dry-run", help="Say what would go, and change nothing.")
]
YesOption = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]


class Dialect(StrEnum):
    """Whose statements."""

    hive = "hive"
    spark = "spark"


@app.command("ls")
def list_names(
    database: Annotated[
        str | None, typer.Argument(help="List its tables.", autocompletion=completed("Database"))
    ] = None,
    output: OutputOption = OutputFormat.table,
) -> None:
    """List databases, or the tables of one."""
    with open_catalog() as catalog:
        if database is None:
            _print_databases(catalog, output)
        else:
            _print_tables(catalog, database, output)


@app.command()
def show(
    name: TableArgument,
    version: Annotated[str | None, typer.Option(help="As it was at this version.")] = None,
    partitions: Annotated[bool, typer.Option("--partitions", help="Its partitions too.")] = False,  # noqa: FBT002
    expression: ExpressionOption = None,
    output: OutputOption = OutputFormat.table,
) -> None:
    """Show a table: columns, keys, format, parameters."""
    from gluepot.catalog.wire import to_wire  # noqa: PLC0415

    with open_catalog() as catalog:
        table = _table(catalog, name, version)
        wanted = partitions or expression is not None
        listed = list(_partitions(catalog, table, expression)) if wanted else []
        count = catalog.partitions.count(table.database_name, table.name)
    if output.is_data:
        more = {"Partitions": [to_wire(item) for item in listed]} if wanted else {}
        print_data(to_wire(table) | more, output)
        return
    _print_table(table, count)
    if wanted:
        say("")
        _print_partitions(table, listed)


@app.command()
def history(name: TableArgument, output: OutputOption = OutputFormat.table) -> None:
    """List the versions of a table, newest first, with who or what made them."""
    from gluepot.catalog.diff import describe  # noqa: PLC0415

    with open_catalog() as catalog:
        versions = list(catalog.list_versions(*_split(name)))
    if output.is_data:
        print_data([_version_json(version) for version in versions], output)
        return
    rows = [
        (
            version.version_id,
            _when(version.created_at),
            f"{version.cause.kind} {version.cause.id}",
            version.diff.compatibility if version.diff else None,
            describe(version.diff) if version.diff else "created",
        )
        for version in versions
    ]
    print_table(["version", "when", "cause", "compatibility", "changes"], rows)


@app.command("diff")
def diff_versions(
    name: TableArgument,
    from_version: Annotated[
        str | None, typer.Option("--from", help="A version; without it the one before --to.")
    ] = None,
    to_version: Annotated[
        str | None, typer.Option("--to", help="A version; without it the current one.")
    ] = None,
    output: OutputOption = OutputFormat.table,
) -> None:
    """Show what changed between two versions of a table."""
    from gluepot.catalog.diff import diff_tables  # noqa: PLC0415

    with open_catalog() as catalog:
        new = _table(catalog, name, to_version)
        old = _table(catalog, name, from_version or _version_before(catalog, new))
    diff = diff_tables(old, new)
    if output.is_data:
        print_data({"from": old.version_id, "to": new.version_id, **diff.to_json()}, output)
    else:
        _print_diff(old, new, diff)


@app.command()
def restore(
    name: TableArgument,
    version: Annotated[str, typer.Argument(metavar="VERSION", help="As `history` lists it.")],
) -> None:
    """Make a new version of a table that equals an old one."""
    with open_catalog() as catalog:
        table = catalog.restore_table(*_split(name), version, _cause())
    say(
        f"{table.database_name}.{table.name} is at version {table.version_id},"
        f" which equals version {version}"
    )


@app.command("ddl")
def print_ddl(
    name: TableArgument,
    dialect: Annotated[Dialect, typer.Option(help="Whose statement.")] = Dialect.hive,
    partitions: Annotated[bool, typer.Option("--partitions", help="Add its partitions.")] = False,  # noqa: FBT002
) -> None:
    """Print the statement that makes a table in Hive (and Athena) or in Spark."""
    from gluepot.catalog.ddl import hive_ddl, partitions_ddl, spark_ddl  # noqa: PLC0415

    with open_catalog() as catalog:
        table = _table(catalog, name, None)
        say(hive_ddl(table) if dialect is Dialect.hive else spark_ddl(table))
        if partitions and table.partition_keys:
            for statement in partitions_ddl(table, _partitions(catalog, table, None)):
                say(statement)


@app.command()
def create_database(
    name: Annotated[str, typer.Argument(help="The new database.")],
    description: Annotated[str | None, typer.Option(help="What it is for.")] = None,
    location: Annotated[str | None, typer.Option(help="Where its tables lie.")] = None,
) -> None:
    """Create a database."""
    from gluepot.catalog.model import Database  # noqa: PLC0415

    with open_catalog() as catalog:
        database = Database(name=name, description=description, location_uri=location)
        made = catalog.create_database(database)
    say(f"Database {made.name} created")
    next_step(f"gluepot crawl run TARGET --database {made.name}")


@app.command()
def drop_table(
    name: TableArgument, *, yes: YesOption = False, dry_run: DryRunOption = False
) -> None:
    """Delete a table, its versions and partitions; the data stays where it is."""
    with open_catalog() as catalog:
        table = catalog.get_table(*_split(name))
        full = f"{table.database_name}.{table.name}"
        if dry_run:
            count = catalog.partitions.count(table.database_name, table.name)
            say(f"Table {full} would go, with its versions and {count} partitions")
            return
        if not yes:
            typer.confirm(f"Delete {full} with its versions and partitions?", abort=True)
        catalog.delete_table(table.database_name, table.name)
    say(f"Table {full} deleted")


@app.command()
def drop_database(
    name: DatabaseArgument, *, yes: YesOption = False, dry_run: DryRunOption = False
) -> None:
    """Delete a database and all its tables; the data stays where it is."""
    with open_catalog() as catalog:
        tables = [table.name for table in catalog.list_tables(name)]
        if dry_run:
            say(f"Database {name.lower()} would go, with {len(tables)} tables")
            for table in tables:
                say(f"  {table}")
            return
        if not yes:
            typer.confirm(f"Delete database {name} with its {len(tables)} tables?", abort=True)
        catalog.delete_database(name)
    say(f"Database {name.lower()} deleted")


@app.command("partitions")
def list_partitions(
    name: TableArgument,
    expression: ExpressionOption = None,
    limit: LimitOption = 100,
    output: OutputOption = OutputFormat.table,
) -> None:
    """List a table's partitions, in the order of their keys."""
    from gluepot.catalog.wire import to_wire  # noqa: PLC0415

    with open_catalog() as catalog:
        table = _table(catalog, name, None)
        listed = list(islice(_partitions(catalog, table, expression), limit))
        count = catalog.partitions.count(table.database_name, table.name, expression=expression)
    if output.is_data:
        print_data([to_wire(item) for item in listed], output)
    else:
        _print_partitions(table, listed)
    if count > len(listed):
        note(f"{len(listed)} of {count} partitions; --limit shows more")


def _split(name: str) -> tuple[str, str]:
    from gluepot.catalog.errors import InvalidInputError  # noqa: PLC0415

    database, dot, table = name.partition(".")
    if not (database and dot and table):
        raise InvalidInputError(f"{name!r} is not a table; right is DATABASE.TABLE")
    return database, table


def _cause() -> Cause:
    import getpass  # noqa: PLC0415

    from gluepot.catalog.model import Cause  # noqa: PLC0415

    return Cause(kind="cli", id=getpass.getuser())


def _table(catalog: Catalog, name: str, version: str | None) -> Table:
    database, table = _split(name)
    if version is None:
        return catalog.get_table(database, table)
    return catalog.get_version(database, table, version).table


def _version_before(catalog: Catalog, table: Table) -> str:
    from gluepot.catalog.errors import InvalidInputError  # noqa: PLC0415

    newest = int(table.version_id or 0)
    for version in catalog.list_versions(table.database_name, table.name):
        if int(version.version_id) < newest:
            return version.version_id
    raise InvalidInputError(
        f"{table.database_name}.{table.name} has no version before {newest}; nothing to compare"
    )


def _partitions(catalog: Catalog, table: Table, expression: str | None) -> Iterator[Partition]:
    return catalog.partitions.list(table.database_name, table.name, expression=expression)


def _print_databases(catalog: Catalog, output: OutputFormat) -> None:
    from gluepot.catalog.wire import to_wire  # noqa: PLC0415

    found = list(catalog.list_databases())
    if output.is_data:
        print_data([to_wire(item) for item in found], output)
        return
    rows = [(item.name, item.description, item.location_uri) for item in found]
    print_table(["database", "description", "location"], rows)


def _print_tables(catalog: Catalog, database: str, output: OutputFormat) -> None:
    from gluepot.catalog.wire import to_wire  # noqa: PLC0415

    found = list(catalog.list_tables(database))
    if output.is_data:
        print_data([to_wire(item) for item in found], output)
        return
    rows = [
        (
            item.name,
            _format(item),
            len(_columns(item)),
            ", ".join(key.name for key in item.partition_keys or ()),
            item.version_id,
            item.storage_descriptor and item.storage_descriptor.location,
        )
        for item in found
    ]
    print_table(["table", "format", "columns", "partition keys", "version", "location"], rows)


def _columns(table: Table) -> tuple[Any, ...]:
    storage = table.storage_descriptor
    return (storage.columns or ()) if storage else ()


def _format(table: Table) -> str | None:
    parameters = table.parameters or {}
    return parameters.get("classification") or parameters.get("table_type") or table.table_type


def _print_table(table: Table, partitions: int) -> None:
    storage = table.storage_descriptor
    facts = {
        "table": f"{table.database_name}.{table.name}",
        "description": table.description,
        "format": _format(table),
        "location": storage and storage.location,
        "version": table.version_id,
        "created": _when(table.create_time),
        "created by": table.created_by,
        "updated": _when(table.update_time),
        "partitions": partitions if table.partition_keys else None,
    }
    for fact, value in facts.items():
        if value is not None:
            say(f"{fact:<12} {value}")
    say("")
    rows = [(column.name, column.type, column.comment) for column in _columns(table)]
    keys = [(key.name, key.type, key.comment or "partition key") for key in _keys(table)]
    print_table(["column", "type", "comment"], [*rows, *keys])
    if table.parameters:
        say("")
        print_table(["parameter", "value"], sorted(table.parameters.items()))


def _keys(table: Table) -> tuple[Any, ...]:
    return table.partition_keys or ()


def _print_partitions(table: Table, listed: list[Partition]) -> None:
    names = [key.name for key in _keys(table)]
    rows = [
        (*item.values, item.storage_descriptor and item.storage_descriptor.location)
        for item in listed
    ]
    print_table([*names, "location"], rows)


def _print_diff(old: Table, new: Table, diff: TableDiff) -> None:
    from gluepot.catalog.diff import describe  # noqa: PLC0415

    say(f"{new.database_name}.{new.name}: version {old.version_id} -> {new.version_id}")
    if not diff:
        say("no difference")
        return
    say(describe(diff))
    say(f"compatibility: {diff.compatibility}")


def _version_json(version: TableVersion) -> dict[str, Any]:
    from gluepot.catalog.wire import to_wire  # noqa: PLC0415

    return {
        "version_id": version.version_id,
        "created_at": version.created_at.isoformat(),
        "cause": {"kind": version.cause.kind, "id": version.cause.id},
        "diff": version.diff.to_json() if version.diff else None,
        "table": to_wire(version.table),
    }


def _when(moment: datetime | None) -> str | None:
    return None if moment is None else f"{moment:%Y-%m-%d %H:%M:%S} UTC"
