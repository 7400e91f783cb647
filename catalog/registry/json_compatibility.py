"""Whether a JSON schema takes every document that another takes, as far as that can be told.

Where it cannot be told, the two are not compatible, and the sentence says what was not compared.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gluepot.catalog.registry.json_choices import choices, disjoint
from gluepot.catalog.registry.json_collections import (
    Inside,
    array_findings,
    object_findings,
)
from gluepot.catalog.registry.json_keywords import DYNAMIC
from gluepot.catalog.registry.json_parts import (
    Part,
    expand,
    kind_of,
    kinds_of,
    listed,
    stands_alone,
    value_key,
)
from gluepot.catalog.registry.json_scalars import number_faults, text_faults
from gluepot.catalog.registry.json_sides import MAX_DEPTH, Sides, TooLargeError
from gluepot.catalog.registry.json_text import pointer
from gluepot.catalog.registry.json_values import ValueCheck
from gluepot.catalog.registry.model import Incompatibility

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from gluepot.catalog.registry.json_collections import Finding
    from gluepot.catalog.registry.json_parts import Parts
    from gluepot.catalog.registry.json_schema import JsonSchema

_CONSTANTS: dict[str, list[Any]] = {"null": [None], "boolean": [False, True]}

_Faults = tuple[Incompatibility, ...]
_Path = tuple[str | int, ...]


def json_incompatibilities(reader: JsonSchema, writer: JsonSchema) -> list[Incompatibility]:
    """Return why ``reader`` may refuse a document that ``writer`` takes; empty if it never does."""
    if reader.normal_form == writer.normal_form:
        return []
    comparison = _Comparison(Sides(reader=reader, writer=writer))
    try:
        return list(dict.fromkeys(comparison.run()))
    except TooLargeError:
        message = "the two schemas take too many steps to compare"
        return [Incompatibility(path="/", message=message)]


def _fault(path: _Path, message: str) -> _Faults:
    return (Incompatibility(path=pointer(*path) or "/", message=message),)


class _Comparison:
    """Compares a reader's schema with parts of a writer's that hold together.

    A pair that is met inside itself is taken to fit. What was found to fit under such an
    assumption is forgotten and compared again when an assumption turned out wrong; what was found
    not to fit stays so.
    """

    def __init__(self, sides: Sides) -> None:
        self._sides = sides
        self._reader_values = ValueCheck(sides.reader, sides.spend)
        self._writer_values = ValueCheck(sides.writer, sides.spend)
        self._fits: set[Any] = set()
        self._faults: dict[Any, _Faults] = {}
        self._depth = 0

    def run(self) -> _Faults:
        while True:
            known = len(self._faults)
            self._fits.clear()
            reader, writer = self._sides.reader.document, self._sides.writer.document
            found = self._compare(reader, (writer,), None, ())
            if found or len(self._faults) == known:
                return found

    def _compare(
        self,
        reader: Any,  # noqa: ANN401
        writer: Sequence[Any],
        only: str | None,
        path: _Path,
    ) -> _Faults:
        """Compare; ``only`` is the one kind of value that is meant, or None for all."""
        parts = expand(writer, self._sides.writer)
        if reader is True or reader == {} or parts is None:
            return ()
        if reader is False:
            nothing = not kinds_of(parts) or (only is not None and only not in kinds_of(parts))
            return () if nothing else _fault(path, "the reader takes nothing here")
        key = (id(reader), tuple(sorted(part.key for part in parts)), only)
        if key in self._faults:
            return self._faults[key]
        if key in self._fits:
            return ()
        self._sides.count_pair(parts)
        if self._depth > MAX_DEPTH:
            raise TooLargeError
        self._fits.add(key)
        self._depth += 1
        found = tuple(self._pair(reader, parts, only, path))
        self._depth -= 1
        if not found or any(self._sides.same(reader, part.schema) for part in parts):
            return ()
        self._fits.discard(key)
        self._faults[key] = found
        return found

    def _pair(
        self, reader: dict[str, Any], writer: Parts, only: str | None, path: _Path
    ) -> Iterator[Incompatibility]:
        targets = self._sides.reader.targets
        if id(reader) in targets:
            yield from self._compare(targets[id(reader)], writer, only, path)
        if stands_alone(reader, self._sides.reader):
            return
        part = Part(reader)
        for word in DYNAMIC:
            if part.has(word):
                yield from _fault(path, f"the reader's {word} is not followed, nor compared")
        for one in part.get("allOf", ()):
            yield from self._compare(one, writer, only, path)
        done = {"allOf", "$ref"}
        if part.has("oneOf") and self._one_of_pairs(part, writer, only, path):
            done.add("oneOf")
        left = Part(part.schema, frozenset(done))
        for parts in choices(writer, self._sides):
            for kind in sorted(kinds_of(parts)):
                if only in {None, kind}:
                    yield from self._case(left, parts, kind, path)

    def _case(self, reader: Part, writer: Parts, kind: str, path: _Path) -> _Faults:
        """Compare values of one kind; the writer has no choices left."""
        values = self._values(writer, kind)
        if values is not None:
            return self._listed(reader, values, path)
        if kind not in kinds_of((reader,)):
            return _fault(path, f"the reader does not take the type {_type_name(kind)}")
        if listed(reader) is not None:
            return _fault(
                path,
                f"the reader takes {len(listed(reader) or ())} listed values only, the writer any"
                f" {_type_name(kind)}",
            )
        faults = self._combined(reader, writer, kind, path)
        for finding in self._findings(reader, writer, kind):
            if isinstance(finding, Inside):
                inner = (*path, *finding.path)
                faults += self._compare(finding.reader, finding.writer, None, inner)
            else:
                faults += _fault(path, finding)
        return faults

    def _findings(self, reader: Part, writer: Parts, kind: str) -> Iterable[Finding]:
        match kind:
            case "integer" | "fraction":
                return number_faults(reader, writer, kind)
            case "string":
                return text_faults(reader, writer)
            case "array":
                return array_findings(reader, writer, self._sides)
            case _:
                return object_findings(reader, writer, self._sides)

    def _values(self, writer: Parts, kind: str) -> list[Any] | None:
        """Return the values that the writer can write, where they are listed."""
        lists = [found for part in writer if (found := listed(part)) is not None]
        found = min(lists, key=len) if lists else _CONSTANTS.get(kind)
        if found is None:
            return None
        return [
            value
            for value in found
            if kind_of(value) == kind
            and all(self._writer_values.accepts(part.schema, value) is not False for part in writer)
        ]

    def _listed(self, reader: Part, values: Sequence[Any], path: _Path) -> _Faults:
        faults: _Faults = ()
        for value in values:
            vote = self._reader_values.accepts(reader.schema, value)
            if vote is not True:
                how = "may not take" if vote is None else "does not take"
                faults += _fault(path, f"the reader {how} the value {value_key(value)[:60]}")
        return faults

    def _combined(self, reader: Part, writer: Parts, kind: str, path: _Path) -> _Faults:
        faults: _Faults = ()
        if reader.has("anyOf"):
            faults += self._any_of(reader.get("anyOf"), writer, kind, path)
        if reader.has("oneOf") and not any(
            self._fits_one(reader.get("oneOf"), place, writer, kind, path)
            for place in range(len(reader.get("oneOf")))
        ):
            faults += _fault(
                path,
                f"no single branch of the reader's oneOf takes each {_type_name(kind)} of the"
                " writer while the others surely refuse it",
            )
        if reader.has("not") and not disjoint(self._sides, reader.get("not"), writer, kind):
            faults += self._unless_same(reader, writer, ("not",), path)
        if reader.has("if"):
            whole = [reader.get(word, True) for word in ("then", "else")]
            if any(self._compare(one, writer, kind, path) for one in whole):
                faults += self._unless_same(reader, writer, ("if", "then", "else"), path)
        return faults

    def _any_of(self, found: list[Any], writer: Parts, kind: str, path: _Path) -> _Faults:
        near: _Faults = ()
        for one in found:
            faults = self._compare(one, writer, kind, path)
            if not faults:
                return ()
            near = min(near or faults, faults, key=len)
        message = f"no branch of the reader's anyOf takes each {_type_name(kind)} of the writer"
        return _fault(path, f"{message} (the nearest does not since {near[0]})")

    def _unless_same(
        self, reader: Part, writer: Parts, keywords: tuple[str, ...], path: _Path
    ) -> _Faults:
        wanted = {word: reader.get(word) for word in keywords if reader.has(word)}
        for part in writer:
            given = {word: part.get(word) for word in keywords if part.has(word)}
            if self._sides.same(wanted, given):
                return ()
        return _fault(
            path,
            f"the reader's {'/'.join(wanted)} is not the writer's, and is compared word for word"
            " only",
        )

    def _one_of_pairs(self, reader: Part, writer: Parts, only: str | None, path: _Path) -> bool:
        """Return whether each branch of a writer's oneOf fits exactly one of the reader's."""
        for place, part in enumerate(writer):
            if part.has("oneOf"):
                rest = Part(part.schema, part.done | {"oneOf"})
                around = (*writer[:place], rest, *writer[place + 1 :])
                if self._pairs_of(reader.get("oneOf"), part.get("oneOf"), around, only, path):
                    return True
        return False

    def _pairs_of(
        self, wanted: list[Any], given: list[Any], around: Parts, only: str | None, path: _Path
    ) -> bool:
        sides = self._sides
        for number, branch in enumerate(given):
            parts = expand((*around, branch), sides.writer)
            if parts is None:
                continue
            # A document of this branch is in no other branch of the writer, so it is in none of
            # the reader's that say the same as those.
            surely = {
                place
                for place, one in enumerate(wanted)
                for other, item in enumerate(given)
                if other != number and sides.same(one, item)
            }
            if not any(
                self._fits_one(wanted, place, parts, only, path, surely)
                for place in range(len(wanted))
            ):
                return False
        return True

    def _fits_one(  # noqa: PLR0913, PLR0917  the two schemas and where they are
        self,
        wanted: list[Any],
        place: int,
        writer: Parts,
        only: str | None,
        path: _Path,
        surely: Iterable[int] = (),
    ) -> bool:
        """Return whether a branch takes the writer's values, and all others refuse them."""
        if self._compare(wanted[place], writer, only, path):
            return False
        return all(
            other in {place, *surely} or disjoint(self._sides, one, writer, only)
            for other, one in enumerate(wanted)
        )


def _type_name(kind: str) -> str:
    return "number" if kind == "fraction" else kind
