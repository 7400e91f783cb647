"""The targets that name tables of a format: Delta's by their folders, others' by a search."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

from gluepot.crawlers.exclusions import compile_exclusions
from gluepot.crawlers.findings import FileProblem, Found, TargetSurvey
from gluepot.crawlers.lakehouse.delta import native_table
from gluepot.crawlers.lakehouse.delta_log import read_log
from gluepot.crawlers.lakehouse.delta_manifest import manifest_table, write_manifests
from gluepot.crawlers.lakehouse.errors import LakeTableError
from gluepot.crawlers.lakehouse.hudi_partitions import base_file_group
from gluepot.crawlers.lakehouse.kinds import MARKERS, LakeKind, collect_lakes, marker_of
from gluepot.crawlers.lakehouse.reading import MetadataReader
from gluepot.crawlers.lakehouse.tables import read_with
from gluepot.crawlers.sources.errors import PathNotFoundError
from gluepot.crawlers.sources.objects import FILE_SCHEME, normalize_uri, open_source

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from gluepot.crawlers.access import Access
    from gluepot.crawlers.grouping.found import FoundTable
    from gluepot.crawlers.lakehouse.delta_state import DeltaState
    from gluepot.crawlers.model import Crawler
    from gluepot.crawlers.sources.objects import ObjectInfo, ObjectSource
    from gluepot.crawlers.targets import DeltaTarget, HudiTarget, IcebergTarget


@dataclass(kw_only=True)
class _Findings:
    """What was found so far below the places of one target."""

    roots: list[str] = field(default_factory=list)
    tables: list[Found] = field(default_factory=list)
    problems: list[FileProblem] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    objects: int = 0
    objects_read: int = 0
    bytes_read: int = 0
    started: float = field(default_factory=time.perf_counter)
    read_seconds: float = 0.0

    def take(
        self,
        reader: MetadataReader,
        read: Callable[[], tuple[FoundTable, ...]],
        exclusions: tuple[str, ...] = (),
    ) -> None:
        """Read a table, or name what is wrong with it."""
        started = time.perf_counter()
        try:
            found = read()
        except LakeTableError as error:
            self.problems.append(FileProblem(uri=error.uri, reason=error.reason))
        else:
            self.tables += [Found(table=table, exclusions=exclusions) for table in found]
        self.read_seconds += time.perf_counter() - started
        self.objects_read += reader.objects_read
        self.bytes_read += reader.bytes_read

    def survey(self) -> TargetSurvey:
        """Return the target's part of the crawl."""
        listed = time.perf_counter() - self.started - self.read_seconds
        return TargetSurvey(
            roots=tuple(self.roots),
            tables=tuple(self.tables),
            locations=frozenset(_locations(item.table for item in self.tables)),
            problems=tuple(self.problems),
            warnings=tuple(self.warnings),
            objects=self.objects,
            objects_read=self.objects_read,
            bytes_read=self.bytes_read,
            seconds={"list": listed, "sample": self.read_seconds},
        )


def survey_delta(crawler: Crawler, target: DeltaTarget, access: Access) -> TargetSurvey:  # noqa: ARG001
    """Look at Delta tables by their logs; nothing is written, ``publish_manifests`` does that.

    Raises:
        StorageError: A store does not answer or refuses.
        InvalidInputError: A table is no place.
    """
    findings = _Findings()
    for root_uri, source in _places(target.tables, access):
        findings.roots.append(f"{root_uri}/")
        log = _list_log(source, root_uri, findings)
        if not log:
            findings.warnings.append(f"{root_uri}/_delta_log/ is not there, so no Delta table is")
            continue
        for make in _delta_tables(target):
            reader = MetadataReader(source)
            findings.take(reader, partial(_delta_table, make, reader, root_uri, log))
    return findings.survey()


def _delta_table(
    make: Callable[[str, DeltaState], FoundTable],
    reader: MetadataReader,
    root_uri: str,
    log: Sequence[ObjectInfo],
) -> tuple[FoundTable, ...]:
    return (make(root_uri, read_log(reader, root_uri, log)),)


def _delta_tables(target: DeltaTarget) -> tuple[Callable[[str, DeltaState], FoundTable], ...]:
    if not target.write_manifest:
        return (native_table,)
    return (native_table, manifest_table) if target.create_native_table else (manifest_table,)


def publish_manifests(target: DeltaTarget, access: Access) -> tuple[FileProblem, ...]:
    """Write the manifests of a target that wants them, as its tables are now.

    Call it before the tables over them are registered; a plan must not.

    Returns:
        The tables whose manifests cannot be written, and why.

    Raises:
        StorageError: A store does not answer or refuses.
    """
    if not target.write_manifest:
        return ()
    problems = []
    for root_uri, source in _places(target.tables, access):
        log = _list_log(source, root_uri, _Findings())
        if not log:
            continue
        try:
            state = read_log(MetadataReader(source), root_uri, log)
            write_manifests(source, root_uri, state)
        except LakeTableError as error:
            problems.append(FileProblem(uri=error.uri, reason=error.reason))
    return tuple(problems)


