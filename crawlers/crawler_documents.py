"""A crawler as AWS Glue's document, in which it is stored, and the crawl that it asks for.

The document is kept as it was given, so that clients read back what they wrote.
"""

from __future__ import annotations

from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any

from gluepot.catalog.errors import InvalidInputError
from gluepot.crawlers.documents.configuration import (
    Configuration,
    parse_configuration,
    print_configuration,
)
from gluepot.crawlers.documents.policies import check_policies, check_sample_sizes
from gluepot.crawlers.documents.target_documents import (
    targets_document,
    targets_of,
    without_own_members,
)
from gluepot.crawlers.model import Crawler, check_crawler
from gluepot.crawlers.targets import (
    CatalogTarget,
    HudiTarget,
    IcebergTarget,
    JdbcTarget,
    Target,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gluepot.catalog.calls import Document
    from gluepot.crawlers.targets import AnyTarget

NEW_FOLDERS = "CRAWL_NEW_FOLDERS_ONLY"
_EVERYTHING = "CRAWL_EVERYTHING"


def document_of(crawler: Crawler) -> Document:
    """Return the document of a crawler; exclusions for all targets become each target's own."""
    members = {item.name: getattr(crawler, item.name) for item in fields(Configuration)}
    document: Document = {
        "Name": crawler.name,
        "Description": crawler.description,
        "DatabaseName": crawler.database,
        "Targets": targets_document([_on_its_own(crawler, item) for item in crawler.targets]),
        "Classifiers": list(crawler.classifiers) or None,
        "TablePrefix": crawler.table_prefix or None,
        "SchemaChangePolicy": {
            "UpdateBehavior": crawler.update_behavior,
            "DeleteBehavior": crawler.delete_behavior,
        },
        "RecrawlPolicy": (
            None
            if crawler.recrawl_behavior == _EVERYTHING
            else {"RecrawlBehavior": crawler.recrawl_behavior}
        ),
        "LineageConfiguration": {"CrawlerLineageSettings": "ENABLE"} if crawler.lineage else None,
        "Configuration": print_configuration(Configuration(**members)),
    }
    return {member: value for member, value in document.items() if value is not None}


def crawler_of(document: Mapping[str, Any]) -> Crawler:
    """Return what a document asks gluepot to crawl.

    Without a ``DatabaseName`` the tables of catalog targets are in their own databases.

    Raises:
        InvalidInputError: It has nothing to crawl, or asks for what cannot be.
    """
    crawler = _read(document)
    if not crawler.database:
        raise InvalidInputError(
            f"Crawler {crawler.name!r} has no DatabaseName; update it with one before it crawls"
        )
    return check_crawler(crawler)


def check_document(document: Mapping[str, Any], before: Mapping[str, Any] | None = None) -> None:
    """Return when a document, which takes the place of ``before``, is one AWS Glue would take.

    A crawler may do without a ``DatabaseName`` until it crawls.

    Raises:
        InvalidInputError: A target, the configuration or a policy cannot be, or the targets of a
            crawler of new folders change.
    """
    crawler = _read(document)
    if not crawler.targets:
        raise InvalidInputError(
            f"Crawler {crawler.name!r} has no target; give at least one, such as S3Targets"
        )
    check_policies(crawler)
    check_sample_sizes(crawler)
    if before is None or crawler.recrawl_behavior != NEW_FOLDERS:
        return
    if _recrawl(before) == NEW_FOLDERS and targets_of(before["Targets"]) != crawler.targets:
        raise InvalidInputError(
            "The Amazon S3 targets of a crawler with RecrawlBehavior"
            ' "Crawl new folders only" cannot change; crawl everything, or make another crawler'
        )


def shown_targets(document: Mapping[str, Any]) -> Document:
    """Return the ``Targets`` of a stored document as clients may see them."""
    return without_own_members(document["Targets"])


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


def _read(document: Mapping[str, Any]) -> Crawler:
    """Return the crawler of a document; its database is empty where none is named."""
    name = document["Name"]
    try:
        targets = targets_of(document["Targets"])
        configuration = parse_configuration(document.get("Configuration"))
    except InvalidInputError as error:
        raise type(error)(f"Crawler {name!r}: {error}") from error
    policy = document.get("SchemaChangePolicy", {})
    lineage = document.get("LineageConfiguration", {}).get("CrawlerLineageSettings")
    return Crawler(
        name=name,
        database=document.get("DatabaseName") or _own_database(targets),
        targets=targets,
        table_prefix=document.get("TablePrefix", ""),
        description=document.get("Description"),
        update_behavior=policy.get("UpdateBehavior", "UPDATE_IN_DATABASE"),
        delete_behavior=policy.get("DeleteBehavior", "DEPRECATE_IN_DATABASE"),
        classifiers=tuple(document.get("Classifiers", ())),
        recrawl_behavior=_recrawl(document),
        lineage=lineage == "ENABLE",
        **{item.name: getattr(configuration, item.name) for item in fields(Configuration)},
    )


def _recrawl(document: Mapping[str, Any]) -> Any:  # noqa: ANN401 - a literal of the model
    return document.get("RecrawlPolicy", {}).get("RecrawlBehavior", _EVERYTHING)


def _own_database(targets: Sequence[AnyTarget]) -> str:
    return next((item.database for item in targets if isinstance(item, CatalogTarget)), "")


def _on_its_own(crawler: Crawler, target: AnyTarget) -> AnyTarget:
    """Return a target that has what holds for all of them."""
    if not isinstance(target, Target | JdbcTarget | IcebergTarget | HudiTarget):
        return target
    own = replace(target, exclusions=(*crawler.exclusions, *target.exclusions))
    if not isinstance(own, Target):
        return own
    return replace(own, files_per_folder=own.files_per_folder or crawler.files_per_folder)
