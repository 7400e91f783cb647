"""Options of connections: checked, and read as what they mean."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gluepot.catalog.errors import InvalidInputError, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


def check_names(options: Mapping[str, Any], known: Iterable[str], what: str) -> None:
    """See that every option is one that there is.

    Raises:
        InvalidInputError: One is not; values, among which may be secrets, are not shown.
    """
    names = tuple(known)
    for name in options:
        if name not in names:
            raise InvalidInputError(f"{what} has no option {name!r}.{did_you_mean(name, names)}")


def required(options: Mapping[str, Any], name: str, what: str) -> str:
    """Return an option that has to be there.

    Raises:
        InvalidInputError: It is missing or empty.
    """
    value = options.get(name)
    if value is None or value == "":
        raise InvalidInputError(f"{what} needs the option {name}")
    return str(value)


def whole_number(
    options: Mapping[str, Any], name: str, default: int, *, least: int = 1, most: int | None = None
) -> int:
    """Return a whole number that is given as such or as a text.

    Raises:
        InvalidInputError: It is none, or out of bounds.
    """
    text = str(options.get(name, default))
    digits = text.removeprefix("-")
    value = int(text) if digits.isdecimal() and digits.isascii() else None
    if value is None or value < least or (most is not None and value > most):
        bounds = f"from {least}" + ("" if most is None else f" to {most}")
        raise InvalidInputError(f"{name} is a whole number {bounds}, not {text[:40]!r}")
    return value


def number(
    options: Mapping[str, Any], name: str, default: float, *, least: float, most: float
) -> float:
    """Return a number that is given as such or as a text.

    Raises:
        InvalidInputError: It is none, or out of bounds.
    """
    text = str(options.get(name, default))
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    if not least <= value <= most:
        raise InvalidInputError(f"{name} is a number from {least} to {most}, not {text[:40]!r}")
    return value


def texts(options: Mapping[str, Any], name: str) -> tuple[str, ...]:
    """Return a list of texts, which may be given as one text with commas."""
    value = options.get(name) or ()
    if isinstance(value, str):
        value = value.split(",")
    return tuple(str(each).strip() for each in value)
