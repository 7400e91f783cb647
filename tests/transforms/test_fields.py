from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from gluepot.catalog.errors import InvalidInputError
from gluepot.transforms import DropFields, DynamicFrame, RenameField, SelectFields
from gluepot.transforms.paths import UnknownFieldError

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

PEOPLE = (
    "id bigint, `zip.code` string, address struct<state:string,street:struct<name:string,no:int>>,"
    " orders array<struct<sku:string,price:double>>"
)


@pytest.fixture
def people(spark: SparkSession) -> DynamicFrame:
    rows = [
        (1, "1010", ("W", ("Ring", 5)), [("a", 1.5), ("b", 2.5)]),
        (2, None, None, None),
        (3, "8010", ("G", None), []),
    ]
    return DynamicFrame(spark.createDataFrame(rows, PEOPLE), None, "people")


def ddl(frame: DynamicFrame) -> str:
    return frame.toDF().schema.simpleString()


def test_fields_are_dropped_at_every_depth(people: DynamicFrame) -> None:
    result = DropFields.apply(people, ["`zip.code`", "address.street.no", "orders.price"])

    assert ddl(result) == (
        "struct<id:bigint,address:struct<state:string,street:struct<name:string>>,"
        "orders:array<struct<sku:string>>>"
    )
    rows = {row.id: row for row in result.toDF().collect()}
    assert rows[1].address.street.name == "Ring"
    assert [order.sku for order in rows[1].orders] == ["a", "b"]
    assert rows[2].address is None
    assert rows[2].orders is None
    assert rows[3].address.street is None
    assert rows[3].orders == []


def test_one_path_may_be_text_and_brackets_are_allowed(people: DynamicFrame) -> None:
    result = DropFields()(people, "orders[].price")

    assert "orders:array<struct<sku:string>>" in ddl(result)


def test_unknown_fields_are_ignored_and_logged(
    people: DynamicFrame, caplog: pytest.LogCaptureFixture
) -> None:
    result = DropFields.apply(people, ["idd", "address.city", "zip.code"])

    assert ddl(result) == ddl(people)
    ignored = [vars(record)["field"] for record in caplog.records if "action" in vars(record)]
    assert ignored == ["idd", "address.city", "zip.code"]
    assert "Did you mean 'id'?" in caplog.text


def test_a_struct_that_loses_all_members_goes_too(people: DynamicFrame) -> None:
    result = DropFields.apply(people, ["address.street.name", "address.street.no"])

    assert "address:struct<state:string>" in ddl(result)


def test_structs_inside_structs_vanish_together(people: DynamicFrame) -> None:
    paths = ["address.state", "address.street.name", "address.street.no", "orders.sku", "orders"]

    result = DropFields.apply(people, paths)

    assert ddl(result) == "struct<id:bigint,zip.code:string>"


def test_no_transform_changes_its_input(people: DynamicFrame) -> None:
    before = ddl(people)

    people.drop_fields(["id"])
    people.rename_field("id", "key")
    people.select_fields(["id"])

    assert ddl(people) == before


def test_selected_fields_keep_the_order_of_the_frame(people: DynamicFrame) -> None:
    result = SelectFields.apply(people, ["orders", "`zip.code`", "nothing"])

    assert result.toDF().schema.names == ["zip.code", "orders"]


def test_a_renamed_field_is_the_last_of_its_level(people: DynamicFrame) -> None:
    top = RenameField.apply(people, "id", "key")
    nested = RenameField.apply(people, "address.state", "address.state_code")
    inside = people.rename_field("orders.sku", "orders.`stock.unit`")

    assert top.toDF().schema.names == ["zip.code", "address", "orders", "key"]
    assert "address:struct<street:struct<name:string,no:int>,state_code:string>" in ddl(nested)
    assert "orders:array<struct<price:double,stock.unit:string>>" in ddl(inside)
    assert nested.toDF().where("id = 1").first()["address"]["state_code"] == "W"  # type: ignore[index]
    assert nested.toDF().where("id = 2").first()["address"] is None  # type: ignore[index]


def test_renaming_what_is_not_there_names_the_nearest_field(people: DynamicFrame) -> None:
    with pytest.raises(UnknownFieldError) as caught:
        people.rename_field("address.stat", "address.code")

    assert "no field 'address.stat' of frame 'people'" in str(caught.value)
    assert "Did you mean 'state'?" in str(caught.value)


@pytest.mark.parametrize(
    ("new_name", "sentence"),
    [("orders", "a field 'orders' already"), ("address.id", "in different structs")],
)
def test_a_renaming_that_cannot_be_is_refused(
    people: DynamicFrame, new_name: str, sentence: str
) -> None:
    with pytest.raises(InvalidInputError, match=sentence):
        people.rename_field("id", new_name)
