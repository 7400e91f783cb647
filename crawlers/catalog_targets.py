"""The data of tables that the catalog has already: looked at again where the tables say it lies.

Such a table keeps its name, its place and the number of its partition keys, and no other table is
made. Only tables of objects and of DynamoDB have data that a crawl can look at.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

from gluepot.catalog.errors import (
    EntityNotFoundError,
    FederationSourceError,
    InvalidInputError,
    StorageError,
)
from gluepot.crawlers.databases.dynamodb import survey_dynamodb
from gluepot.crawlers.findings import AnyPlace, FileProblem, Found, TargetSurvey
from gluepot.crawlers.object_survey import list_objects, survey_listed
from gluepot.crawlers.planning.definitions import location_of
from gluepot.crawlers.sources.objects import normalize_uri
from gluepot.crawlers.targets import DynamoDBTarget, Target

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gluepot.catalog.model import Table
    from gluepot.crawlers.access import Access
    from gluepot.crawlers.classifiers.base import Classifier
    from gluepot.crawlers.grouping.found import FoundTable
    from gluepot.crawlers.model import Crawler
    from gluepot.crawlers.targets import CatalogTarget

_DYNAMODB_ARN = re.compile(r"arn:aws[\w-]*:dynamodb:[^:]*:[^:]*:table/(?P<name>[^/]+)")
_POSITIONAL = re.compile(r"partition_\d+")
_S3 = "s3://"


def survey_catalog(
    crawler: Crawler,
    target: CatalogTarget,
    access: Access,
    classifiers: Sequence[Classifier] = (),
) -> TargetSurvey:
    """Look at the data of each table that a target names.

    A table that is not there, or whose data cannot be looked at, is a problem, and the others are
    crawled all the same.

    Raises:
        InvalidInputError: The crawl has no catalog to look into.
    """
    if access.catalog is None:
        raise InvalidInputError("Catalog targets need a catalog, and this crawl was given none")
    reader = _Reader(crawler=crawler, target=target, access=access, classifiers=classifiers)
    looks = []
    for name in target.tables:
        where = f"{target.database}.{name}"
        try:
            table = access.catalog.get_table(target.database, name)
            looks.append(reader.look(table, where))
        except EntityNotFoundError as error:
            looks.append(_Look(problems=(FileProblem(uri=where, reason=str(error)),)))
    return _joined(looks)


class _Look(NamedTuple):
    """What was found of one table."""

    survey: TargetSurvey | None = None
    found: Found | None = None
    problems: tuple[FileProblem, ...] = ()
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class _Reader:
    """What every table is looked at with."""

    crawler: Crawler
    target: CatalogTarget
    access: Access
    classifiers: Sequence[Classifier]

    def look(self, table: Table, where: str) -> _Look:
        """Look at the data of one table."""
        location = location_of(table)
        try:
            survey = self._survey(location)
        except (FederationSourceError, InvalidInputError, StorageError) as error:
            return _Look(problems=(FileProblem(uri=where, reason=str(error)),))
        if not survey.tables:
            return _Look(survey=survey, warnings=(f"{where}: nothing was found at {location}",))
        item = _fitting(table, survey.tables)
        if item is None:
            kinds = ", ".join(sorted({found.table.compatibility.format for found in survey.tables}))
            reason = f"{location} has data of several kinds ({kinds}), and none is the table's"
            return _Look(survey=survey, problems=(FileProblem(uri=where, reason=reason),))
        bound = _bound(table, item)
        if bound is None:
            keys = ", ".join(key.name for key in item.table.keys) or "none"
            reason = f"the folders at {location} make other partition keys ({keys}) than it has"
            return _Look(survey=survey, problems=(FileProblem(uri=where, reason=reason),))
        others = len(survey.tables) - 1
        told = f"{where}: {others} groups of other data at {location} belong to no table"
        return _Look(survey=survey, found=bound, warnings=(told,) if others else ())

    def _survey(self, location: str) -> TargetSurvey:
        if not location:
            raise InvalidInputError("it has no location, so there is no data to look at")
        stored = _DYNAMODB_ARN.fullmatch(location)
        if stored is not None:
            items = DynamoDBTarget(path=stored["name"])
            return survey_dynamodb(self.crawler, items, self.access)
        uri = normalize_uri(location)
        # All at a table's location is the table's, however unlike its files are.
        crawler = replace(self.crawler, combine_compatible_schemas=True, table_level=_level(uri))
        target = Target(uri=location, connection_name=self.target.connection_name)
        listed = list_objects(crawler, target, self.access)
        return survey_listed(crawler, listed, classifiers=self.classifiers)


def _level(uri: str) -> int:
    """Return the level of a folder, the bucket being 1; of a folder on disk it is always 1."""
    return uri.removeprefix(_S3).rstrip("/").count("/") + 1 if uri.startswith(_S3) else 1


def _fitting(table: Table, found: Sequence[Found]) -> Found | None:
    """Return what is of the table's format, or is all that there is."""
    parameters = table.parameters or {}
    kind = parameters.get("classification")
    alike = [item for item in found if item.table.compatibility.format == kind]
    codec = parameters.get("compressionType")
    same = [item for item in alike if item.table.compatibility.codec == codec]
    candidates = same or alike
    if candidates:
        return max(candidates, key=lambda item: item.table.volume.objects)
    return found[0] if len(found) == 1 else None


def _bound(table: Table, item: Found) -> Found | None:
    """Return what was found as the table's, None where its partitions cannot be the table's."""
    found = item.table
    names = [key.name for key in table.partition_keys or ()]
    told = [key.name for key in found.keys]
    if len(names) != len(told) and told:
        return None
    if names != told and not all(map(_POSITIONAL.fullmatch, told)):
        return None
    keys = tuple(replace(key, name=name) for key, name in zip(found.keys, names, strict=False))
    own: FoundTable = replace(found, keys=keys, location=location_of(table))
    return replace(item, table=own, bound_to=(table.database_name, table.name))


def _joined(looks: Sequence[_Look]) -> TargetSurvey:
    surveys = [look.survey for look in looks if look.survey is not None]
    seconds: Counter[str] = Counter()
    for survey in surveys:
        seconds.update(survey.seconds)
    problems = [problem for survey in surveys for problem in survey.problems]
    warnings = [text for survey in surveys for text in survey.warnings]
    return TargetSurvey(
        roots=tuple(root for survey in surveys for root in survey.roots),
        tables=tuple(look.found for look in looks if look.found is not None),
        locations=AnyPlace([survey.locations for survey in surveys]),
        problems=(*problems, *(problem for look in looks for problem in look.problems)),
        warnings=(*warnings, *(text for look in looks for text in look.warnings)),
        skipped=dict(sum((Counter(survey.skipped) for survey in surveys), Counter())),
        objects=sum(survey.objects for survey in surveys),
        objects_read=sum(survey.objects_read for survey in surveys),
        bytes_read=sum(survey.bytes_read for survey in surveys),
        seconds=dict(seconds),
    )
