"""What is known of each folder: read now, or remembered from an earlier crawl; and lots of it."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

from gluepot.crawlers.classifiers.base import Verdict
from gluepot.crawlers.findings import FileProblem
from gluepot.crawlers.grouping.headers import settle_headers
from gluepot.crawlers.lots import Compatibility, Lot, SeenSchema, compatibility_of
from gluepot.crawlers.reading.sampling import ending_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from gluepot.crawlers.listing import Listing
    from gluepot.crawlers.lots import FileResult
    from gluepot.crawlers.reading.engine import Reading


class Unread(NamedTuple):
    """Files of one ending that were not read: how many, and their bytes."""

    ending: str
    files: int
    size: int


@dataclass(frozen=True, kw_only=True, slots=True)
class FolderReading:
    """What is known of the data files of one folder.

    Attributes:
        digest: Of what the listing said when they were read.
        results: Of the files that were read, in the order of their names.
        unread: The others, by ending.
    """

    digest: bytes
    results: Sequence[FileResult]
    unread: tuple[Unread, ...] = ()

    @property
    def files(self) -> int:
        """Return how many data files there are."""
        return len(self.results) + sum(item.files for item in self.unread)


def readings_of(
    listing: Listing, reading: Reading, digests: Mapping[str, bytes]
) -> dict[str, FolderReading]:
    """Return what was read of each folder, and what of it was not."""
    found = {}
    for folder, results in reading.folders.items():
        results.sort()
        files = listing.folders[folder]
        unread: tuple[Unread, ...] = ()
        if len(results) < len(files.names):
            taken = {result.name for result in results}
            rest = zip(files.names, files.sizes, strict=True)
            unread = _unread((name, size) for name, size in rest if name not in taken)
        found[folder] = FolderReading(digest=digests[folder], results=results, unread=unread)
    return found


def unread_folder(listing: Listing, folder: str, digest: bytes) -> FolderReading:
    """Return a folder of which nothing was read: the folders beside it speak for it."""
    files = listing.folders[folder]
    rest = zip(files.names, files.sizes, strict=True)
    return FolderReading(digest=digest, results=(), unread=_unread(rest))


def _unread(files: Iterable[tuple[str, int]]) -> tuple[Unread, ...]:
    counts: Counter[str] = Counter()
    sizes: Counter[str] = Counter()
    for name, size in files:
        ending = ending_of(name)
        counts[ending] += 1
        sizes[ending] += size
    return tuple(Unread(ending, counts[ending], sizes[ending]) for ending in sorted(counts))


@dataclass(frozen=True, kw_only=True)
class Sorted:
    """Lots of files that belong to tables, and the files that cannot."""

    lots: tuple[Lot, ...]
    problems: tuple[FileProblem, ...]


def lots_of(readings: Mapping[str, FolderReading], root: str) -> Sorted:
    """Return the lots of all folders, after headers were settled by comparing files.

    Args:
        readings: By folder below the root.
        root: The target, with a last slash.
    """
    settled = _settled(readings)
    lots: dict[tuple[str, Compatibility], Lot] = {}
    problems: list[FileProblem] = []
    kinds_of: dict[int, Compatibility] = {}
    for folder, item in sorted(readings.items()):
        results = settled.get(folder, item.results)
        good = [result for result in results if result.schema is not None and not result.problem]
        if len(good) < len(results):
            problems += _problems(f"{root}{folder}/" if folder else root, results)
        for lot in _read_lots(folder, good, kinds_of):
            lots[folder, lot.compatibility] = lot
    waiting = [(folder, item) for folder, item in readings.items() if item.unread]
    kinds = _Kinds(lots.values()) if waiting else None
    for folder, item in waiting:
        for unread in item.unread:
            kind = kinds.kind_of(folder, unread.ending) if kinds else None
            if kind is None:
                problems.append(_unlike(f"{root}{folder}/" if folder else root, unread))
            else:
                lot = lots.get((folder, kind)) or Lot(folder=folder, compatibility=kind)
                lots[folder, kind] = _with_unread(lot, unread)
    return Sorted(lots=tuple(lots.values()), problems=tuple(problems))


def _unlike(place: str, unread: Unread) -> FileProblem:
    reason = f"no file like these {unread.files} was read"
    return FileProblem(uri=f"{place}*{unread.ending}", reason=reason)


def _with_unread(lot: Lot, unread: Unread) -> Lot:
    return replace(
        lot, unread=lot.unread + unread.files, unread_bytes=lot.unread_bytes + unread.size
    )


def _settled(readings: Mapping[str, FolderReading]) -> dict[str, list[FileResult]]:
    """Return the results of folders with delimited files, their headers settled."""
    with_rows = {
        folder: item.results
        for folder, item in readings.items()
        if any(result.schema is not None and result.schema.csv for result in item.results)
    }
    verdicts = {
        f"{folder}/{result.name}": Verdict(
            uri=result.name, schema=result.schema, problem=result.problem
        )
        for folder, results in with_rows.items()
        for result in results
    }
    verdicts = settle_headers(verdicts)
    return {
        folder: [_as_settled(result, verdicts[f"{folder}/{result.name}"]) for result in results]
        for folder, results in with_rows.items()
    }


def _as_settled(result: FileResult, verdict: Verdict) -> FileResult:
    if verdict.schema is result.schema or verdict.schema is None:
        return result
    return result._replace(
        schema=verdict.schema, problem=verdict.problem, records=verdict.schema.records
    )


def _problems(place: str, results: Sequence[FileResult]) -> Iterator[FileProblem]:
    for result in results:
        if result.schema is None or result.problem is not None:
            reason = result.problem or "not read"
            yield FileProblem(uri=f"{place}{result.name}", reason=reason)


def _read_lots(
    folder: str, results: Sequence[FileResult], kinds_of: dict[int, Compatibility]
) -> Iterator[Lot]:
    """Yield the lots of files that were read; ``kinds_of`` knows schemas that folders share."""
    seen: dict[int, list[FileResult]] = {}
    for result in results:
        assert result.schema is not None  # noqa: S101 - the others were left out
        seen.setdefault(id(result.schema.columns), []).append(result)
    kinds: dict[Compatibility, list[SeenSchema]] = defaultdict(list)
    for files in seen.values():
        schema = files[0].schema
        assert schema is not None  # noqa: S101 - likewise
        kind = kinds_of.get(id(schema))
        if kind is None:
            kind = kinds_of[id(schema)] = compatibility_of(schema)
        kinds[kind].append(SeenSchema(schema=schema, files=tuple(files)))
    for kind, schemas in kinds.items():
        yield Lot(folder=folder, compatibility=kind, seen=tuple(schemas))


class _Kinds:
    """What files of each folder and ending turned out to be, for those that were not read."""

    def __init__(self, lots: Iterable[Lot]) -> None:
        self._here: dict[tuple[str, str], Counter[Compatibility]] = defaultdict(Counter)
        self._anywhere: dict[str, Counter[Compatibility]] = defaultdict(Counter)
        for lot in lots:
            for item in lot.seen:
                for file in item.files:
                    ending = ending_of(file.name)
                    self._here[lot.folder, ending][lot.compatibility] += 1
                    self._anywhere[ending][lot.compatibility] += 1

    def kind_of(self, folder: str, ending: str) -> Compatibility | None:
        """Return the commonest kind of the folder, else of the ending."""
        counted = self._here.get((folder, ending)) or self._anywhere.get(ending)
        if not counted:
            return None
        return min(counted, key=lambda kind: (-counted[kind], kind))
