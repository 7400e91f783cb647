"""Numbers and texts: whether a reader's bounds let through what a writer's do."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from gluepot.catalog.registry.json_parts import Part, Parts

_MAX_DIGITS = 400


@dataclass(frozen=True, slots=True)
class Bound:
    """A least or greatest number; ``sign`` 1 is a least one, -1 a greatest."""

    number: Decimal
    exclusive: bool
    sign: int

    def allows(self, number: Decimal) -> bool:
        """Return whether a number lies within."""
        distance = (number - self.number) * self.sign
        return distance > 0 or (distance == 0 and not self.exclusive)

    def tighter(self, other: Bound | None) -> bool:
        """Return whether all numbers within this bound lie within the other, of the same sign."""
        if other is None:
            return True
        distance = (self.number - other.number) * self.sign
        return distance > 0 or (distance == 0 and (self.exclusive or not other.exclusive))

    def of_integers(self) -> Bound:
        """Return the bound that whole numbers within this one keep."""
        rounding = ROUND_CEILING if self.sign > 0 else ROUND_FLOOR
        whole = self.number.to_integral_value(rounding)
        if self.exclusive and whole == self.number:
            whole += self.sign
        return Bound(whole, exclusive=False, sign=self.sign)

    def __str__(self) -> str:
        """Say it in words."""
        side = "greater" if self.sign > 0 else "less"
        return f"{side} than {self.number}" if self.exclusive else f"{side} or equal {self.number}"


def bounds(schema: Mapping[str, Any]) -> tuple[Bound | None, Bound | None]:
    """Return the least and the greatest number of a schema; draft 4's exclusive ones are flags."""
    return (
        _bound(schema, "minimum", "exclusiveMinimum", 1),
        _bound(schema, "maximum", "exclusiveMaximum", -1),
    )


def _bound(schema: Mapping[str, Any], plain: str, exclusive: str, sign: int) -> Bound | None:
    found: Bound | None = None
    flag = schema.get(exclusive)
    if plain in schema:
        found = Bound(_decimal(schema[plain]), exclusive=flag is True, sign=sign)
    if flag is not None and not isinstance(flag, bool):
        other = Bound(_decimal(flag), exclusive=True, sign=sign)
        found = other if other.tighter(found) else found
    return found


def _decimal(number: float) -> Decimal:
    return Decimal(str(number))


def divides(step: float | None, number: Decimal) -> bool:
    """Return whether a number is a multiple of a step; without a step it is.

    Numbers whose quotient has more digits than are worth counting are taken as none.
    """
    if step is None:
        return True
    divisor = _decimal(step)
    if abs(number.adjusted() - divisor.adjusted()) > _MAX_DIGITS or not divisor:
        return False
    numerator, denominator = number.as_integer_ratio()
    top, bottom = divisor.as_integer_ratio()
    return (numerator * bottom) % (denominator * top) == 0


def number_faults(reader: Part, writer: Parts, kind: str) -> Iterator[str]:
    """Yield why a reader does not take all numbers of a kind that a writer writes."""
    ends = (bounds(reader.schema), [bounds(part.schema) for part in writer])
    for side in (0, 1):
        wanted = ends[0][side]
        if wanted is None:
            continue
        given = [pair[side] for pair in ends[1]]
        if not any(_within(one, wanted, kind) for one in given):
            limits = [str(one) for one in given if one is not None]
            yield (
                f"the reader takes numbers {wanted} only,"
                f" the writer {' and '.join(limits) or 'others'} too"
            )
    step = reader.get("multipleOf")
    steps = [part.get("multipleOf") for part in writer if part.has("multipleOf")]
    if kind == "integer":
        steps.append(1)
    if step is not None and not any(divides(step, _decimal(one)) for one in steps):
        yield f"the reader takes multiples of {step} only, the writer others too"


def _within(given: Bound | None, wanted: Bound, kind: str) -> bool:
    if given is None:
        return False
    if kind == "integer":
        return given.of_integers().tighter(wanted.of_integers())
    return given.tighter(wanted)


def length_faults(
    reader: Part, writer: Parts, keywords: tuple[str, str], what: str
) -> Iterator[str]:
    """Yield why a reader does not take all lengths that a writer writes."""
    least, most = keywords
    wanted = reader.get(least, 0)
    if wanted > (given := max((part.get(least, 0) for part in writer), default=0)):
        yield f"the reader wants at least {wanted} {what}, the writer {given}"
    wanted = reader.get(most)
    limits = [part.get(most) for part in writer if part.has(most)]
    if wanted is not None and (not limits or min(limits) > wanted):
        yield (
            f"the reader takes at most {wanted} {what}, the writer"
            f" {min(limits) if limits else 'any number of them'}"
        )


def text_faults(reader: Part, writer: Parts) -> Iterator[str]:
    """Yield why a reader does not take all texts that a writer writes."""
    yield from length_faults(reader, writer, ("minLength", "maxLength"), "characters")
    for keyword in ("pattern", "format"):
        wanted = reader.get(keyword)
        if wanted is not None and wanted not in [part.get(keyword) for part in writer]:
            yield f"the reader wants texts of the {keyword} {wanted!r}, the writer does not"
