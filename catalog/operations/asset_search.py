"""Searching business assets: words, filters on attributes and maps, and an order."""

from __future__ import annotations

import heapq
import operator
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any, TypeAlias

from gluepot.catalog.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from gluepot.catalog.assets import Asset, Assets
    from gluepot.catalog.calls import Call, Document, Handler

PAGE_ITEMS = 100
MAX_DEPTH = 20
"""How deep filters may stand in each other."""

_ATTRIBUTES: Mapping[str, Callable[[Asset], Any]] = {
    "id": lambda asset: asset.id,
    "assetName": lambda asset: asset.document["Name"],
    "assetDescription": lambda asset: asset.document.get("Description"),
    "assetTypeId": lambda asset: asset.document["AssetTypeId"],
    "createdAt": lambda asset: asset.created_at,
    "updatedAt": lambda asset: asset.updated_at,
    "glossaryTerms": lambda asset: asset.document.get("GlossaryTerms"),
}
"""By the names of the reply. Times compare as seconds since 1970."""

_MAPS = {"forms": "Forms", "attachments": "Attachments"}
_COMPARE: Mapping[str, Callable[[Any, Any], bool]] = {
    "equals": operator.eq,
    "greaterThan": operator.gt,
    "greaterThanOrEquals": operator.ge,
    "lessThan": operator.lt,
    "lessThanOrEquals": operator.le,
}
_NAME_WEIGHT, _DESCRIPTION_WEIGHT = 4, 2

Place: TypeAlias = tuple[Any, str]
"""What assets are ordered by, and the identifier that makes it unique."""


def search_assets(assets: Assets, call: Call, request: Document) -> Document:
    """Return the assets in which every word of the text is found, and which meet the filter.

    Without an order the best come first: a word in the name weighs most.

    Raises:
        InvalidInputError: There is neither text nor filter, or an attribute is not known.
    """
    if "SearchText" not in request and "FilterClause" not in request:
        raise InvalidInputError("Give SearchText, FilterClause or both")
    words = request.get("SearchText", "").lower().split()
    _check(request.get("FilterClause", {}))
    if "Sort" in request:
        _attribute(request["Sort"]["Attribute"])
    descending = request.get("Sort", {}).get("Order") == "DESCENDING"

    def found() -> Iterator[tuple[Place, Asset]]:
        for asset in assets.all(call):
            score = _score(words, asset)
            if score is not None and _meets(request.get("FilterClause", {}), asset):
                yield _place(request, asset, score), asset

    def fetch(after: list[Any] | None, limit: int) -> list[tuple[Place, Asset]]:
        beyond = operator.lt if descending else operator.gt
        rest = (pair for pair in found() if after is None or beyond(pair[0], (after[0], after[1])))
        choose = heapq.nlargest if descending else heapq.nsmallest
        return choose(limit, rest, key=operator.itemgetter(0))

    return call.tokens.page(request, "Items", fetch, _place_of, most=PAGE_ITEMS, show=_show)


def _place_of(found: tuple[Place, Asset]) -> Place:
    return found[0]


def _show(found: tuple[Place, Asset]) -> Document:
    asset = found[1]
    return {
        "Id": asset.id,
        "AssetName": asset.document["Name"],
        "AssetDescription": asset.document.get("Description"),
        "AssetTypeId": asset.document["AssetTypeId"],
        "UpdatedAt": asset.updated_at,
    }


def _place(request: Document, asset: Asset, score: int) -> Place:
    if "Sort" not in request:
        return -score, asset.id
    value = _value(asset, _attribute(request["Sort"]["Attribute"]))
    # Assets without a value come first; JSON has no order between null and a text.
    return [value is not None, str(value) if isinstance(value, list) else value or ""], asset.id


def _score(words: list[str], asset: Asset) -> int | None:
    """Return how well the words fit, or None when one of them is nowhere."""
    document = asset.document
    name = document["Name"].lower()
    description = (document.get("Description") or "").lower()
    entries = [*document.get("Forms", {}).values(), *document.get("Attachments", {}).values()]
    rest = " ".join([asset.id, *(entry.get("Content", "") for entry in entries)]).lower()
    score = 0
    for word in words:
        weight = (
            _NAME_WEIGHT * (word in name)
            + _DESCRIPTION_WEIGHT * (word in description)
            + (word in rest)
        )
        if weight == 0:
            return None
        score += weight
    return score


def _attribute(name: str) -> str:
    for known in _ATTRIBUTES:
        if name.lower() in {known.lower(), known.lower().removeprefix("asset")}:
            return known
    raise InvalidInputError(f"Attribute {name!r} is not one of {', '.join(_ATTRIBUTES)}")


def _value(asset: Asset, attribute: str) -> Any:  # noqa: ANN401
    value = _ATTRIBUTES[attribute](asset)
    return value.timestamp() if isinstance(value, datetime) else value


def _check(clause: Document, depth: int = 0) -> None:
    """See that a filter names known attributes, and is not nested too deeply."""
    if depth > MAX_DEPTH:
        raise InvalidInputError(f"Filters stand in each other more than {MAX_DEPTH} deep")
    for inner in (*clause.get("AndAllFilters", ()), *clause.get("OrAnyFilters", ())):
        _check(inner, depth + 1)
    if "AttributeFilter" in clause:
        wanted = clause["AttributeFilter"]
        _attribute(wanted["Attribute"])
        if wanted["Operator"] != "notExists" and not wanted.get("Value"):
            raise InvalidInputError(f"The filter on {wanted['Attribute']} has no Value")
    if "MapFilter" in clause and clause["MapFilter"]["Attribute"].lower() not in _MAPS:
        raise InvalidInputError(f"A map filter is on one of {', '.join(_MAPS)}")


def _meets(clause: Document, asset: Asset) -> bool:
    """Return whether an asset meets all that stands in a filter."""
    return (
        all(_meets(inner, asset) for inner in clause.get("AndAllFilters", ()))
        and ("OrAnyFilters" not in clause or any(_meets(i, asset) for i in clause["OrAnyFilters"]))
        and ("AttributeFilter" not in clause or _meets_attribute(clause["AttributeFilter"], asset))
        and ("MapFilter" not in clause or _meets_map(clause["MapFilter"], asset))
    )


def _meets_attribute(wanted: Document, asset: Asset) -> bool:
    value = _value(asset, _attribute(wanted["Attribute"]))
    if wanted["Operator"] == "notExists":
        return not value
    than = next(iter(wanted["Value"].values()))
    values = value if isinstance(value, list) else [value]
    compare = _COMPARE[wanted["Operator"]]
    return any(_comparable(one, than) and compare(one, than) for one in values)


def _comparable(one: object, than: object) -> bool:
    return isinstance(one, str) == isinstance(than, str) and one is not None


def _meets_map(wanted: Document, asset: Asset) -> bool:
    entries = asset.document.get(_MAPS[wanted["Attribute"].lower()], {})
    entry = entries.get(wanted["Key"])
    value = wanted["Value"].get("StringValue")
    return entry is not None and value in {entry.get("FormTypeId"), entry.get("Content")}


def operations(assets: Assets) -> dict[str, Handler]:
    """Return the operations of this module."""
    return {"SearchAssets": partial(search_assets, assets)}
