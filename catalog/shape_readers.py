"""Shapes of a service model as functions that check what a client sent.

Each takes ``(value, path, faults)`` and returns the value to hand on. A path is a linked pair
``(path before, member)``, made into text only when there is a fault to tell.
"""

from __future__ import annotations

import base64
import binascii
import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, TypeAlias

Path: TypeAlias = tuple[Any, Any] | None

_SHOWN = 60
_INTEGERS = {"integer": 1 << 31, "long": 1 << 63}
_FIRST_SECOND = -62_135_596_800
_LAST_SECOND = 253_402_300_799
_JAVA_PLANES = r"\uD800\uDC00-\uDBFF\uDFFF"


class RuleKind(StrEnum):
    """What sort of rule a member breaks."""

    NULL = "null"
    LENGTH = "length"
    RANGE = "range"
    PATTERN = "pattern"
    ENUM = "enum"
    UNION = "union"


@dataclass(frozen=True, kw_only=True)
class BrokenRule:
    """A member that breaks a rule of its shape; ``path`` is such as ``tableInput.name``."""

    path: str
    kind: RuleKind
    sentence: str


@dataclass(frozen=True)
class Faults:
    """What is wrong with a request: members of a wrong type, and members that break a rule."""

    types: list[str] = field(default_factory=list)
    rules: list[BrokenRule] = field(default_factory=list)

    @property
    def count(self) -> int:
        """Return how many faults there are."""
        return len(self.types) + len(self.rules)

    def type(self, path: Path, wanted: str) -> None:
        """Note a member of a wrong JSON type."""
        self.types.append(f"{_text(path)} must be {wanted}")

    def rule(self, path: Path, value: object, kind: RuleKind, rule: str) -> None:
        """Note a member that breaks a rule, in AWS's words."""
        text = _text(path)
        sentence = (
            f"Value {_shown(path, value)}at '{text}' failed to satisfy constraint:"
            f" Member must {rule}"
        )
        self.rules.append(BrokenRule(path=text, kind=kind, sentence=sentence))


Reader: TypeAlias = Callable[[Any, Path, Faults], Any]


class ShapeReaders:
    """Makes the readers of a model's shapes, each once; shapes may hold themselves."""

    def __init__(self, shapes: Mapping[str, Mapping[str, Any]]) -> None:
        self._shapes = shapes
        self._readers: dict[str, Reader] = {}

    def reader(self, name: str) -> Reader:
        """Return the reader of a shape."""
        found = self._readers.get(name)
        if found is not None:
            return found

        def again(value: Any, path: Path, faults: Faults) -> Any:  # noqa: ANN401
            return self._readers[name](value, path, faults)

        # A shape that holds itself finds this one while its own reader is being made.
        self._readers[name] = again
        self._readers[name] = self._make(self._shapes[name])
        return self._readers[name]

    def _make(self, shape: Mapping[str, Any]) -> Reader:  # noqa: PLR0911  one a kind of shape
        if shape.get("document"):
            return _read_document
        match shape["type"]:
            case "structure":
                members = {
                    key: self.reader(member["shape"]) for key, member in shape["members"].items()
                }
                required = tuple(shape.get("required", ()))
                return _structure_reader(members, required, union=bool(shape.get("union")))
            case "list":
                read = _list_reader(self.reader(shape["member"]["shape"]), _bounds(shape))
                return _remembering(read) if self._is_record_of_texts(shape["member"]) else read
            case "map":
                key = _key_reader(self._shapes[shape["key"]["shape"]])
                return _map_reader(key, self.reader(shape["value"]["shape"]), _bounds(shape))
            case "string":
                return _string_reader(shape)
            case "integer" | "long" as kind:
                return _integer_reader(_INTEGERS[kind], _bounds(shape))
            case kind:
                return _SCALARS[kind]

    def _is_record_of_texts(self, member: Mapping[str, Any]) -> bool:
        """Return whether a list's member is a structure of nothing but texts and maps of texts."""
        shape = self._shapes[member["shape"]]
        if shape["type"] != "structure":
            return False
        inner = [self._shapes[item["shape"]] for item in shape["members"].values()]
        for found in inner:
            of_map = [
                self._shapes[found[part]["shape"]] for part in ("key", "value") if part in found
            ]
            if any(item["type"] != "string" for item in of_map or [found]):
                return False
        return True


