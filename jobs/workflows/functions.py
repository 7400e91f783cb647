"""The intrinsic functions themselves: lists of arguments in, JSON out.

Each raises ValueError with a sentence where an argument is not what it takes.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import random
import re
import uuid
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

MAX_ARRAY = 1000
"""Elements of a range. Source: states-language.net, States.ArrayRange."""

MAX_TEXT = 10_000
"""Characters of a text to encode, decode or hash. Source: the same appendix."""

_PLACE = re.compile(r"\\([{}])|\{\}")
_HASHES = {
    "MD5": "md5",
    "SHA-1": "sha1",
    "SHA-256": "sha256",
    "SHA-384": "sha384",
    "SHA-512": "sha512",
}


class Chance:
    """Random values of one execution: the same seed and count always give the same ones.

    A step that is worked out a second time, because a process was killed, draws what it drew.
    """

    def __init__(self, seed: str, drawn: int) -> None:
        self._seed = seed
        self.drawn = drawn

    def generator(self) -> random.Random:
        """Return a generator of its own for the next draw."""
        self.drawn += 1
        return random.Random(f"{self._seed}#{self.drawn}")  # noqa: S311  no secret is made


def _format(given: list[Any], _chance: Chance) -> str:
    if not given or not isinstance(given[0], str):
        raise ValueError("the first argument is a text with {} for each further one")
    values = iter(given[1:])

    def fill(found: re.Match[str]) -> str:
        if found[1]:
            return found[1]
        try:
            return _as_text(next(values))
        except StopIteration:
            raise ValueError("there are more {} than values") from None

    filled = _PLACE.sub(fill, given[0])
    if next(values, None) is not None:
        raise ValueError("there are more values than {}")
    return filled


def _as_text(value: Any) -> str:  # noqa: ANN401
    return value if isinstance(value, str) else json.dumps(value, separators=(",", ":"))


def _string_to_json(given: list[Any], _chance: Chance) -> Any:  # noqa: ANN401
    return json.loads(_one(given, str))


def _json_to_string(given: list[Any], _chance: Chance) -> str:
    return json.dumps(_exactly(given, 1)[0], separators=(",", ":"), ensure_ascii=False)


def _array(given: list[Any], _chance: Chance) -> list[Any]:
    return given


def _array_partition(given: list[Any], _chance: Chance) -> list[Any]:
    array, size = _typed(given, list, int)
    if size < 1:
        raise ValueError("the size of a part is at least 1")
    return [array[start : start + size] for start in range(0, len(array), size)]


def _array_contains(given: list[Any], _chance: Chance) -> bool:
    array, wanted = _exactly(given, 2)
    return any(_same(item, wanted) for item in _of_type(array, list))


def _array_range(given: list[Any], _chance: Chance) -> list[int]:
    first, last, step = _typed(given, int, int, int)
    if step == 0:
        raise ValueError("the step is not 0")
    found = range(first, last + (1 if step > 0 else -1), step)
    if len(found) > MAX_ARRAY:
        raise ValueError(f"{len(found)} elements are more than {MAX_ARRAY}")
    return list(found)


def _array_get_item(given: list[Any], _chance: Chance) -> Any:  # noqa: ANN401
    array, place = _typed(given, list, int)
    if not 0 <= place < len(array):
        raise ValueError(f"there is no place {place} in an array of {len(array)}")
    return array[place]


def _array_length(given: list[Any], _chance: Chance) -> int:
    return len(_one(given, list))


def _array_unique(given: list[Any], _chance: Chance) -> list[Any]:
    found: dict[str, Any] = {}
    for item in _one(given, list):
        found.setdefault(json.dumps(item, sort_keys=True), item)
    return list(found.values())


def _base64_encode(given: list[Any], _chance: Chance) -> str:
    return base64.b64encode(_text(_one(given, str)).encode()).decode()


def _base64_decode(given: list[Any], _chance: Chance) -> str:
    try:
        return base64.b64decode(_text(_one(given, str)), validate=True).decode()
    except (binascii.Error, UnicodeDecodeError) as error:
        raise ValueError(f"the text is not Base64 of UTF-8: {error}") from error


def _hash(given: list[Any], _chance: Chance) -> str:
    data, algorithm = _exactly(given, 2)
    if algorithm not in _HASHES:
        raise ValueError(f"the algorithm is one of {', '.join(_HASHES)}, not {algorithm!r}")
    return hashlib.new(_HASHES[algorithm], _text(_as_text(data)).encode()).hexdigest()


def _json_merge(given: list[Any], _chance: Chance) -> dict[str, Any]:
    first, second, deep = _typed(given, dict, dict, bool)
    if deep:
        raise ValueError("the third argument is false: only shallow merging is defined")
    return {**first, **second}


def _math_random(given: list[Any], chance: Chance) -> int:
    if len(given) == 3:  # noqa: PLR2004  with a seed of the caller's
        first, end, seed = _typed(given, int, int, int)
        generator = random.Random(seed)  # noqa: S311  no secret is made
    else:
        first, end = _typed(given, int, int)
        generator = chance.generator()
    if first >= end:
        raise ValueError(f"the start {first} lies before the end, not at {end}")
    return generator.randrange(first, end)


def _math_add(given: list[Any], _chance: Chance) -> int | float:
    first, second = _exactly(given, 2)
    return _number(first) + _number(second)


def _string_split(given: list[Any], _chance: Chance) -> list[str]:
    text, splitters = _typed(given, str, str)
    if not splitters:
        return [text]
    return [part for part in re.split(f"[{re.escape(splitters)}]", text) if part]


def _uuid(given: list[Any], chance: Chance) -> str:
    _exactly(given, 0)
    return str(uuid.UUID(int=chance.generator().getrandbits(128), version=4))


def _exactly(given: list[Any], count: int) -> list[Any]:
    if len(given) != count:
        raise ValueError(f"{count} arguments are wanted, {len(given)} are given")
    return given


def _typed(given: list[Any], *kinds: type) -> list[Any]:
    _exactly(given, len(kinds))
    return [_of_type(value, kind) for value, kind in zip(given, kinds, strict=True)]


def _one(given: list[Any], kind: type) -> Any:  # noqa: ANN401
    return _of_type(_exactly(given, 1)[0], kind)


def _of_type(value: Any, kind: type) -> Any:  # noqa: ANN401
    if kind is int and isinstance(value, float) and value.is_integer():
        return int(value)
    # In Python True is a number; in JSON it is none.
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        names = {list: "an array", dict: "an object", str: "a text", int: "a whole number"}
        wanted = names.get(kind, "true or false")
        raise ValueError(f"{wanted} is wanted, not {_as_text(value):.80}")
    return value


def _number(value: Any) -> int | float:  # noqa: ANN401
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError(f"a number is wanted, not {_as_text(value):.80}")  # noqa: TRY004
    return value


def _text(value: str) -> str:
    if len(value) > MAX_TEXT:
        raise ValueError(f"a text has at most {MAX_TEXT} characters, this has {len(value)}")
    return value


def _same(one: Any, other: Any) -> bool:  # noqa: ANN401
    return bool(json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True))


FUNCTIONS: Mapping[str, Callable[[list[Any], Chance], Any]] = {
    "States.Format": _format,
    "States.StringToJson": _string_to_json,
    "States.JsonToString": _json_to_string,
    "States.Array": _array,
    "States.ArrayPartition": _array_partition,
    "States.ArrayContains": _array_contains,
    "States.ArrayRange": _array_range,
    "States.ArrayGetItem": _array_get_item,
    "States.ArrayLength": _array_length,
    "States.ArrayUnique": _array_unique,
    "States.Base64Encode": _base64_encode,
    "States.Base64Decode": _base64_decode,
    "States.Hash": _hash,
    "States.JsonMerge": _json_merge,
    "States.MathRandom": _math_random,
    "States.MathAdd": _math_add,
    "States.StringSplit": _string_split,
    "States.UUID": _uuid,
}
"""By name; each takes the arguments, and draws what is random from the second."""
