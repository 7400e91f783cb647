"""Arrays and objects: what of a reader's schema must take what of a writer's."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from gluepot.catalog.registry.json_parts import first_items, item_at, other_items
from gluepot.catalog.registry.json_scalars import length_faults

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gluepot.catalog.registry.json_parts import Part, Parts
    from gluepot.catalog.registry.json_sides import Sides

_APPLICATORS = ("$ref", "allOf", "anyOf", "oneOf", "if", "dependentSchemas")
_ARRAY_WORDS = ("contains", "minContains", "maxContains", "unevaluatedItems")
_OBJECT_WORDS = ("dependencies", "dependentRequired", "dependentSchemas", "propertyNames")


@dataclass(frozen=True, kw_only=True, slots=True)
class Inside:
    """A part of a reader's schema that must take all that parts of a writer's schema take."""

    path: tuple[str | int, ...]
    reader: Any
    writer: tuple[Any, ...]


Finding: TypeAlias = str | Inside
"""A fault at this place, or a comparison that is still to be done further inside."""


def array_findings(reader: Part, writer: Parts, sides: Sides) -> Iterator[Finding]:
    """Yield what must hold for a reader to take all arrays of a writer."""
    yield from length_faults(reader, writer, ("minItems", "maxItems"), "items")
    if reader.get("uniqueItems") and not any(part.get("uniqueItems") for part in writer):
        yield "the reader wants items that differ, the writer does not"
    yield from _same_words(reader, writer, sides, _ARRAY_WORDS)
    places = max(
        len(first_items(reader, sides.reader.draft)),
        *(len(first_items(part, sides.writer.draft)) for part in writer),
        0,
    )
    most = min((part.get("maxItems") for part in writer if part.has("maxItems")), default=None)
    for place in range(places if most is None else min(places, most)):
        yield Inside(
            path=("items", place),
            reader=item_at(reader, sides.reader.draft, place),
            writer=tuple(item_at(part, sides.writer.draft, place) for part in writer),
        )
    if most is None or most > places:
        yield Inside(
            path=("items",),
            reader=other_items(reader, sides.reader.draft),
            writer=tuple(other_items(part, sides.writer.draft) for part in writer),
        )


def object_findings(reader: Part, writer: Parts, sides: Sides) -> Iterator[Finding]:
    """Yield what must hold for a reader to take all objects of a writer."""
    written = required(writer)
    for name in reader.get("required", ()):
        if name not in written:
            yield f"the reader requires the property {name!r}, the writer may leave it out"
    yield from _sizes(reader, writer, len(written))
    yield from _same_words(reader, writer, sides, _OBJECT_WORDS)
    if reader.has("patternProperties") and not _has_same(
        reader, writer, sides, "patternProperties"
    ):
        yield (
            "the reader's patternProperties are not those of the writer, and regular expressions"
            " are not compared"
        )
    yield from _properties(reader, writer, sides)
    if _evaluates_elsewhere(reader) and not _has_same(
        reader, writer, sides, "unevaluatedProperties"
    ):
        yield "the reader's unevaluatedProperties depend on other parts and are not compared"


def required(writer: Parts) -> set[str]:
    """Return the properties that every object of a writer has."""
    return {name for part in writer for name in part.get("required", ())}


def may_have(writer: Parts, name: str) -> tuple[Any, ...] | None:
    """Return the schemas that a property of a writer's objects must fit, or None if it has none.

    A property that a writer's schema does not name, and that it says nothing of by
    ``additionalProperties``, is not written: that is what allows new optional properties.
    """
    found = [
        part.get("properties")[name] if name in part.get("properties", {}) else _additional(part)
        for part in writer
        if name in part.get("properties", {}) or not part.has("patternProperties")
    ]
    said = [schema for schema in found if schema is not None]
    open_ = name in required(writer) or any(part.has("patternProperties") for part in writer)
    if not said and not open_:
        return None
    return tuple(said)


def _additional(part: Part) -> Any:  # noqa: ANN401
    """Return the schema of properties without a name, or None if the part does not say."""
    if part.has("additionalProperties"):
        return part.get("additionalProperties")
    return None if _evaluates_elsewhere(part) else part.get("unevaluatedProperties")


def _evaluates_elsewhere(part: Part) -> bool:
    return part.has("unevaluatedProperties") and any(
        keyword in part.schema for keyword in _APPLICATORS
    )


def _properties(reader: Part, writer: Parts, sides: Sides) -> Iterator[Finding]:
    rest = _additional(reader)
    named = reader.get("properties", {})
    names = {**named, **{name: None for part in writer for name in part.get("properties", {})}}
    sides.spend(len(names) * len(writer))
    for name in names:
        wanted = named.get(name, True if rest is None else rest)
        given = may_have(writer, name)
        if given is not None:
            yield Inside(path=("properties", name), reader=wanted, writer=given)
    if rest is None or rest is True:
        return
    others = [_additional(part) for part in writer]
    patterns = [schema for part in writer for schema in part.get("patternProperties", {}).values()]
    # What fits the reader's own patternProperties is not among its other properties.
    same = reader.has("patternProperties") and _has_same(reader, writer, sides, "patternProperties")
    for schema in () if same else patterns:
        yield Inside(path=("patternProperties",), reader=rest, writer=(schema,))
    said = tuple(schema for schema in others if schema is not None)
    if said:
        yield Inside(path=("additionalProperties",), reader=rest, writer=said)
    else:
        yield (
            "the reader limits properties that it does not name (additionalProperties), the"
            " writer does not"
        )


def _sizes(reader: Part, writer: Parts, least: int) -> Iterator[Finding]:
    wanted = reader.get("minProperties", 0)
    given = max(least, *(part.get("minProperties", 0) for part in writer), 0)
    if wanted > given:
        yield f"the reader wants at least {wanted} properties, the writer {given}"
    limits = [part.get("maxProperties") for part in writer if part.has("maxProperties")]
    limits += [
        len(part.get("properties", {}))
        for part in writer
        if _additional(part) is False and not part.has("patternProperties")
    ]
    most = reader.get("maxProperties")
    if most is not None and (not limits or min(limits) > most):
        yield f"the reader takes at most {most} properties, the writer more"


def _same_words(
    reader: Part, writer: Parts, sides: Sides, keywords: tuple[str, ...]
) -> Iterator[Finding]:
    for keyword in keywords:
        if reader.has(keyword) and not _has_same(reader, writer, sides, keyword):
            yield f"the reader's {keyword} is not the writer's, and is compared word for word only"


def _has_same(reader: Part, writer: Parts, sides: Sides, keyword: str) -> bool:
    wanted = reader.get(keyword)
    return any(part.has(keyword) and sides.same(wanted, part.get(keyword)) for part in writer)
