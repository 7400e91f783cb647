"""Read, change, write back with ``VersionId``: of many writers none overwrites another."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

from tests.servers.glue import process_server

if TYPE_CHECKING:
    from pathlib import Path

    from tests.servers.glue import GlueServer

WRITERS = 8
UPDATES = 25


def race(clients: list[Any]) -> int:
    """Let each client add ones to a sum that a table holds; return how often one was refused."""

    def add_one(glue: Any) -> None:  # noqa: ANN401
        table = glue.get_table(DatabaseName="d", Name="t")["Table"]
        parameters = {"sum": str(int(table["Parameters"]["sum"]) + 1)}
        glue.update_table(
            DatabaseName="d",
            TableInput={"Name": "t", "Parameters": parameters},
            VersionId=table["VersionId"],
            SkipArchive=True,
        )

    def write(glue: Any) -> int:  # noqa: ANN401
        refused = done = 0
        while done < UPDATES:
            try:
                add_one(glue)
            except glue.exceptions.ConcurrentModificationException:
                refused += 1
            else:
                done += 1
        return refused

    glue = clients[0]
    glue.create_database(DatabaseInput={"Name": "d"})
    glue.create_table(DatabaseName="d", TableInput={"Name": "t", "Parameters": {"sum": "0"}})
    with ThreadPoolExecutor(len(clients)) as pool:
        return sum(pool.map(write, clients))


def check(glue: Any, refused: int) -> None:  # noqa: ANN401
    table = glue.get_table(DatabaseName="d", Name="t")["Table"]
    assert table["Parameters"] == {"sum": str(WRITERS * UPDATES)}
    assert table["VersionId"] == str(WRITERS * UPDATES)
    versions = glue.get_table_versions(DatabaseName="d", TableName="t")["TableVersions"]
    assert [version["VersionId"] for version in versions] == [table["VersionId"]]
    assert refused > 0, "the writers never met, so nothing was tried"


def test_no_update_of_many_writers_is_lost(glue_server: GlueServer) -> None:
    clients = [glue_server.client() for _ in range(WRITERS)]

    refused = race(clients)

    check(clients[0], refused)


def test_no_update_through_two_servers_on_one_database_is_lost(
    postgres_url: str, tmp_path: Path
) -> None:
    with ExitStack() as stack:
        servers = [
            stack.enter_context(process_server(postgres_url, tmp_path / "home")) for _ in range(2)
        ]
        clients = [servers[number % 2].client() for number in range(WRITERS)]

        refused = race(clients)

        check(clients[0], refused)
        check(clients[1], refused)
