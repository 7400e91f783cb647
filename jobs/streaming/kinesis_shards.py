"""Shards of a Kinesis stream, read from one position to the next.

It runs in Spark's planner, a Python process of the driver that gluepot need not be installed in:
nothing of gluepot's is imported here, see ``ship``. A position is a text: ``horizon`` (the oldest
record there is), ``time:`` and milliseconds, ``after:`` and a sequence number, or ``closed``.
"""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from gluepot.jobs.streaming.kinesis_settings import KinesisSettings

CLOSED = "closed"
HORIZON = "horizon"
AFTER = "after:"
TIME = "time:"

_THREADS = 16
_PASSING = frozenset(
    {
        "ProvisionedThroughputExceededException",
        "LimitExceededException",
        "KMSThrottlingException",
        "InternalFailure",
        "ServiceUnavailable",
        "ThrottlingException",
    }
)


class RecordsLostError(RuntimeError):
    """Records that a batch consists of are not in the stream any more."""


@dataclass(frozen=True, kw_only=True)
class Shard:
    """A shard as Kinesis lists it; ``ended`` when no record can be added."""

    id: str
    parents: tuple[str, ...]
    ended: bool


@dataclass(frozen=True, kw_only=True)
class Piece:
    """The records of a shard between two positions."""

    start: str
    end: str
    records: tuple[Mapping[str, Any], ...]


class Shards:
    """Reads the shards of one stream.

    Args:
        client: Returns a boto3 client of Kinesis; asked before each call.
        settings: How to read.
    """

    def __init__(self, client: Callable[[], Any], settings: KinesisSettings) -> None:
        self._client = client
        self._settings = settings
        self._listed: dict[str, Shard] = {}
        self._listed_at: float | None = None

    def listed(self) -> Mapping[str, Shard]:
        """Return the shards by id, asked for not more often than the settings say."""
        now = time.monotonic()
        pause = self._settings.describe_ms / 1000
        if self._listed_at is None or now - self._listed_at >= pause:
            self._listed = {shard.id: shard for shard in self._list()}
            self._listed_at = now
        return self._listed

    def _list(self) -> list[Shard]:
        found: list[Shard] = []
        request: dict[str, str] = dict(self._settings.stream)
        while True:
            reply = self._call("list_shards", **request)
            found += [_shard(item) for item in reply["Shards"]]
            token = reply.get("NextToken")
            if not token:
                return found
            request = {"NextToken": token}

    def first_positions(self) -> dict[str, str]:
        """Return where a new stream begins, by shard."""
        start = self._settings.start
        if start != "latest":
            return dict.fromkeys(self.listed(), start)
        # Kinesis names no position for "now", so the clock does.
        now = f"{TIME}{time.time_ns() // 1_000_000}"
        return {shard.id: CLOSED if shard.ended else now for shard in self.listed().values()}

    def advance(self, positions: Mapping[str, str]) -> dict[str, Piece]:
        """Return what is new in each shard, within the limits of the settings.

        A shard is read when its parents are read to their ends: what was put under one key keeps
        its order.
        """
        shards = self.listed()
        # A shard that appeared since came of another one: all of it is new.
        at = {shard: positions.get(shard, HORIZON) for shard in shards}
        pieces: dict[str, Piece] = {}
        with ThreadPoolExecutor(_THREADS) as pool:
            while ready := [shard for shard in shards.values() if _is_ready(shard, at, pieces)]:
                fetched = pool.map(lambda shard: self._fetch(shard, at[shard.id]), ready)
                for shard, piece in zip(ready, list(fetched), strict=True):
                    pieces[shard.id] = piece
                    at[shard.id] = piece.end
        done = {shard: Piece(start=end, end=end, records=()) for shard, end in at.items()}
        return done | pieces

    def _fetch(self, shard: Shard, start: str) -> Piece:
        settings, began = self._settings, time.monotonic()
        records: list[Mapping[str, Any]] = []
        iterator: str | None = self._iterator(shard.id, start)
        while True:
            iterator, found, behind = self._read(shard.id, iterator, _end(start, records))
            records += found
            if iterator is None or (shard.ended and not found and not behind):
                return Piece(start=start, end=CLOSED, records=tuple(records))
            taken = (time.monotonic() - began) * 1000
            # Answers may be empty where the next record is far: some must come before time counts.
            late = bool(records) and taken >= settings.fetch_ms
            caught_up = not behind and not (shard.ended and found)
            if caught_up or late or len(records) >= settings.records_per_shard:
                return Piece(start=start, end=_end(start, records), records=tuple(records))
            time.sleep(settings.idle_ms / 1000)

    def between(self, shard: str, start: str, end: str) -> Piece:
        """Return the same records again that lay between two positions.

        Raises:
            RecordsLostError: They are gone, and the settings say that this is to fail.
        """
        records: list[Mapping[str, Any]] = []
        last = int(end.removeprefix(AFTER)) if end.startswith(AFTER) else None
        iterator: str | None = self._iterator(shard, start)
        while iterator is not None:
            iterator, found, behind = self._read(shard, iterator, _end(start, records))
            wanted = [one for one in found if last is None or _number(one) <= last]
            records += wanted
            reached = bool(found) and last is not None and _number(found[-1]) >= last
            if reached or (not behind and not found):
                break
        if last is not None and self._settings.fails_on_loss:
            _check_whole(shard, records, last)
        return Piece(start=start, end=end, records=tuple(records))

    def _iterator(self, shard: str, position: str) -> str:
        reply = self._call(
            "get_shard_iterator", ShardId=shard, **self._settings.stream, **_asked(position)
        )
        return str(reply["ShardIterator"])

    def _read(
        self, shard: str, iterator: str | None, position: str
    ) -> tuple[str | None, list[Mapping[str, Any]], int]:
        from botocore.exceptions import ClientError  # noqa: PLC0415 - where it runs

        request: dict[str, Any] = {"Limit": self._settings.records_per_read}
        if "StreamARN" in self._settings.stream:
            request["StreamARN"] = self._settings.stream["StreamARN"]
        try:
            reply = self._call("get_records", ShardIterator=iterator, **request)
        except ClientError as error:
            if error.response["Error"]["Code"] != "ExpiredIteratorException":
                raise
            renewed = self._iterator(shard, position)
            reply = self._call("get_records", ShardIterator=renewed, **request)
        behind = int(reply.get("MillisBehindLatest", 0))
        return reply.get("NextShardIterator"), list(reply["Records"]), behind

    def _call(self, operation: str, **request: Any) -> Any:  # noqa: ANN401 - boto3's answer
        from botocore.exceptions import ClientError, ConnectionError, HTTPClientError  # noqa: A004, PLC0415

        pause = self._settings.retry_ms
        for left in range(self._settings.retries, -1, -1):
            try:
                return getattr(self._client(), operation)(**request)
            except (ClientError, ConnectionError, HTTPClientError) as error:
                code = getattr(error, "response", {}).get("Error", {}).get("Code")
                if not left or (code is not None and code not in _PASSING):
                    raise
            time.sleep(min(pause, self._settings.longest_retry_ms) / 1000)
            pause *= 2
        raise AssertionError("the last try returns or raises")


