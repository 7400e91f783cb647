"""DynamoDB targets: a table's items, or a sample of them, read within a share of its capacity.

Source: AWS Glue API reference, "DynamoDBTarget"; DynamoDB developer guide, "Read consistency" and
"Service quotas".
"""

from __future__ import annotations

import re
import time
from dataclasses import dataclass, replace
from decimal import Decimal as Number
from decimal import InvalidOperation
from typing import TYPE_CHECKING, Any

from gluepot.catalog.errors import FederationSourceError, InvalidInputError
from gluepot.catalog.types import (
    BIGINT,
    BINARY,
    BOOLEAN,
    DOUBLE,
    MAX_PRECISION,
    STRING,
    VOID,
    Decimal,
    Type,
)
from gluepot.crawlers.databases.documents import DocumentMerge
from gluepot.crawlers.databases.found import StoredTable, found_table
from gluepot.crawlers.databases.pacing import Pacer
from gluepot.crawlers.findings import FileProblem, Found, TargetSurvey
from gluepot.crawlers.nested_types import MAX_DEPTH, array_of, struct_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from gluepot.crawlers.access import Access
    from gluepot.crawlers.databases.documents import MergedDocuments
    from gluepot.crawlers.model import Crawler
    from gluepot.crawlers.targets import DynamoDBTarget

SAMPLE_ITEMS = 1_000
SAMPLE_SEGMENTS = 8
"""How many places of a table a sample is taken from."""

SAMPLE_BYTES = 32 * 1024 * 1024
SAMPLE_SECONDS = 120
"""How long a sample may take of a table whose capacity is small."""

PAGE_ITEMS = 1_000
ATTEMPTS = 10
UNIT_BYTES = 8_192
"""What one unit of capacity reads, eventually consistent."""

ON_DEMAND_UNITS = 40_000
"""What a table on demand may read a second unless its account or itself says otherwise."""

_PROVISIONED_SHARE = 0.5
_ON_DEMAND_SHARE = 0.25
_SCAN_RATES = (0.1, 1.5)
_USUAL_ITEM_BYTES = 400
_WHOLE = re.compile(r"-?\d{1,19}", re.ASCII)


@dataclass(frozen=True, kw_only=True)
class TableFacts:
    """What DynamoDB says of a table.

    Attributes:
        name: Its name.
        arn: Its ARN.
        keys: Names of its hash key and, where it has one, its range key.
        items: How many there are, as of some hours ago.
        size_bytes: The same of its size.
        read_units: What it may read a second.
        on_demand: Nothing is provisioned; ``read_units`` is the most there is.
    """

    name: str
    arn: str
    keys: tuple[str, ...]
    items: int
    size_bytes: int
    read_units: float
    on_demand: bool


def survey_dynamodb(_crawler: Crawler, target: DynamoDBTarget, access: Access) -> TargetSurvey:
    """Look at the items of a table; all of them, or a sample without ``scan_all``.

    Raises:
        AccessRefusedError: The profile is in no configuration file, or a role is not given.
        FederationSourceError: DynamoDB does not answer, or refuses.
        InvalidInputError: ``scan_rate`` is none.
    """
    from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415 - seldom used

    started = time.perf_counter()
    where = f"DynamoDB table {target.path}"
    if target.scan_rate is not None and not _SCAN_RATES[0] <= target.scan_rate <= _SCAN_RATES[1]:
        raise InvalidInputError(f"{where}: scan_rate is a number from 0.1 to 1.5")
    try:
        client = _client(access)
        facts = _facts(client.describe_table(TableName=target.path)["Table"])
        scan = _Scan(client, facts, target)
        merge = _merge(facts, scan.items())
    except ClientError as error:
        fault = error.response["Error"]
        if fault.get("Code") == "ResourceNotFoundException":
            problem = FileProblem(uri=where, reason="there is no such table; it may be dropped")
            return TargetSurvey(roots=(), tables=(), problems=(problem,), objects=1)
        told = f"{fault.get('Code')}: {fault.get('Message')}"
        raise FederationSourceError(f"{where} cannot be read: {told}") from None
    except BotoCoreError as error:
        raise FederationSourceError(f"{where} cannot be read: {error}") from None
    stored = _stored(facts, merge.merged(facts.name), scan)
    return TargetSurvey(
        roots=(facts.arn,),
        tables=(Found(table=found_table(stored)),),
        locations=frozenset({facts.arn}),
        objects=1,
        objects_read=1,
        bytes_read=scan.bytes_read,
        seconds={"read": time.perf_counter() - started},
    )


