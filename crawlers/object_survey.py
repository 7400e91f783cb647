"""The objects below one target: listed, sampled, classified, grouped into tables."""

from __future__ import annotations

import time
from collections import Counter, defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING

from gluepot.crawlers.findings import FileProblem, Found, TargetSurvey
from gluepot.crawlers.found import build_table
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
from gluepot.crawlers.sampling import kind_of, policy_of, sample_files
from gluepot.crawlers.sources.objects import open_source

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gluepot.crawlers.access import Access
    from gluepot.crawlers.classifiers.base import FileSchema, Verdict
    from gluepot.crawlers.model import Crawler
    from gluepot.crawlers.targets import Target


def survey_objects(crawler: Crawler, target: Target, access: Access) -> TargetSurvey:
    """Look at the objects below a target.

    Raises:
        StorageError: The target cannot be listed.
        InvalidInputError: The target or an exclusion cannot be one.
    """
    source = open_source(target.uri, access.s3)
    policy = policy_of(crawler)
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
    return TargetSurvey(
        roots=(listing.root,),
        tables=tables,
        locations=_locations(listing),
        problems=tuple(problems),
        warnings=(*listing.warnings, *grouping.warnings),
        skipped=listing.skipped,
        objects=len(listing.files),
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
    return Compatibility(format=schema.format, codec=schema.codec, traits=schema.traits)


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
