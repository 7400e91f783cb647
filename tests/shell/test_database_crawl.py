"""A database from end to end: a sealed connection, a crawler of the API, tables in the catalog."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from pydantic import SecretStr

from gluepot.crawlers.crawl import run_crawl
from gluepot.crawlers.model import CrawlState
from gluepot.services import open_services
from gluepot.settings import Settings

if TYPE_CHECKING:
    from tests.servers.glue import GlueServer


def test_a_crawler_made_by_the_api_finds_what_its_connection_leads_to(
    glue: Any,  # noqa: ANN401
    glue_server: GlueServer,
    postgres_url: str,
) -> None:
    made = sa.make_url(postgres_url)
    engine = sa.create_engine(postgres_url)
    with engine.begin() as connection:
        connection.execute(sa.text("CREATE TABLE staff (id bigint, hired date)"))
    engine.dispose()
    glue.create_connection(
        ConnectionInput={
            "Name": "pg",
            "ConnectionType": "JDBC",
            "ConnectionProperties": {
                "JDBC_CONNECTION_URL": f"jdbc:postgresql://{made.host}:{made.port}/{made.database}",
                "USERNAME": made.username or "",
                "PASSWORD": "not-asked-for",
            },
        }
    )
    target = {"ConnectionName": "pg", "Path": f"{made.database}/public/%"}
    glue.create_crawler(
        Name="c", Role="r", DatabaseName="d", Targets={"JdbcTargets": [target]}, TablePrefix="hr_"
    )
    url = SecretStr(glue_server.database_url)

    with open_services(Settings(home=glue_server.home, catalog_url=url)) as services:
        done = run_crawl(
            services.crawlers.get_crawler("c"),
            catalog=services.catalog,
            access=services.access,
            store=services.crawlers,
            clock=services.clock,
        )

    assert done.state is CrawlState.SUCCEEDED, done.error
    table = glue.get_table(DatabaseName="d", Name=f"hr_{made.database}_public_staff")["Table"]
    assert table["Parameters"]["classification"] == "postgresql"
    assert table["Parameters"]["connectionName"] == "pg"
    columns = table["StorageDescriptor"]["Columns"]
    assert [(item["Name"], item["Type"]) for item in columns] == [
        ("id", "bigint"),
        ("hired", "date"),
    ]
