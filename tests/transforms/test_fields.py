from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from pyspark.sql import functions as F  # noqa: N812

from gluepot.catalog.errors import InvalidInputError
from gluepot.transforms import DropFields, DynamicFrame, RenameField, SelectFields
from gluepot.transforms.choices import choice_column
from gluepot.transforms.gluetypes import (
    ArrayType,
    ChoiceType,
    DataType,
    DoubleType,
    Field,
    StringType,
    StructType,
)
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


@pytest.fixture
def mixed(spark: SparkSession) -> DynamicFrame:
    order = "struct<sku:string,price:double>"
    rows = [
        ("struct", ("a", 1.5), None, None),
        ("array", None, [("b", 2.5)], None),
        ("string", None, None, "none"),
        ("null", None, None, None),
    ]
    source = spark.createDataFrame(rows, f"id string, s {order}, a array<{order}>, t string")
    members = {"array": F.col("a"), "string": F.col("t"), "struct": F.col("s")}
    return DynamicFrame(source.select("id", choice_column(members).alias("item")), None, "mixed")


def choice(order: str) -> DataType:
    """Return the type of ``item`` when an order has these fields: name and type, two by two."""
    parts = order.split()
    kinds = {"string": StringType(), "double": DoubleType()}
    pairs = zip(parts[::2], parts[1::2], strict=True)
    struct = StructType([Field(name, kinds[kind]) for name, kind in pairs])
    return ChoiceType([ArrayType(struct), StringType(), struct])


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
    assert nested.toDF().where("id = 1").first()["address"]["state_code"] == "W"
    assert nested.toDF().where("id = 2").first()["address"] is None


def test_a_field_moves_to_another_struct(people: DynamicFrame) -> None:
    out = RenameField.apply(people, "address.street.no", "no")
    into = RenameField.apply(people, "id", "address.street.id")
    made = RenameField.apply(people, "`zip.code`", "codes.zip")

    assert ddl(out).endswith(",no:int>")
    assert "street:struct<name:string>" in ddl(out)
    assert "street:struct<name:string,no:int,id:bigint>" in ddl(into)
    assert ddl(made).endswith("codes:struct<zip:string>>")
    rows = {row.address.street.id: row for row in into.toDF().collect()}
    assert rows[1].address.street.name == "Ring"
    assert (rows[2].address.state, rows[3].address.state) == (None, "G")


def test_a_field_of_a_choices_structs_is_dropped_and_renamed(mixed: DynamicFrame) -> None:
    dropped = mixed.drop_fields(["item.price"])
    renamed = mixed.rename_field("item.price", "item.cost")

    assert dropped.schema().getField("item").dataType == choice("sku string")
    assert renamed.schema().getField("item").dataType == choice("sku string cost double")
    found = {row.id: row["item"] for row in renamed.toDF().collect()}
    assert found["struct"].struct.cost == 1.5
    assert [each.cost for each in found["array"].array] == [2.5]
    assert found["string"].string == "none"
    assert found["null"] is None


def test_a_type_of_a_choice_that_loses_all_its_fields_goes(mixed: DynamicFrame) -> None:
    result = mixed.drop_fields(["item.sku", "item.price"])

    assert ddl(result) == "struct<id:string,item:string>"
    assert {row["item"] for row in result.toDF().collect()} == {None, "none"}


def test_a_choice_keeps_its_types_under_another_name(mixed: DynamicFrame) -> None:
    renamed = mixed.rename_field("item", "thing").select_fields("thing")

    kind = mixed.schema().getField("item").dataType
    assert renamed.schema() == StructType([Field("thing", kind)])


def test_a_field_of_a_choice_is_not_moved(mixed: DynamicFrame) -> None:
    with pytest.raises(InvalidInputError, match="resolve it with resolveChoice first"):
        mixed.rename_field("item.sku", "sku")


def test_renaming_what_is_not_there_names_the_nearest_field(people: DynamicFrame) -> None:
    with pytest.raises(UnknownFieldError) as caught:
        people.rename_field("address.stat", "address.code")

    assert "no field 'address.stat' of frame 'people'" in str(caught.value)
    assert "Did you mean 'state'?" in str(caught.value)


@pytest.mark.parametrize(
    ("new_name", "sentence"),
    [
        ("orders", "a field 'orders' already"),
        ("address.street.name", "a field 'address.street.name' already"),
        ("orders.id", "no struct that a field could be moved to"),
        ("address.state.id", "no struct that a field could be moved to"),
    ],
)
def test_a_renaming_that_cannot_be_is_refused(
    people: DynamicFrame, new_name: str, sentence: str
) -> None:
    with pytest.raises(InvalidInputError, match=sentence):
        people.rename_field("id", new_name)
