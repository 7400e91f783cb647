"""Damaged, incomplete and hostile Delta logs: each is named with the file that is to blame."""

from __future__ import annotations

import json
import re
import struct
from typing import TYPE_CHECKING

import pytest
from deltalake import DeltaTable, write_deltalake
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gluepot.crawlers.lakehouse import delta_state
from gluepot.crawlers.lakehouse.errors import LakeTableError
from gluepot.crawlers.lakehouse.kinds import LakeKind
from gluepot.crawlers.lakehouse.tables import read_lake_table
from tests.crawlers.hostile_files import nested_groups
from tests.crawlers.lakehouse.lakes import (
    PROTOCOL,
    columns,
    delta_add,
    delta_commit,
    delta_metadata,
    lakes_of,
    local,
    read,
)
from tests.crawlers.lakehouse.test_delta import ROWS

if TYPE_CHECKING:
    from tests.crawlers.conftest import Place

MADE = delta_metadata(("id", "long"))


def refusal(place: Place) -> LakeTableError:
    with pytest.raises(LakeTableError) as caught:
        read(place, LakeKind.DELTA, "t")
    assert str(caught.value).startswith(place.root)
    return caught.value


def test_a_line_that_is_not_json_is_named_with_its_number(folder: Place) -> None:
    uri = delta_commit(folder, "t", 0, [PROTOCOL, MADE, '{"add": {"path"'])

    error = refusal(folder)

    assert error.uri == uri
    assert "line 3" in error.reason


def test_a_missing_commit_is_named(folder: Place) -> None:
    delta_commit(folder, "t", 0, [PROTOCOL, MADE])
    delta_commit(folder, "t", 2, [delta_add("a")])

    error = refusal(folder)

    assert error.uri.endswith(f"{1:020}.json")
    assert "missing" in error.reason


def test_a_log_whose_first_commits_are_gone_needs_a_checkpoint(folder: Place) -> None:
    delta_commit(folder, "t", 5, [PROTOCOL, MADE])

    assert refusal(folder).uri.endswith(f"{0:020}.json")


@pytest.mark.parametrize(
    "actions",
    [
        [PROTOCOL],
        [{"metaData": {"partitionColumns": []}}],
        [{"metaData": {"schemaString": 7}}],
        [{"metaData": {"schemaString": "{"}}],
        [{"metaData": {"schemaString": "[]"}}],
        [delta_metadata(("id", "no such type"))],
        [delta_metadata(("id", "decimal(99,1)"))],
        [delta_metadata({"type": "long"})],
        [delta_metadata({"name": "id"})],
        [MADE, {"add": {"size": 3}}],
        [MADE, {"add": {"path": "a", "size": "many"}}],
        [MADE, {"add": {"path": "a", "partitionValues": 3}}],
        [MADE, {"add": {"path": "a", "partitionValues": [1, 2]}}],
        [{"metaData": {**MADE["metaData"], "partitionColumns": "id"}}],
        [{"metaData": {**MADE["metaData"], "configuration": [7]}}],
        [MADE, {"protocol": {"minReaderVersion": 99}}],
        [MADE, {"protocol": {"minReaderVersion": "3"}}],
        ["[1, 2]"],
        ["[" * 100_000],
    ],
)
def test_actions_that_cannot_be_are_refused(folder: Place, actions: list[object]) -> None:
    delta_commit(folder, "t", 0, actions)

    refusal(folder)


def test_a_schema_that_nests_too_deep_is_refused(folder: Place) -> None:
    nested: object = "long"
    for _ in range(300):
        nested = {"type": "array", "elementType": nested, "containsNull": True}
    delta_commit(folder, "t", 0, [delta_metadata(("deep", nested))])

    assert "deeper than" in refusal(folder).reason


@pytest.mark.parametrize("damage", ["footer", "middle", "empty", "text", "nested"])
def test_a_checkpoint_that_cannot_be_read_is_named(folder: Place, damage: str) -> None:
    write_deltalake(local(folder, "t"), ROWS)
    DeltaTable(local(folder, "t")).create_checkpoint()
    uri = f"{folder.root}/t/_delta_log/{0:020}.checkpoint.parquet"
    data = folder.source.read(uri, 0, 10_000_000)
    lying = struct.pack("<I", 2_000_000_000)
    deep = nested_groups(30_000)  # Arrow would overflow its stack, and end the process
    damaged = {
        "footer": data[:-8] + lying + b"PAR1",
        "middle": data[:4] + bytes(len(data) - 12) + data[-8:],
        "empty": b"",
        "text": b"not parquet at all, but long enough to be looked at",
        "nested": b"PAR1" + deep + struct.pack("<I", len(deep)) + b"PAR1",
    }
    folder.source.write(uri, damaged[damage])

    assert refusal(folder).uri == uri


def test_a_commit_that_claims_a_gigabyte_is_not_read(folder: Place) -> None:
    delta_commit(folder, "t", 0, [PROTOCOL, MADE])
    log = [info._replace(size=2**30) for info in lakes_of(folder)[LakeKind.DELTA, "t"]]

    with pytest.raises(LakeTableError, match=re.escape("bytes")):
        read_lake_table(LakeKind.DELTA, folder.source, f"{folder.root}/t", log)


def test_a_file_that_went_between_listing_and_reading_is_named(folder: Place) -> None:
    uri = delta_commit(folder, "t", 0, [PROTOCOL, MADE])
    log = lakes_of(folder)[LakeKind.DELTA, "t"]
    folder.source.delete([uri])

    with pytest.raises(LakeTableError) as caught:
        read_lake_table(LakeKind.DELTA, folder.source, f"{folder.root}/t", log)

    assert caught.value.uri == uri


def test_a_table_of_very_many_files_keeps_its_columns_and_says_so(
    folder: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delta_state, "MAX_FILES", 10)
    delta_commit(folder, "t", 0, [MADE, *(delta_add(f"{number}", 1) for number in range(20))])

    table = read(folder, LakeKind.DELTA, "t")

    assert columns(table) == {"id": "bigint"}
    assert table.volume.objects == 0
    assert any("not counted" in warning for warning in table.warnings)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["path", "schemaString", "type", "fields", "name", "elementType", "configuration"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=8,
)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.sampled_from(["metaData", "add", "remove", "protocol", "commitInfo"]),
    json_values,
    st.lists(json_values, max_size=3),
)
def test_any_json_is_read_or_refused_with_the_file(
    folder: Place, kind: str, action: object, fields: list[object]
) -> None:
    schema = json.dumps({"type": "struct", "fields": fields})
    delta_commit(folder, "t", 0, [{"metaData": {"schemaString": schema}}, {kind: action}])

    blamed = f"{folder.root}/t/"
    try:
        read(folder, LakeKind.DELTA, "t")
    except LakeTableError as error:
        blamed = error.uri

    assert blamed.startswith(f"{folder.root}/t")
