"""Partition indexes as boto3 calls them."""

from __future__ import annotations

from typing import Any

import pytest

from tests.catalog.operations.test_partitions import WHERE, add, code_of, listed, make_table


def create(glue: Any, name: str, *keys: str) -> None:  # noqa: ANN401
    index = {"IndexName": name, "Keys": list(keys)}
    glue.create_partition_index(**WHERE, PartitionIndex=index)


def indexes(glue: Any) -> list[dict[str, Any]]:  # noqa: ANN401
    found: list[dict[str, Any]] = glue.get_partition_indexes(**WHERE)[
        "PartitionIndexDescriptorList"
    ]
    return found


def test_an_index_is_active_at_once(glue: Any) -> None:  # noqa: ANN401
    make_table(glue, year="int", part="string")
    assert indexes(glue) == []

    create(glue, "by_part", "PART", "year")

    keys = [{"Name": "part", "Type": "string"}, {"Name": "year", "Type": "int"}]
    assert indexes(glue) == [{"IndexName": "by_part", "Keys": keys, "IndexStatus": "ACTIVE"}]
    glue.delete_partition_index(**WHERE, IndexName="by_part")
    assert indexes(glue) == []


def test_what_cannot_be_an_index_is_refused_in_glues_words(glue: Any) -> None:  # noqa: ANN401
    make_table(glue, a="int", b="string", c="date", d="float")
    errors = glue.exceptions
    create(glue, "one", "a")

    with pytest.raises(errors.AlreadyExistsException, match=r"one already .* same name"):
        create(glue, "one", "b")
    with pytest.raises(errors.AlreadyExistsException, match=r"two already .* same keys"):
        create(glue, "two", "a")
    with pytest.raises(
        errors.InvalidInputException,
        match=r"IndexKeys not a part of PartitionColumns\. Verify the indexKeys : \[nosuch\]",
    ):
        create(glue, "two", "a", "nosuch")
    with pytest.raises(errors.InvalidInputException, match="Unknown type : 'float'"):
        create(glue, "two", "d")
    create(glue, "two", "b")
    create(glue, "three", "c", "b")
    with pytest.raises(
        errors.ResourceNumberLimitExceededException,
        match=r"Partition index limit exceeded\. Maximum: 3",
    ):
        create(glue, "four", "b", "c")
    with pytest.raises(errors.EntityNotFoundException, match="four"):
        glue.delete_partition_index(**WHERE, IndexName="four")
    with pytest.raises(errors.EntityNotFoundException, match="Table none not found"):
        glue.get_partition_indexes(DatabaseName="flights", TableName="none")


def test_new_values_must_fit_an_indexed_key(glue: Any) -> None:  # noqa: ANN401
    make_table(glue, year="int", month="int")
    create(glue, "by_year", "year")

    errors = add(glue, ("1", "odd"), ("odd", "1"), ("__HIVE_DEFAULT_PARTITION__", "1"))

    assert code_of(errors) == [("odd/1", "InvalidInputException")]
    assert '"odd" is not an integer.' in errors[0]["ErrorDetail"]["ErrorMessage"]
    assert len(listed(glue)) == 2


def test_an_index_over_values_that_do_not_fit_has_failed(glue: Any) -> None:  # noqa: ANN401
    make_table(glue, year="int", part="string")
    add(glue, ("1", "a"), ("odd", "a"), ("2", "x" * 500))

    create(glue, "by_year", "year")
    create(glue, "by_part", "part")

    failed, active = indexes(glue)
    assert (failed["IndexStatus"], active["IndexStatus"]) == ("FAILED", "ACTIVE")
    assert failed["BackfillErrors"] == [
        {"Code": "INVALID_PARTITION_TYPE_DATA_ERROR", "Partitions": [{"Values": ["odd", "a"]}]}
    ]
    assert add(glue, ("odd", "b")) == []


def test_indexed_keys_stay_as_they_are(glue: Any) -> None:  # noqa: ANN401
    make_table(glue, year="int", part="string")
    create(glue, "by_part", "part")

    def update(*keys: tuple[str, str]) -> None:
        columns = [{"Name": name, "Type": type_} for name, type_ in keys]
        glue.update_table(
            DatabaseName="flights", TableInput={"Name": "days", "PartitionKeys": columns}
        )

    update(("year", "bigint"), ("part", "string"))
    update(("year", "string"), ("part", "string"))
    for keys in (
        [("year", "int"), ("part", "int")],
        [("part", "string"), ("year", "int")],
        [("year", "int")],
    ):
        with pytest.raises(glue.exceptions.InvalidInputException, match="Partition index by_part"):
            update(*keys)
    glue.delete_partition_index(**WHERE, IndexName="by_part")
    update(("part", "string"), ("year", "int"))
