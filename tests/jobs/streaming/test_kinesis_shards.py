"""What moto does not do: shards that end, answers that fail, records that are gone."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest
from botocore.exceptions import ClientError

from gluepot.jobs.streaming.kinesis_settings import read_kinesis_settings
from gluepot.jobs.streaming.kinesis_shards import Piece, RecordsLostError, Shards


@dataclass(kw_only=True)
class FakeShard:
    """A shard whose records are their sequence numbers."""

    numbers: list[int]
    parent: str | None = None
    ended: bool = False


@dataclass(kw_only=True)
class FakeKinesis:
    """Answers as Kinesis does; ``failures`` are the codes of the next answers."""

    shards: dict[str, FakeShard]
    failures: list[str] = field(default_factory=list)
    reads: list[str] = field(default_factory=list)
    gaps: int = 0

    def list_shards(self, **request: str) -> dict[str, Any]:
        """Return a shard a page."""
        at = int(request.get("NextToken", 0))
        names = list(self.shards)
        shard = self.shards[names[at]]
        numbers = {"StartingSequenceNumber": "0"}
        numbers |= {"EndingSequenceNumber": "999"} if shard.ended else {}
        item = {"ShardId": names[at], "SequenceNumberRange": numbers}
        if shard.parent:
            item["ParentShardId"] = shard.parent
        more = {"NextToken": str(at + 1)} if at + 1 < len(names) else {}
        return {"Shards": [item], **more}

    def get_shard_iterator(self, **request: str) -> dict[str, str]:
        """Return where to read on: the shard, and the number before."""
        after = request.get("StartingSequenceNumber", "0")
        return {"ShardIterator": f"{request['ShardId']}/{after}/0"}

    def get_records(self, *, ShardIterator: str, Limit: int) -> dict[str, Any]:  # noqa: N803
        """Return records, after as many empty answers as there are gaps."""
        if self.failures:
            code = self.failures.pop(0)
            raise ClientError({"Error": {"Code": code, "Message": "no"}}, "GetRecords")
        name, after, empty = ShardIterator.split("/")
        self.reads.append(name)
        shard = self.shards[name]
        if int(empty) < self.gaps:
            rest = f"{name}/{after}/{int(empty) + 1}"
            return {"Records": [], "NextShardIterator": rest, "MillisBehindLatest": 5}
        left = [number for number in shard.numbers if number > int(after)]
        found = left[:Limit]
        last = found[-1] if found else after
        over = shard.ended and len(found) == len(left)
        return {
            "Records": [{"SequenceNumber": str(one), "Data": b""} for one in found],
            "NextShardIterator": None if over else f"{name}/{last}/{empty}",
            "MillisBehindLatest": 1 if len(found) < len(left) else 0,
        }


def shards_of(kinesis: FakeKinesis, **options: object) -> Shards:
    given = {"streamName": "s", "startingPosition": "earliest", "retryIntervalMs": 0}
    return Shards(lambda: kinesis, read_kinesis_settings(given | options))


def numbers(piece: Piece) -> list[int]:
    return [int(record["SequenceNumber"]) for record in piece.records]


def split() -> FakeKinesis:
    return FakeKinesis(
        shards={
            "child": FakeShard(numbers=[11, 12], parent="parent"),
            "parent": FakeShard(numbers=[1, 2, 3], ended=True),
            "orphan": FakeShard(numbers=[21], parent="expired"),
        }
    )


def test_a_child_waits_until_its_parent_is_read_to_the_end() -> None:
    kinesis = split()
    shards = shards_of(kinesis, maxFetchRecordsPerShard=2, maxRecordPerRead=1)

    first = shards.advance(shards.first_positions())
    second = shards.advance({shard: piece.end for shard, piece in first.items()})

    assert {shard: numbers(piece) for shard, piece in first.items()} == {
        "child": [],
        "parent": [1, 2],
        "orphan": [21],
    }
    assert {shard: (numbers(piece), piece.end) for shard, piece in second.items()} == {
        "child": ([11, 12], "after:12"),
        "parent": ([3], "closed"),
        "orphan": ([], "after:21"),
    }
    assert kinesis.reads.index("child") > max(
        at for at, name in enumerate(kinesis.reads) if name == "parent"
    )


def test_latest_leaves_out_what_shards_hold_that_have_ended() -> None:
    shards = shards_of(split(), startingPosition="latest")

    positions = shards.first_positions()

    assert positions["parent"] == "closed"
    assert positions["child"].startswith("time:")


def test_a_batch_is_fetched_again_as_it_was_though_more_has_come() -> None:
    kinesis = split()
    shards = shards_of(kinesis, maxRecordPerRead=2)
    kinesis.shards["child"].numbers += [13, 14]

    open_ = shards.between("child", "horizon", "after:12")
    closed = shards.between("parent", "after:1", "closed")

    assert numbers(open_) == [11, 12]
    assert numbers(closed) == [2, 3]


def test_records_that_are_gone_fail_a_batch_only_if_that_is_wanted() -> None:
    kinesis = FakeKinesis(shards={"one": FakeShard(numbers=[7, 8])})

    assert numbers(shards_of(kinesis).between("one", "after:1", "after:5")) == []
    with pytest.raises(RecordsLostError, match="one holds the record 5 no more"):
        shards_of(kinesis, failOnDataLoss="true").between("one", "after:1", "after:5")


def test_time_does_not_count_before_the_first_record_of_a_shard() -> None:
    kinesis = FakeKinesis(shards={"one": FakeShard(numbers=[7])}, gaps=5)
    shards = shards_of(kinesis, maxFetchTimeInMs=0)

    piece = shards.advance(shards.first_positions())["one"]

    assert numbers(piece) == [7]
    assert len(kinesis.reads) == 6


def test_an_answer_that_fails_for_a_moment_is_asked_for_again_and_another_is_not() -> None:
    kinesis = FakeKinesis(shards={"one": FakeShard(numbers=[1])})
    shards = shards_of(kinesis, numRetries=2)
    slow = "ProvisionedThroughputExceededException"
    kinesis.failures = [slow, slow, "ExpiredIteratorException"]

    piece = shards.advance(shards.first_positions())["one"]

    assert numbers(piece) == [1]
    for failures in ([slow] * 3, ["AccessDeniedException"]):
        kinesis.failures = failures
        with pytest.raises(ClientError, match=failures[0]):
            shards.advance(shards.first_positions())
    assert kinesis.failures == []
