"""Everything a crawl finds out before it looks at the catalog: list, sample, classify, group."""

from __future__ import annotations

import time
from collections import Counter, defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from gluepot.catalog.errors import GluepotError
from gluepot.crawlers.found import FoundTable, build_table
from gluepot.crawlers.grouping import (
    Candidate,
    Compatibility,
    Grouping,
    GroupingPolicy,
    Member,
    group_files,
    lone_file,
)
from gluepot.crawlers.headers import settle_headers
from gluepot.crawlers.listing import Listing, list_target
from gluepot.crawlers.sampling import (
    DEFAULT_POLICY,
    SamplingPolicy,
    kind_of,
    sample_files,
)
from gluepot.crawlers.sources.objects import open_source

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from gluepot.crawlers.classifiers.base import FileSchema, Verdict
    from gluepot.crawlers.model import Crawler, Target
    from gluepot.crawlers.sources.config import S3Config

SHOWN_PROBLEMS = 5


class NothingFoundError(GluepotError):
    """A crawl found no table at all, so it changes nothing."""

    code = "InvalidInputException"


@dataclass(frozen=True, kw_only=True)
class FileProblem:
    """A file that is in no table, and why."""

    uri: str
    reason: str

    def __str__(self) -> str:
        """Name the file first."""
        return f"{self.uri}: {self.reason}"


@dataclass(frozen=True, kw_only=True)
class Found:
    """A table, and the exclusions that held when it was found."""

    table: FoundTable
    exclusions: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Survey:
    """What lies below a crawler's targets.

    Attributes:
        tables: By location.
        roots: The targets, each with a last slash.
        locations: Every folder that holds files, with the folders above it, each with a last
            slash, and every file.
        problems: Files that are in no table.
        warnings: What a person should know beyond these.
        skipped: How many objects were left out, by reason.
        objects: How many files were listed, and ``objects_read`` of how many a part was read.
        bytes_read: What was read of them.
        sampling: The policy, in a sentence.
        seconds: How long each step took.
    """

    tables: tuple[Found, ...]
    roots: tuple[str, ...]
    locations: frozenset[str]
    problems: tuple[FileProblem, ...]
    warnings: tuple[str, ...]
    skipped: Mapping[str, int]
    objects: int
    objects_read: int
    bytes_read: int
    sampling: str
    seconds: Mapping[str, float]


@dataclass(frozen=True, kw_only=True)
class _TargetSurvey:
    """What lies below one target."""

    listing: Listing
    tables: tuple[Found, ...]
    problems: tuple[FileProblem, ...]
    warnings: tuple[str, ...]
    objects_read: int
    bytes_read: int
    seconds: Mapping[str, float]


def survey_targets(crawler: Crawler, s3: S3Config) -> Survey:
    """Look at all targets of a crawler.

    Raises:
        StorageError: A target cannot be listed.
        InvalidInputError: A target or an exclusion cannot be one.
        NothingFoundError: There is no table in any of them.
    """
    policy = DEFAULT_POLICY
    if crawler.files_per_folder is not None:
        policy = replace(policy, files_per_folder=crawler.files_per_folder)
    parts = [_survey_target(crawler, target, s3, policy) for target in crawler.targets]
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
        roots=tuple(part.listing.root for part in parts),
        locations=frozenset(place for part in parts for place in _locations(part.listing)),
        problems=tuple(problem for part in parts for problem in part.problems),
        warnings=tuple(text for part in parts for text in part.warnings),
        skipped=dict(sum((Counter(part.listing.skipped) for part in parts), Counter())),
        objects=sum(len(part.listing.files) for part in parts),
        objects_read=sum(part.objects_read for part in parts),
        bytes_read=sum(part.bytes_read for part in parts),
        sampling=policy.describe(),
        seconds=_total(part.seconds for part in parts),
    )
    if not survey.tables:
        raise NothingFoundError(_why_nothing(crawler, survey))
    return survey


def _survey_target(
    crawler: Crawler, target: Target, s3: S3Config, policy: SamplingPolicy
) -> _TargetSurvey:
    source = open_source(target.uri, s3)
    if target.files_per_folder is not None:
        policy = replace(policy, files_per_folder=target.files_per_folder)
    exclusions = (*crawler.exclusions, *target.exclusions)
    started = time.perf_counter()
    listing = list_target(source, target.uri, exclusions)
    listed = time.perf_counter()
    sampled = sample_files(source, listing.files, policy)
    read = time.perf_counter()
    verdicts = settle_headers(sampled.verdicts)
    members, problems = _members(listing, verdicts)
    grouping = _group(listing, members, _grouping_policy(crawler, listing))
    tables = tuple(
        Found(table=table, exclusions=exclusions)
        for item in grouping.tables
        if (table := build_table(item, listing.root, _said(item, verdicts))) is not None
    )
    done = time.perf_counter()
    return _TargetSurvey(
        listing=listing,
        tables=tables,
        problems=tuple(problems),
        warnings=(*listing.warnings, *grouping.warnings),
        objects_read=len(verdicts),
        bytes_read=sampled.bytes_read,
        seconds={"list": listed - started, "sample": read - listed, "group": done - read},
    )