def _bounds(shape: Mapping[str, Any]) -> tuple[float, float]:
    return shape.get("min", float("-inf")), shape.get("max", float("inf"))


def _structure_reader(
    members: Mapping[str, Reader], required: tuple[str, ...], *, union: bool
) -> Reader:
    def read(value: Any, path: Path, faults: Faults) -> Any:  # noqa: ANN401
        if type(value) is not dict:
            return faults.type(path, "an object")
        found = {}
        for key, item in value.items():
            member = members.get(key)
            if member is not None and item is not None:
                found[key] = member(item, (path, key), faults)
        for key in required:
            if key not in found:
                faults.rule((path, key), None, RuleKind.NULL, "not be null")
        if union and len(found) != 1:
            members_ = sorted(members)
            faults.rule(path, None, RuleKind.UNION, f"have exactly one of the members {members_}")
        return found

    return read


def _list_reader(item: Reader, bounds: tuple[float, float]) -> Reader:
    least, most = bounds

    def read(value: Any, path: Path, faults: Faults) -> Any:  # noqa: ANN401
        if type(value) is not list:
            return faults.type(path, "a list")
        if not least <= len(value) <= most:
            faults.rule(path, value, RuleKind.LENGTH, _length_rule(len(value), least, most))
        found = []
        for number, one in enumerate(value, 1):
            if one is None:
                faults.rule((path, number), None, RuleKind.NULL, "not be null")
            else:
                found.append(item(one, (path, number), faults))
        return found

    return read


def _remembering(read: Reader) -> Reader:
    """Return a reader that knows the last faultless list again.

    The partitions of a batch all have the same columns: to compare those is 30 times as fast as
    to check them. Only what is all text may be compared so: 1 and true are equal too.
    """
    last: tuple[Any, Any, Any] = (None, None, None)

    def read_again(value: Any, path: Path, faults: Faults) -> Any:  # noqa: ANN401
        nonlocal last
        request, known, found = last
        # Of this request alone, lest one caller's list stands in what another caller's becomes.
        if request is faults and value == known:
            return found
        before = faults.count
        found = read(value, path, faults)
        if faults.count == before:
            last = (faults, value, found)
        return found

    return read_again


def _map_reader(key: Reader, item: Reader, bounds: tuple[float, float]) -> Reader:
    least, most = bounds

    def read(value: Any, path: Path, faults: Faults) -> Any:  # noqa: ANN401
        if type(value) is not dict:
            return faults.type(path, "an object")
        if not least <= len(value) <= most:
            faults.rule(path, value, RuleKind.LENGTH, _length_rule(len(value), least, most))
        inside = (path, ...)
        return {
            key(name, inside, faults): item(one, inside, faults)
            for name, one in value.items()
            if one is not None
        }

    return read


def _key_reader(shape: Mapping[str, Any]) -> Reader:
    """Return the reader of a map's keys: newer clients know more of them than a list of today."""
    return _string_reader({rule: value for rule, value in shape.items() if rule != "enum"})


def _string_reader(shape: Mapping[str, Any]) -> Reader:
    least, most = _bounds(shape)
    choices = frozenset(shape.get("enum", ()))
    matches = _matcher(shape["pattern"]) if "pattern" in shape else None
    shown = not shape.get("sensitive")

    def read(value: Any, path: Path, faults: Faults) -> Any:  # noqa: ANN401
        if type(value) is not str:
            return faults.type(path, "a string")
        if choices and value not in choices:
            rule = f"satisfy enum value set: [{', '.join(sorted(choices))}]"
            faults.rule(path, value, RuleKind.ENUM, rule)
        if not least <= len(value) <= most:
            rule = _length_rule(len(value), least, most)
            faults.rule(path, value if shown else ..., RuleKind.LENGTH, rule)
        if matches is not None and not matches(value):
            rule = f"satisfy regular expression pattern: {shape['pattern']}"
            faults.rule(path, value if shown else ..., RuleKind.PATTERN, rule)
        return value

    return read


