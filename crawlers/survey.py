"""Everything a crawl finds out before it looks at the catalog, target by target."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Any, NamedTuple

from gluepot.catalog.errors import GluepotError, InvalidInputError
from gluepot.crawlers.classifiers.custom import PROTOBUF_PREFIX, load_classifiers
from gluepot.crawlers.findings import AnyPlace, Survey
from gluepot.crawlers.memory.folders import reading_print
from gluepot.crawlers.object_survey import (
    LOCAL,
    list_events,
    list_objects,
    survey_listed,
    survey_objects,
)
from gluepot.crawlers.reading.sampling import policy_of
from gluepot.crawlers.targets import (
    CatalogTarget,
    DeltaTarget,
    DynamoDBTarget,
    HudiTarget,
    IcebergTarget,
    JdbcTarget,
    MongoDBTarget,
    Target,
    place_of,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from gluepot.crawlers.access import Access
    from gluepot.crawlers.classifiers.base import Classifier
    from gluepot.crawlers.findings import TargetSurvey
    from gluepot.crawlers.memory.folders import TargetMemory
    from gluepot.crawlers.model import Crawler
    from gluepot.crawlers.object_survey import ListedTarget
    from gluepot.crawlers.reading.engine import Engine
    from gluepot.crawlers.targets import AnyTarget

SHOWN_PROBLEMS = 5


class NothingFoundError(GluepotError):
    """A crawl found no table at all, so it changes nothing."""

    code = "InvalidInputException"


class SeenTarget(NamedTuple):
    """A target, and what lies below it where that can be listed before it is read.

    ``reading`` is a fingerprint of what decides how it is read.
    """

    target: AnyTarget
    listed: ListedTarget | None
    reading: str

    @property
    def key(self) -> str:
        """Return what names the target in a crawler's memory."""
        return place_of(self.target)


def see_targets(
    crawler: Crawler,
    access: Access,
    recall: Callable[[str, str], TargetMemory | None] = lambda _key, _reading: None,
) -> tuple[SeenTarget, ...]:
    """List what lies below all targets, or what events say has changed, and read nothing of it.

    Args:
        crawler: Whose targets they are.
        access: How they are reached.
        recall: Gives what is remembered of a target by its key and its fingerprint, if all events
            since then can be had.

    Raises:
        StorageError: A target cannot be listed.
        InvalidInputError: A target or an exclusion cannot be one.
        EntityNotFoundError: A classifier or a connection that the crawler names is not there.
    """
    definitions = [_definition(name, access) for name in crawler.classifiers]
    seen = []
    for target in crawler.targets:
        item = SeenTarget(target, None, reading_print(crawler, target, definitions))
        if isinstance(target, Target):
            if crawler.recrawl_behavior == "CRAWL_EVENT_MODE":
                memory = recall(item.key, item.reading)
                item = item._replace(listed=list_events(crawler, target, access, memory))
            else:
                item = item._replace(listed=list_objects(crawler, target, access))
        seen.append(item)
    return tuple(seen)


def take_events(seen: Iterable[SeenTarget]) -> None:
    """Take the events of targets off their queues: what they say is in the catalog."""
    for item in seen:
        if item.listed is not None and item.listed.events is not None:
            item.listed.events.done()


def release_events(seen: Iterable[SeenTarget]) -> None:
    """Show the events of targets to other readers again: what they say is not in the catalog."""
    for item in seen:
        if item.listed is not None and item.listed.events is not None:
            item.listed.events.release()


def survey_targets(crawler: Crawler, access: Access) -> Survey:
    """Look at all targets of a crawler, as if for the first time.

    Raises:
        NothingFoundError: There is no table in any of them.
        GluepotError: As in ``see_targets``.
    """
    return survey_seen(crawler, see_targets(crawler, access), access)


def survey_seen(
    crawler: Crawler,
    seen: Sequence[SeenTarget],
    access: Access,
    recall: Callable[[str, str], TargetMemory | None] = lambda _key, _reading: None,
    engine: Engine = LOCAL,
) -> Survey:
    """Look at what was listed; ``recall`` gives what is remembered of a target.

    Raises:
        StorageError: A target cannot be read at all.
        NothingFoundError: There is no table in any target.
    """
    classifiers = load_classifiers(crawler.classifiers, access)
    parts = []
    for item in seen:
        if item.listed is None:
            parts.append(_survey_target(crawler, item.target, access, classifiers))
        else:
            memory = item.listed.memory or recall(item.key, item.reading)
            parts.append(
                survey_listed(
                    crawler,
                    item.listed,
                    classifiers=classifiers,
                    memory=memory,
                    engine=engine,
                )
            )
    survey = _joined(crawler, seen, parts)
    if not survey.tables and not survey.partial:
        raise NothingFoundError(_why_nothing(crawler, survey))
    return survey


