"""Custom classifiers out of what CreateClassifier was given, in the order of a crawler.

Source: AWS Glue developer guide, "Writing custom classifiers".
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gluepot.catalog.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from gluepot.crawlers.access import Access
    from gluepot.crawlers.classifiers.base import Classifier

PROTOBUF_PREFIX = "protobuf:"
"""How names begin that are Protobuf schemas of the registry, not classifiers of AWS Glue."""


def load_classifiers(names: Iterable[str], access: Access) -> tuple[Classifier, ...]:
    """Return the custom classifiers of a crawler, which are asked before the built-in ones.

    Raises:
        EntityNotFoundError: There is no classifier, or no schema, of a name.
        InvalidInputError: One cannot work, as its pattern is no regular expression.
        MissingFormatError: A package that a classifier needs is not installed.
    """
    return tuple(_load(name, access) for name in names)


def custom_classifier(definition: Mapping[str, Any]) -> Classifier:
    """Return the classifier of a document with one member, such as ``GrokClassifier``.

    Raises:
        InvalidInputError: It has no member of a known kind, or what is in it cannot work.
    """
    for kind, build in _KINDS.items():
        member = definition.get(kind)
        if member is not None:
            return build(member)
    given = ", ".join(definition) or "nothing"
    raise InvalidInputError(f"A classifier is one of {', '.join(_KINDS)}; this has {given}")


def _load(name: str, access: Access) -> Classifier:
    if name.startswith(PROTOBUF_PREFIX):
        from gluepot.crawlers.classifiers.protobuf import protobuf_classifier  # noqa: PLC0415

        return protobuf_classifier(name, access)
    try:
        return custom_classifier(access.classifier(name))
    except InvalidInputError as error:
        raise InvalidInputError(f"Classifier {name} cannot work: {error}") from error


def _grok(member: Mapping[str, Any]) -> Classifier:
    from gluepot.crawlers.classifiers.grok import compile_grok  # noqa: PLC0415
    from gluepot.crawlers.classifiers.grok_classifier import GrokClassifier  # noqa: PLC0415
    from gluepot.crawlers.classifiers.grok_match import checked  # noqa: PLC0415

    grok = compile_grok(member["GrokPattern"], member.get("CustomPatterns") or "")
    return GrokClassifier(
        name=member["Name"], classification=member["Classification"], grok=checked(grok)
    )


def _xml(member: Mapping[str, Any]) -> Classifier:
    from gluepot.crawlers.classifiers.xml import Xml  # noqa: PLC0415

    return Xml(
        name=member["Name"],
        classification=member["Classification"],
        tag=member.get("RowTag") or None,
    )


def _json(member: Mapping[str, Any]) -> Classifier:
    from gluepot.crawlers.classifiers.json import Json  # noqa: PLC0415
    from gluepot.crawlers.classifiers.json_path import parse_path  # noqa: PLC0415

    return Json(parse_path(member["JsonPath"]), name=member["Name"])


def _csv(member: Mapping[str, Any]) -> Classifier:
    from gluepot.crawlers.classifiers.csv import csv_classifier  # noqa: PLC0415

    return csv_classifier(member)


_KINDS: Mapping[str, Callable[[Mapping[str, Any]], Classifier]] = {
    "GrokClassifier": _grok,
    "XMLClassifier": _xml,
    "JsonClassifier": _json,
    "CsvClassifier": _csv,
}
