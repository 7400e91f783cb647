"""Requests made out of AWS Glue's service model alone: smallest, fullest, random, damaged."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Any

from botocore.loaders import Loader
from hypothesis import strategies as st

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

MODEL: Mapping[str, Any] = Loader().load_service_model("glue", "service-2")
SHAPES: Mapping[str, Mapping[str, Any]] = MODEL["shapes"]
OPERATIONS: tuple[str, ...] = tuple(sorted(MODEL["operations"]))

NAMES = ("a", "b")
"""Everything in the filled catalog is called "a", so that random requests hit it."""
_OTHERS = (
    "1",
    "0",
    "arn:aws:glue:us-east-1:000000000000:table/a/a",
    "arn:aws:iam::000000000000:role/a",
    "s3://bucket/prefix/",
    "00000000-0000-0000-0000-000000000000",
    "00000000000000000000000000000000",
    "000000000000",
    "AES256",
    "cron(0 12 * * ? *)",
    "2026-01-01T00:00:00Z",
    "https://example.com/a",
    "{}",
    '{"type": "string"}',
    "a = '1'",
    "string",
    "int",
    "Rules = [RowCount > 1]",
    "IS_NULL",
    "UPPER_CASE",
    "5.0",
    "3",
    "ja-00000000-0000-0000-0000-000000000000",
    "$.a",
    "a.a.a",
    "arn:aws:kms:us-east-1:000000000000:key/a",
    "arn:aws:secretsmanager:us-east-1:000000000000:secret:a",
    "Sun:3",
    "s3://bucket/key",
    "/a",
    "sc://localhost",
    "Completeness",
)
_LONGEST_TEXT = 40
_DEEPEST = 5
_NO_END = 12
"""Some shapes hold themselves as a required member: no finite value of theirs is valid."""


def input_shape(operation: str) -> str | None:
    """Return the name of the shape of an operation's request."""
    found: str | None = MODEL["operations"][operation].get("input", {}).get("shape")
    return found


def example(name: str, *, full: bool, level: int = 0) -> Any:  # noqa: ANN401
    """Return a valid value of a shape: with required members only, or with all."""
    shape = SHAPES[name]
    if level > _NO_END:
        return None
    match shape["type"]:
        case "structure":
            wanted = set(shape.get("required", ()))
            if shape.get("union"):
                wanted = {next(iter(shape["members"]))}
            elif full and level < _DEEPEST:
                wanted = set(shape["members"])
            return {
                key: example(member["shape"], full=full, level=level + 1)
                for key, member in shape["members"].items()
                if key in wanted
            }
        case "list":
            size = max(shape.get("min", 0), 1 if full and level < _DEEPEST else 0)
            item = shape["member"]["shape"]
            return [example(item, full=full, level=level + 1) for _ in range(size)]
        case "map":
            size = max(shape.get("min", 0), 1 if full and level < _DEEPEST else 0)
            key, value = shape["key"]["shape"], shape["value"]["shape"]
            return {text: example(value, full=full, level=level + 1) for text in _texts(key)[:size]}
        case "string":
            return _texts(name)[0]
        case kind:
            return _scalar(shape, kind)


def _scalar(shape: Mapping[str, Any], kind: str) -> Any:  # noqa: ANN401
    scalars = {"boolean": False, "timestamp": 1_700_000_000, "blob": "AAAA", "double": 0.5}
    if kind in {"integer", "long"}:
        return max(1, shape.get("min", 1))
    return scalars.get(kind, 0.5)


@cache
def _texts(name: str) -> tuple[str, ...]:
    """Return texts that a string shape allows, the likeliest first."""
    shape = SHAPES[name]
    if "enum" in shape:
        return tuple(shape["enum"])
    least, most = shape.get("min", 0), shape.get("max", 1 << 20)
    known = [text.ljust(least, "a") for text in (*NAMES, *_OTHERS)]
    fits = _pattern(shape)
    found = tuple(text for text in known if len(text) <= most and fits(text))
    assert found, f"{name} wants a text of its own in _OTHERS: {shape}"
    return found


def _pattern(shape: Mapping[str, Any]) -> Callable[[str], object]:
    pattern = shape.get("pattern", "")
    if not pattern or r"\p{" in pattern:
        return lambda _: True
    return re.compile(pattern.replace(r"\uD800\uDC00-\uDBFF\uDFFF", "")).fullmatch