def _definition(name: str, access: Access) -> Mapping[str, Any]:
    """Return what a name in a crawler's list of classifiers stands for."""
    if name.startswith(PROTOBUF_PREFIX):
        return {name: access.schema(name.removeprefix(PROTOBUF_PREFIX).partition("#")[0])}
    return access.classifier(name)


def _joined(crawler: Crawler, seen: Sequence[SeenTarget], parts: Sequence[TargetSurvey]) -> Survey:
    tables = {
        (
            item.table.location,
            item.table.compatibility,
            # Databases of two connections may have one name.
            item.table.parameters.get("connectionName", ""),
            item.bound_to or (),
        ): item
        for part in parts
        for item in part.tables
    }
    return Survey(
        tables=tuple(table for _, table in sorted(tables.items(), key=lambda item: item[0])),
        roots=tuple(root for part in parts for root in part.roots),
        locations=AnyPlace([part.locations for part in parts]),
        problems=tuple(problem for part in parts for problem in part.problems),
        warnings=tuple(text for part in parts for text in part.warnings),
        skipped=dict(sum((Counter(part.skipped) for part in parts), Counter())),
        objects=sum(part.objects for part in parts),
        objects_read=sum(part.objects_read for part in parts),
        bytes_read=sum(part.bytes_read for part in parts),
        sampling=policy_of(crawler).describe(),
        seconds=_total(part.seconds for part in parts),
        partial=any(part.partial for part in parts),
        memories={
            item.key: part.memory
            for item, part in zip(seen, parts, strict=True)
            if part.memory is not None
        },
    )


def _survey_target(
    crawler: Crawler, target: AnyTarget, access: Access, classifiers: Sequence[Classifier]
) -> TargetSurvey:
    match target:
        case Target():
            return survey_objects(crawler, target, access)
        case DeltaTarget() | IcebergTarget() | HudiTarget():
            return _survey_lake(crawler, target, access)
        case JdbcTarget():
            from gluepot.crawlers.databases.jdbc import survey_jdbc  # noqa: PLC0415 - seldom

            return survey_jdbc(crawler, target, access)
        case DynamoDBTarget():
            from gluepot.crawlers.databases.dynamodb import survey_dynamodb  # noqa: PLC0415

            return survey_dynamodb(crawler, target, access)
        case MongoDBTarget():
            from gluepot.crawlers.databases.mongodb import survey_mongodb  # noqa: PLC0415

            return survey_mongodb(crawler, target, access)
        case CatalogTarget():
            from gluepot.crawlers.catalog_targets import survey_catalog  # noqa: PLC0415 - seldom

            return survey_catalog(crawler, target, access, classifiers)
        case _:
            kind = type(target).__name__
            raise InvalidInputError(f"Crawler {crawler.name!r} has a {kind}, which is not crawled")


def _survey_lake(
    crawler: Crawler, target: DeltaTarget | IcebergTarget | HudiTarget, access: Access
) -> TargetSurvey:
    from gluepot.crawlers.lakehouse import survey as lakes  # noqa: PLC0415 - seldom asked for

    match target:
        case DeltaTarget():
            return lakes.survey_delta(crawler, target, access)
        case IcebergTarget():
            return lakes.survey_iceberg(crawler, target, access)
        case HudiTarget():
            return lakes.survey_hudi(crawler, target, access)


def _total(parts: Iterable[Mapping[str, float]]) -> dict[str, float]:
    total: dict[str, float] = defaultdict(float)
    for part in parts:
        for name, seconds in part.items():
            total[name] += seconds
    return {name: round(seconds, 4) for name, seconds in total.items()}


def _why_nothing(crawler: Crawler, survey: Survey) -> str:
    targets = ", ".join(map(place_of, crawler.targets))
    if survey.problems:
        shown = "; ".join(map(str, survey.problems[:SHOWN_PROBLEMS]))
        rest = len(survey.problems) - SHOWN_PROBLEMS
        more = f"; and {rest} more" if rest > 0 else ""
        return f"No file below {targets} could be read: {shown}{more}"
    if survey.skipped:
        counted = ", ".join(f"{count} {reason}" for reason, count in sorted(survey.skipped.items()))
        return f"There is no data below {targets}: every object was skipped ({counted})"
    return f"There is nothing below {targets}: check the prefix, and that the data has arrived"