def read_rate(facts: TableFacts, scan_rate: float | None) -> float:
    """Return how many units a second a scan may take.

    The share is that of what is provisioned, a half if none is given; on demand it is that of the
    most there can be, a quarter if none is given.
    """
    share = _ON_DEMAND_SHARE if facts.on_demand else _PROVISIONED_SHARE
    return max(facts.read_units * (share if scan_rate is None else scan_rate), 0.1)


def page_items(facts: TableFacts, units_per_second: float) -> int:
    """Return how many items a page may have, so that it takes about a second's units."""
    item_bytes = facts.size_bytes / facts.items if facts.items else _USUAL_ITEM_BYTES
    fitting = int(units_per_second * UNIT_BYTES / max(item_bytes, 1))
    return min(max(fitting, 1), PAGE_ITEMS)


def type_of(value: Mapping[str, Any], depth: int = 0) -> Type:
    """Return the type of an attribute, as DynamoDB tags it.

    Whole numbers are bigint, larger ones decimals of 38 digits, others double.

    >>> type_of({"M": {"a": {"N": "1"}}})
    Struct(fields=(Field(name='a', type=Primitive(name='bigint')),))
    """
    kind, inner = next(iter(value.items()))
    if depth > MAX_DEPTH:
        return STRING
    match kind:
        case "M":
            return struct_of((name, type_of(item, depth + 1)) for name, item in inner.items())
        case "L":
            return array_of(type_of(item, depth + 1) for item in inner)
        case "SS" | "NS" | "BS":
            return array_of(type_of({kind[0]: item}, depth + 1) for item in inner)
        case "N":
            return _number_type(inner)
        case _:
            return {"B": BINARY, "BOOL": BOOLEAN, "NULL": VOID}.get(kind, STRING)


def _number_type(text: str) -> Type:
    if _WHOLE.fullmatch(text) and -(2**63) <= int(text) < 2**63:
        return BIGINT
    try:
        number = Number(text)
    except InvalidOperation:
        return STRING
    if number.is_finite() and number.adjusted() < MAX_PRECISION and number == int(number):
        return Decimal(MAX_PRECISION, 0)
    return DOUBLE


class _Scan:
    """One reading of a table, and how far it got."""

    def __init__(self, client: Any, facts: TableFacts, target: DynamoDBTarget) -> None:  # noqa: ANN401
        self._client = client
        self._facts = facts
        self._path = target.path
        self._all = target.scan_all
        self.rate = read_rate(facts, target.scan_rate)
        self._pacer = Pacer(self.rate)
        self._deadline = time.monotonic() + SAMPLE_SECONDS
        self._units = 0.0
        self.read = 0
        self.whole = True

    @property
    def bytes_read(self) -> int:
        """What the units that were spent amount to."""
        return int(self._units * UNIT_BYTES)

    def items(self) -> Iterator[Mapping[str, Any]]:
        """Yield items: all, or some of each part of the table."""
        if self._all:
            yield from self._segment({}, None)
            return
        share = SAMPLE_ITEMS // SAMPLE_SEGMENTS
        for number in range(SAMPLE_SEGMENTS):
            part = {"Segment": number, "TotalSegments": SAMPLE_SEGMENTS}
            yield from self._segment(part, share)

    def _segment(self, part: Mapping[str, int], most: int | None) -> Iterator[Mapping[str, Any]]:
        start: dict[str, Any] = {}
        page, read, spent = page_items(self._facts, self.rate), 0, 0.0
        while True:
            self._pacer.wait()
            reply = self._client.scan(
                TableName=self._path,
                Limit=page if most is None else min(page, most - read),
                ReturnConsumedCapacity="TOTAL",
                **part,
                **start,
            )
            units = reply.get("ConsumedCapacity", {}).get("CapacityUnits", 0.0)
            self._pacer.spend(units)
            self._units, spent = self._units + units, spent + units
            self.read, read = self.read + len(reply["Items"]), read + len(reply["Items"])
            yield from reply["Items"]
            if "LastEvaluatedKey" not in reply:
                return
            if most is not None and (read >= most or self._is_enough(spent)):
                self.whole = False
                return
            start = {"ExclusiveStartKey": reply["LastEvaluatedKey"]}

    def _is_enough(self, spent: float) -> bool:
        """Return whether a part of a sample has taken its share of bytes, or all its time."""
        taken = spent * UNIT_BYTES * SAMPLE_SEGMENTS
        return taken > SAMPLE_BYTES or time.monotonic() > self._deadline