def _members(
    listing: Listing, verdicts: Mapping[str, Verdict]
) -> tuple[list[Member], list[FileProblem]]:
    """Return the files that belong to tables, and those that cannot."""
    alike = _KindsRead(listing, verdicts)
    members: list[Member] = []
    problems: list[FileProblem] = []
    for file in listing.files:
        verdict = verdicts.get(file.path)
        if verdict is None:
            kind = alike.kind_of(kind_of(file))
            if kind is None:
                problems.append(FileProblem(uri=file.uri, reason="no file like it was read"))
            else:
                members.append(Member(file=file, compatibility=kind, schema=None))
        elif verdict.schema is None or verdict.problem is not None:
            problems.append(FileProblem(uri=file.uri, reason=verdict.problem or "not read"))
        else:
            kind = compatibility_of(verdict.schema)
            members.append(Member(file=file, compatibility=kind, schema=verdict.schema))
    return members, problems


class _KindsRead:
    """What files of each folder and ending turned out to be, for those that were not read."""

    def __init__(self, listing: Listing, verdicts: Mapping[str, Verdict]) -> None:
        self._here: dict[tuple[str, str], Counter[Compatibility]] = defaultdict(Counter)
        self._anywhere: dict[str, Counter[Compatibility]] = defaultdict(Counter)
        for file in listing.files:
            verdict = verdicts.get(file.path)
            if verdict is not None and verdict.schema is not None and verdict.problem is None:
                kind = compatibility_of(verdict.schema)
                self._here[kind_of(file)][kind] += 1
                self._anywhere[kind_of(file)[1]][kind] += 1

    def kind_of(self, key: tuple[str, str]) -> Compatibility | None:
        """Return the commonest kind of the folder, else of the ending."""
        counted = self._here.get(key) or self._anywhere.get(key[1])
        if not counted:
            return None
        return min(counted, key=lambda kind: (-counted[kind], kind))


def compatibility_of(schema: FileSchema) -> Compatibility:
    """Return what a file must share with others of its table."""
    delimiter = "" if schema.csv is None else schema.csv.delimiter
    return Compatibility(format=schema.format, codec=schema.codec, delimiter=delimiter)


def _group(listing: Listing, members: Sequence[Member], policy: GroupingPolicy) -> Grouping:
    if listing.is_file:
        return Grouping(tables=tuple(map(lone_file, members)), warnings=())
    return group_files(members, policy)


def _grouping_policy(crawler: Crawler, listing: Listing) -> GroupingPolicy:
    level = 1
    if listing.root.startswith("s3://"):
        level = listing.root.removeprefix("s3://").rstrip("/").count("/") + 1
    return GroupingPolicy(
        table_level=crawler.table_level,
        root_level=level,
        combine_compatible=crawler.combine_compatible_schemas,
    )


def _said(candidate: Candidate, verdicts: Mapping[str, Verdict]) -> tuple[str, ...]:
    """Return what each classifier said about the first file of a table that was read."""
    paths = (item.file.path for leaf in candidate.leaves for item in leaf.members)
    path = next((path for path in paths if path in verdicts), None)
    if path is None:
        return ()
    return tuple(
        f"{path}: {answer.classifier} says {answer.certainty:.2f}: {answer.reason}"
        for answer in verdicts[path].answers
    )


def _locations(listing: Listing) -> set[str]:
    found: set[str] = set()
    for file in listing.files:
        found.add(file.uri)
        folder = f"{listing.root}{file.path}".rpartition("/")[0] + "/"
        while len(folder) >= len(listing.root) and folder not in found:
            found.add(folder)
            folder = folder.rstrip("/").rpartition("/")[0] + "/"
    return found


def _total(parts: Iterable[Mapping[str, float]]) -> dict[str, float]:
    total: dict[str, float] = defaultdict(float)
    for part in parts:
        for name, seconds in part.items():
            total[name] += seconds
    return {name: round(seconds, 4) for name, seconds in total.items()}


def _why_nothing(crawler: Crawler, survey: Survey) -> str:
    targets = ", ".join(target.uri for target in crawler.targets)
    if survey.problems:
        shown = "; ".join(map(str, survey.problems[:SHOWN_PROBLEMS]))
        rest = len(survey.problems) - SHOWN_PROBLEMS
        more = f"; and {rest} more" if rest > 0 else ""
        return f"No file below {targets} could be read: {shown}{more}"
    if survey.skipped:
        counted = ", ".join(f"{count} {reason}" for reason, count in sorted(survey.skipped.items()))
        return f"There is no data below {targets}: every object was skipped ({counted})"
    return f"There is nothing below {targets}: check the prefix, and that the data has arrived"
