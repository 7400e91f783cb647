"""Everything a crawl finds out before it looks at the catalog, target by target."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING

from gluepot.catalog.errors import GluepotError, InvalidInputError
from gluepot.crawlers.findings import Survey
from gluepot.crawlers.object_survey import survey_objects
from gluepot.crawlers.sampling import policy_of
from gluepot.crawlers.targets import Target, place_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from gluepot.crawlers.access import Access
    from gluepot.crawlers.findings import TargetSurvey
    from gluepot.crawlers.model import Crawler
    from gluepot.crawlers.targets import AnyTarget

SHOWN_PROBLEMS = 5


class NothingFoundError(GluepotError):
    """A crawl found no table at all, so it changes nothing."""

    code = "InvalidInputException"


def survey_targets(crawler: Crawler, access: Access) -> Survey:
    """Look at all targets of a crawler.

    Raises:
        StorageError: A target cannot be listed.
        InvalidInputError: A target or an exclusion cannot be one.
        NothingFoundError: There is no table in any of them.
    """
    parts = [_survey_target(crawler, target, access) for target in crawler.targets]
    tables = {
        item.table.location + item.table.compatibility.format: item
        for part in parts
        for item in part.tables
    }
    survey = Survey(
        tables=tuple(
            sorted(
                tables.values(), key=lambda item: (item.table.location, item.table.compatibility)
            )
        ),
        roots=tuple(root for part in parts for root in part.roots),
        locations=frozenset().union(*(part.locations for part in parts)),
        problems=tuple(problem for part in parts for problem in part.problems),
        warnings=tuple(text for part in parts for text in part.warnings),
        skipped=dict(sum((Counter(part.skipped) for part in parts), Counter())),
        objects=sum(part.objects for part in parts),
        objects_read=sum(part.objects_read for part in parts),
        bytes_read=sum(part.bytes_read for part in parts),
        sampling=policy_of(crawler).describe(),
        seconds=_total(part.seconds for part in parts),
    )
    if not survey.tables:
        raise NothingFoundError(_why_nothing(crawler, survey))
    return survey


def _survey_target(crawler: Crawler, target: AnyTarget, access: Access) -> TargetSurvey:
    match target:
        case Target():
            return survey_objects(crawler, target, access)
        case _:
            kind = type(target).__name__
            raise InvalidInputError(f"Crawler {crawler.name!r} has a {kind}, which is not crawled")


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
