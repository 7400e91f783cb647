from __future__ import annotations

import tracemalloc
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from gluepot.catalog.errors import EntityNotFoundError, InvalidInputError, InvalidStateError
from gluepot.catalog.model import NULL_PARTITION, Column, Partition, StorageDescriptor
from gluepot.catalog.partitions import BATCH_ROWS, PartitionError
from tests.catalog.conftest import CLI, a_table

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gluepot.catalog.store import CatalogStore


def keyed(catalog: CatalogStore, **keys: str) -> None:
    """Make ``flights.days`` with these partition keys."""
    columns = tuple(Column(name=name, type=type_) for name, type_ in keys.items())
    catalog.create_table(replace(a_table(a="int"), partition_keys=columns), CLI)


def add(catalog: CatalogStore, *values: tuple[str, ...]) -> tuple[PartitionError, ...]:
    return catalog.partitions.create("flights", "days", (Partition(values=item) for item in values))


def listed(catalog: CatalogStore, expression: str | None = None) -> list[tuple[str, ...]]:
    found = catalog.partitions.list("flights", "days", expression=expression)
    return [partition.values for partition in found]


def test_a_partition_comes_back_as_it_was_written(catalog: CatalogStore) -> None:
    keyed(catalog, year="int", month="string")
    written = Partition(
        values=("2013", "ä'%_\\"),
        storage_descriptor=StorageDescriptor(location="s3://x/", columns=(Column(name="a"),)),
        parameters={"rows": "3"},
    )

    assert catalog.partitions.create("Flights", "Days", [written]) == ()

    found = catalog.partitions.get("FLIGHTS", "DAYS", written.values)
    assert found.creation_time is not None
    assert replace(found, creation_time=None) == written
    assert list(catalog.partitions.list("flights", "days")) == [found]


def test_a_partition_that_exists_is_reported_and_the_rest_is_created(catalog: CatalogStore) -> None:
    keyed(catalog, year="int")
    add(catalog, ("1",))

    errors = add(catalog, ("1",), ("2",), ("2",), ("3", "x"), ("4\x00",), ("x" * 1025,))

    assert [(error.values, error.code) for error in errors] == [
        (("1",), "AlreadyExistsException"),
        (("2",), "AlreadyExistsException"),
        (("3", "x"), "InvalidInputException"),
        (("4\x00",), "InvalidInputException"),
        (("x" * 1025,), "InvalidInputException"),
    ]
    assert errors[0].message == "Partition already exists. (flights.days ['1'])"
    assert "number of partition keys do not match" in errors[2].message
    assert listed(catalog) == [("1",), ("2",)]


def test_updating_replaces_what_is_there_and_reports_what_is_not(catalog: CatalogStore) -> None:
    keyed(catalog, year="int")
    add(catalog, ("1",), ("2",))
    before = catalog.partitions.get("flights", "days", ("2",))

    changed = [Partition(values=(value,), parameters={"k": "v"}) for value in ("2", "3")]
    errors = catalog.partitions.update("flights", "days", changed)

    assert [(error.values, error.code) for error in errors] == [(("3",), "EntityNotFoundException")]
    assert errors[0].message.startswith("Cannot find partition.")
    found = catalog.partitions.get("flights", "days", ("2",))
    assert found == replace(before, parameters={"k": "v"})


def test_deleting_reports_what_was_not_there(catalog: CatalogStore) -> None:
    keyed(catalog, year="int")
    add(catalog, ("1",), ("2",))

    errors = catalog.partitions.delete("flights", "days", [("1",), ("3",)])

    assert [(error.values, error.code) for error in errors] == [(("3",), "EntityNotFoundException")]
    assert listed(catalog) == [("2",)]
    with pytest.raises(EntityNotFoundError, match=r"Cannot find partition\."):
        catalog.partitions.get("flights", "days", ("1",))


