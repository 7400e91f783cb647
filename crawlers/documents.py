"""A crawler as AWS Glue's document, in which it is stored, and the crawl that it asks for.

The document is kept as it was given, so that clients read back what they wrote. What of it
gluepot cannot carry out yet is refused by name when the crawler is to crawl, never ignored.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from gluepot.catalog.errors import InvalidInputError
from gluepot.crawlers.model import Crawler, check_crawler
from gluepot.crawlers.targets import Target

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gluepot.catalog.calls import Document

_COMBINE = "CombineCompatibleSchemas"
_EVERYTHING = "CRAWL_EVERYTHING"
# Partitions are always indexed here, whatever CreatePartitionIndex says.
_CONFIGURATION = frozenset({"Version", "Grouping", "CreatePartitionIndex"})
_GROUPING = frozenset({"TableGroupingPolicy", "TableLevelConfiguration"})


def document_of(crawler: Crawler) -> Document:
    """Return the document of a crawler; exclusions for all targets become each target's own."""
    objects = [item for item in crawler.targets if isinstance(item, Target)]
    document: Document = {
        "Name": crawler.name,
        "Description": crawler.description,
        "DatabaseName": crawler.database,
        "Targets": {"S3Targets": [_s3_target(crawler, target) for target in objects]},
        "TablePrefix": crawler.table_prefix or None,
        "SchemaChangePolicy": {
            "UpdateBehavior": crawler.update_behavior,
            "DeleteBehavior": crawler.delete_behavior,
        },
        "Configuration": _configuration(crawler),
    }
    return {member: value for member, value in document.items() if value is not None}


def crawler_of(document: Mapping[str, Any]) -> Crawler:
    """Return what a document asks gluepot to crawl.

    Raises:
        InvalidInputError: It has nothing to crawl, or asks for what gluepot cannot do yet.
    """
    name = document["Name"]
    where = f"Crawler {name!r}"
    _refuse_unsupported(where, document)
    grouping = _grouping(where, document.get("Configuration"))
    policy = document.get("SchemaChangePolicy", {})
    if not document.get("DatabaseName"):
        raise InvalidInputError(f"{where} has no DatabaseName; update it with one before it crawls")
    crawler = Crawler(
        name=name,
        database=document["DatabaseName"],
        targets=tuple(map(_target, document["Targets"].get("S3Targets", ()))),
        table_prefix=document.get("TablePrefix", ""),
        description=document.get("Description"),
        update_behavior=policy.get("UpdateBehavior", "UPDATE_IN_DATABASE"),
        delete_behavior=policy.get("DeleteBehavior", "DEPRECATE_IN_DATABASE"),
        table_level=grouping.get("TableLevelConfiguration"),
        combine_compatible_schemas=grouping.get("TableGroupingPolicy") == _COMBINE,
    )
    return check_crawler(crawler)


def places(document: Mapping[str, Any]) -> list[str]:
    """Return what a document names to be crawled, a line each, for people.

    >>> places({"Targets": {"S3Targets": [{"Path": "s3://b"}], "DynamoDBTargets": [{"Path": "t"}]}})
    ['s3://b', 'DynamoDB: t']
    """
    found = []
    for kind, targets in document["Targets"].items():
        prefix = "" if kind == "S3Targets" else f"{kind.removesuffix('Targets')}: "
        for target in targets:
            values = target.get("Paths") or target.get("DeltaTables") or target.get("Tables")
            names = values or [target.get("Path") or target.get("ConnectionName", "")]
            found += [f"{prefix}{name}" for name in names]
    return found


def check_configuration(text: str | None) -> None:
    """Return when ``Configuration`` is the JSON object that AWS Glue takes there.

    Raises:
        InvalidInputError: It is not.
    """
    _parse_configuration("The crawler", text)


def _s3_target(crawler: Crawler, target: Target) -> Document:
    exclusions = [*crawler.exclusions, *target.exclusions]
    size = target.files_per_folder or crawler.files_per_folder
    found: Document = {"Path": target.uri}
    if exclusions:
        found["Exclusions"] = exclusions
    if size is not None:
        found["SampleSize"] = size
    return found


def _target(wire: Mapping[str, Any]) -> Target:
    if not wire.get("Path"):
        raise InvalidInputError("An S3 target has no Path; give s3://bucket/prefix")
    return Target(
        uri=wire["Path"],
        exclusions=tuple(wire.get("Exclusions", ())),
        files_per_folder=wire.get("SampleSize"),
    )


def _configuration(crawler: Crawler) -> str | None:
    grouping: Document = {}
    if crawler.combine_compatible_schemas:
        grouping["TableGroupingPolicy"] = _COMBINE
    if crawler.table_level is not None:
        grouping["TableLevelConfiguration"] = crawler.table_level
    if not grouping:
        return None
    return json.dumps({"Version": 1.0, "Grouping": grouping})


def _refuse_unsupported(where: str, document: Mapping[str, Any]) -> None:
    others = [kind for kind, given in document["Targets"].items() if given and kind != "S3Targets"]
    if others:
        raise InvalidInputError(
            f"{where} has {', '.join(others)}, which gluepot does not crawl yet;"
            " it crawls S3Targets, whose Path may also be a folder"
        )
    recrawl = document.get("RecrawlPolicy", {}).get("RecrawlBehavior", _EVERYTHING)
    if recrawl != _EVERYTHING:
        raise InvalidInputError(
            f"{where}: RecrawlBehavior {recrawl} is not carried out yet; use {_EVERYTHING}"
        )
    if document.get("Classifiers"):
        raise InvalidInputError(
            f"{where}: custom Classifiers ({', '.join(document['Classifiers'])}) are not carried"
            " out yet; remove them, and the built-in ones decide"
        )


def _grouping(where: str, text: str | None) -> Mapping[str, Any]:
    configuration = _parse_configuration(where, text)
    grouping: Mapping[str, Any] = configuration.get("Grouping", {})
    unknown = [
        *(
            key
            for key in configuration
            if key not in {"Version", "Grouping", "CreatePartitionIndex"}
        ),
        *(key for key in grouping if key not in {"TableGroupingPolicy", "TableLevelConfiguration"}),
    ]
    if unknown:
        raise InvalidInputError(
            f"{where}: Configuration asks for {', '.join(unknown)}, which is not carried out yet;"
            " Grouping with TableGroupingPolicy and TableLevelConfiguration is"
        )
    return grouping


def _parse_configuration(where: str, text: str | None) -> Mapping[str, Any]:
    if not text:
        return {}
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InvalidInputError(f"{where}: Configuration is not JSON: {error}") from None
    if not isinstance(found, dict) or not isinstance(found.get("Grouping", {}), dict):
        raise InvalidInputError(f"{where}: Configuration is a JSON object, and so is its Grouping")
    return found
