"""The Condition block of a policy: operators, keys, and whether they hold for a call.

Source: AWS Identity and Access Management user guide, "IAM JSON policy elements: Condition
operators" and "AWS global condition context keys".
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TypeAlias

from gluepot.catalog.access.patterns import compile_pattern
from gluepot.catalog.errors import InvalidInputError, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterable

Facts: TypeAlias = Callable[[str], tuple[str, ...] | None]
"""The values of a condition key, in lower case; None where the call has none."""

KEYS = (
    "aws:CurrentTime",
    "aws:EpochTime",
    "aws:PrincipalAccount",
    "aws:PrincipalArn",
    "aws:RequestedRegion",
    "aws:SourceIp",
    "aws:TagKeys",
    "aws:username",
    "glue:SecurityGroupIds",
    "glue:SubnetIds",
)
TAG_KEYS = ("aws:ResourceTag/", "aws:RequestTag/")
_KNOWN = {key.lower(): key for key in KEYS}
_TAG_PREFIXES = tuple(prefix.lower() for prefix in TAG_KEYS)


@dataclass(frozen=True, kw_only=True, slots=True)
class Operator:
    """How an operator compares.

    Attributes:
        read: Makes a value of the policy comparable; raises ValueError.
        holds: Compares a fact with a value that was read; raises ValueError.
        negated: It must hold for none of the values; then an absent key fits.
    """

    read: Callable[[str], Any]
    holds: Callable[[str, Any], bool]
    negated: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Condition:
    """One key under one operator.

    Attributes:
        operator: None for ``Null``, which asks whether the key is absent.
        key: In lower case.
        values: As the operator has read them; for ``Null`` booleans.
        every: ``ForAllValues``; False is ``ForAnyValue`` and the plain form.
        if_exists: An absent key fits.
    """

    operator: Operator | None
    key: str
    values: tuple[Any, ...]
    every: bool = False
    if_exists: bool = False

    def holds(self, facts: Facts) -> bool:
        """Tell whether the condition fits a call."""
        found = facts(self.key)
        if self.operator is None:
            return (found is None) in self.values
        if not found:
            return self.every or self.if_exists or self.operator.negated
        fits = (self._fits(self.operator, value) for value in found)
        return all(fits) if self.every else any(fits)

    def _fits(self, operator: Operator, fact: str) -> bool:
        try:
            return any(operator.holds(fact, value) for value in self.values) != operator.negated
        except ValueError:
            # A fact that is no number, date or address, such as a tag's: it equals none.
            return operator.negated


def parse_conditions(block: object, where: str) -> tuple[Condition, ...]:
    """Read a Condition block.

    Raises:
        InvalidInputError: An operator, a key or a value cannot be; the sentence names it.
    """
    if not isinstance(block, dict):
        raise InvalidInputError(f"{where}: Condition must be an object of operators")
    return tuple(
        _condition(name, key, values, where)
        for name, keys in block.items()
        for key, values in _object(keys, f"{where}: Condition {name!r}").items()
    )


def _condition(name: str, key: str, values: object, where: str) -> Condition:
    where = f"{where}: Condition {name!r} on {key!r}"
    quantifier, _, rest = name.rpartition(":")
    plain = rest.removesuffix("IfExists")
    if quantifier not in {"", "ForAllValues", "ForAnyValue"}:
        raise InvalidInputError(f"{where}: {quantifier!r} is neither ForAllValues nor ForAnyValue")
    if plain not in OPERATORS:
        hint = did_you_mean(plain, OPERATORS)
        raise InvalidInputError(f"{where}: there is no operator {plain!r}.{hint}")
    _check_key(key, where)
    operator = OPERATORS[plain]
    read = _boolean if operator is None else operator.read
    return Condition(
        operator=operator,
        key=key.lower(),
        values=tuple(_read(read, value, where) for value in _list(values)),
        every=quantifier == "ForAllValues",
        if_exists=rest.endswith("IfExists"),
    )


def _check_key(key: str, where: str) -> None:
    folded = key.lower()
    if folded in _KNOWN or any(
        folded.startswith(prefix) and folded != prefix for prefix in _TAG_PREFIXES
    ):
        return
    there = ", ".join((*KEYS, *(f"{prefix}KEY" for prefix in TAG_KEYS)))
    hint = did_you_mean(key, KEYS)
    raise InvalidInputError(f"{where}: gluepot does not know this key.{hint} There are: {there}")


def _read(read: Callable[[str], Any], value: object, where: str) -> Any:  # noqa: ANN401
    if isinstance(value, bool):
        value = str(value).lower()
    if not isinstance(value, str | int | float):
        raise InvalidInputError(f"{where}: a value must be a text, a number or a boolean")
    text = str(value)
    if "${" in text:
        raise InvalidInputError(f"{where}: policy variables (${{...}}) are not supported: {text!r}")
    try:
        return read(text)
    except ValueError:
        raise InvalidInputError(f"{where}: {text!r} is no value of this operator") from None


def _object(value: object, where: str) -> Mapping[str, object]:
    if not isinstance(value, dict):
        raise InvalidInputError(f"{where} must be an object of keys and values")
    return value


def _list(value: object) -> Iterable[object]:
    return value if isinstance(value, list) else (value,)


def _boolean(text: str) -> bool:
    if text.lower() not in {"true", "false"}:
        raise ValueError(text)
    return text.lower() == "true"


def _number(text: str) -> float:
    if not re.fullmatch(r"[+-]?\d+(\.\d+)?", text, re.ASCII):
        raise ValueError(text)
    return float(text)


def _date(text: str) -> datetime:
    if re.fullmatch(r"\d+(\.\d+)?", text, re.ASCII):
        try:
            return datetime.fromtimestamp(float(text), UTC)
        except (OverflowError, OSError) as error:
            raise ValueError(text) from error
    found = datetime.fromisoformat(text)
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _network(text: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network:
    return ipaddress.ip_network(text, strict=False)


def _in_network(fact: str, network: ipaddress.IPv4Network | ipaddress.IPv6Network) -> bool:
    address = ipaddress.ip_address(fact)
    # A socket that takes both families shows an IPv4 caller as ::ffff:10.0.0.1.
    mapped = getattr(address, "ipv4_mapped", None)
    return (mapped or address) in network


def _equal(negated: bool = False) -> Operator:  # noqa: FBT001, FBT002
    return Operator(read=str, holds=lambda fact, value: fact == value, negated=negated)


def _equal_folded(negated: bool = False) -> Operator:  # noqa: FBT001, FBT002
    return Operator(
        read=str.casefold, holds=lambda fact, value: fact.casefold() == value, negated=negated
    )


def _like(negated: bool = False) -> Operator:  # noqa: FBT001, FBT002
    return Operator(
        read=compile_pattern,
        holds=lambda fact, value: value.fullmatch(fact) is not None,
        negated=negated,
    )


def _ordered(read: Callable[[str], Any]) -> dict[str, Operator]:
    return {
        "Equals": Operator(read=read, holds=lambda fact, value: read(fact) == value),
        "NotEquals": Operator(
            read=read, holds=lambda fact, value: read(fact) == value, negated=True
        ),
        "LessThan": Operator(read=read, holds=lambda fact, value: read(fact) < value),
        "LessThanEquals": Operator(read=read, holds=lambda fact, value: read(fact) <= value),
        "GreaterThan": Operator(read=read, holds=lambda fact, value: read(fact) > value),
        "GreaterThanEquals": Operator(read=read, holds=lambda fact, value: read(fact) >= value),
    }


OPERATORS: Mapping[str, Operator | None] = {
    "StringEquals": _equal(),
    "StringNotEquals": _equal(negated=True),
    "StringEqualsIgnoreCase": _equal_folded(),
    "StringNotEqualsIgnoreCase": _equal_folded(negated=True),
    "StringLike": _like(),
    "StringNotLike": _like(negated=True),
    "ArnEquals": _like(),
    "ArnLike": _like(),
    "ArnNotEquals": _like(negated=True),
    "ArnNotLike": _like(negated=True),
    **{f"Numeric{name}": operator for name, operator in _ordered(_number).items()},
    **{f"Date{name}": operator for name, operator in _ordered(_date).items()},
    "Bool": Operator(read=_boolean, holds=lambda fact, value: _boolean(fact) == value),
    "IpAddress": Operator(read=_network, holds=_in_network),
    "NotIpAddress": Operator(read=_network, holds=_in_network, negated=True),
    "Null": None,
}
"""``Null`` has no comparison: it asks whether the key is there."""