def test_partitions_come_in_the_typed_order_of_their_keys(catalog: CatalogStore) -> None:
    keyed(catalog, n="int", d="decimal(10,2)", s="string")
    values = [
        *(("-10", "1", "a"), ("-9", "1", "a"), ("2", "-1.25", "a"), ("2", "-1.2", "a")),
        *(("2", "0", "B"), ("2", "0", "a"), ("2", "0", "é"), ("2", "9", "a"), ("2", "10", "a")),
        *(("10", "1", "a"), (NULL_PARTITION, "1", "a")),
    ]

    add(catalog, *reversed(values))

    assert listed(catalog) == values


def test_more_partitions_than_a_page_come_once_each(catalog: CatalogStore) -> None:
    keyed(catalog, a="string", b="int")
    count = 2 * BATCH_ROWS + 7
    values = [("x", str(number)) for number in range(count)]
    assert add(catalog, *reversed(values)) == ()
    add(catalog, *(("y", str(number)) for number in range(3)))

    assert listed(catalog, "a = 'x'") == values
    assert listed(catalog, "a <= 'x' AND b >= 5") == values[5:]
    assert len(listed(catalog)) == count + 3
    assert catalog.partitions.count("flights", "days") == count + 3
    assert catalog.partitions.count("flights", "days", expression="b < 3") == 6


def test_a_scan_yields_what_is_stored_and_each_shared_storage_once(catalog: CatalogStore) -> None:
    keyed(catalog, n="int")
    count = 2 * BATCH_ROWS + 7
    storage = StorageDescriptor(
        columns=(Column(name="a"),), location="s3://x/", parameters={"p": "1"}
    )
    catalog.partitions.create(
        "flights",
        "days",
        (
            Partition(values=(str(n),), storage_descriptor=storage, parameters={"rows": str(n)})
            for n in range(count)
        ),
    )
    add(catalog, ("-1",))

    bare, *found = catalog.partitions.scan("flights", "days")

    assert (bare.values, bare.storage, bare.location, bare.details) == (("-1",), None, None, {})
    assert [item.values for item in found] == [(str(n),) for n in range(count)]
    assert len({id(item.storage) for item in found}) == 1
    assert (found[3].storage, found[3].location) == ({"Columns": [{"Name": "a"}]}, "s3://x/")
    assert found[3].details == {
        "Parameters": {"rows": "3"},
        "StorageDescriptor": {"Parameters": {"p": "1"}},
    }


def test_listing_holds_a_page_in_memory_not_the_table(catalog: CatalogStore) -> None:
    keyed(catalog, n="int")
    storage = StorageDescriptor(location="s3://bucket/" + "x" * 500)
    new = (Partition(values=(str(n),), storage_descriptor=storage) for n in range(20_000))
    catalog.partitions.create("flights", "days", new)

    tracemalloc.start()
    total = sum(1 for _ in catalog.partitions.list("flights", "days"))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert total == 20_000
    assert peak < 8_000_000


EXPRESSIONS: Iterable[tuple[str, str]] = (
    ("n = 2", "2 02"),
    ("n = '2'", "2 02"),
    ("N != 2 AND n < 10", "-3"),
    ("n in (2, -3, 99)", "-3 2 02"),
    ("n not in (2, -3)", "10"),
    ("n between 2 and 10", "2 02 10"),
    ("n not between 2 and 9", "-3 10"),
    ("not (n > 2)", "-3 2 02"),
    ("10 >= n and (n) > (-4)", "-3 2 02 10"),
    ("n is null", ""),
    ("n is not null", f"-3 2 02 10 {NULL_PARTITION}"),
    ("  ", f"-3 2 02 10 {NULL_PARTITION}"),
)


@pytest.mark.parametrize(("expression", "wanted"), EXPRESSIONS)
def test_an_expression_compares_as_the_type_of_its_key(
    catalog: CatalogStore, expression: str, wanted: str
) -> None:
    keyed(catalog, n="int")
    add(catalog, ("2",), ("02",), ("10",), ("-3",), (NULL_PARTITION,))

    assert sorted(value for (value,) in listed(catalog, expression)) == sorted(wanted.split())
    count = catalog.partitions.count("flights", "days", expression=expression)
    assert count == len(wanted.split())


