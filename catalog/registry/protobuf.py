"""Reading Protobuf files of proto2 and proto3: every rule that a file itself must hold to.

All types stand in the file or in one of the well-known ones. As in AWS Glue there are no groups
and no extensions.

Source: Protocol Buffers language specifications, proto2 and proto3.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

from gluepot.catalog.registry.errors import InvalidDefinitionError
from gluepot.catalog.registry.protobuf_known import KNOWN_FILES
from gluepot.catalog.registry.protobuf_text import PROTOBUF, read_protobuf
from gluepot.catalog.registry.protobuf_tree import (
    FIRST_NUMBER,
    LAST_NUMBER,
    OWN_NUMBERS,
    SCALARS,
    Label,
    ProtoEnum,
    ProtoField,
    ProtoFile,
    ProtoMessage,
    ProtoType,
    TypeKind,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_Node: TypeAlias = Any
"""A node of proto_schema_parser's syntax tree, told by the name of its class: see ``_kind``."""

_MAX_ENUM = 1 << 31


def parse_protobuf(text: str) -> ProtoFile:
    """Return the tree of a ``.proto`` file.

    Raises:
        InvalidDefinitionError: It is none; the sentence names the fault and its place.
        MissingFormatError: The package proto-schema-parser is not installed.
    """
    file, normal_form = read_protobuf(text)
    scope = _declared(file)
    builder = _Builder(scope)
    builder.build(file.file_elements, scope.package)
    if not builder.messages:
        raise _fail("the file", "it declares no message")
    return ProtoFile(
        package=scope.package,
        messages=builder.messages,
        enums=builder.enums,
        normal_form=normal_form,
    )


def _fail(place: str, fault: str) -> InvalidDefinitionError:
    return InvalidDefinitionError(PROTOBUF, f"in {place}: {fault}")


def _kind(element: _Node) -> str:
    return type(element).__name__


@dataclass(frozen=True, kw_only=True)
class _Scope:
    """What names mean: the file's own types by full name, and those that it imports."""

    proto3: bool
    package: str
    kinds: dict[str, TypeKind] = field(default_factory=dict)

    def resolve(self, name: str, inside: str, place: str) -> ProtoType:
        """Return the type of a name, looked for from the innermost scope outwards."""
        if name in SCALARS:
            return ProtoType(kind=TypeKind.SCALAR, name=name)
        wanted = "".join(name.split())
        outer = "" if wanted.startswith(".") else inside
        wanted = wanted.removeprefix(".")
        while True:
            full = f"{outer}.{wanted}" if outer else wanted
            if full in self.kinds:
                return ProtoType(kind=self.kinds[full], name=full)
            if not outer:
                raise _fail(place, f"the type {name!r} is not declared, nor imported")
            outer = outer.rpartition(".")[0]


def _declared(file: _Node) -> _Scope:
    """Return the scope of a file: first all names, since types may be used before they stand."""
    if file.edition is not None:
        raise _fail("the file", "editions are not supported; right are proto2 and proto3")
    if file.syntax not in {None, "proto2", "proto3"}:
        raise _fail("the file", f"the syntax {file.syntax!r} is neither proto2 nor proto3")
    packages = [item.name for item in file.file_elements if _kind(item) == "Package"]
    if len(packages) > 1:
        raise _fail("the file", "it has more than one package")
    package = "".join(packages[0].split()) if packages else ""
    scope = _Scope(proto3=file.syntax == "proto3", package=package)
    for item in file.file_elements:
        if _kind(item) == "Import":
            _import(scope, item.name)
    _declare(scope, file.file_elements, package)
    return scope


def _import(scope: _Scope, name: str) -> None:
    if name not in KNOWN_FILES:
        raise _fail(
            "the file",
            f"it imports {name!r}; only the files under google/protobuf/ can be imported, other"
            " types must stand in the same text",
        )
    scope.kinds.update(dict.fromkeys(KNOWN_FILES[name], TypeKind.KNOWN))


def _declare(scope: _Scope, elements: Iterable[_Node], inside: str) -> None:
    for item in elements:
        kind = _kind(item)
        if kind in {"Group", "Extension"}:
            raise _fail(inside or "the file", "groups and extensions are not supported")
        if kind not in {"Message", "Enum"}:
            continue
        full = f"{inside}.{item.name}" if inside else item.name
        if full in scope.kinds:
            raise _fail(inside or "the file", f"{full} is declared a second time")
        scope.kinds[full] = TypeKind.MESSAGE if kind == "Message" else TypeKind.ENUM
        if kind == "Message":
            _declare(scope, item.elements, full)


