"""Reading JSON schemas, drafts 4 to 2020-12: checked by their draft, references followed.

A reference leads to a place of the same document. A schema that names no draft is read as one of
draft 7.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from gluepot.catalog.registry.errors import InvalidDefinitionError, MissingFormatError
from gluepot.catalog.registry.json_keywords import subschemas
from gluepot.catalog.registry.json_text import normal_json, pointer, read_json

if TYPE_CHECKING:
    from collections.abc import Mapping

JSON = "JSON"

DRAFTS = {
    "http://json-schema.org/draft-04/schema": "draft4",
    "http://json-schema.org/draft-06/schema": "draft6",
    "http://json-schema.org/draft-07/schema": "draft7",
    "https://json-schema.org/draft/2019-09/schema": "draft2019",
    "https://json-schema.org/draft/2020-12/schema": "draft2020",
}
"""The drafts by the address that stands in ``$schema``, without the empty fragment."""

DEFAULT_DRAFT = "http://json-schema.org/draft-07/schema"

REFERENCE_ALONE = frozenset(("draft4", "draft6", "draft7"))
"""Drafts in which what stands beside ``$ref`` does not count."""

_SHOWN = 300
# What Python's regular expressions do not know of JavaScript's is no fault of the schema.
_OTHER_DIALECT = ("bad escape", "bad character range \\", "unknown extension")

_Path: TypeAlias = tuple[str | int, ...]


@dataclass(frozen=True, kw_only=True)
class JsonSchema:
    """A whole schema.

    Attributes:
        document: The JSON value: an object, true or false.
        draft: One of the values of ``DRAFTS``.
        targets: By the ``id`` of an object with a ``$ref``, the schema that it leads to.
        normal_form: Equal for documents that differ in blanks and in the order of members only.
    """

    document: Any
    draft: str
    targets: Mapping[int, Any]
    normal_form: str


def parse_json_schema(text: str) -> JsonSchema:
    """Return a JSON schema with its references followed.

    Raises:
        InvalidDefinitionError: It is none; the sentence names the fault and its place.
        MissingFormatError: The package jsonschema is not installed.
    """
    document = read_json(JSON, text)
    if not isinstance(document, dict | bool):
        raise _fail((), "the schema is neither an object nor true or false")
    uri = _draft_uri(document)
    _check(document, uri)
    return JsonSchema(
        document=document,
        draft=DRAFTS[uri],
        targets=_targets(document, uri),
        normal_form=normal_json(document),
    )


def _fail(path: _Path, fault: str) -> InvalidDefinitionError:
    return InvalidDefinitionError(JSON, f"at {pointer(*path) or '/'}: {fault}")


def _draft_uri(document: Any) -> str:  # noqa: ANN401
    given = document.get("$schema", DEFAULT_DRAFT) if isinstance(document, dict) else DEFAULT_DRAFT
    uri = given.removesuffix("#") if isinstance(given, str) else given
    if uri not in DRAFTS:
        raise _fail(
            ("$schema",), f"{normal_json(given)[:_SHOWN]} is none of the drafts 4 to 2020-12"
        )
    return str(uri)


def _check(document: Any, uri: str) -> None:  # noqa: ANN401
    try:
        from jsonschema import FormatChecker  # noqa: PLC0415  of the extra "registry"
        from jsonschema.exceptions import SchemaError  # noqa: PLC0415
        from jsonschema.validators import validator_for  # noqa: PLC0415
    except ModuleNotFoundError as error:
        raise MissingFormatError(JSON, str(error.name)) from error
    validator = validator_for({"$schema": uri})
    try:
        validator.check_schema(document, format_checker=FormatChecker(formats=()))
    except SchemaError as error:
        raise _fail(tuple(error.absolute_path), error.message[:_SHOWN]) from None
    for path, schema in subschemas(document):
        _check_patterns(path, schema)


def _check_patterns(path: _Path, schema: dict[str, Any]) -> None:
    """Look at regular expressions; they are never run, since some take for ever."""
    patterns: list[tuple[_Path, Any]] = [(("pattern",), schema.get("pattern"))]
    patterns += [(("patternProperties", key), key) for key in schema.get("patternProperties", ())]
    for place, pattern in patterns:
        if not isinstance(pattern, str):
            continue
        try:
            re.compile(pattern)
        except (re.error, OverflowError, RecursionError) as error:
            if not str(error).startswith(_OTHER_DIALECT):
                raise _fail(
                    (*path, *place), f"{pattern[:60]!r} is no regular expression: {error}"
                ) from None


def _targets(document: Any, uri: str) -> dict[int, Any]:  # noqa: ANN401
    from referencing import Registry  # noqa: PLC0415  comes with jsonschema
    from referencing.exceptions import NoSuchResource, Unresolvable  # noqa: PLC0415
    from referencing.jsonschema import specification_with  # noqa: PLC0415

    specification = specification_with(uri)
    root = specification.create_resource(document)
    base = root.id() or ""
    registry = Registry[Any]().with_resource(base, root)
    waiting: list[tuple[_Path, Any, Any]] = [((), document, registry.resolver(base))]
    targets: dict[int, Any] = {}
    seen: set[int] = set()
    while waiting:
        path, start, outer = waiting.pop()
        if id(start) in seen or not isinstance(start, dict):
            continue
        seen.add(id(start))
        resolver = (
            outer
            if start is document
            else outer.in_subresource(specification.create_resource(start))
        )
        waiting += [
            ((*path, *more), item, resolver) for more, item in subschemas(start, deep=False)
        ]
        if isinstance(start.get("$ref"), str):
            try:
                found = resolver.lookup(start["$ref"])
            except (Unresolvable, NoSuchResource, ValueError):
                raise _fail(
                    (*path, "$ref"), f"{start['$ref'][:_SHOWN]!r} is no place in this document"
                ) from None
            targets[id(start)] = found.contents
            waiting.append((path, found.contents, found.resolver))
    _check_circles(targets)
    return targets


def _check_circles(targets: dict[int, Any]) -> None:
    """Refuse references that lead to each other and nowhere else."""
    checked: set[int] = set()
    for start in targets:
        chain: set[int] = set()
        place = start
        while place in targets and place not in checked:
            if place in chain:
                raise _fail((), "a $ref leads back to itself, and says nothing")
            chain.add(place)
            place = id(targets[place])
        checked |= chain