def test_text_keys_are_compared_as_text(catalog: CatalogStore) -> None:
    keyed(catalog, s="varchar(10)")
    add(catalog, ("a",), ("A",), ("a_c",), ("abc",), ("a%",), ("it's",), ("a*[?",), ("2",))

    assert listed(catalog, "s like 'a_c'") == [("a_c",), ("abc",)]
    assert listed(catalog, "s like 'a*[?%'") == [("a*[?",)]
    assert listed(catalog, "s like 'A%'") == [("A",)]
    assert listed(catalog, "s = 'it''s' or s = 2") == [("2",), ("it's",)]


def test_keys_past_the_eighth_filter_too(catalog: CatalogStore) -> None:
    keyed(catalog, **{f"k{number}": "int" for number in range(10)})
    rows = [tuple(str(number % (place + 1)) for place in range(10)) for number in range(30)]
    add(catalog, *rows)

    found = listed(catalog, "k9 > 7 and k1 = 1 or k8 = 0")

    wanted = {row for row in rows if (int(row[9]) > 7 and row[1] == "1") or row[8] == "0"}
    assert set(found) == wanted
    count = catalog.partitions.count("flights", "days", expression="k9 > 7 and k1 = 1 or k8 = 0")
    assert count == len(wanted)


def test_values_too_long_for_the_index_are_compared_whole(catalog: CatalogStore) -> None:
    keyed(catalog, a="string", b="string", c="string", d="string")
    long = "\U0001f600" * 1000
    add(catalog, (f"{long}1", long, long, long), (f"{long}2", long, long, long), ("a", "", "", ""))

    assert listed(catalog, f"a = '{long}2'") == [(f"{long}2", long, long, long)]
    assert listed(catalog, "a = 'a' and b = ''") == [("a", "", "", "")]
    assert catalog.partitions.count("flights", "days", expression="a like '%1'") == 1


def test_a_stored_value_that_is_not_of_its_type_is_an_invalid_state(catalog: CatalogStore) -> None:
    keyed(catalog, n="int", s="string")
    add(catalog, ("1", "a"), ("odd", "b"), ("99999999999999999999", "c"))

    assert listed(catalog, "s = 'b'") == [("odd", "b")]
    with pytest.raises(InvalidStateError, match=r"is not an integer\. Partition .* key \'n\'"):
        listed(catalog, "n = 1")


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        ("n = 'test'", '"test" is not an integer.'),
        ("n = 1.5", '"1.5" is not an integer.'),
        (f"n = '{NULL_PARTITION}'", f'"{NULL_PARTITION}" is not an integer.'),
        ("d = 'x'", '"x" is not a decimal.'),
        ("t = '2020-13-01'", '"2020-13-01" is not a date.'),
        ("ts = '2020-01-01'", '"2020-01-01" is not a timestamp.'),
        ("n like '1%'", "Integral data type doesn't support operation 'LIKE'"),
        ("d like '1%'", "Decimal data type doesn't support operation 'LIKE'"),
        ("t like '1%'", "Date data type doesn't support operation 'LIKE'"),
        ("ts like '1%'", "Timestamp data type doesn't support operation 'LIKE'"),
        ("f = 1", "Unknown type : 'float'"),
        ("yeer = 1", "Invalid partition expression! 'yeer' is not a partition key."),
        ("n = ", "Unsupported expression 'n = ' (at its end)"),
        ("n = 1 n", "Unsupported expression 'n = 1 n' (at 'n')"),
        ("a + 1 = 2", "Unsupported expression 'a + 1 = 2'"),
        ("n = n", "Unsupported expression"),
        ("n like 1", None),
    ],
)
def test_an_expression_that_cannot_be_is_refused(
    catalog: CatalogStore, expression: str, message: str | None
) -> None:
    keyed(catalog, n="int", d="decimal(5,2)", t="date", ts="timestamp", f="float")

    with pytest.raises(InvalidInputError) as caught:
        listed(catalog, expression)

    assert (message or "LIKE") in str(caught.value)


