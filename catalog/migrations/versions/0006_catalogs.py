"""Databases belong to a catalog; tables keep the words that a search finds them by."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from gluepot.catalog.search_text import search_text
from gluepot.catalog.tables import BinaryText, UtcDateTime

revision = "0006_catalogs"
down_revision = "0005_partitions"

_PAGE_ROWS = 500


def upgrade() -> None:
    """Make the tables, and find the words of the tables that are there."""
    op.create_table(
        "catalogs",
        sa.Column("name", BinaryText, nullable=False),
        sa.Column("definition", sa.JSON, nullable=False),
        sa.Column("create_time", UtcDateTime, nullable=False),
        sa.Column("update_time", UtcDateTime, nullable=False),
        sa.Column("import_time", UtcDateTime),
        sa.Column("imported_by", sa.Text),
        sa.PrimaryKeyConstraint("name", name="pk_catalogs"),
    )
    with op.batch_alter_table("databases") as batch:
        batch.add_column(sa.Column("catalog", BinaryText, nullable=False, server_default=""))
        batch.drop_constraint("uq_databases_name", type_="unique")
        batch.create_unique_constraint("uq_databases_catalog_name", ["catalog", "name"])
    op.add_column("tables", sa.Column("search", BinaryText, nullable=False, server_default=""))
    _fill_search(op.get_bind())


def downgrade() -> None:
    """Drop them; databases of other catalogs go with their catalogs."""
    op.execute("DELETE FROM databases WHERE catalog <> ''")
    with op.batch_alter_table("tables") as batch:
        batch.drop_column("search")
    with op.batch_alter_table("databases") as batch:
        batch.drop_constraint("uq_databases_catalog_name", type_="unique")
        batch.drop_column("catalog")
        batch.create_unique_constraint("uq_databases_name", ["name"])
    op.drop_table("catalogs")


def _fill_search(connection: sa.Connection) -> None:
    databases = sa.table("databases", sa.column("id"), sa.column("name"))
    tables = sa.table(
        "tables",
        *(sa.column(name) for name in ("id", "database_id", "version", "search")),
    )
    versions = sa.table(
        "table_versions",
        sa.column("table_id"),
        sa.column("version"),
        sa.column("definition", sa.JSON),
    )
    query = (
        sa.select(tables.c.id, databases.c.name, versions.c.definition)
        .join(databases, databases.c.id == tables.c.database_id)
        .join(
            versions,
            sa.and_(versions.c.table_id == tables.c.id, versions.c.version == tables.c.version),
        )
        .order_by(tables.c.id)
        .limit(_PAGE_ROWS)
    )
    update = sa.update(tables).where(tables.c.id == sa.bindparam("row_id"))
    after = 0
    while page := connection.execute(query.where(tables.c.id > after)).all():
        rows = [{"row_id": row.id, "search": search_text(row.name, row.definition)} for row in page]
        connection.execute(update, rows)
        after = page[-1].id
