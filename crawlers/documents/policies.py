"""Which settings of a crawler go together: the combinations that AWS Glue refuses.

Source: Glue developer guide, "Scheduling incremental crawls", "Accelerating crawls using Amazon S3
event notifications" and "Crawler source type"; the sentences in Glue's own words are those that
its users have reported.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gluepot.catalog.errors import InvalidInputError
from gluepot.crawlers.targets import CatalogTarget, DynamoDBTarget, JdbcTarget, Target

if TYPE_CHECKING:
    from gluepot.crawlers.model import Crawler
    from gluepot.crawlers.targets import AnyTarget

MOST_SAMPLED = 249
_LEAST_SCAN_RATE = 0.1
_MOST_SCAN_RATE = 1.5
_DEEPEST = 20
_METADATA = frozenset({"COMMENTS", "RAWTYPES"})


def check_policies(crawler: Crawler) -> None:
    """Return when the settings of a crawler can be carried out together.

    Raises:
        InvalidInputError: They cannot.
    """
    for target in crawler.targets:
        _check_target(target)
    _check_catalog_targets(crawler)
    if crawler.recrawl_behavior == "CRAWL_NEW_FOLDERS_ONLY":
        _check_new_folders(crawler)
    if crawler.recrawl_behavior == "CRAWL_EVENT_MODE":
        _check_events(crawler)


def check_sample_sizes(crawler: Crawler) -> None:
    """Return when AWS Glue would take the sample sizes; gluepot's own commands know no limit.

    Raises:
        InvalidInputError: One is not from 1 to 249.
    """
    sizes = [item.files_per_folder for item in crawler.targets if isinstance(item, Target)]
    for size in sizes:
        if size is not None and not 1 <= size <= MOST_SAMPLED:
            raise InvalidInputError(f"SampleSize is from 1 to {MOST_SAMPLED}, not {size}")


def _check_target(target: AnyTarget) -> None:
    if isinstance(target, JdbcTarget):
        unknown = set(target.additional_metadata) - _METADATA
        if unknown:
            raise InvalidInputError(
                f"EnableAdditionalMetadata is of {', '.join(sorted(_METADATA))},"
                f" not {', '.join(sorted(unknown))}"
            )
    rate = target.scan_rate if isinstance(target, DynamoDBTarget) else None
    if rate is not None and not _LEAST_SCAN_RATE <= rate <= _MOST_SCAN_RATE:
        raise InvalidInputError(
            f"scanRate is from {_LEAST_SCAN_RATE} to {_MOST_SCAN_RATE}, not {rate}"
        )
    depth = getattr(target, "maximum_traversal_depth", 1)
    if not 1 <= depth <= _DEEPEST:
        raise InvalidInputError(f"MaximumTraversalDepth is from 1 to {_DEEPEST}, not {depth}")


def _check_catalog_targets(crawler: Crawler) -> None:
    of_catalog = [isinstance(target, CatalogTarget) for target in crawler.targets]
    if not any(of_catalog):
        return
    if not all(of_catalog):
        raise InvalidInputError(
            "Catalog targets cannot be combined with targets of other kinds; give them a crawler"
            " of their own"
        )
    if crawler.delete_behavior != "LOG":
        raise InvalidInputError(
            "The SchemaChangePolicy for Catalog target can have only LOG DeleteBehavior value."
        )


def _check_new_folders(crawler: Crawler) -> None:
    if not all(isinstance(target, Target) for target in crawler.targets):
        raise InvalidInputError(
            'RecrawlBehavior "Crawl new folders only" can only apply to Amazon S3 target.'
        )
    if (crawler.update_behavior, crawler.delete_behavior) != ("LOG", "LOG"):
        raise InvalidInputError(
            'The SchemaChangePolicy for "Crawl new folders only" Amazon S3 target can have only LOG'
            " DeleteBehavior value and LOG UpdateBehavior value."
        )


def _check_events(crawler: Crawler) -> None:
    if len(crawler.targets) != 1:
        raise InvalidInputError(
            f"An event crawler has one target, not {len(crawler.targets)}; make a crawler of each"
        )
    (target,) = crawler.targets
    if not isinstance(target, Target | CatalogTarget):
        raise InvalidInputError(
            "RecrawlBehavior CRAWL_EVENT_MODE can only apply to Amazon S3 and catalog targets."
        )
    if not target.event_queue_arn:
        raise InvalidInputError("Event queue ARN is required when event crawler is selected.")
    sampled = isinstance(target, Target) and target.files_per_folder is not None
    if sampled or crawler.files_per_folder is not None:
        raise InvalidInputError("An event crawler reads every new file: it has no SampleSize")
