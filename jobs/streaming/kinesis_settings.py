"""What a Kinesis stream is read with: Glue's options, checked, in a form that travels."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from gluepot.catalog.errors import InvalidInputError, did_you_mean
from gluepot.jobs.parameters.script_options import is_true
from gluepot.jobs.streaming.payloads import PAYLOAD_OPTIONS
from gluepot.jobs.streaming.times import timestamp_ms

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gluepot.crawlers.sources.config import S3Config

HORIZON = "horizon"
LATEST = "latest"

_ARN = re.compile(r"arn:[\w-]+:kinesis:(?P<region>[\w-]+):\d+:stream/(?P<name>[\w.-]+)")
_STARTS = {"latest": LATEST, "trim_horizon": HORIZON, "earliest": HORIZON}
_NUMBERS = {
    "maxFetchTimeInMs": 1_000,
    "maxFetchRecordsPerShard": 100_000,
    "maxRecordPerRead": 10_000,
    "idleTimeBetweenReadsInMs": 1_000,
    "numRetries": 3,
    "retryIntervalMs": 1_000,
    "maxRetryIntervalMs": 10_000,
}
_OTHERS = (
    *("streamARN", "streamName", "endpointUrl", "region", "startingPosition"),
    *("addIdleTimeBetweenReads", "describeShardInterval", "addRecordTimestamp"),
    *("awsSTSRoleARN", "awsSTSSessionName", "failOnDataLoss", *PAYLOAD_OPTIONS),
    # Spark starts no batch where nothing is new, and the typeOfData is Kinesis.
    *("avoidEmptyBatches", "typeOfData", "emitConsumerLagMetrics"),
)
_MOST_A_READ = 10_000
"""Kinesis gives no more records in one answer."""


@dataclass(frozen=True, kw_only=True)
class Login:
    """Where Kinesis answers, and as whom one asks; without keys, as boto3 finds out itself."""

    region: str | None
    endpoint_url: str | None
    profile: str | None = None
    access_key_id: str | None = field(default=None, repr=False)
    secret_access_key: str | None = field(default=None, repr=False)
    session_token: str | None = field(default=None, repr=False)
    role_arn: str | None = None
    role_session_name: str = "gluepot"


@dataclass(frozen=True, kw_only=True)
class KinesisSettings:
    """How a stream is read; times in milliseconds.

    Attributes:
        stream: ``StreamARN`` or ``StreamName``, as Kinesis wants to be asked.
        start: ``horizon``, ``latest`` or ``time:`` and milliseconds since 1970.
    """

    stream: Mapping[str, str]
    start: str
    fetch_ms: int
    records_per_shard: int
    records_per_read: int
    idle_ms: int
    describe_ms: int
    retries: int
    retry_ms: int
    longest_retry_ms: int
    fails_on_loss: bool


def read_kinesis_settings(options: Mapping[str, Any]) -> KinesisSettings:
    """Return the settings that Glue's options mean.

    Raises:
        InvalidInputError: One is missing, unknown or wrong.
    """
    known = (*_NUMBERS, *_OTHERS)
    for name in options:
        if name not in known:
            raise InvalidInputError(
                f"option {name!r} of Kinesis is not known.{did_you_mean(name, known)}"
            )
    numbers = {name: _number(options, name, default) for name, default in _NUMBERS.items()}
    if not 0 < numbers["maxRecordPerRead"] <= _MOST_A_READ:
        raise InvalidInputError(f"maxRecordPerRead is a number from 1 to {_MOST_A_READ}")
    idles = is_true(options.get("addIdleTimeBetweenReads", "false"))
    return KinesisSettings(
        stream=_stream(options),
        start=_start(str(options.get("startingPosition", LATEST))),
        fetch_ms=numbers["maxFetchTimeInMs"],
        records_per_shard=max(1, numbers["maxFetchRecordsPerShard"]),
        records_per_read=numbers["maxRecordPerRead"],
        idle_ms=numbers["idleTimeBetweenReadsInMs"] if idles else 0,
        describe_ms=_duration_ms(str(options.get("describeShardInterval", "1s"))),
        retries=numbers["numRetries"],
        retry_ms=numbers["retryIntervalMs"],
        longest_retry_ms=numbers["maxRetryIntervalMs"],
        fails_on_loss=is_true(options.get("failOnDataLoss", "false")),
    )


def read_login(options: Mapping[str, Any], s3: S3Config | None) -> Login:
    """Return whom to ask and as whom.

    The keys that the job has for S3 count where S3 is that of AWS, or where Kinesis answers at the
    very address of S3, as in the stand-ins for AWS.
    """
    found = _ARN.fullmatch(str(options.get("streamARN", "")))
    endpoint = options.get("endpointUrl")
    region = options.get("region") or (found["region"] if found else None)
    keys = {}
    if s3 is not None and s3.endpoint_url in {None, endpoint}:
        keys = {
            "profile": s3.profile,
            "access_key_id": s3.access_key_id,
            "secret_access_key": s3.secret_access_key,
            "session_token": s3.session_token,
        }
        region = region or s3.region
    return Login(
        region=region or _region_of(endpoint),
        endpoint_url=str(endpoint) if endpoint else None,
        role_arn=options.get("awsSTSRoleARN"),
        role_session_name=str(options.get("awsSTSSessionName", "gluepot")),
        **keys,
    )


def _region_of(endpoint: object) -> str | None:
    found = re.search(r"//kinesis[\w-]*\.([\w-]+)\.amazonaws\.", str(endpoint))
    return found[1] if found else None


def _stream(options: Mapping[str, Any]) -> Mapping[str, str]:
    arn, name = options.get("streamARN"), options.get("streamName")
    if arn:
        if _ARN.fullmatch(str(arn)) is None:
            raise InvalidInputError(
                f"streamARN {arn!r} is not arn:aws:kinesis:REGION:ACCOUNT:stream/NAME"
            )
        return {"StreamARN": str(arn)}
    if name:
        return {"StreamName": str(name)}
    raise InvalidInputError("a Kinesis source needs streamARN, or streamName and endpointUrl")


def _start(text: str) -> str:
    return _STARTS.get(text.lower()) or f"time:{timestamp_ms(text)}"


def _number(options: Mapping[str, Any], name: str, default: int) -> int:
    text = str(options.get(name, default))
    if not text.isdecimal():
        raise InvalidInputError(f"{name} is a whole number, not {text!r}")
    return int(text)


def _duration_ms(text: str) -> int:
    found = re.fullmatch(r"\s*(\d+)\s*(ms|s|m|h)\s*", text)
    if found is None:
        raise InvalidInputError(f"describeShardInterval {text!r} is not such as 1s, 500ms or 2m")
    return int(found[1]) * {"ms": 1, "s": 1_000, "m": 60_000, "h": 3_600_000}[found[2]]