def _merge(facts: TableFacts, items: Iterable[Mapping[str, Any]]) -> DocumentMerge:
    merge = DocumentMerge(first=facts.keys)
    for item in items:
        merge.add(_label(facts, item), {name: type_of(value) for name, value in item.items()})
    return merge


def _label(facts: TableFacts, item: Mapping[str, Any]) -> str:
    """Return an item's keys, which are short enough to be shown."""
    values = (str(next(iter(item[key].values()))) for key in facts.keys if key in item)
    return f"{facts.name}[{', '.join(value[:50] for value in values)}]"


def _facts(table: Mapping[str, Any]) -> TableFacts:
    provisioned = table.get("ProvisionedThroughput", {}).get("ReadCapacityUnits", 0)
    mode = table.get("BillingModeSummary", {}).get("BillingMode")
    on_demand = mode == "PAY_PER_REQUEST" or not provisioned
    limit = table.get("OnDemandThroughput", {}).get("MaxReadRequestUnits", -1)
    most = limit if limit > 0 else ON_DEMAND_UNITS
    kinds = {"HASH": 0, "RANGE": 1}
    keys = sorted(table["KeySchema"], key=lambda key: kinds[key["KeyType"]])
    return TableFacts(
        name=table["TableName"],
        arn=table["TableArn"],
        keys=tuple(key["AttributeName"] for key in keys),
        items=table.get("ItemCount", 0),
        size_bytes=table.get("TableSizeBytes", 0),
        read_units=most if on_demand else provisioned,
        on_demand=on_demand,
    )


def _stored(facts: TableFacts, merged: MergedDocuments, scan: _Scan) -> StoredTable:
    # The count of some hours ago may be below what was just seen.
    items = max(facts.items, scan.read)
    parameters = dict(zip(("hashKey", "rangeKey"), facts.keys, strict=False))
    names = [column.name for column in merged.columns]
    mapping = _column_mapping(names, merged.original_names)
    if mapping:
        parameters["columnMapping"] = mapping
    how = "all" if scan.whole else "a sample of"
    told = (
        f"{how} {scan.read} of about {items} items were read, at most {scan.rate:g} units of"
        " capacity a second"
    )
    return StoredTable(
        engine="dynamodb",
        location=facts.arn,
        folder=facts.name,
        kind="table",
        columns=merged.columns,
        original_names=merged.original_names,
        parameters=parameters,
        records=items,
        size_bytes=facts.size_bytes,
        reasons=(f"DynamoDB has a table {facts.name}", told),
        warnings=merged.warnings if scan.whole else (f"{facts.name}: {told}", *merged.warnings),
    )


def _column_mapping(names: Iterable[str], originals: Iterable[str]) -> str:
    """Return the attributes' own names as Athena's connector wants to be told them."""
    pairs = (
        f"{name}={original}"
        for name, original in zip(names, originals, strict=True)
        if name != original and not {"=", ","} & {*name, *original}
    )
    return ",".join(pairs)


def _client(access: Access) -> Any:  # noqa: ANN401 - boto3 makes its classes while running
    from botocore.config import Config  # noqa: PLC0415 - seldom used, as boto3 itself

    from gluepot.crawlers.sources.sessions import DEFAULT_REGION, open_session  # noqa: PLC0415

    config, endpoint = access.s3, access.endpoints.get("dynamodb")
    if config.endpoint_url is not None and endpoint is None:
        # Keys of another store than AWS's are of no use at AWS.
        config = replace(
            config, access_key_id=None, secret_access_key=None, session_token=None, role_arn=None
        )
    session = open_session(config)
    return session.client(
        "dynamodb",
        endpoint_url=endpoint,
        region_name=session.region_name or DEFAULT_REGION,
        config=Config(
            retries={"mode": "adaptive", "max_attempts": ATTEMPTS},
            connect_timeout=10,
            read_timeout=30,
        ),
    )