@cache
def values(name: str) -> st.SearchStrategy[Any]:
    """Return random valid values of a shape."""
    shape = SHAPES[name]
    match shape["type"]:
        case "structure":
            return st.deferred(lambda: _structures(shape))
        case "list":
            least = shape.get("min", 0)
            most = min(shape.get("max", 3), max(3, least))
            item = shape["member"]["shape"]
            return st.deferred(lambda: st.lists(values(item), min_size=least, max_size=most))
        case "map":
            key, value = shape["key"]["shape"], shape["value"]["shape"]
            return st.deferred(lambda: st.dictionaries(values(key), values(value), max_size=3))
        case "string":
            return _strings(name)
        case "integer" | "long" as kind:
            bits = 31 if kind == "integer" else 63
            least, most = shape.get("min", -(1 << bits)), shape.get("max", (1 << bits) - 1)
            return st.sampled_from([max(least, 0), max(least, 1)]) | st.integers(least, most)
        case kind:
            return _scalars(kind)


def _structures(shape: Mapping[str, Any]) -> st.SearchStrategy[Any]:
    members = {key: values(member["shape"]) for key, member in shape["members"].items()}
    if shape.get("union"):
        return st.one_of([st.fixed_dictionaries({key: one}) for key, one in members.items()])
    required = shape.get("required", ())
    fixed = {key: members[key] for key in required}
    optional = {key: one for key, one in members.items() if key not in fixed}
    # Few of the optional members at once: with many of them nothing ever succeeds.
    chosen = st.lists(st.sampled_from(sorted(optional)), max_size=3, unique=True)
    return (chosen if optional else st.just([])).flatmap(
        lambda keys: st.fixed_dictionaries(fixed | {key: optional[key] for key in keys})
    )


def _strings(name: str) -> st.SearchStrategy[str]:
    shape = SHAPES[name]
    known = st.sampled_from(_texts(name))
    if "enum" in shape or "pattern" in shape:
        return known
    least, most = shape.get("min", 0), min(shape.get("max", _LONGEST_TEXT), _LONGEST_TEXT)
    if least > most:
        return known
    free = st.characters(exclude_categories=["Cs"], exclude_characters="\0")
    return known | st.text(free, min_size=least, max_size=most)


def _scalars(kind: str) -> st.SearchStrategy[Any]:
    kinds: dict[str, st.SearchStrategy[Any]] = {
        "boolean": st.booleans(),
        "timestamp": st.integers(0, 4_000_000_000) | st.floats(0, 4e9),
        "blob": st.sampled_from(["", "AAAA", "AQ=="]),
    }
    return kinds.get(kind, st.floats(allow_nan=False, allow_infinity=False, width=32))


def _deep(levels: int) -> Any:  # noqa: ANN401
    value: Any = []
    for _ in range(levels):
        value = [value]
    return value


DAMAGE: tuple[Any, ...] = (
    None,
    True,
    -1,
    0,
    1 << 31,
    1 << 64,
    10**40,
    1.5,
    1e308,
    "",
    "x" * 3000,
    "no such value",
    "with\0nul",
    "\t\n\r\u0085\u2028",
    "../../etc/passwd",
    "'; DROP TABLE tables; --",
    "%s%n{0}{}",
    "\U0001f600" * 300,
    [],
    {},
    [None],
    [[]],
    {"": None},
    {"a": {"a": {"a": []}}},
    _deep(60),
    _deep(500),
)
"""What a member may become: of a wrong type, out of bounds, or simply odd."""


def damaged(value: Any) -> st.SearchStrategy[Any]:  # noqa: ANN401
    """Return ``value`` with one member, somewhere, replaced, dropped or added."""
    return st.sampled_from(list(_paths(value))).flatmap(
        lambda path: st.sampled_from([*DAMAGE, ...]).map(lambda new: _with(value, path, new))
    )


def _paths(value: Any, before: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:  # noqa: ANN401
    found = [before]
    match value:
        case dict():
            for key, item in value.items():
                found += _paths(item, (*before, key))
            found.append((*before, "NoSuchMember"))
        case list():
            for number, item in enumerate(value):
                found += _paths(item, (*before, number))
        case _:
            pass
    return found


def _with(value: Any, path: tuple[Any, ...], new: Any) -> Any:  # noqa: ANN401
    if not path:
        return {} if new is ... else new
    key, rest = path[0], path[1:]
    if isinstance(value, dict):
        changed = dict(value)
        if new is ... and not rest:
            changed.pop(key, None)
        else:
            changed[key] = _with(value.get(key), rest, new)
        return changed
    items = list(value)
    items[key : key + 1] = [] if new is ... and not rest else [_with(value[key], rest, new)]
    return items