def _shard(item: Mapping[str, Any]) -> Shard:
    parents = (item.get("ParentShardId"), item.get("AdjacentParentShardId"))
    return Shard(
        id=item["ShardId"],
        parents=tuple(parent for parent in parents if parent),
        ended="EndingSequenceNumber" in item["SequenceNumberRange"],
    )


def _is_ready(shard: Shard, at: Mapping[str, str], pieces: Mapping[str, Piece]) -> bool:
    if shard.id in pieces or at[shard.id] == CLOSED:
        return False
    # A parent that is listed no more was read, or its records are gone.
    return all(at.get(parent, CLOSED) == CLOSED for parent in shard.parents)


def _asked(position: str) -> dict[str, Any]:
    if position.startswith(AFTER):
        number = position.removeprefix(AFTER)
        return {"ShardIteratorType": "AFTER_SEQUENCE_NUMBER", "StartingSequenceNumber": number}
    if position.startswith(TIME):
        seconds = int(position.removeprefix(TIME)) / 1000
        return {"ShardIteratorType": "AT_TIMESTAMP", "Timestamp": seconds}
    return {"ShardIteratorType": "TRIM_HORIZON"}


def _end(start: str, records: list[Mapping[str, Any]]) -> str:
    return f"{AFTER}{records[-1]['SequenceNumber']}" if records else start


def _number(record: Mapping[str, Any]) -> int:
    return int(record["SequenceNumber"])


def _check_whole(shard: str, records: list[Mapping[str, Any]], last: int) -> None:
    if not records or _number(records[-1]) != last:
        raise RecordsLostError(
            f"{shard} holds the record {last} no more, which a batch that must be repeated ends"
            " with: the stream keeps records for a shorter time than the job was down"
        )