class _Builder:
    """Makes messages and enums of a syntax tree, and checks them."""

    def __init__(self, scope: _Scope) -> None:
        self._scope = scope
        self.messages: dict[str, ProtoMessage] = {}
        self.enums: dict[str, ProtoEnum] = {}

    def build(self, elements: Iterable[_Node], inside: str) -> None:
        constants: set[str] = set()
        for item in elements:
            full = f"{inside}.{getattr(item, 'name', '')}".removeprefix(".")
            match _kind(item):
                case "Message":
                    self._message(item, full)
                case "Enum":
                    self.enums[full] = self._enum(item, full, constants)
                case "Service":
                    self._service(item, inside)

    def _message(self, item: _Node, name: str) -> None:
        # Its place in the order of the file is before what is inside it.
        self.messages[name] = ProtoMessage(name=name, fields=())
        place = f"message {name}"
        reserved = _Reserved(item.elements, place)
        fields: dict[int, ProtoField] = {}
        names: set[str] = set()
        for one in self._fields(item.elements, name, place):
            here = f"{place}, field {one.name}"
            reserved.check(one, here)
            if one.number in fields:
                raise _fail(here, f"{fields[one.number].name} has the number {one.number} already")
            if one.name in names:
                raise _fail(here, "the message has a field of this name already")
            names.add(one.name)
            fields[one.number] = one
        self.messages[name] = ProtoMessage(name=name, fields=tuple(fields.values()))
        self.build(item.elements, name)

    def _fields(self, elements: Iterable[_Node], message: str, place: str) -> Iterator[ProtoField]:
        oneofs: set[str] = set()
        for item in elements:
            match _kind(item):
                case "Field":
                    yield self._field(item, message, f"{place}, field {item.name}")
                case "MapField":
                    yield self._map(item, message, f"{place}, field {item.name}")
                case "OneOf":
                    if item.name in oneofs:
                        raise _fail(place, f"the oneof {item.name} is declared a second time")
                    oneofs.add(item.name)
                    yield from self._oneof(item, message, place)

    def _field(self, item: _Node, message: str, place: str) -> ProtoField:
        proto3 = self._scope.proto3
        word = None if item.cardinality is None else item.cardinality.value.lower()
        if word is None and not proto3:
            raise _fail(place, "proto2 wants optional, required or repeated before the type")
        if word == "required" and proto3:
            raise _fail(place, "proto3 has no required fields")
        if proto3 and any(option.name == "default" for option in item.options):
            raise _fail(place, "proto3 has no defaults")
        return ProtoField(
            name=item.name,
            number=item.number,
            type=self._scope.resolve(item.type, message, place),
            label=Label.IMPLICIT if word is None else Label(word),
        )

    def _map(self, item: _Node, message: str, place: str) -> ProtoField:
        return ProtoField(
            name=item.name,
            number=item.number,
            type=self._scope.resolve(item.value_type, message, place),
            label=Label.REPEATED,
            map_key=item.key_type,
        )

    def _oneof(self, item: _Node, message: str, place: str) -> Iterator[ProtoField]:
        empty = True
        for one in item.elements:
            here = f"{place}, oneof {item.name}"
            if _kind(one) == "Group":
                raise _fail(here, "groups are not supported")
            if _kind(one) == "Field":
                empty = False
                yield ProtoField(
                    name=one.name,
                    number=one.number,
                    type=self._scope.resolve(one.type, message, f"{here}, field {one.name}"),
                    label=Label.OPTIONAL,
                    oneof=item.name,
                )
        if empty:
            raise _fail(f"{place}, oneof {item.name}", "it has no field")

    def _enum(self, item: _Node, name: str, constants: set[str]) -> ProtoEnum:
        place = f"enum {name}"
        numbers: dict[str, int] = {}
        alias = any(
            _kind(one) == "Option" and one.name == "allow_alias" and one.value is True
            for one in item.elements
        )
        for one in item.elements:
            if _kind(one) != "EnumValue":
                continue
            # The values of an enum share a name space with what stands beside the enum.
            if one.name in constants:
                raise _fail(place, f"the value {one.name} is declared a second time in its scope")
            if not -_MAX_ENUM <= one.number < _MAX_ENUM:
                raise _fail(place, f"the number {one.number} of {one.name} has more than 32 bits")
            if one.number in numbers.values() and not alias:
                raise _fail(place, f"{one.name} has the number {one.number} of another value")
            constants.add(one.name)
            numbers[one.name] = one.number
        if not numbers:
            raise _fail(place, "it has no value")
        if self._scope.proto3 and next(iter(numbers.values())) != 0:
            raise _fail(place, "in proto3 the first value has the number 0")
        return ProtoEnum(name=name, numbers=numbers, closed=not self._scope.proto3)

    def _service(self, item: _Node, inside: str) -> None:
        for method in item.elements:
            if _kind(method) != "Method":
                continue
            place = f"service {item.name}, method {method.name}"
            for message in (method.input_type, method.output_type):
                found = self._scope.resolve(message.type, inside, place)
                if found.kind in {TypeKind.SCALAR, TypeKind.ENUM}:
                    raise _fail(place, f"{message.type} is no message")


class _Reserved:
    """The numbers and names that the fields of a message may not have."""

    def __init__(self, elements: Iterable[_Node], place: str) -> None:
        self._ranges: list[tuple[int, int, str]] = []
        self._names: set[str] = set()
        for item in elements:
            if _kind(item) in {"Reserved", "ExtensionRange"}:
                word = "reserved" if _kind(item) == "Reserved" else "of extensions"
                self._ranges += [(*_range(text, place), word) for text in item.ranges]
                self._names.update(getattr(item, "names", ()))

    def check(self, one: ProtoField, place: str) -> None:
        """Refuse a field whose number or name cannot be."""
        if not FIRST_NUMBER <= one.number <= LAST_NUMBER or one.number in OWN_NUMBERS:
            raise _fail(
                place,
                f"the number {one.number} cannot be; right are {FIRST_NUMBER} to {LAST_NUMBER}"
                f" without {OWN_NUMBERS.start} to {OWN_NUMBERS.stop - 1}",
            )
        for first, last, word in self._ranges:
            if first <= one.number <= last:
                raise _fail(place, f"the number {one.number} is {word}")
        if one.name in self._names:
            raise _fail(place, "the name is reserved")


def _range(text: str, place: str) -> tuple[int, int]:
    first, _, last = text.partition("to")
    try:
        begin = int(first)
        end = begin if not last else LAST_NUMBER if last.strip() == "max" else int(last)
    except ValueError:
        raise _fail(place, f"{text!r} is no range of numbers") from None
    if begin > end:
        raise _fail(place, f"the range {text!r} ends before it begins")
    return begin, end
