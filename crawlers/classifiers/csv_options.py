"""What a custom CSV classifier says about its files, out of AWS Glue's document.

Source: AWS Glue API, ``CsvClassifier`` and CreateCsvClassifierRequest.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gluepot.catalog.errors import InvalidInputError, did_you_mean
from gluepot.crawlers.classifiers.datatypes import ANY_TYPE, NAMED_TYPES

if TYPE_CHECKING:
    from collections.abc import Mapping

UNKNOWN, PRESENT, ABSENT = "UNKNOWN", "PRESENT", "ABSENT"
OPEN_CSV, LAZY_SIMPLE, NO_SERDE = "OpenCSVSerDe", "LazySimpleSerDe", "None"


@dataclass(frozen=True, kw_only=True)
class CsvOptions:
    """How delimited files are to be read; what is not said is found out.

    Attributes:
        delimiter: One character.
        quote: One character, another than the delimiter.
        contains_header: UNKNOWN, PRESENT or ABSENT.
        header: The columns' names, instead of the first row's.
        disable_value_trimming: Spaces around values count; Glue's default.
        allow_single_column: Files of one column are taken too.
        datatypes: Glue's names of the types that may be detected; empty for the usual ones.
        serde: OpenCSVSerDe or LazySimpleSerDe; None leaves it to the quotes that are found.
    """

    delimiter: str | None = None
    quote: str | None = None
    contains_header: str = UNKNOWN
    header: tuple[str, ...] = ()
    disable_value_trimming: bool = True
    allow_single_column: bool = False
    datatypes: tuple[str, ...] = ()
    serde: str | None = None

    @property
    def allowed(self) -> frozenset[str]:
        """Return the types that may be detected."""
        return frozenset(self.datatypes) or ANY_TYPE

    @property
    def names_columns(self) -> bool:
        """Return whether headings and datatypes are given: then a header alone makes a table."""
        return bool(self.header and self.datatypes)


def csv_options(definition: Mapping[str, Any]) -> CsvOptions:
    """Return the options of a ``CsvClassifier`` document.

    Raises:
        InvalidInputError: A member holds what Glue does not allow.
    """
    delimiter = _character(definition, "Delimiter")
    quote = _character(definition, "QuoteSymbol")
    if delimiter is not None and delimiter == quote:
        raise InvalidInputError(f"Delimiter and QuoteSymbol are both {quote!r}; they must differ")
    types = definition.get("CustomDatatypes") or ()
    for name in types:
        _check("CustomDatatypes", name, tuple(NAMED_TYPES))
    serde = definition.get("Serde") or NO_SERDE
    _check("Serde", serde, (OPEN_CSV, LAZY_SIMPLE, NO_SERDE))
    contains = definition.get("ContainsHeader") or UNKNOWN
    _check("ContainsHeader", contains, (UNKNOWN, PRESENT, ABSENT))
    trimming = definition.get("DisableValueTrimming")
    return CsvOptions(
        delimiter=delimiter,
        quote=quote,
        contains_header=contains,
        header=tuple(definition.get("Header") or ()),
        disable_value_trimming=True if trimming is None else trimming,
        allow_single_column=bool(definition.get("AllowSingleColumn")),
        # The list counts only when it is switched on; a document without the switch means it.
        datatypes=tuple(types) if definition.get("CustomDatatypeConfigured", bool(types)) else (),
        serde=None if serde == NO_SERDE else serde,
    )


def _character(definition: Mapping[str, Any], member: str) -> str | None:
    value = definition.get(member)
    if not value:
        return None
    if len(value) != 1 or value in "\r\n\0":
        raise InvalidInputError(f"{member} is {value!r}; it must be one character, no line break")
    return str(value)


def _check(member: str, value: str, known: tuple[str, ...]) -> None:
    if value not in known:
        raise InvalidInputError(
            f"{member} holds {value!r}; it must be one of {', '.join(known)}."
            f"{did_you_mean(value, known)}"
        )