def survey_iceberg(crawler: Crawler, target: IcebergTarget, access: Access) -> TargetSurvey:
    """Look for Iceberg tables below the target's paths.

    Raises:
        StorageError: A store does not answer or refuses.
        InvalidInputError: A path is no place, or an exclusion no glob.
    """
    return _search(LakeKind.ICEBERG, crawler, target, access)


def survey_hudi(crawler: Crawler, target: HudiTarget, access: Access) -> TargetSurvey:
    """Look for Hudi tables below the target's paths.

    Raises:
        StorageError: A store does not answer or refuses.
        InvalidInputError: A path is no place, or an exclusion no glob.
    """
    return _search(LakeKind.HUDI, crawler, target, access)


def _search(
    kind: LakeKind, crawler: Crawler, target: IcebergTarget | HudiTarget, access: Access
) -> TargetSurvey:
    exclusions = (*crawler.exclusions, *target.exclusions)
    findings = _Findings()
    for path_uri, source in _places(target.paths, access):
        findings.roots.append(f"{path_uri}/")
        found = _list_lakes(kind, source, path_uri, exclusions, findings)
        for folder, log in sorted(found.items()):
            if folder and folder.count("/") + 1 > target.maximum_traversal_depth:
                findings.warnings.append(
                    f"{path_uri}/{folder} is a table more than {target.maximum_traversal_depth}"
                    " levels below the target; it was left out"
                )
                continue
            root_uri = f"{path_uri}/{folder}" if folder else path_uri
            reader = MetadataReader(source)
            read = partial(read_with, reader, kind, root_uri, log)
            findings.take(reader, read, exclusions)
        if not found:
            findings.warnings.append(f"{path_uri}: there is no {kind.name.title()} table below it")
    return findings.survey()


def _list_lakes(
    kind: LakeKind,
    source: ObjectSource,
    path_uri: str,
    exclusions: Sequence[str],
    findings: _Findings,
) -> dict[str, list[ObjectInfo]]:
    """Return the metadata of each table of a kind, by its folder below a path."""
    excluded = compile_exclusions(exclusions)
    marked: list[tuple[LakeKind, str, ObjectInfo]] = []
    base_files: dict[str, tuple[str, ObjectInfo]] = {}
    for info in _list(source, path_uri, findings):
        path = info.uri[len(path_uri) + 1 :]
        if excluded(path):
            continue
        if any(mark in path for mark in MARKERS):
            marker = marker_of(path)
            if marker is not None and marker[0] is kind:
                marked.append((*marker, info))
        elif kind is LakeKind.HUDI:
            _keep_newest(base_files, info)
    lakes = {root: log for (_, root), log in collect_lakes(marked).items()}
    _add_base_files(lakes, path_uri, base_files)
    return lakes


def _keep_newest(base_files: dict[str, tuple[str, ObjectInfo]], info: ObjectInfo) -> None:
    """Keep the newest base file of each file group: only it is a part of the table."""
    group = base_file_group(info.uri)
    if group is not None and group[1] >= base_files.get(group[0], ("",))[0]:
        base_files[group[0]] = (group[1], info)


def _add_base_files(
    lakes: dict[str, list[ObjectInfo]],
    path_uri: str,
    base_files: dict[str, tuple[str, ObjectInfo]],
) -> None:
    for _, info in base_files.values():
        folder = info.uri[len(path_uri) + 1 :]
        while folder:
            folder = folder.rpartition("/")[0]
            if folder in lakes:
                lakes[folder].append(info)
                break


def _list_log(source: ObjectSource, root_uri: str, findings: _Findings) -> list[ObjectInfo]:
    return list(_list(source, f"{root_uri}/_delta_log", findings))


def _list(source: ObjectSource, uri: str, findings: _Findings) -> Iterator[ObjectInfo]:
    """Yield what lies below a folder, nothing where it is not there."""
    try:
        for info in source.list(f"{uri}/"):
            findings.objects += 1
            yield info
    except PathNotFoundError:
        # An S3 has no folders: what is missing there is the bucket.
        if not uri.startswith(FILE_SCHEME):
            raise


def _places(uris: Sequence[str], access: Access) -> list[tuple[str, ObjectSource]]:
    return [(normalize_uri(uri).rstrip("/"), open_source(uri, access.s3)) for uri in uris]


def _locations(tables: Iterable[FoundTable]) -> set[str]:
    found: set[str] = set()
    for table in tables:
        found.add(table.location)
        found.update(partition.location for partition in table.partitions)
    return found