def test_hostile_expressions_are_refused(catalog: CatalogStore) -> None:
    keyed(catalog, n="int")

    for expression in (
        "not " * 5000 + "n = 1",
        "(n=1 or (n=2 and " * 900 + "n=3" + "))" * 900,
        "n = 1 or " * 10_000 + "n = 1",
        "n = 1 or " * 400 + "n = 1",
    ):
        with pytest.raises(InvalidInputError, match="expression"):
            listed(catalog, expression)
    assert listed(catalog, "(" * 5000 + "n = 1" + ")" * 5000) == []
    assert listed(catalog, "n <> 2 and " * 399 + "n = 1") == []
    assert listed(catalog, f"n in ({','.join(['1'] * 20_000)})") == []


def test_a_new_key_type_encodes_the_partitions_anew(catalog: CatalogStore) -> None:
    keyed(catalog, n="string")
    add(catalog, *((str(number),) for number in range(BATCH_ROWS + 5)))
    assert listed(catalog, "n < '2'")[:3] == [("0",), ("1",), ("10",)]

    key = Column(name="n", type="bigint")
    catalog.update_table(replace(a_table(), partition_keys=(key,)), CLI)

    assert listed(catalog, "n < 3") == [("0",), ("1",), ("2",)]
    catalog.restore_table("flights", "days", "0", CLI)
    assert listed(catalog, "n < '100'") == [("0",), ("1",), ("10",)]


def test_partitions_that_lack_a_new_key_are_an_invalid_state(catalog: CatalogStore) -> None:
    keyed(catalog, n="int")
    add(catalog, ("1",))
    keys = (Column(name="n", type="int"), Column(name="m", type="int"))
    catalog.update_table(replace(a_table(), partition_keys=keys), CLI)

    assert listed(catalog, "n = 1") == [("1",)]
    with pytest.raises(InvalidStateError, match="has no value of the key 'm'"):
        listed(catalog, "m = 1")


def test_partitions_of_a_failed_transaction_are_not_there(catalog: CatalogStore) -> None:
    keyed(catalog, n="int")

    def fail() -> None:
        with catalog.transaction() as store:
            add(store, ("1",))
            assert listed(store) == [("1",)]
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()

    assert listed(catalog) == []


@pytest.mark.parametrize(
    ("expression", "count"),
    [
        ("year = 2013 and month = 3", 9),
        ("year = 2013 and month between 3 and 4", 18),
        ("(year = 2013 or year = 2013) and not month <> 3", 9),
        ("day = 3 and month = 2", 20),
        ("day in (3)", 240),
        ("year >= 2018 and month = 3", 18),
        ("month >= 11", 180),
    ],
)
def test_a_filter_runs_on_an_index(
    catalog: CatalogStore, engine: sa.Engine, expression: str, count: int
) -> None:
    keyed(catalog, year="int", month="int", day="int")
    days = (
        (str(y), str(m), str(d)) for y in range(2000, 2020) for m in range(12) for d in range(9)
    )
    add(catalog, *days)
    seen: list[str] = []

    @sa.event.listens_for(engine, "before_cursor_execute")
    def explain(connection, _cursor, statement, parameters, *_more) -> None:  # type: ignore[no-untyped-def] # noqa: ANN001, ANN002
        if "LIMIT" in statement and "ORDER BY" in statement and not seen:
            seen.append(statement)
            prefix = "EXPLAIN QUERY PLAN " if engine.dialect.name == "sqlite" else "EXPLAIN "
            rows = connection.connection.cursor().execute(prefix + statement, parameters)
            seen.append("\n".join(str(row) for row in rows.fetchall()))

    assert len(listed(catalog, expression)) == count

    assert "ix_partitions_" in seen[1]
    slow = ("SCAN", "Seq Scan", "TEMP B-TREE FOR ORDER", "  Sort ")
    assert not any(word in seen[1] for word in slow)
