"""What a custom classifier may say: grok patterns, JSON paths, row tags and CSV options.

Source: Glue developer guide, "Writing custom classifiers".
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from gluepot.catalog.errors import InvalidInputError, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from gluepot.catalog.calls import Document

GROK_TYPES = frozenset({"byte", "boolean", "double", "short", "int", "long", "float", "string"})

_GROK_NAMES = """
    USERNAME USER INT BASE10NUM NUMBER BASE16NUM BASE16FLOAT BOOLEAN POSINT NONNEGINT WORD NOTSPACE
    SPACE DATA GREEDYDATA QUOTEDSTRING UUID MAC CISCOMAC WINDOWSMAC COMMONMAC IPV6 IPV4 IP HOSTNAME
    HOST IPORHOST HOSTPORT PATH UNIXPATH TTY WINPATH URIPROTO URIHOST URIPATH URIPARAM URIPATHPARAM
    URI MONTH MONTHNUM MONTHNUM2 MONTHDAY DAY YEAR HOUR MINUTE SECOND TIME DATE_US DATE_EU
    DATESTAMP_US DATESTAMP_EU ISO8601_TIMEZONE ISO8601_SECOND TIMESTAMP_ISO8601 TZ
    DATESTAMP_RFC822 DATESTAMP_RFC2822 DATESTAMP_OTHER DATESTAMP_EVENTLOG CISCOTIMESTAMP
    SYSLOGTIMESTAMP PROG SYSLOGPROG SYSLOGHOST SYSLOGFACILITY HTTPDATE QS SYSLOGBASE MESSAGESLOG
    COMMONAPACHELOG COMBINEDAPACHELOG COMMONAPACHELOG_DATATYPED LOGLEVEL
"""
_CSV_TYPES = "BINARY BOOLEAN DATE DECIMAL DOUBLE FLOAT INT LONG SHORT STRING TIMESTAMP"

GROK_NAMES = frozenset(_GROK_NAMES.split())
"""The patterns that are there without ``CustomPatterns``."""

CSV_TYPES = frozenset(_CSV_TYPES.split())

_REFERENCE = re.compile(r"%\{(?P<inside>[^}]*)(?P<end>\}?)")
_INSIDE = re.compile(r"(?P<name>\w+)(?::(?P<field>[^:{}]+)(?::(?P<type>\w+))?)?")
_JSON_PATH = re.compile(r"\$(\.\*|\.[^.\[\]'\"*\s]+|\['[^']+'\]|\[\*\]|\[\d+\])*")
_ROW_TAG = re.compile(r"[^\W\d][\w.:-]*")


def check_grok(classifier: Document) -> None:
    """See that every pattern a grok classifier names is known, and every type one of Glue's.

    Raises:
        InvalidInputError: One is not; or a custom pattern is no line of a name and an expression,
            or leads back to itself.
    """
    custom = _custom_patterns(classifier.get("CustomPatterns", ""))
    uses = {name: _references(name, text, custom) for name, text in custom.items()}
    _references("GrokPattern", classifier["GrokPattern"], custom)
    _check_no_circle(uses)


def check_json(classifier: Document) -> None:
    """See that the path has only the operators that Glue knows.

    Raises:
        InvalidInputError: It has others.
    """
    path = classifier["JsonPath"]
    if _JSON_PATH.fullmatch(path) is None:
        raise InvalidInputError(
            f"JsonPath {path[:80]!r} is not made of $, .name, ['name'], [n], .* and [*]"
        )


def check_xml(classifier: Document) -> None:
    """See that the row tag is the name of an element, without brackets.

    Raises:
        InvalidInputError: It is not.
    """
    tag = classifier.get("RowTag")
    if tag is not None and _ROW_TAG.fullmatch(tag) is None:
        raise InvalidInputError(f"RowTag {tag[:80]!r} is not the name of an XML element")


def check_csv(classifier: Document) -> None:
    """See that delimiter and quote differ, and that types are among those that can be detected.

    Raises:
        InvalidInputError: They are not.
    """
    delimiter = classifier.get("Delimiter")
    if delimiter is not None and delimiter == classifier.get("QuoteSymbol"):
        raise InvalidInputError(f"Delimiter and QuoteSymbol are both {delimiter!r}")
    for datatype in classifier.get("CustomDatatypes", ()):
        if datatype.upper() not in CSV_TYPES:
            raise InvalidInputError(
                f"CustomDatatypes has {datatype!r}; right are {', '.join(sorted(CSV_TYPES))}"
            )


CHECKS: Mapping[str, Callable[[Document], None]] = {
    "GrokClassifier": check_grok,
    "XMLClassifier": check_xml,
    "JsonClassifier": check_json,
    "CsvClassifier": check_csv,
}
"""By kind, as the requests name it."""


def _custom_patterns(text: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        name, _, expression = line.strip().partition(" ")
        if re.fullmatch(r"\w+", name) is None or not expression.strip():
            raise InvalidInputError(
                f"Line {number} of CustomPatterns is not a name, a space and an expression"
            )
        found[name] = expression.strip()
    return found


def _references(where: str, text: str, custom: Mapping[str, str]) -> set[str]:
    """Return the custom patterns that a pattern names."""
    used: set[str] = set()
    for found in _REFERENCE.finditer(text):
        inside = _INSIDE.fullmatch(found["inside"])
        if not found["end"] or inside is None:
            raise InvalidInputError(
                f"{where} has {found[0][:80]!r}; right is %{{NAME}}, %{{NAME:field}}"
                " or %{NAME:field:type}"
            )
        name, type_ = inside["name"], inside["type"]
        if name not in custom and name not in GROK_NAMES:
            hint = did_you_mean(name, GROK_NAMES | custom.keys())
            raise InvalidInputError(f"{where} names the unknown pattern {name}.{hint}")
        if type_ is not None and type_ not in GROK_TYPES:
            raise InvalidInputError(
                f"{where} has the type {type_!r}; right are {', '.join(sorted(GROK_TYPES))}"
            )
        if name in custom:
            used.add(name)
    return used


def _check_no_circle(uses: Mapping[str, set[str]]) -> None:
    left = {name: set(used) for name, used in uses.items()}
    while free := [name for name, used in left.items() if not used]:
        for name in free:
            del left[name]
        for used in left.values():
            used.difference_update(free)
    if left:
        raise InvalidInputError(
            f"The custom patterns {', '.join(sorted(left))} lead back to themselves"
        )