def _matcher(pattern: str) -> Callable[[str], object]:
    """Return a test for a Java regular expression that botocore ships with a shape."""
    if r"\p{" in pattern:
        return _category_matcher(pattern)
    # Definitions of schemas, whose pattern is ``.*\S.*``, have many lines.
    flags = re.DOTALL if pattern.startswith(".*") else re.NOFLAG
    # Java writes characters beyond the first plane as pairs of surrogates.
    return re.compile(pattern.replace(_JAVA_PLANES, "\\U00010000-\\U0010FFFF"), flags).fullmatch


def _category_matcher(pattern: str) -> Callable[[str], object]:
    whole = re.fullmatch(r"\[((?:\\p\{[A-Z]\})+)\]\*", pattern)
    if whole is None:
        raise ValueError(f"the service model has a pattern of a new form: {pattern}")
    categories = frozenset(re.findall(r"\{(.)\}", whole[1]))
    return lambda text: all(unicodedata.category(char)[0] in categories for char in text)


def _integer_reader(limit: int, bounds: tuple[float, float]) -> Reader:
    least, most = bounds

    def read(value: Any, path: Path, faults: Faults) -> Any:  # noqa: ANN401
        if type(value) is not int or not -limit <= value < limit:
            return faults.type(path, f"a whole number of {limit.bit_length()} bits")
        if value < least:
            faults.rule(path, value, RuleKind.RANGE, f"have value greater than or equal to {least}")
        if value > most:
            faults.rule(path, value, RuleKind.RANGE, f"have value less than or equal to {most}")
        return value

    return read


def _length_rule(length: int, least: float, most: float) -> str:
    if length < least:
        return f"have length greater than or equal to {least}"
    return f"have length less than or equal to {most}"


def _read_document(value: Any, _path: Path, _faults: Faults) -> Any:  # noqa: ANN401
    return value


def _read_boolean(value: Any, path: Path, faults: Faults) -> Any:  # noqa: ANN401
    return value if type(value) is bool else faults.type(path, "true or false")


def _read_double(value: Any, path: Path, faults: Faults) -> Any:  # noqa: ANN401
    return value if type(value) in {int, float} else faults.type(path, "a number")


def _read_time(value: Any, path: Path, faults: Faults) -> Any:  # noqa: ANN401
    """Return seconds since 1970; some clients send ISO 8601 text."""
    if type(value) is str:
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            return faults.type(path, "seconds since 1970")
        value = moment.timestamp() if moment.tzinfo else None
    if type(value) not in {int, float} or not _FIRST_SECOND <= value <= _LAST_SECOND:
        return faults.type(path, "seconds since 1970, between the years 1 and 9999")
    return value


def _read_blob(value: Any, path: Path, faults: Faults) -> Any:  # noqa: ANN401
    if type(value) is str:
        try:
            base64.b64decode(value, validate=True)
        except (binascii.Error, ValueError):
            pass
        else:
            return value
    return faults.type(path, "base64 text")


_SCALARS: Mapping[str, Reader] = {
    "boolean": _read_boolean,
    "double": _read_double,
    "float": _read_double,
    "timestamp": _read_time,
    "blob": _read_blob,
}


def _text(path: Path) -> str:
    """Return a path as AWS writes it, such as ``tableInput.columns.1.member.name``."""
    parts: list[str] = []
    while path is not None:
        path, part = path
        match part:
            case int():
                parts.append(f"{part}.member")
            case str():
                parts.append(part[:1].lower() + part[1:])
            case _:
                parts.append("*")
    return ".".join(reversed(parts)) or "request"


def _shown(path: Path, value: object) -> str:
    """Return a faulty value for people; what stands in a map may be a password, and is not."""
    while path is not None:
        path, part = path
        if part is ...:
            return ""
    if value is None:
        return "null "
    if not isinstance(value, str | int):
        return ""
    text = str(value)
    return f"'{text}' " if len(text) <= _SHOWN else f"'{text[:_SHOWN]}...' "
