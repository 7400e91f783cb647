"""JSON schemas as column types; what has no one type is text that holds JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gluepot.catalog.registry.column_types import MAX_DEPTH, NamedType, TypeCount
from gluepot.catalog.registry.json_parts import expand, first_items, kinds_of, other_items
from gluepot.catalog.type_tree import (
    BIGINT,
    BOOLEAN,
    DATE,
    DOUBLE,
    STRING,
    TIMESTAMP,
    Array,
    Field,
    Map,
    Struct,
)

if TYPE_CHECKING:
    from gluepot.catalog.registry.json_parts import Parts
    from gluepot.catalog.registry.json_schema import JsonSchema
    from gluepot.catalog.type_tree import Type

_FORMATS = {"date": DATE, "date-time": TIMESTAMP}
_PLAIN = {
    frozenset(("boolean",)): BOOLEAN,
    frozenset(("integer",)): BIGINT,
    frozenset(("fraction",)): DOUBLE,
    frozenset(("integer", "fraction")): DOUBLE,
}


def json_fields(schema: JsonSchema) -> list[NamedType]:
    """Return the properties of an object, or one field ``value`` of any other type.

    Raises:
        InvalidInputError: Written out, the schema has too many types.
    """
    types = _Types(schema)
    parts = expand((schema.document,), schema) or ()
    named = _properties(parts)
    if not named:
        return [NamedType(name="value", type=types.of(schema.document, ()))]
    inside = tuple(id(part.schema) for part in parts)
    return [
        NamedType(name=name, type=types.of(one, inside), comment=_comment(one))
        for name, one in named.items()
    ]


def _properties(parts: Parts) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for part in parts:
        for name, schema in part.get("properties", {}).items():
            found.setdefault(name, schema)
    return found


def _comment(schema: Any) -> str | None:  # noqa: ANN401
    text = schema.get("description") if isinstance(schema, dict) else None
    return text if isinstance(text, str) else None


class _Types:
    def __init__(self, source: JsonSchema) -> None:
        self._source = source
        self._count = TypeCount()

    def of(self, schema: Any, inside: tuple[int, ...]) -> Type:  # noqa: ANN401
        """Return a column type; ``inside`` are the ids of the schemas around it."""
        self._count.add()
        parts = self._without_null(schema)
        ids = tuple(id(part.schema) for part in parts or ())
        if parts is None or set(ids) & set(inside) or len(inside) > MAX_DEPTH:
            return STRING
        kinds = kinds_of(parts) - {"null"}
        if kinds in _PLAIN:
            return _PLAIN[kinds]
        if kinds == {"string"}:
            formats = [part.get("format") for part in parts if part.has("format")]
            return _FORMATS.get(formats[0], STRING) if formats else STRING
        if kinds == {"array"}:
            return self._array(parts, (*inside, *ids))
        return self._object(parts, (*inside, *ids)) if kinds == {"object"} else STRING

    def _without_null(self, schema: Any) -> Parts | None:  # noqa: ANN401
        """Return the parts of a schema; of a choice with one branch beside null, that branch."""
        parts = expand((schema,), self._source)
        for part in parts or ():
            for keyword in ("anyOf", "oneOf"):
                branches = part.get(keyword, ())
                found = [one for one in branches if not self._is_null(one)]
                if len(found) == 1:
                    return expand((*(parts or ()), found[0]), self._source)
        return parts

    def _is_null(self, schema: Any) -> bool:  # noqa: ANN401
        parts = expand((schema,), self._source)
        return parts is not None and kinds_of(parts) == {"null"}

    def _array(self, parts: Parts, inside: tuple[int, ...]) -> Type:
        draft = self._source.draft
        for part in parts:
            if part.has("items") and not first_items(part, draft):
                return Array(self.of(other_items(part, draft), inside))
        return Array(STRING)

    def _object(self, parts: Parts, inside: tuple[int, ...]) -> Type:
        named = _properties(parts)
        if named:
            return Struct(
                tuple(Field(name.lower(), self.of(one, inside)) for name, one in named.items())
            )
        for part in parts:
            if isinstance(part.get("additionalProperties"), dict):
                return Map(STRING, self.of(part.get("additionalProperties"), inside))
        return STRING
