from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING

from gluepot.catalog.errors import AlreadyExistsError, ConcurrentModificationError
from gluepot.catalog.model import Column, Partition
from tests.catalog.conftest import CLI, a_table

if TYPE_CHECKING:
    from gluepot.catalog.store import CatalogStore

WRITERS = 8
UPDATES = 50


def test_no_read_modify_write_is_lost(catalog: CatalogStore) -> None:
    catalog.create_table(replace(a_table(), parameters={"sum": "0"}), CLI)

    def add_one() -> None:
        table = catalog.get_table("flights", "days")
        parameters = {"sum": str(int((table.parameters or {})["sum"]) + 1)}
        new = replace(table, parameters=parameters)
        catalog.update_table(new, CLI, expected_version=table.version_id)

    def write(_writer: int) -> int:
        refused = 0
        for _ in range(UPDATES):
            while True:
                try:
                    add_one()
                except ConcurrentModificationError:
                    refused += 1
                else:
                    break
        return refused

    with ThreadPoolExecutor(WRITERS) as pool:
        refused = sum(pool.map(write, range(WRITERS)))

    table = catalog.get_table("flights", "days")
    assert table.parameters == {"sum": str(WRITERS * UPDATES)}
    assert table.version_id == str(WRITERS * UPDATES)
    assert refused > 0, "the writers never met, so nothing was tried"


def test_blind_writers_each_leave_a_version(catalog: CatalogStore) -> None:
    catalog.create_table(a_table(), CLI)

    def write(writer: int) -> list[str | None]:
        new = replace(a_table(), parameters={"writer": str(writer)})
        return [catalog.update_table(new, CLI).version_id for _ in range(20)]

    with ThreadPoolExecutor(WRITERS) as pool:
        made = [version for versions in pool.map(write, range(WRITERS)) for version in versions]

    numbers = [version.version_id for version in catalog.list_versions("flights", "days")]
    assert sorted(made, key=lambda version: int(version or -1)) == [
        str(number) for number in range(1, 20 * WRITERS + 1)
    ]
    assert numbers == [str(number) for number in range(20 * WRITERS, -1, -1)]


def test_one_of_many_creators_wins(catalog: CatalogStore) -> None:
    def create(_writer: int) -> bool:
        try:
            catalog.create_table(a_table(), CLI)
        except AlreadyExistsError:
            return False
        return True

    with ThreadPoolExecutor(WRITERS) as pool:
        won = list(pool.map(create, range(WRITERS)))

    assert won.count(True) == 1


def test_partitions_written_beside_a_change_of_key_type_are_all_encoded_anew(
    catalog: CatalogStore,
) -> None:
    def keyed(type_: str) -> None:
        key = Column(name="y", type=type_)
        catalog.update_table(replace(a_table(), partition_keys=(key,)), CLI)

    catalog.create_table(replace(a_table(), partition_keys=(Column(name="y", type="int"),)), CLI)

    def write(writer: int) -> None:
        for step in range(10):
            values = (str(writer * 100 + step),)
            assert not catalog.partitions.create("flights", "days", [Partition(values=values)])
            keyed(("string", "int")[step % 2])

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(write, range(4)))
    keyed("int")

    found = [item.values for item in catalog.partitions.list("flights", "days")]
    wanted = sorted(writer * 100 + step for writer in range(4) for step in range(10))
    assert found == [(str(number),) for number in wanted]
    assert catalog.partitions.count("flights", "days", expression="y >= 100 AND y < 200") == 10
