"""Reading Avro schemas: every rule of the specification that a schema itself must hold to.

Source: Apache Avro specification 1.12, "Schema Declaration".
"""

from __future__ import annotations

import re
from typing import Any

from gluepot.catalog.registry.avro_defaults import default_fault
from gluepot.catalog.registry.avro_tree import (
    PRIMITIVES,
    Array,
    AvroSchema,
    Enum,
    Field,
    Fixed,
    Logical,
    Map,
    Named,
    Node,
    Primitive,
    Record,
    Reference,
    Union,
    kind_of,
)
from gluepot.catalog.registry.errors import InvalidDefinitionError
from gluepot.catalog.registry.json_text import normal_json, pointer, read_json

AVRO = "AVRO"

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*", re.ASCII)
_NAMED = ("record", "error", "enum", "fixed")
_ORDERS = ("ascending", "descending", "ignore")
_MAX_FIXED = (1 << 31) - 1
_SHOWN = 60

_Path = tuple[str | int, ...]


def parse_avro(text: str) -> AvroSchema:
    """Return the tree of an Avro schema.

    Raises:
        InvalidDefinitionError: It is none; the sentence names the fault and its place.
    """
    document = read_json(AVRO, text)
    reader = _Reader()
    root, normal = reader.read(document, (), "")
    for field, path in reader.defaults:
        fault = default_fault(field.type, field.default, reader.named)
        if fault is not None:
            raise _fail((*path, "default"), f"the default of field {field.name} {fault}")
    return AvroSchema(root=root, named=reader.named, normal_form=normal_json(normal))


def _fail(path: _Path, fault: str) -> InvalidDefinitionError:
    return InvalidDefinitionError(AVRO, f"at {pointer(*path) or '/'}: {fault}")


def _quoted(value: object) -> str:
    text = normal_json(value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."


class _Reader:
    """Reads types in the order they stand, since a name must be defined before it is used.

    Each method returns the type and its normal form.
    """

    def __init__(self) -> None:
        self.named: dict[str, Named] = {}
        self.defined: set[str] = set()
        self.defaults: list[tuple[Field, _Path]] = []

    def read(self, document: Any, path: _Path, namespace: str) -> tuple[Node, Any]:  # noqa: ANN401
        match document:
            case str():
                return self._by_name(document, path, namespace)
            case list():
                return self._union(document, path, namespace)
            case dict():
                return self._complex(document, path, namespace)
            case _:
                raise _fail(
                    path, f"{_quoted(document)} is no schema; right are a name, a list, an object"
                )

    def _by_name(self, name: str, path: _Path, namespace: str) -> tuple[Node, Any]:
        if name in PRIMITIVES:
            return Primitive(name=name), name
        full = name if "." in name or not namespace else f"{namespace}.{name}"
        if full not in self.defined:
            raise _fail(path, f"type {_quoted(name)} is not defined before this place")
        return Reference(name=full), full

    def _union(self, document: list[Any], path: _Path, namespace: str) -> tuple[Node, Any]:
        branches, normal, kinds = [], [], set()
        for place, item in enumerate(document):
            here = (*path, place)
            if isinstance(item, list):
                raise _fail(here, "a union may not directly hold another union")
            branch, form = self.read(item, here, namespace)
            kind = kind_of(branch)
            if kind in kinds:
                raise _fail(here, f"the union has the type {kind} twice")
            kinds.add(kind)
            branches.append(branch)
            normal.append(form)
        return Union(branches=tuple(branches)), normal

    def _complex(self, document: dict[str, Any], path: _Path, namespace: str) -> tuple[Node, Any]:
        kind = document.get("type")
        if not isinstance(kind, str):
            raise _fail(path, "the object has no member type that is a text")
        if kind in _NAMED:
            return self._define(kind, document, path, namespace)
        if kind == "array":
            node, form = self._part(document, "items", path, namespace)
            return Array(items=node), {**document, "items": form}
        if kind == "map":
            node, form = self._part(document, "values", path, namespace)
            return Map(values=node), {**document, "values": form}
        found, form = self._by_name(kind, (*path, "type"), namespace)
        if isinstance(found, Primitive):
            found = Primitive(name=kind, logical=_logical(document))
        normal = {**document, "type": form}
        return found, form if normal == {"type": form} else normal

    def _part(
        self, document: dict[str, Any], member: str, path: _Path, namespace: str
    ) -> tuple[Node, Any]:
        if member not in document:
            raise _fail(path, f"the {document['type']} has no member {member}")
        return self.read(document[member], (*path, member), namespace)

    def _define(
        self, kind: str, document: dict[str, Any], path: _Path, namespace: str
    ) -> tuple[Node, Any]:
        name, inner = self._name(kind, document, path, namespace)
        aliases = tuple(
            alias if "." in alias or not inner else f"{inner}.{alias}"
            for alias in _aliases(document, path, dotted=True)
        )
        normal = {key: value for key, value in document.items() if key != "namespace"}
        normal["name"] = name
        if aliases:
            normal["aliases"] = list(aliases)
        self.defined.add(name)
        match kind:
            case "enum":
                self.named[name] = _enum(name, aliases, document, path)
            case "fixed":
                size = _size(document, path)
                logical = _logical(document)
                self.named[name] = Fixed(name=name, aliases=aliases, size=size, logical=logical)
            case _:
                fields, normal["fields"] = self._fields(document, path, inner)
                self.named[name] = Record(name=name, aliases=aliases, fields=fields)
        return Reference(name=name), normal

    def _name(
        self, kind: str, document: dict[str, Any], path: _Path, namespace: str
    ) -> tuple[str, str]:
        """Return the full name, and the namespace of what is inside."""
        name = document.get("name")
        if not isinstance(name, str):
            raise _fail(path, f"the {kind} has no member name that is a text")
        given = document.get("namespace", namespace)
        if not isinstance(given, str):
            raise _fail((*path, "namespace"), "the namespace is not a text")
        full = name if "." in name or not given else f"{given}.{name}"
        for part in full.split("."):
            if not _NAME.fullmatch(part):
                raise _fail(
                    (*path, "name"),
                    f"{_quoted(full)} is no name; its parts begin with a letter or _ and go on"
                    " with letters, digits and _",
                )
        if full in self.defined:
            raise _fail((*path, "name"), f"the type {full} is defined a second time")
        if full in PRIMITIVES:
            raise _fail((*path, "name"), f"{full} is the name of a primitive type")
        return full, full.rpartition(".")[0]

    def _fields(
        self, document: dict[str, Any], path: _Path, namespace: str
    ) -> tuple[tuple[Field, ...], list[Any]]:
        items = document.get("fields")
        if not isinstance(items, list):
            raise _fail(path, "the record has no list of fields")
        fields: list[Field] = []
        normal, names = [], set()
        for place, item in enumerate(items):
            field, form = self._field(item, (*path, "fields", place), namespace)
            for name in (field.name, *field.aliases):
                if name in names:
                    raise _fail((*path, "fields", place), f"the record has a field {name} already")
                names.add(name)
            fields.append(field)
            normal.append(form)
        return tuple(fields), normal

    def _field(self, item: Any, path: _Path, namespace: str) -> tuple[Field, Any]:  # noqa: ANN401
        if not isinstance(item, dict):
            raise _fail(path, "the field is not an object")
        name = item.get("name")
        if not isinstance(name, str) or not _NAME.fullmatch(name):
            raise _fail((*path, "name"), f"{_quoted(name)} is no name of a field")
        if "type" not in item:
            raise _fail(path, f"field {name} has no type")
        if item.get("order", "ascending") not in _ORDERS:
            raise _fail((*path, "order"), f"the order is not one of {', '.join(_ORDERS)}")
        doc = item.get("doc")
        node, form = self.read(item["type"], (*path, "type"), namespace)
        field = Field(
            name=name,
            aliases=_aliases(item, path, dotted=False),
            type=node,
            has_default="default" in item,
            default=item.get("default"),
            doc=doc if isinstance(doc, str) else None,
        )
        if field.has_default:
            self.defaults.append((field, path))
        return field, {**item, "type": form}


def _aliases(document: dict[str, Any], path: _Path, *, dotted: bool) -> tuple[str, ...]:
    aliases = document.get("aliases", [])
    if not isinstance(aliases, list):
        raise _fail((*path, "aliases"), "the aliases are not a list")
    for place, alias in enumerate(aliases):
        parts = alias.split(".") if isinstance(alias, str) and dotted else [alias]
        if not all(isinstance(part, str) and _NAME.fullmatch(part) for part in parts):
            raise _fail((*path, "aliases", place), f"{_quoted(alias)} is no name")
    return tuple(aliases)


def _enum(name: str, aliases: tuple[str, ...], document: dict[str, Any], path: _Path) -> Enum:
    symbols = document.get("symbols")
    if not isinstance(symbols, list):
        raise _fail(path, f"the enum {name} has no list of symbols")
    seen = set()
    for place, symbol in enumerate(symbols):
        here = (*path, "symbols", place)
        if not isinstance(symbol, str) or not _NAME.fullmatch(symbol):
            raise _fail(here, f"{_quoted(symbol)} is no symbol; symbols are written like names")
        if symbol in seen:
            raise _fail(here, f"the enum {name} has the symbol {symbol} twice")
        seen.add(symbol)
    default = document.get("default")
    if default is not None and default not in symbols:
        raise _fail((*path, "default"), f"{_quoted(default)} is not a symbol of the enum {name}")
    return Enum(name=name, aliases=aliases, symbols=tuple(symbols), default=default)


def _size(document: dict[str, Any], path: _Path) -> int:
    size = document.get("size")
    if type(size) is not int or not 0 <= size <= _MAX_FIXED:
        raise _fail(
            (*path, "size"), f"{_quoted(size)} is no size; right is a number of bytes from 0"
        )
    return size


def _logical(document: dict[str, Any]) -> Logical | None:
    """Return the logical type; one whose parameters are wrong is none, as the rules have it."""
    name = document.get("logicalType")
    if not isinstance(name, str):
        return None
    if name != "decimal":
        return Logical(name=name)
    precision, scale = document.get("precision"), document.get("scale", 0)
    if type(precision) is not int or type(scale) is not int or not 0 <= scale <= precision:
        return None
    return Logical(name=name, precision=precision, scale=scale) if precision else None
